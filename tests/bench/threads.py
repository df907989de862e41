"""How soon a command is a thread, over the round trips that nobody can avoid.

The baseline makes exactly those: summary and details together, the download, the parent, the
second that a channel wants between messages, the reply.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import httpx

from bot.connections import utc_now
from bot.demo.fake_slack import Channel
from bot.demo.stage import APP_NAME, ASKER, Stage, open_stage
from bot.domain.ids import AppId, SessionId
from tests.bench.figures import Figure
from tests.bench.network import FarAway, far_away, make_certificates
from tests.processes import BotProcess

ANSWERS_TAKE = 0.1  # seconds
ROUND_TRIP = 0.04  # seconds
THREADS = 8
GOAL = 1.05
PLACES = range(THREADS + 1)
WHERE_FAR = f"TLS, {ROUND_TRIP * 1e3:.0f} ms a round trip"
_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that has just ended, and the channel its summary is to appear in."""

    channel: Channel
    app: AppId
    session: SessionId


Ask = Callable[[Meeting], Coroutine[None, None, None]]
"""Have the summary of a meeting posted."""


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
    where = f"stand-ins answer in {ANSWERS_TAKE * 1e3:.0f} ms"
    return figures(f"command to {{}}, {where}", bot, baseline)


async def measure_far(folder: Path) -> list[Figure]:
    """Measure over TLS with round trips that take time, and count the connections."""
    async with open_far_stage(folder) as far:
        counted: list[int] = []
        bot, baseline = await _both(
            far.stage, folder, far.trust, lambda: counted.append(_taken(far.ways))
        )
    opened = Figure(f"connections opened for {THREADS + 1} threads", "", counted[0], counted[1])
    return [*figures(f"command to {{}}, {WHERE_FAR}", bot, baseline), opened]


@dataclass(frozen=True, slots=True)
class FarStage:
    """Stand-ins that are far away, and what a process needs to trust them."""

    stage: Stage
    ways: tuple[FarAway, ...]
    trust: dict[str, str]


@asynccontextmanager
async def open_far_stage(folder: Path) -> AsyncIterator[FarStage]:
    """Serve the stand-ins over TLS, behind round trips that take time."""
    certificates = make_certificates(folder)
    async with (
        open_stage(utc_now, certificate=certificates.server) as near,
        far_away(_port(near.slack.url), ROUND_TRIP) as slack,
        far_away(_port(near.kit_url), ROUND_TRIP) as kit,
    ):
        near.slack.url = f"https://127.0.0.1:{slack.port}"
        stage = replace(near, kit_url=f"https://127.0.0.1:{kit.port}")
        yield FarStage(stage, (slack, kit), {"SSL_CERT_FILE": str(certificates.authority)})


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
        bot = await threads(stage, ask, [(a_channel(stage), stage.app) for _ in PLACES])
    after()
    async with minimal(environment) as ask:
        baseline = await threads(stage, ask, [(a_channel(stage), stage.app) for _ in PLACES])
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

        async def ask(meeting: Meeting) -> None:
            line = f"{APP_NAME} {meeting.session}"
            assert (await stage.person(http).command(line, meeting.channel.id)).is_taken

        yield ask


@asynccontextmanager
async def minimal(environment: dict[str, str]) -> AsyncIterator[Ask]:
    """The baseline, for as long as the block runs."""
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

    async def ask(meeting: Meeting) -> None:
        stdin.write(f"{meeting.channel.id} {meeting.app} {meeting.session}\n".encode())
        await stdout.readline()

    try:
        yield ask
    finally:
        stdin.close()
        await process.wait()


def a_channel(stage: Stage) -> Channel:
    """A channel nobody has written to."""
    name = f"C{len(stage.slack.team.channels):04}"
    return stage.slack.team.add_channel(name, name.lower(), members=(ASKER,))


async def threads(stage: Stage, ask: Ask, places: Sequence[tuple[Channel, AppId]]) -> Waits:
    """Ask for a thread in one place after another; the first one warms the connections up."""
    waits = Waits()
    for number, (channel, app) in enumerate(places):
        session = stage.kit.state.add_session(app, title="Weekly planning")
        stage.kit.state.add_summary(session, "## Decisions\n\n- We ship on Thursday.")
        parent, reply = await _thread(ask, Meeting(channel, app, session))
        if number:
            waits.parents.append(parent)
            waits.replies.append(reply)
    return waits


async def _thread(ask: Ask, meeting: Meeting) -> tuple[float, float]:
    asked_at = time.time()
    asking = asyncio.create_task(ask(meeting))
    async with asyncio.timeout(_PATIENCE):
        while len(meeting.channel.messages) < 2:  # noqa: ASYNC110 - a parent and a reply
            await asyncio.sleep(0.005)
    await asking
    # A message's timestamp is the moment at which it appears in the channel.
    parent, reply = (float(message.ts) - asked_at for message in meeting.channel.messages)
    return parent, reply


def figures(name: str, bot: Waits, baseline: Waits) -> list[Figure]:
    """Both waits; `name` has a place for what is waited for."""
    parents = median(bot.parents), median(baseline.parents)
    replies = median(bot.replies), median(baseline.replies)
    return [
        Figure(name.format("parent"), "s", *parents),
        Figure(name.format("thread"), "s", *replies, GOAL),
    ]
