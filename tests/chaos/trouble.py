"""One call in so many goes wrong, at Slack and at Cloudflare."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from bot.demo.fake_realtimekit.refused import too_many
from bot.demo.fake_realtimekit.scripted import (
    Endpoint,
    Script,
    Scripted,
    backend_refusal,
    dropped,
    edge_page,
    late,
)
from bot.demo.fake_slack.faults import Fault, Faults, answer, drop, rate_limited, slow
from bot.demo.stage import Stage

SLOW = 3.0
"""Seconds a slow answer takes."""

AT_SLACK = (
    answer(HTTPStatus.SERVICE_UNAVAILABLE),
    answer(HTTPStatus.BAD_GATEWAY, after_acting=True),
    rate_limited("1"),
    drop(),
    drop(after_acting=True),
    slow(SLOW),
)
AT_CLOUDFLARE = (
    edge_page(HTTPStatus.BAD_GATEWAY),
    backend_refusal(HTTPStatus.INTERNAL_SERVER_ERROR),
    too_many(1).reply,
    dropped(),
    late(SLOW),
)


@dataclass
class Dice:
    """Decides which calls go wrong."""

    chance: random.Random
    share: float = 0.0
    """The share of calls; nothing goes wrong until it is set."""
    calls: int = 0
    spoiled: int = 0

    def spoil(self) -> bool:
        """Whether this call goes wrong."""
        spoiled = self.chance.random() < self.share
        self.calls += self.share > 0
        self.spoiled += spoiled
        return spoiled


class _SlackTrouble(Faults):
    def __init__(self, dice: Dice) -> None:
        super().__init__()
        self._dice = dice

    def take(self, method: str, arguments: Mapping[str, Any]) -> Fault | None:
        """What is scripted, or what the dice say."""
        scripted = super().take(method, arguments)
        if scripted is None and self._dice.spoil():
            return self._dice.chance.choice(AT_SLACK)
        return scripted


class _CloudflareTrouble(Script):
    def __init__(self, dice: Dice) -> None:
        super().__init__()
        self._dice = dice

    def take(self, endpoint: Endpoint) -> Scripted | None:
        """What is scripted, or what the dice say."""
        scripted = super().take(endpoint)
        if scripted is None and self._dice.spoil():
            return self._dice.chance.choice(AT_CLOUDFLARE)
        return scripted


@dataclass(frozen=True)
class Trouble:
    """What goes wrong at both."""

    slack: Dice = field(default_factory=lambda: Dice(random.Random(0)))  # noqa: S311 - repeatable
    cloudflare: Dice = field(default_factory=lambda: Dice(random.Random(1)))  # noqa: S311

    def begin(self, stage: Stage, share: float) -> None:
        """From now on, that share of the calls goes wrong."""
        stage.slack.faults = _SlackTrouble(self.slack)
        stage.kit.script = _CloudflareTrouble(self.cloudflare)
        self.slack.share = self.cloudflare.share = share
