"""Look at everything the bot needs, all at once; one failing check never hides another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import structlog

from bot.domain.check import Check
from bot.errors import BotError, SealBroken
from bot.usecases.checks.failures import Mending, explain

log = structlog.get_logger()

Probe: TypeAlias = Callable[[], Awaitable[Sequence[Check]]]
"""One look at one thing, which may settle several checks."""


@dataclass(frozen=True, slots=True)
class CheckSetup:
    """Run every probe that applies, each with its own time, and put the outcomes in order."""

    probes: Mapping[str, Probe]
    """By the name under which a probe that fails is reported."""
    mending: Mapping[str, Mending] = field(default_factory=dict)
    """Who can put right what a probe meets, where that is not whoever runs the bot."""
    patience: float = 15.0
    """Seconds each probe may take."""

    async def __call__(self) -> Sequence[Check]:
        """Look at everything. Never raises because of what a probe met."""
        names = tuple(self.probes)
        outcomes = await asyncio.gather(
            *(self._in_time(self.probes[name]) for name in names), return_exceptions=True
        )
        return [
            check
            for name, outcome in zip(names, outcomes, strict=True)
            for check in self._checks(name, outcome)
        ]

    async def _in_time(self, probe: Probe) -> Sequence[Check]:
        async with asyncio.timeout(self.patience):
            return await probe()

    def _checks(self, name: str, outcome: Sequence[Check] | BaseException) -> Sequence[Check]:
        if isinstance(outcome, SealBroken):
            return []  # the check of the encryption says so, once for all
        if isinstance(outcome, BotError):
            return [explain(name, outcome, self.mending.get(name, Mending.BY_OPERATOR))]
        if isinstance(outcome, BaseException):
            return [_failed(name, outcome)]
        return outcome


def _failed(name: str, error: BaseException) -> Check:
    """What to say when a probe could not come to an end."""
    if isinstance(error, TimeoutError):
        cause, step = "No answer came in time.", "Try again in a few minutes."
        return Check.bad(name, cause, step, passing=True)
    if isinstance(error, OSError):
        cause, step = "It could not be reached.", "Check its address and the network."
        return Check.bad(name, cause, step, passing=True)
    log.error("a check crashed", check=name, exc_info=error)
    return Check.bad(name, "The check itself failed.", f"Look for {name!r} in the log.")
