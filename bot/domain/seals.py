"""How the sealed values of a workspace stand with the encryption keys that are set."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Seals:
    """What is stored sealed for a workspace; nothing here is a secret."""

    tokens: int = 0
    """How many tokens are stored."""
    broken: tuple[str, ...] = ()
    """What people call the tokens that no key opens."""
    old: int = 0
    """How many values an older key sealed."""
    address_broken: bool = False
    """Whether the address that webhooks come to does not open; another one is made then."""
