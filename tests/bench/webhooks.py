"""How many webhook events are stored a second, and how soon one becomes a thread.

An event is answered when it is in the database: each round ends with a kill, and everything that
was answered has to be there. The baseline checks the signature and forgets.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median

import httpx
from sqlalchemy import func, select

from bot.connections import utc_now
from bot.demo.fake_slack import Channel
from bot.demo.stage import Stage, open_stage
from bot.domain.ids import AppId, WorkspaceId
from bot.store.engine import Database
from bot.store.tables import deliveries
from tests.bench.acks import on_the_last_core
from tests.bench.crowd import (
    Company,
    any_number,
    databases,
    environment,
    gather,
    settle_in,
    until,
)
from tests.bench.figures import Figure
from tests.bench.load import flood, signed_event
from tests.bench.threads import (
    PLACES,
    WHERE_FAR,
    Ask,
    FarStage,
    Meeting,
    a_channel,
    figures,
    minimal,
    open_far_stage,
    threads,
)
from tests.processes import BotProcess

ROUNDS = 3
COMPANIES = 50
EVENTS = 1600  # more than are taken in one flood
PUBLIC_URL = "https://bot.example.com"


async def measure_accepted(folder: Path) -> list[Figure]:
    """Flood both with what is told of meetings that end, in a process that is new every round."""
    taken: dict[str, list[float]] = {}
    bare: list[float] = []
    for number in range(ROUNDS):
        here = folder / f"round-{number}"
        here.mkdir()
        for name, url in (await databases(here)).items():
            async with open_stage(utc_now) as stage:
                bot, baseline = await _round(stage, url, here / name)
            taken.setdefault(name, []).append(bot)
            bare.append(baseline)
    return [
        Figure(f"webhook events stored a second, one core, {name}", "1/s", median(of), median(bare))
        for name, of in taken.items()
    ]


async def _round(stage: Stage, database_url: str, log: Path) -> tuple[float, float]:
    """Events a second: stored by the bot, and checked by the baseline."""
    companies = gather(stage, COMPANIES)
    doors = await settle_in(database_url, companies, at=utc_now())
    process = any_number(stage, database_url, log.with_suffix(".log"))
    await process.start()
    events = _events(stage, companies, doors)
    stored, answered = await _flooded(process, events)
    await _check_stored(database_url, min(answered, len(events)))
    program = (str(Path(__file__).with_name("bare_receiver.py")),)
    bare = BotProcess(environment(stage, ""), log.with_suffix(".bare"), program=program)
    await bare.start()
    return stored, (await _flooded(bare, events))[0]


def _events(
    stage: Stage, companies: Sequence[Company], doors: Mapping[WorkspaceId, str]
) -> list[bytes]:
    """What RealtimeKit tells of so many meetings that have just ended, each another's."""
    chosen = itertools.islice(itertools.cycle(companies), EVENTS)
    ended = stage.kit.events.ended
    return [
        signed_event(stage.kit, doors[company.home.id], ended(company.meet(stage)))
        for company in chosen
    ]


async def _flooded(process: BotProcess, events: Sequence[bytes]) -> tuple[float, int]:
    """Answers a second, and how many in all; then the process is killed."""
    assert process.process is not None
    counter = itertools.count()
    try:
        with on_the_last_core(process.process.pid):
            a_second = await flood(
                process.port,
                connections=4,
                seconds=2.5,
                request=lambda _: events[next(counter) % len(events)],
            )
    finally:
        await process.kill()
    return a_second, next(counter)


async def _check_stored(database_url: str, answered: int) -> None:
    """See that what was answered survived the kill."""
    database = await Database.open(database_url)
    try:
        async with database.read() as connection:
            stored = await connection.scalar(select(func.count()).select_from(deliveries))
    finally:
        await database.close()
    assert stored == answered, f"{answered} events were taken, and {stored} stored"


async def measure_told(folder: Path) -> list[Figure]:
    """Measure from a summary's event to its thread, over TLS with round trips that take time."""
    async with open_far_stage(folder) as far:
        settings = far.stage.environment(f"sqlite:///{folder / 'bot.db'}") | far.trust
        places = [(a_channel(far.stage), _an_app(far.stage, number)) for number in PLACES]
        async with _told(far, settings | {"PUBLIC_URL": PUBLIC_URL}, folder, places) as ask:
            bot = await threads(far.stage, ask, places)
        async with minimal(settings) as ask:
            again = [(a_channel(far.stage), app) for _, app in places]
            baseline = await threads(far.stage, ask, again)
    return figures(f"webhook to {{}}, {WHERE_FAR}", bot, baseline)


def _an_app(stage: Stage, number: int) -> AppId:
    return stage.kit.state.add_app(stage.account, f"app-{number}")


@asynccontextmanager
async def _told(
    far: FarStage, settings: dict[str, str], folder: Path, places: Sequence[tuple[Channel, AppId]]
) -> AsyncIterator[Ask]:
    """The bot, with a channel subscribed to each app."""
    stage, events = far.stage, far.stage.kit.events
    process = BotProcess(settings, folder / "bot.log")
    async with AsyncExitStack() as stack:
        await process.start()
        stack.push_async_callback(process.stop)
        events.reach[PUBLIC_URL] = process.url
        http = httpx.AsyncClient(base_url=process.url, trust_env=False)
        person = stage.person(await stack.enter_async_context(http))
        for number, (channel, _) in enumerate(places):
            await person.command(f"subscribe app-{number}", channel.id)
        await until(lambda: len(stage.kit.state.webhooks) == len(places), within=20)

        async def ask(meeting: Meeting) -> None:
            told = await events.summary_ready(meeting.session)
            assert [attempt.is_taken for attempt in told] == [True]

        yield ask
