"""How soon a command is a thread, over the round trips that nobody can avoid.

The baseline makes exactly those: summary and details together, the download, the parent, the
second that a channel wants between messages, the reply.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import httpx

from bot.connections import utc_now
from bot.demo.stage import APP_NAME, ASKER, Stage, open_stage
from tests.bench.figures import Figure
from tests.bench.network import FarAway, far_away, make_certificates
from tests.processes import BotProcess

ANSWERS_TAKE = 0.1  # seconds
ROUND_TRIP = 0.04  # seconds
THREADS = 8
GOAL = 1.05
_PATIENCE = 20.0

Ask = Callable[[str, str], Coroutine[None, None, None]]
"""Ask for the summary of a session, the second word, in a channel, the first."""


@dataclass(slots=True)
class Waits:
    """Seconds from the question to the parent and to the reply, as Slack saw them."""

    parents: list[float] = field(default_factory=list)
    replies: list[float] = field(default_factory=list)


async def measure_near(folder: Path) -> list[Figure]:
    """Measure with stand-ins that take their time to answer."""
    async with open_stage(utc_now) as stage:
        stage.slack.latency = stage.kit.latency = ANSWERS_TAKE
        bot, baseline = await _both(stage, folder, {})
    return _figures(f"stand-ins answer in {ANSWERS_TAKE * 1e3:.0f} ms", bot, baseline)


async def measure_far(folder: Path) -> list[Figure]:
    """Measure over TLS with round trips that take time, and count the connections."""
    certificates = make_certificates(folder)
    async with (
        open_stage(utc_now, certificate=certificates.server) as near,
        far_away(_port(near.slack.url), ROUND_TRIP) as slack,
        far_away(_port(near.kit_url), ROUND_TRIP) as kit,
    ):
        near.slack.url = f"https://127.0.0.1:{slack.port}"
        stage = replace(near, kit_url=f"https://127.0.0.1:{kit.port}")
        ways = (slack, kit)
        counted: list[int] = []
        trust = {"SSL_CERT_FILE": str(certificates.authority)}
        bot, baseline = await _both(stage, folder, trust, lambda: counted.append(_taken(ways)))
    opened = Figure(f"connections opened for {THREADS + 1} threads", "", counted[0], counted[1])
    return [*_figures(f"TLS, {ROUND_TRIP * 1e3:.0f} ms a round trip", bot, baseline), opened]


def _taken(ways: tuple[FarAway, ...]) -> int:
    opened = sum(way.opened for way in ways)
    for way in ways:
        way.opened = 0
    return opened


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


async def _both(
    stage: Stage, folder: Path, trust: dict[str, str], after: Callable[[], None] = lambda: None
) -> tuple[Waits, Waits]:
    environment = stage.environment(f"sqlite:///{folder / 'bot.db'}") | trust
    async with _bot(stage, environment, folder) as ask:
        bot = await _threads(stage, ask)
    after()
    async with _minimal(environment | {"APP": stage.app}) as ask:
        baseline = await _threads(stage, ask)
    after()
    return bot, baseline


@asynccontextmanager
async def _bot(stage: Stage, environment: dict[str, str], folder: Path) -> AsyncIterator[Ask]:
    process = BotProcess(environment, folder / "bot.log")
    async with AsyncExitStack() as stack:
        await process.start()
        stack.push_async_callback(process.stop)
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=process.url, trust_env=False)
        )

        async def ask(channel: str, session: str) -> None:
            assert (await stage.person(http).command(f"{APP_NAME} {session}", channel)).is_taken

        yield ask


@asynccontextmanager
async def _minimal(environment: dict[str, str]) -> AsyncIterator[Ask]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("minimal.py")),
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None
    assert stdout is not None

    async def ask(channel: str, session: str) -> None:
        stdin.write(f"{channel} {session}\n".encode())
        await stdout.readline()

    try:
        yield ask
    finally:
        stdin.close()
        await process.wait()


async def _threads(stage: Stage, ask: Ask) -> Waits:
    """Ask for one thread after another; the first one warms the connections up."""
    waits = Waits()
    for number in range(THREADS + 1):
        parent, reply = await _thread(stage, ask)
        if number:
            waits.parents.append(parent)
            waits.replies.append(reply)
    return waits


async def _thread(stage: Stage, ask: Ask) -> tuple[float, float]:
    team = stage.slack.team
    name = f"C{len(team.channels):04}"
    channel = team.add_channel(name, name.lower(), members=(ASKER,))
    session = stage.kit.state.add_session(stage.app, title="Weekly planning")
    stage.kit.state.add_summary(session, "## Decisions\n\n- We ship on Thursday.")
    asked_at = time.time()
    asking = asyncio.create_task(ask(name, session))
    async with asyncio.timeout(_PATIENCE):
        while len(channel.messages) < 2:  # noqa: ASYNC110 - a parent and a reply
            await asyncio.sleep(0.005)
    await asking
    # A message's timestamp is the moment at which it appears in the channel.
    parent, reply = (float(message.ts) - asked_at for message in channel.messages)
    return parent, reply


def _figures(where: str, bot: Waits, baseline: Waits) -> list[Figure]:
    parents = median(bot.parents), median(baseline.parents)
    replies = median(bot.replies), median(baseline.replies)
    return [
        Figure(f"command to parent, {where}", "s", *parents),
        Figure(f"command to thread, {where}", "s", *replies, GOAL),
    ]
