"""What a workspace's administrators decided about where summaries may go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.ids import AppId, ChannelId

CONFIRM_FROM = 100
"""From how many readers a person must confirm, unless administrators decided otherwise."""


class AllowedChannels(StrEnum):
    """To which channels an app's summaries may go."""

    ALL = "all"
    LISTED = "listed"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppPolicy:
    """What was decided about one app."""

    channels: AllowedChannels = AllowedChannels.ALL
    listed: frozenset[ChannelId] = frozenset()
    """The channels that are allowed where only listed ones are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What was decided about a workspace."""

    default_app: AppId | None = None
    """The app that is meant when none is named."""
    allows_shared: bool = False
    """Whether summaries may go to channels in which another company reads along."""
    confirm_from: int | None = CONFIRM_FROM
    """From how many readers a person must confirm; `None` for never."""
    apps: Mapping[AppId, AppPolicy] = field(default_factory=dict)

    def of(self, app: AppId) -> AppPolicy:
        """What was decided about an app, or the default."""
        known = {name.lower(): decided for name, decided in self.apps.items()}
        return known.get(app.lower(), AppPolicy())  # RealtimeKit writes ids in any case
