"""What a command and a sweep cost beside ten other workspaces, and beside ten thousand.

The two deployments are asked in turn, so that whatever else this machine does weighs on both. A
sweep is a round of the ten apps whose turn it is and the worker's look for what is due.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import logs
from bot.bootstrap import Bot, open_bot
from bot.connections import utc_now
from bot.demo.stage import ASKER, Stage, open_stage
from bot.domain.delivery import DeliveryState
from bot.domain.ids import DeliveryId
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.rows import delivery_values
from bot.store.tables import deliveries, subscriptions, watched_apps, workspaces
from tests.bench.crowd import (
    ENCRYPTION_KEY,
    Company,
    any_number,
    databases,
    gather,
    settle_in,
)
from tests.bench.figures import Figure
from tests.bench.load import Connection, connected, signed_command
from tests.browsing import oauth_settings
from tests.clock import ManualClock
from tests.deliveries import a_delivery

FEW, MANY = 10, 10_000
COMMANDS = 300
SWEEPS = 60
GOAL = 1.1
_WARM_UP = 10
_BATCH = 1000  # rows stored at once
_NOT_FOR_LONG = timedelta(days=6)


@dataclass(slots=True)
class Deployment:
    """Ten workspaces that are heard of, and any number of which nobody hears. Seconds."""

    stage: Stage
    database_url: str
    companies: list[Company]
    commands: list[float] = field(default_factory=list)
    sweeps: list[float] = field(default_factory=list)


async def measure_neighbours(folder: Path) -> list[Figure]:
    """Measure on both kinds of database."""
    logs.configure("WARNING", "json")
    urls = []
    for number in (FEW, MANY):
        here = folder / str(number)
        here.mkdir()
        urls.append(await databases(here))
    return [
        figure
        for name in urls[0]
        for figure in await _measured(name, folder, urls[0][name], urls[1][name])
    ]


async def _measured(name: str, folder: Path, few_url: str, many_url: str) -> list[Figure]:
    async with (
        _deployment(few_url, FEW) as few,
        _deployment(many_url, MANY) as many,
    ):
        await _sweep(few, many)
        await _command(few, many, folder / name)
    beside = f"with {MANY:,} workspaces beside {FEW}, {name}"
    return [
        Figure(f"{what} {beside}", "ms", median(of_many) * 1e3, median(of_few) * 1e3, GOAL)
        for what, of_many, of_few in (
            ("a command", many.commands, few.commands),
            ("a sweep", many.sweeps, few.sweeps),
        )
    ]


@asynccontextmanager
async def _deployment(database_url: str, number: int) -> AsyncIterator[Deployment]:
    async with open_stage(utc_now) as stage:
        companies = gather(stage, FEW)
        await settle_in(database_url, companies, at=utc_now())
        database = await Database.open(database_url)
        try:
            await _store_others(database, number - FEW)
        finally:
            await database.close()
        yield Deployment(stage, database_url, companies)


async def _store_others(database: Database, others: int) -> None:
    """Store copies of the first workspace, each with a delivery that has ended."""
    later = utc_now() + _NOT_FOR_LONG
    async with database.begin() as connection:

        async def copy(table: Table, values: Callable[[str], dict[str, object]]) -> None:
            first = (await connection.execute(select(table).limit(1))).mappings().one()
            await _store(connection, table, others, lambda mark: {**first, **values(mark)})

        await copy(workspaces, lambda mark: {"id": mark, "webhook_key_digest": mark})
        await copy(subscriptions, lambda mark: {"id": mark, "workspace": mark})
        await copy(watched_apps, lambda mark: {"workspace": mark, "next_at": later})
        ended = a_delivery(state=DeliveryState.POSTED, answer_url=None, run_at=later)
        values = delivery_values(ended, Sealer([ENCRYPTION_KEY]))
        await _store(
            connection,
            deliveries,
            others,
            lambda mark: {**values, "id": DeliveryId(mark), "workspace": mark},
        )


async def _store(
    connection: AsyncConnection, table: Table, rows: int, row: Callable[[str], dict[str, object]]
) -> None:
    for begin in range(0, rows, _BATCH):
        batch = [row(f"X{number:06}") for number in range(begin, min(rows, begin + _BATCH))]
        await connection.execute(insert(table), batch)


async def _sweep(*deployments: Deployment) -> None:
    """Go round in each of them in turn, each time when the ten apps are due again."""
    clock = ManualClock(utc_now())
    async with AsyncExitStack() as stack:
        bots = [await stack.enter_async_context(_open(each, clock)) for each in deployments]
        for number in range(_WARM_UP + SWEEPS):
            clock.advance(minutes=10)
            pairs = list(zip(deployments, bots, strict=True))
            for deployment, bot in pairs if number % 2 else reversed(pairs):
                await _make_due(bot, deployment.companies, clock)
                began = time.perf_counter()
                assert await bot.rounds.round() == FEW
                await bot.worker.sweep()
                if number >= _WARM_UP:
                    deployment.sweeps.append(time.perf_counter() - began)


@asynccontextmanager
async def _open(deployment: Deployment, clock: ManualClock) -> AsyncIterator[Bot]:
    changes = oauth_settings(deployment.stage.slack) | {"ENCRYPTION_KEY": ENCRYPTION_KEY}
    settings = deployment.stage.settings(deployment.database_url, **changes)
    async with open_bot(settings, now=clock) as bot:
        yield bot


async def _make_due(bot: Bot, companies: list[Company], clock: ManualClock) -> None:
    statement = (
        update(watched_apps)
        .where(watched_apps.c.workspace.in_([company.home.id for company in companies]))
        .values(next_at=clock())
    )
    async with bot.stores.database.begin() as connection:
        await connection.execute(statement)


async def _command(few: Deployment, many: Deployment, log: Path) -> None:
    """Type the same command in each of them in turn; what it asks for is posted meanwhile."""
    async with AsyncExitStack() as stack:
        asked = []
        for deployment in (few, many):
            process = any_number(deployment.stage, deployment.database_url, log)
            await process.start()
            stack.push_async_callback(process.kill)
            asked.append((deployment, await stack.enter_async_context(connected(process.port))))
        for number in range(_WARM_UP + COMMANDS):
            for deployment, connection in asked if number % 2 else reversed(asked):
                took = await _typed(deployment, connection, number)
                if number >= _WARM_UP:
                    deployment.commands.append(took)


async def _typed(deployment: Deployment, connection: Connection, number: int) -> float:
    company = deployment.companies[number % FEW]
    channel, slack = company.channel.id, deployment.stage.slack
    answers = company.team.new_response_url(slack.url, "commands", ASKER, channel)
    session = company.meet(deployment.stage)
    return await connection.ask(signed_command(channel, session, answers, team=company.team.id))
