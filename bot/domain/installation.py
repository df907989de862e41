"""What an installation gives us, how its bot token lives, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.ids import UserId, WorkspaceId

REFRESHED_BEFORE = timedelta(hours=2)
"""How long before its end a token is refreshed. Rotated tokens last twelve hours.

Source: https://docs.slack.dev/authentication/using-token-rotation
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotToken:
    """A bot token, and what refreshes it where Slack rotates tokens."""

    value: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    """Works once. `None` where tokens are not rotated, or when Slack has refused it."""
    expires_at: datetime | None = None
    """When it dies, in UTC; `None` for a token that lasts."""

    def is_due(self, now: datetime) -> bool:
        """Whether it should be refreshed."""
        return self.expires_at is not None and self.expires_at - now <= REFRESHED_BEFORE

    def is_dead(self, now: datetime) -> bool:
        """Whether Slack no longer takes it."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What Slack answers to a code: the token, and who gave it."""

    workspace: WorkspaceId
    """The team's id, or the organisation's for an org-wide installation."""
    is_org_wide: bool
    name: str
    """What people call it; untrusted text."""
    app_id: str
    bot_user_id: str
    installer: UserId
    scopes: frozenset[str]
    token: BotToken


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInstallation:
    """An installation as it is stored: a grant, and what only the token could tell."""

    grant: Grant
    url: str
    """The workspace's own address, `https://example.slack.com/`."""
    bot_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """The app was removed from a workspace, or its token was revoked there."""

    workspace: WorkspaceId
    at: datetime | None
    """When it happened, to the second, as Slack says; an installation of later is another one."""
    who: UserId
    revoked_bots: frozenset[str] | None = None
    """The bot users whose tokens were revoked, if that is all that happened."""
