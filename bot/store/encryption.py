"""Texts that must not lie in the database in clear: sealed, and bound to their row."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import SealBroken

_VERSION = b"\x01"
_KEY_ID_LENGTH = 4
_NONCE_LENGTH = 12  # what AES-GCM is specified for (NIST SP 800-38D)
_HEAD_LENGTH = len(_VERSION) + _KEY_ID_LENGTH + _NONCE_LENGTH


@dataclass(frozen=True, slots=True)
class _Key:
    id: bytes
    cipher: AESGCM = field(repr=False)

    @classmethod
    def derive(cls, secret: str) -> _Key:
        """Make a key of any string; its id tells the keys apart and says nothing about it."""
        derived = HKDF(
            algorithm=hashes.SHA256(),
            length=32 + _KEY_ID_LENGTH,
            salt=None,
            info=b"meeting-summary sealed text v1",
        ).derive(secret.encode())
        return cls(derived[32:], AESGCM(derived[:32]))


class Sealer:
    """Seals short texts with AES-256-GCM.

    A sealed text carries the id of its key, so keys can be rotated: put a new one first and keep
    the old ones until nothing sealed with them is left.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        """Take the keys, strings of any form: the first one seals, all of them open.

        Raises:
            ValueError: there is no key, or an empty one.
        """
        if not keys or not all(keys):
            raise ValueError("an encryption key is empty")
        derived = [_Key.derive(key) for key in keys]
        self._first = derived[0]
        self._by_id = {key.id: key for key in derived}

    def seal(self, text: str, bound_to: str) -> str:
        """Seal a text so that it opens only for the same `bound_to`, such as its row's name."""
        nonce = secrets.token_bytes(_NONCE_LENGTH)
        head = _VERSION + self._first.id + nonce
        sealed = self._first.cipher.encrypt(nonce, text.encode(), head + bound_to.encode())
        return base64.urlsafe_b64encode(head + sealed).decode()

    def reseal(self, sealed: str, bound_to: str) -> str | None:
        """Seal a sealed text with the first key, or `None` when that sealed it already.

        Raises:
            SealBroken: as `open`.
        """
        text = self.open(sealed, bound_to)
        raw = base64.b64decode(sealed, altchars=b"-_", validate=True)
        is_first = raw[len(_VERSION) :].startswith(self._first.id)
        return None if is_first else self.seal(text, bound_to)

    def open(self, sealed: str, bound_to: str) -> str:
        """Open a sealed text.

        Raises:
            SealBroken: it was changed, belongs to another row, or no key of ours sealed it.
        """
        try:
            raw = base64.b64decode(sealed, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise SealBroken("not a sealed text") from error
        head, body = raw[:_HEAD_LENGTH], raw[_HEAD_LENGTH:]
        if len(head) < _HEAD_LENGTH or not head.startswith(_VERSION):
            raise SealBroken("not a sealed text")
        key = self._by_id.get(head[len(_VERSION) : -_NONCE_LENGTH])
        if key is None:
            raise SealBroken("unknown key")
        try:
            text = key.cipher.decrypt(head[-_NONCE_LENGTH:], body, head + bound_to.encode())
        except InvalidTag as error:
            raise SealBroken("changed or moved") from error
        return text.decode()
