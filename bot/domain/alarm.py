"""When an administrator is told that something broke, or that it is mended: once each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.check import Check, CheckState

CONFIRMED_AFTER = timedelta(minutes=2)
"""How long a problem must last before anybody is told: a blip of the network is none."""

OUTAGE_BORNE = timedelta(minutes=30)
"""How long an outage of Slack or Cloudflare is borne in silence; it mostly ends by itself."""

_ORDER = (CheckState.GOOD, CheckState.WARNING, CheckState.BAD)


class Told(StrEnum):
    """What became of telling that a check is bad."""

    PROBLEM = "problem"
    """An administrator was told, and is to be told when it is mended."""
    NOBODY = "nobody"
    """There was nobody to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """How one check of a workspace stands, and what was told of it. Times are UTC."""

    check: str
    """The check's name."""
    state: CheckState
    since: datetime
    """Since when it is bad, or since when it is not."""
    told: Told | None = None

    @property
    def is_bad(self) -> bool:
        """Whether something is wrong; a warning is not."""
        return self.state is CheckState.BAD


@dataclass(frozen=True, slots=True)
class News:
    """What a look found, compared with the look before it."""

    alarms: Sequence[Alarm]
    """How every check that was looked at stands now, with nothing new told."""
    problems: Sequence[Check]
    """What somebody is to be told is wrong, line by line."""
    mended: Sequence[str]
    """The names of what somebody is to be told is in order again."""
    needs_confirming: bool = False
    """Whether something is wrong that another look soon may tell of."""

    @property
    def is_any(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.problems or self.mended)

    def told(self, outcome: Told) -> Sequence[Alarm]:
        """How the checks stand once the news is told, or there was nobody to tell it to."""
        problems = {check.name for check in self.problems}
        return [
            replace(alarm, told=outcome)
            if alarm.check in problems
            else replace(alarm, told=None)
            if alarm.check in self.mended
            else alarm
            for alarm in self.alarms
        ]


def compare(before: Mapping[str, Alarm], checks: Sequence[Check], now: datetime) -> News:
    """What is new in these checks. A check that was not looked at stays as it was.

    Args:
        before: the alarms of the look before, by the check's name.
        checks: what was found now.
        now: the present moment.
    """
    by_name: dict[str, list[Check]] = defaultdict(list)
    for check in checks:
        by_name[check.name].append(check)
    alarms = [_stands(before.get(name), name, found, now) for name, found in by_name.items()]
    waits = {alarm.check: _patience(by_name[alarm.check]) for alarm in alarms if _is_news(alarm)}
    ripe = {
        alarm.check
        for alarm in alarms
        if alarm.check in waits and now - alarm.since >= waits[alarm.check]
    }
    return News(
        alarms=alarms,
        problems=[
            check for check in checks if check.name in ripe and check.state is CheckState.BAD
        ],
        mended=[alarm.check for alarm in alarms if not alarm.is_bad and alarm.told is Told.PROBLEM],
        needs_confirming=any(
            wait == CONFIRMED_AFTER for name, wait in waits.items() if name not in ripe
        ),
    )


def _stands(before: Alarm | None, name: str, found: Sequence[Check], now: datetime) -> Alarm:
    state = max((check.state for check in found), key=_ORDER.index)
    stands = Alarm(check=name, state=state, since=now)
    if before is None:
        return stands
    if before.is_bad == stands.is_bad:
        stands = replace(stands, since=before.since)
    unheard = before.told is Told.NOBODY and not stands.is_bad
    return replace(stands, told=None if unheard else before.told)


def _is_news(alarm: Alarm) -> bool:
    """Whether somebody should hear of a problem, sooner or later, who has not."""
    return alarm.is_bad and alarm.told is not Told.PROBLEM


def _patience(found: Sequence[Check]) -> timedelta:
    """How long it must last first."""
    bad = (check for check in found if check.state is CheckState.BAD)
    return OUTAGE_BORNE if all(check.passing for check in bad) else CONFIRMED_AFTER
