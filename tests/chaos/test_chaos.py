"""A small storm: the bot's own process, killed in the middle of its work."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.storm import Plan, open_storm


@pytest.mark.parametrize("history", [True, False], ids=["may look", "may not look"])
async def test_kills_lose_nothing_and_repeat_nothing(history: bool, tmp_path: Path) -> None:
    """What was acknowledged is posted once; or, where nobody can look, its asker is told."""
    plan = Plan(
        deliveries=12,
        channels=6,
        seed=7,
        history=history,
        limit=60,
        asked_within=1,
        most_kills=3,
        longest_life=1.0,
        program=(str(Path(__file__).with_name("hurried.py")),),
    )

    async with open_storm(plan, tmp_path) as storm:
        tally = await storm.rage()

    assert list(tally.faults) == []
    assert tally.kills >= 3
