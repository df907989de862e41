"""The demo: the real bot between a local Slack and a local RealtimeKit."""

from __future__ import annotations

import sys
import tempfile
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

from bot import logs
from bot.demo.scenes import Scenes, StageClock
from bot.demo.screen import Screen
from bot.demo.stage import Served, Stage, open_stage, serve_bot
from bot.serve import stopped_by_signals

PUBLIC_URL = "https://meeting-summary.example"
"""Where RealtimeKit believes the bot to be; the stand-in finds it on this machine."""


async def run_demo(*, once: bool) -> int:
    """Play the scenes, then stay until a signal unless told to end; returns the exit code."""
    logs.configure("WARNING", "text")
    clock = StageClock()
    zone = datetime.now().astimezone().tzinfo
    assert zone is not None  # noqa: S101 - what `astimezone` gives has one
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="meeting-summary-"))
        stage = await stack.enter_async_context(open_stage(clock))
        database = f"sqlite:///{Path(folder) / 'demo.db'}"
        settings = stage.settings(database, PUBLIC_URL=PUBLIC_URL)
        served = await stack.enter_async_context(serve_bot(settings, now=clock))
        stage.kit.events.reach[PUBLIC_URL] = str(served.http.base_url).rstrip("/")
        screen = Screen(stage.slack.team, sys.stdout.write, zone)
        await Scenes(stage, served, clock, screen, stage.person(served.http)).play()
        if not once:
            stop = await stack.enter_async_context(stopped_by_signals())
            sys.stdout.write(_where_it_is(stage, served))
            sys.stdout.flush()
            await stop.wait()
    return 0


def _where_it_is(stage: Stage, served: Served) -> str:
    return f"""
It stays up until Ctrl-C:
  the bot          {served.http.base_url}  (/healthz, /readyz, /metrics)
  Slack's side     {stage.slack.api_url}
  RealtimeKit's    {stage.kit_url}
"""
