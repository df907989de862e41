"""`python -m tests.chaos`: nothing lost and nothing twice, however often the bot is killed."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from tests.chaos.cluster import open_cluster
from tests.chaos.plan import CHANNELS, CREW, Plan
from tests.chaos.storm import Plan as StormPlan
from tests.chaos.storm import open_storm

Part: TypeAlias = Callable[[int | None, int, Path], Coroutine[object, object, bool]]
"""Takes how many deliveries, if told, the seed and an empty folder; whether anything was wrong."""

ASKED_FOR = 0.2
"""The share of deliveries that people ask for; the others post themselves."""

KILLS = 15
"""How often the one process of the commands is killed.

Each start takes calls from the account's budget ten at a time, and a kill forfeits what is left
of them: a process that is killed every few seconds for long has none to work with.
"""


def main() -> int:
    """Run all parts, or the chosen ones; returns 1 when an expectation was not met."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="may be given again")
    parser.add_argument("--deliveries", type=int, help="for each part, instead of its own number")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    failed = False
    for name in given.only or PARTS:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            failed |= asyncio.run(PARTS[name](given.deliveries, given.seed, Path(folder)))
    return int(failed)


async def cluster(deliveries: int | None, seed: int, folder: Path) -> bool:
    """PostgreSQL, two processes at the door and two at work."""
    _say(f"PostgreSQL, 2 web and 2 worker processes, seed {seed}")
    return await _rage(_plan(deliveries, seed), folder)


async def alone(deliveries: int | None, seed: int, folder: Path) -> bool:
    """SQLite, and one process that does everything."""
    _say(f"SQLite, 1 process, seed {seed}")
    return await _rage(_plan(deliveries, seed, crew=("web",)), folder)


async def asked(deliveries: int | None, seed: int, folder: Path) -> bool:
    """People who type commands until they are acknowledged, on SQLite, with and without scopes."""
    count = deliveries or 100
    failed = False
    for history in (True, False):
        granted = "granted" if history else "not granted"
        _say(f"SQLite, commands alone, history scopes {granted}, seed {seed}")
        plan = StormPlan(
            deliveries=count,
            channels=max(1, count // 6),
            seed=seed,
            history=history,
            limit=300,
            asked_within=count / 5,
            most_kills=KILLS,
        )
        own = folder / granted
        own.mkdir()
        async with open_storm(plan, own) as storm:
            tally = await storm.rage()
        failed |= _report(tally.lines(), tally.faults)
    return failed


PARTS: Mapping[str, Part] = {"cluster": cluster, "alone": alone, "asked": asked}


def _plan(deliveries: int | None, seed: int, *, crew: Sequence[str] = CREW) -> Plan:
    count = deliveries or 500
    meetings = round(count * (1 - ASKED_FOR) / CHANNELS)
    return Plan(meetings=meetings, commands=count - meetings * CHANNELS, seed=seed, crew=crew)


async def _rage(plan: Plan, folder: Path) -> bool:
    async with open_cluster(plan, folder) as opened:
        outcome = await opened.rage()
    return _report(outcome.lines(), outcome.faults)


def _report(lines: Iterable[str], faults: Iterable[str]) -> bool:
    """Print what came of a run; whether anything was wrong."""
    wrong = list(faults)
    for line in (*lines, *(f"  WRONG: {fault}" for fault in wrong)):
        _say(line)
    return bool(wrong)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
