"""How soon a command is acknowledged, how often a second, and what a process costs.

The bot is the whole `web` process: while it acknowledges, it also posts the summaries it promised.
The baseline acknowledges and forgets.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bot.connections import utc_now
from bot.demo.stage import ASKER, Stage, open_stage
from tests.bench.figures import Figure, percentile
from tests.bench.load import flood, paced, signed_command
from tests.processes import BotProcess

ROUNDS = 3
CHANNELS = 10


@dataclass(slots=True)
class Measured:
    """All rounds of one of the two. Seconds, bytes, and answers a second."""

    idle: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    a_second: list[float] = field(default_factory=list)
    start: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)


async def measure_acks(folder: Path) -> list[Figure]:
    """Measure both in turn, each in a process that is new in every round."""
    bot, bare = Measured(), Measured()
    async with open_stage(utc_now) as stage:
        for number in range(CHANNELS):
            stage.slack.team.add_channel(f"C{number:04}", f"channel-{number}", members=(ASKER,))
        for number in range(ROUNDS):
            here = folder / f"round-{number}"
            here.mkdir()
            environment = stage.environment(f"sqlite:///{here / 'bot.db'}")
            program = (str(Path(__file__).with_name("bare_bolt.py")),)
            await _round(bot, BotProcess(environment, here / "bot.log"), stage)
            await _round(bare, BotProcess(environment, here / "bare.log", program=program), stage)
    return _figures(bot, bare)


async def _round(measured: Measured, process: BotProcess, stage: Stage) -> None:
    began = time.perf_counter()
    await process.start()
    measured.start.append(time.perf_counter() - began)
    assert process.process is not None
    try:
        port, request = process.port, _requests(stage)
        await paced(port, every=0.05, count=5, request=request)
        measured.idle += await paced(port, every=0.1, count=50, request=request)
        measured.busy += await paced(port, every=0.02, count=150, request=request)
        measured.memory.append(await _memory(process.process.pid))
        with on_the_last_core(process.process.pid):
            a_second = await flood(port, connections=4, seconds=2.5, request=request)
        measured.a_second.append(a_second)
    finally:
        await process.kill()


@contextmanager
def on_the_last_core(process: int) -> Iterator[None]:
    """Have all threads of a process share one core, and this one, which plays Slack, off it.

    Where the system does not let us say so, nothing is changed.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    for thread in Path(f"/proc/{process}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {max(cores)})
    os.sched_setaffinity(0, cores - {max(cores)} or cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _requests(stage: Stage) -> Callable[[int], bytes]:
    """Commands for meetings that have just ended, spread over the channels."""

    def request(number: int) -> bytes:
        state, channel = stage.kit.state, f"C{number % CHANNELS:04}"
        session = state.add_session(stage.app, title="Weekly planning")
        state.add_summary(session, "## Decisions\n\n- We ship on Thursday.")
        answers = stage.slack.team.new_response_url(stage.slack.url, "commands", ASKER, channel)
        return signed_command(channel, session, answers)

    return request


async def _memory(process: int) -> int:
    asked = await asyncio.create_subprocess_exec(
        "ps", "-o", "rss=", "-p", str(process), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asked.communicate()
    return int(said) * 1024


def _figures(bot: Measured, bare: Measured) -> list[Figure]:
    def ms(name: str, a: list[float], b: list[float], share: float) -> Figure:
        return Figure(name, "ms", percentile(a, share) * 1e3, percentile(b, share) * 1e3)

    mib = 1 << 20
    return [
        ms("ack, idle, p50", bot.idle, bare.idle, 0.5),
        ms("ack, idle, p99", bot.idle, bare.idle, 0.99),
        ms("ack, 50 commands a second, p50", bot.busy, bare.busy, 0.5),
        ms("ack, 50 commands a second, p99", bot.busy, bare.busy, 0.99),
        Figure("acks a second, one core", "1/s", median(bot.a_second), median(bare.a_second)),
        Figure("start until ready", "s", median(bot.start), median(bare.start)),
        Figure(
            "memory after 200 commands", "MiB", median(bot.memory) / mib, median(bare.memory) / mib
        ),
    ]
