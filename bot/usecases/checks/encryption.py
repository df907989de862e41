"""Whether the encryption keys that are set open what is stored."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.domain.check import Check
from bot.domain.seals import Seals


@dataclass(frozen=True, slots=True)
class CheckEncryption:
    """The sealed values of one workspace."""

    seals: Callable[[], Awaitable[Seals]]
    has_key: bool
    """Whether the deployment has an encryption key of its own."""

    async def __call__(self) -> Sequence[Check]:
        """Look. Raises `StoreError`."""
        return [check_seals(await self.seals(), has_key=self.has_key)]


def check_seals(seals: Seals, *, has_key: bool) -> Check:
    """Whether everything that is sealed opens, and with which key."""
    if seals.broken:
        lost = " and the ".join(seals.broken)
        return Check.bad(
            "Encryption",
            f"The stored {lost} cannot be read with the encryption keys that are set.",
            "Put the key they were stored with back into ENCRYPTION_KEY, after the new one.",
        )
    if seals.address_broken:
        return Check.warning(
            "Encryption",
            "The address for Cloudflare's events cannot be read with the encryption keys that "
            "are set.",
            "Wait an hour: another address is made and registered by itself.",
        )
    if seals.old:
        return Check.warning(
            "Encryption",
            "Something is still sealed with an older encryption key.",
            "Run `python -m bot rotate-keys`; the older key can go then.",
        )
    if not has_key and seals.tokens == 0:
        cause = "ENCRYPTION_KEY is not set, and nothing is stored that would need it."
        return Check.good("Encryption", cause)
    return Check.good("Encryption", "Everything that is stored opens with the newest key.")
