"""What nobody may find: every secret and every summary's text, searched for where things stay.

Each scenario's log, at its most talkative, and a copy of its database are searched when it ends,
so that a whole run of the tests searches all of them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import structlog
from sqlalchemy import text

from bot import logs
from bot.demo.fake_slack import SIGNING_SECRET
from bot.demo.stage import Stage
from bot.store.engine import Database

SHORTEST = 12
"""Characters of a summary's line that nobody would write by chance."""

KINDS = re.compile(
    r"(?:xox[a-z](?:\.xox[a-z])?-|xapp-|cf(?:ut|at|k)_)[A-Za-z0-9_-]{8,}"
    r"|X-Amz-(?:Signature|Credential)(?:=|%3D)[^\s\"\[]{8,}"
    r"|/setup/[A-Za-z0-9_-]{20,}|/realtimekit/webhooks/[A-Za-z0-9_-]{20,}"
)
"""What a token or a presigned or secret address looks like, whoever made it."""


def secrets_of(stage: Stage) -> frozenset[str]:
    """Everything on a stage that the bot is told and must not write down in clear."""
    return frozenset(
        {SIGNING_SECRET, stage.slack.app_token, *_of_slack(stage), *_of_realtimekit(stage)}
    )


def _of_slack(stage: Stage) -> Iterator[str]:
    yield stage.slack.oauth.client_secret
    yield from stage.slack.oauth.given
    for team in stage.slack.teams.values():
        yield team.token
        yield from (path.rpartition("/")[2] for path in team.response_urls)
        yield from team.triggers


def _of_realtimekit(stage: Stage) -> Iterator[str]:
    state = stage.kit.state
    for account in state.accounts.values():
        yield from (token.value for token in account.tokens)
    for hooks in state.webhooks.values():
        yield from (hook.url.rpartition("/")[2] for hook in hooks.values())
    for summary in state.summaries.values():
        for line in summary.body.decode("utf-8", "ignore").splitlines():
            plain = line.strip(" \t#>*-_`0123456789.")
            if len(plain) >= SHORTEST:
                yield plain


def found(stored: str, secrets: frozenset[str]) -> list[str]:
    """What is there in clear, each with a little of what stands around it."""
    places = [match.start() for match in KINDS.finditer(stored)]
    places += [stored.index(secret) for secret in secrets if secret in stored]
    return [stored[max(0, place - 80) : place + 80] for place in places]


async def copy_of(database_url: str) -> str:
    """Everything a database holds, as text: SQLite's own files, or each of PostgreSQL's rows."""
    if database_url.startswith("sqlite"):
        main = Path(database_url.removeprefix("sqlite:///"))
        files = [path for path in main.parent.glob(f"{main.name}*") if path.is_file()]
        return "\n".join(path.read_bytes().decode("latin-1") for path in files)
    database = await Database.open(database_url)
    try:
        return "\n".join([row async for row in _rows(database)])
    finally:
        await database.close()


async def _rows(database: Database) -> AsyncIterator[str]:
    """Every row of every table, the job engine's included, its bytes as characters."""
    async with database.read() as connection:
        await connection.execute(text("SET LOCAL bytea_output = 'escape'"))
        names = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for name in (await connection.scalars(names)).all():
            for row in await connection.scalars(text(f'SELECT t::text FROM "{name}" AS t')):  # noqa: S608
                yield str(row)


@contextmanager
def recorded(log: Path) -> Iterator[None]:
    """Write the log to a file as the bot would, at its most talkative."""
    root = logging.getLogger()
    handlers, level, before = list(root.handlers), root.level, structlog.get_config()
    with log.open("a", encoding="utf-8") as stream:
        logs.configure("DEBUG", "json", stream=stream)
        root.handlers[:] = [*handlers, *root.handlers]
        try:
            yield
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
            structlog.configure(**before)


@asynccontextmanager
async def searched(stage: Stage, database_url: str, log: Path) -> AsyncIterator[None]:
    """Search what the block leaves behind. Raises `AssertionError` for anything found."""
    with recorded(log):
        yield
    secrets = secrets_of(stage)
    assert found(_text(log), secrets) == [], "in the log"
    assert found(await copy_of(database_url), secrets) == [], "in the database"


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8")
