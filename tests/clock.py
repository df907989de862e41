"""A clock that stands still until it is moved, and a sleep that moves it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.fakes import NOON


@dataclass
class ManualClock:
    """The present moment, moved by hand; who sleeps by it wakes at once, that much later."""

    moment: datetime = NOON
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.moment

    def advance(self, **span: float) -> None:
        """Move on by a span as `timedelta` takes it: seconds, minutes, hours or days."""
        self.moment += timedelta(**span)

    async def sleep(self, seconds: float) -> None:
        """Let that time pass, and let others have a go."""
        self.slept.append(seconds)
        self.advance(seconds=seconds)
        await asyncio.sleep(0)
