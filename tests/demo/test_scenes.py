"""The demo's clock, and scenes that do not come to their end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.demo import scenes
from bot.demo.fake_slack.faults import error
from bot.demo.scenes import Scenes, StageClock
from bot.demo.screen import Screen
from bot.demo.stage import open_stage, serve_bot


def test_the_clock_runs_and_can_be_moved_on() -> None:
    """Nobody waits two minutes for what happens two minutes later."""
    clock = StageClock()
    before = datetime.now(UTC)

    clock.move_on(timedelta(minutes=2))

    assert timedelta(minutes=2) <= clock() - before < timedelta(minutes=3)


async def test_a_scene_that_does_not_end_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A demo that stands still without a word would be worse than one that fails."""
    monkeypatch.setattr(scenes, "PATIENCE", 0.5)
    clock = StageClock()
    shown: list[str] = []
    async with (
        open_stage(clock) as stage,
        serve_bot(stage.settings(f"sqlite:///{tmp_path / 'demo.db'}"), now=clock) as served,
    ):
        stage.slack.faults.add("chat.postMessage", error("not_in_channel").always())
        screen = Screen(stage.slack.team, shown.append, UTC)

        with pytest.raises(TimeoutError):
            await Scenes(stage, served, clock, screen, stage.person(served.http)).play()

    assert "dana types in #mobile-team" in "".join(shown)
