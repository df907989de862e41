"""How much there is to post, and how bad it gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CHANNELS = 3
CREW = ("web-1", "web-2", "worker-1", "worker-2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much there is, and how bad it gets. Times are in seconds."""

    meetings: int
    commands: int
    workspaces: int = 10
    channels: int = CHANNELS
    """Channels of each workspace; all of them subscribe to its app."""
    unreadable: int = 1
    """How many of the workspaces let nobody read a history."""
    crew: Sequence[str] = CREW
    database_away: float | None = 5.0
    """How long the server of the database is away in the middle; PostgreSQL only."""
    trouble: float = 0.1
    told_within: float = 120.0
    written_within: float = 5.0
    never_told: float = 0.04
    """The share of summaries that no event tells of; the bot has to look for them."""
    kills_every: tuple[float, float] = (2.0, 7.0)
    killed_for: float = 180.0
    limit: float = 600.0
    seed: int = 1
    program: Sequence[str] = ("-m", "bot")
