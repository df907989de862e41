"""The demo, from its first line to its end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import pytest

from bot.demo.app import run_demo


async def test_it_plays_every_scene_and_ends_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """A thread with its notice, a failure with its next step, and a summary that took a while."""
    code = await run_demo(once=True)

    shown = capsys.readouterr().out
    assert code == 0
    for line in (
        "Weekly planning: mobile team",
        "│ [Get the file]",
        "That RealtimeKit app has no meeting session with that id.",
        "The summary of that meeting is not ready yet.",
        "Two minutes later the summary is there:",
        "• Reviews took less than a day",
    ):
        assert line in shown
    assert "Traceback" not in shown


async def test_it_stays_until_a_signal_and_says_where(capsys: pytest.CaptureFixture[str]) -> None:
    """Without `--once` there is time to look around; Ctrl-C ends it well."""
    demo = asyncio.create_task(run_demo(once=False))
    shown = ""
    async with asyncio.timeout(30):
        while "It stays up until Ctrl-C" not in shown:
            shown += capsys.readouterr().out
            await asyncio.sleep(0.05)

    os.kill(os.getpid(), signal.SIGINT)

    assert await demo == 0
    assert "/healthz" in shown
    assert sys.exception() is None
