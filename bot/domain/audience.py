"""Who can read what is posted in a conversation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.ids import ChannelId


class ConversationKind(StrEnum):
    """What kind of conversation this is."""

    PUBLIC = "public"
    PRIVATE = "private"
    GROUP = "group"
    """A direct conversation of several people."""
    DIRECT = "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """A conversation as Slack describes it; what it leaves unsaid counts as the worse case."""

    channel: ChannelId
    kind: ConversationKind
    has_bot: bool
    """Whether the app is in it, and so can post."""
    is_archived: bool
    is_shared: bool | None
    """Whether people of another company are in it, or were invited; `None` if nobody says."""
    outside: int | None
    """How many other companies those are of: 0 if it is not shared, `None` where nobody says."""
    readers: int | None
    """How many are in it, as Slack counts its members; `None` where it does not say."""


@dataclass(frozen=True, slots=True)
class Consent:
    """Who a person saw would be able to read a post, and agreed to."""

    readers: int
    outside: int
    """How many other companies."""

    def covers(self, audience: Audience) -> bool:
        """Whether nobody has joined since; who cannot be counted may have."""
        if audience.readers is None or audience.outside is None:
            return False
        return audience.readers <= self.readers and audience.outside <= self.outside
