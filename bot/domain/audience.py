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
    is_shared: bool
    """Whether people of another company are in it, or were invited to it."""
    readers: int | None
    """How many people are in it; `None` where Slack does not say."""
