"""The key that the make-believe RealtimeKit signs its webhooks with: one for all customers.

Source: https://developers.cloudflare.com/realtime/realtimekit/webhooks
"""

from __future__ import annotations

import base64
from functools import cache

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.demo.fake_realtimekit.scripted import Scripted, json_reply

KEY_PATH = "/.well-known/webhooks.json"
"""Where the public key is served."""

_BITS = 2048
_EXPONENT = 65_537


@cache
def rsa_key(number: int = 0) -> RSAPrivateKey:
    """A key pair; the same one for the same number as long as the process lives."""
    del number  # it only tells the cache's entries apart
    return generate_private_key(_EXPONENT, _BITS)


class SigningKey:
    """Signs bodies, and publishes the key to check them with."""

    def __init__(self) -> None:
        """Begin with the first key."""
        self._number = 0
        self.published: str | None = None
        """A PEM to publish instead of the right one."""
        self.escapes_newlines = False
        r"""Publish line breaks as a backslash and an `n`, as the real service may."""

    @property
    def private(self) -> RSAPrivateKey:
        """The key, for signatures made in other ways than the right one."""
        return rsa_key(self._number)

    @property
    def pem(self) -> str:
        """The public key that belongs to it."""
        public = self.private.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def rotate(self) -> None:
        """Sign with another key from now on, and publish that."""
        self._number += 1

    def sign(self, body: bytes) -> str:
        """The signature of a body's bytes, as the header carries it."""
        return base64.b64encode(self.private.sign(body, PKCS1v15(), SHA256())).decode()

    def serve(self, _: object) -> Scripted:
        """GET /.well-known/webhooks.json; anybody may ask."""
        pem = self.pem if self.published is None else self.published
        if self.escapes_newlines:
            pem = pem.replace("\n", "\\n")
        return json_reply(200, {"success": True, "data": {"publicKey": pem}, "message": ""})
