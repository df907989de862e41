"""How often a method may be called, and a channel written to.

Source: https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus

from bot.demo.fake_slack.refused import Refused

CALLS_A_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
"""The least each tier allows."""

_HISTORIES = ("conversations.history", "conversations.replies")
_MINUTE = timedelta(minutes=1)


@dataclass(slots=True, kw_only=True)
class RateLimits:
    """One message a second and channel, in bursts of `burst`; each method by its tier."""

    now: Callable[[], datetime]
    burst: int = 2
    """Messages a channel takes at once when it was quiet. Slack allows short bursts."""
    tiers: bool = True
    slow_history: bool = False
    """Read histories once a minute, as for apps that are sold outside Slack's Marketplace."""
    _posts: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    _calls: dict[tuple[str, str], deque[datetime]] = field(
        default_factory=lambda: defaultdict(deque)
    )

    def count_post(self, channel: str) -> None:
        """Count a message to a channel. Raises `Refused` (429) when it comes too soon."""
        now = self.now()
        left, at = self._posts.get(channel, (float(self.burst), now))
        left = min(float(self.burst), left + (now - at).total_seconds())
        if left < 1:
            self._posts[channel] = (left, now)
            raise _too_many(1 - left)
        self._posts[channel] = (left - 1, now)

    def count_call(self, team: str, method: str, tier: int | None) -> None:
        """Count a call of a method. Raises `Refused` (429) when there were too many."""
        if tier is None or not self.tiers:
            return
        if self.slow_history and method in _HISTORIES:
            tier = 1
        now, calls = self.now(), self._calls[team, method]
        while calls and now - calls[0] >= _MINUTE:
            calls.popleft()
        if len(calls) >= CALLS_A_MINUTE[tier]:
            raise _too_many((calls[0] + _MINUTE - now).total_seconds())
        calls.append(now)


def _too_many(seconds: float) -> Refused:
    """A 429; `Retry-After` is in whole seconds."""
    wait = str(max(1, math.ceil(seconds)))
    return Refused(
        "ratelimited", status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": wait}
    )
