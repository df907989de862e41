"""Whether RealtimeKit signed a webhook: RSA with SHA-256 (PKCS#1 v1.5) over the body's bytes.

There is no shared secret. One key signs for all customers: a good signature says that RealtimeKit
wrote the body, not whose it is nor when.

Source: https://developers.cloudflare.com/realtime/realtimekit/webhooks
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import Field, ValidationError

from bot.errors import RealtimeKitUnavailable
from bot.realtimekit.refusals import read_refusal
from bot.realtimekit.reply import Reply
from bot.realtimekit.shapes import Shape

SHORTEST_KEY = 2048
"""Bits; anything shorter is no longer thought safe."""

_HEADERS = ("rtk-signature", "dyte-signature")
"""Where the signature comes: the product's own header, and that of the one it was made from."""


class _Key(Shape):
    pem: str = Field(validation_alias="publicKey")


class _KeyReply(Shape):
    data: _Key


def signature_of(headers: Mapping[str, str]) -> str | None:
    """A request's signature, not looked at yet; `None` when it carries none."""
    named = {name.lower(): value for name, value in headers.items()}
    found = (named.get(name, "").strip() for name in _HEADERS)
    return next((signature for signature in found if signature), None)


def verify(body: bytes, signature: str, key: RSAPublicKey) -> bool:
    """Whether `key` signed exactly these bytes.

    Blanks around the signature are forgiven; within it there is nothing but Base64, for no header
    can hold the line breaks that some encoders make.
    """
    try:
        key.verify(base64.b64decode(signature.strip(), validate=True), body, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def read_key(reply: Reply) -> RSAPublicKey:
    r"""Read the key that webhooks are signed with: PEM, with line breaks or with `\n` spelled out.

    Raises:
        RealtimeKitUnavailable: a refusal, a page, or no RSA key of `SHORTEST_KEY` bits or more.
    """
    if refusal := read_refusal(reply):
        raise RealtimeKitUnavailable(refusal.detail)
    try:
        pem = _KeyReply.model_validate_json(reply.body).data.pem
        key = load_pem_public_key(pem.replace(r"\r", "").replace(r"\n", "\n").encode())
    except (ValidationError, ValueError, UnsupportedAlgorithm) as error:
        raise RealtimeKitUnavailable("no readable key") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < SHORTEST_KEY:
        raise RealtimeKitUnavailable("no RSA key of a safe length")
    return key
