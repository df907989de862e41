"""A Slack workspace, or a whole organisation, that has the app installed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.ids import WorkspaceId


@dataclass(frozen=True, slots=True)
class Workspace:
    """One Slack installation with what it takes to act in it."""

    id: WorkspaceId
    url: str
    """The workspace's own address, `https://example.slack.com/`, for links to messages."""
    bot_token: str = field(repr=False)
    account_id: str | None = None
    api_token: str | None = field(default=None, repr=False)
    token_expires_at: datetime | None = None
    """When the bot token dies, in UTC; `None` for one that lasts."""
