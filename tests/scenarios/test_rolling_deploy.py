"""A rolling deploy: processes of two versions side by side, on one PostgreSQL database."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from alembic import command
from sqlalchemy import Connection, text

from bot.connections import utc_now
from bot.demo.fake_slack.person import Person
from bot.demo.stage import APP_NAME, CHANNEL, Stage, open_stage
from bot.domain.ids import SessionId
from bot.store import migrate as migrations
from bot.store.engine import Database
from bot.store.migrate import is_current, migrate
from tests.postgres import postgres_server
from tests.processes import BotProcess
from tests.scenarios.world import SUMMARY, until

TOMORROW = (
    "ALTER TABLE deliveries ADD COLUMN tomorrow text",
    "ALTER TABLE turns ADD COLUMN tomorrow text NOT NULL DEFAULT 'new'",
    "CREATE TABLE tomorrows (id text PRIMARY KEY)",
    "CREATE INDEX ix_deliveries_tomorrow ON deliveries (tomorrow)",
    "UPDATE alembic_version SET version_num = '9999'",
)
"""What the version after this one may do to the tables: revisions only add."""

YESTERDAY = "0001"
"""The first version's tables, which knew nothing of subscriptions."""

PROMISE_OF_YESTERDAY = text(
    """
    INSERT INTO deliveries (id, workspace, channel, session, repeat, app, asker, state, attempts,
        created_at, settled_at, run_at)
    VALUES (left(:session, 8), :workspace, :channel, :session, 0, :app, 'U0DANA', 'due', 0,
        now(), now(), now())
    """
)
"""What the first version writes down for a command."""


@dataclass
class Deployment:
    """One database, and processes around it that come and go."""

    stage: Stage
    folder: Path
    url: str
    database: Database
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Person]:
        """One more process that does everything, with Dana at its door; stopped at the end."""
        log = self.folder / f"bot-{next(self._numbers)}.log"
        process = BotProcess(self.stage.environment(self.url), log=log)
        await process.start()
        async with httpx.AsyncClient(base_url=process.url, trust_env=False) as http:
            try:
                yield self.stage.person(http)
                ready = await http.get("/readyz")
            finally:
                code = await process.stop()
        assert (ready.status_code, code) == (200, 0), log.read_text()

    async def run(self, *statements: str) -> None:
        """Change the database, as a migration does: all or nothing."""
        async with self.database.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))

    def meetings(self, count: int) -> Sequence[SessionId]:
        """Meetings with summaries."""
        state = self.stage.kit.state
        held = [state.add_session(self.stage.app, title="Weekly planning") for _ in range(count)]
        for session in held:
            state.add_summary(session, SUMMARY)
        return held

    async def posts(self, count: int) -> list[int]:
        """Wait for so many threads with a reply; returns how many replies each thread has."""
        await until(lambda: len([replies for replies in self._replies() if replies]) >= count)
        return self._replies()

    def _replies(self) -> list[int]:
        there = self.stage.slack.team.channels[CHANNEL]
        return [len(there.replies(parent.ts)) for parent in there.parents]


async def ask(person: Person, *sessions: SessionId) -> None:
    """Type a command for each session; all are acknowledged."""
    acks = await asyncio.gather(
        *(person.command(f"{APP_NAME} {each}", CHANNEL) for each in sessions)
    )
    assert all(ack.is_taken for ack in acks)


def upgrade_to(connection: Connection, revision: str) -> None:
    """Bring the tables to a revision and no further."""
    config = migrations._config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def promise_as_yesterday(deployment: Deployment, session: SessionId) -> None:
    """Take a command as the first version does."""
    values = {"workspace": deployment.stage.slack.team.id, "channel": CHANNEL, "app": APP_NAME}
    async with deployment.database.begin() as connection:
        await connection.execute(PROMISE_OF_YESTERDAY, {**values, "session": session})


@pytest.fixture
async def deployment(tmp_path: Path) -> AsyncIterator[Deployment]:
    """The stand-ins by the real clock, and a database without tables."""
    server = postgres_server()
    url = server.url(await server.create_database())
    database = await Database.open(url)
    async with open_stage(utc_now) as stage:
        yield Deployment(stage, tmp_path, url, database)
    await database.close()


async def test_a_process_goes_on_when_the_tables_get_ahead_of_it(deployment: Deployment) -> None:
    """It posts what it was asked before, during and after the migration of the next version."""
    await migrate(deployment.database)
    before, during, after = deployment.meetings(3)
    async with deployment.running() as dana:
        await ask(dana, before)
        await deployment.posts(1)

        await asyncio.gather(ask(dana, during), deployment.run(*TOMORROW))
        await ask(dana, after)

        assert await deployment.posts(3) == [1, 1, 1]


async def test_old_and_new_processes_post_once_side_by_side(deployment: Deployment) -> None:
    """The same sessions are asked for at both, while either may do the work of the other."""
    await migrate(deployment.database)
    sessions = deployment.meetings(4)
    async with deployment.running() as at_the_old:
        await deployment.run(*TOMORROW)
        async with deployment.running() as at_the_new:
            await asyncio.gather(ask(at_the_old, *sessions), ask(at_the_new, *reversed(sessions)))

            assert await deployment.posts(4) == [1] * 4


async def test_the_new_process_does_what_the_old_one_leaves(deployment: Deployment) -> None:
    """The old one is stopped in the middle of its work, as at the end of every deploy."""
    await migrate(deployment.database)
    sessions = deployment.meetings(4)
    async with AsyncExitStack() as old:
        at_the_old = await old.enter_async_context(deployment.running())
        await deployment.run(*TOMORROW)
        async with deployment.running():
            await ask(at_the_old, *sessions)

            await old.aclose()

            assert await deployment.posts(4) == [1] * 4


async def test_what_an_older_version_promised_is_posted(deployment: Deployment) -> None:
    """Its row knows nothing of what later revisions added, before and after the migration."""
    before, after = deployment.meetings(2)
    async with deployment.database.begin() as connection:
        await connection.run_sync(upgrade_to, YESTERDAY)
    assert not await is_current(deployment.database)

    await promise_as_yesterday(deployment, before)
    await migrate(deployment.database)
    await promise_as_yesterday(deployment, after)

    async with deployment.running():
        assert await deployment.posts(2) == [1, 1]
