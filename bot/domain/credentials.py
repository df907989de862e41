"""What it takes to ask Cloudflare for a workspace: an account and an API token."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

ENDING = 4
"""Characters of a token that are ever shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A Cloudflare account's id, which is no secret, and an API token, which is one."""

    account_id: str
    api_token: str = field(repr=False)

    @property
    def token_ending(self) -> str:
        """The end of the token, by which a person tells it from others."""
        return self.api_token[-ENDING:]


class TokenStatus(StrEnum):
    """What Cloudflare says of an API token, whoever owns it."""

    ACTIVE = "active"
    DISABLED = "disabled"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    """Neither among the users' tokens nor among the account's: deleted, or never made."""
