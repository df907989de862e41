"""A subscription: a channel's wish to get an app's summaries by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.ids import AppId, ChannelId, SubscriptionId, UserId, WorkspaceId
from bot.domain.summary import SessionDetails


class NotWanted(StrEnum):
    """Why a subscription does not want a session; a delivery's `reason`."""

    BREAKOUT_ROOM = "breakout_room"
    """The session is a part of another one, which is posted itself."""
    ENDED_BEFORE = "ended_before"
    """It ended before there was a subscription."""
    TITLE_DIFFERS = "title_differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One channel's subscription to one app; there is at most one of each pair."""

    id: SubscriptionId
    workspace: WorkspaceId
    channel: ChannelId
    app: AppId
    name: str
    """What the app is called: for people, and untrusted."""
    title: str | None = None
    """Which titles are wanted, with `*` and `?` for any characters; `None` for all."""
    created_by: UserId
    created_at: datetime
    allows_outsiders: bool = False
    """Whether an administrator agreed that people of another company read along."""
    paused: str | None = None
    """The reason (of a `mendable` error) why nothing is posted for now."""
    paused_at: datetime | None = None

    def refuses(self, session: SessionDetails) -> NotWanted | None:
        """Why a session is not to be posted, or `None` if it is."""
        if session.parent_session_id is not None:
            return NotWanted.BREAKOUT_ROOM
        if session.ended_at is not None and session.ended_at < self.created_at:
            return NotWanted.ENDED_BEFORE
        if self.title is not None and not matches(self.title, session.title):
            return NotWanted.TITLE_DIFFERS
        return None


def matches(pattern: str, title: str) -> bool:
    """Whether a title is what a pattern asks for, in any case of letters and any spacing.

    `*` stands for any characters, also none, and `?` for one; nothing else is special.
    """
    parts = (_WILD.get(character, re.escape(character)) for character in _folded(pattern))
    return re.fullmatch("".join(parts), _folded(title), re.DOTALL) is not None


_WILD = {"*": ".*", "?": "."}


_PLAIN = str.maketrans("‘’“”–—", "''\"\"--")  # noqa: RUF001 - what telephones write for these
"""Quotation marks and dashes that differ between keyboards, not in meaning."""


def _folded(text: str) -> str:
    return " ".join(text.casefold().translate(_PLAIN).split())
