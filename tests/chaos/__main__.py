"""`python -m tests.chaos`: nothing lost and nothing twice, however often the bot is killed."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.chaos.storm import Plan, open_storm


def main() -> int:
    """Let two storms rage; returns 1 when an expectation was not met."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=240, help="how long a run may take")
    given = parser.parse_args()
    failed = False
    for history in (True, False):
        plan = Plan(
            deliveries=given.deliveries,
            channels=max(1, given.deliveries // 6),
            seed=given.seed,
            history=history,
            limit=given.seconds,
            asked_within=given.deliveries / 5,
        )
        failed |= asyncio.run(rage(plan))
    return int(failed)


async def rage(plan: Plan) -> bool:
    """Let one storm rage and print what came of it; whether an expectation was not met."""
    granted = "granted" if plan.history else "not granted"
    sys.stdout.write(f"history scopes {granted}, seed {plan.seed}\n")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        async with open_storm(plan, Path(folder)) as storm:
            tally = await storm.rage()
    problems = list(tally.losses)
    if plan.history and tally.unsure:
        problems.append(f"{tally.unsure} were unsure, though the history could be read")
    sys.stdout.writelines(f"{line}\n" for line in tally.lines())
    sys.stdout.writelines(f"  WRONG: {problem}\n" for problem in problems)
    sys.stdout.flush()
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
