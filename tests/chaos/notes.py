"""The bot's own database, read from outside while the bot is at work, or dead."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import asyncpg  # type: ignore[import-untyped]

Key: TypeAlias = tuple[str, str, str]
"""A workspace, a channel and a session: what is to be posted once."""


class NotThere(Exception):
    """The database is not there yet, or away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the bot wrote down of one delivery."""

    id: str
    key: Key
    state: str
    reason: str | None
    has_asker: bool
    has_more_to_do: bool
    """Whether something is to be done within the hour."""


class Notes(Protocol):
    """A way to read them."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""

    async def ask(self, query: str) -> Sequence[Sequence[Any]]:
        """Read. Raises `NotThere`."""

    async def run(self, script: str) -> None:
        """Carry statements out. Raises `NotThere`."""


@dataclass(frozen=True, slots=True)
class SqliteNotes:
    """Those in a file."""

    path: Path
    dialect: str = "sqlite"

    async def ask(self, query: str) -> Sequence[Sequence[Any]]:
        """Read. Raises `NotThere`."""
        try:
            with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as database:
                return database.execute(query).fetchall()
        except sqlite3.OperationalError as error:
            raise NotThere from error

    async def run(self, script: str) -> None:
        """Carry statements out."""
        with closing(sqlite3.connect(self.path)) as database:
            database.executescript(script)


@dataclass(frozen=True, slots=True)
class PostgresNotes:
    """Those on a server."""

    url: str
    dialect: str = "postgresql"

    async def ask(self, query: str) -> Sequence[Sequence[Any]]:
        """Read. Raises `NotThere`."""
        connection = await self._connect()
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise NotThere from error
        finally:
            connection.terminate()

    async def run(self, script: str) -> None:
        """Carry statements out. Raises `NotThere`."""
        connection = await self._connect()
        await connection.execute(script)
        await connection.close()

    async def _connect(self) -> asyncpg.Connection:
        try:
            return await asyncpg.connect(self.url, timeout=5)
        except (OSError, asyncpg.PostgresError) as error:
            raise NotThere from error


_SOON = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f', 'now', '+1 hour')",
    "postgresql": "now() + interval '1 hour'",
}


async def read_rows(notes: Notes) -> list[Row]:
    """All deliveries. Raises `NotThere`."""
    found = await notes.ask(
        "SELECT id, workspace, channel, session, state, reason, asker IS NOT NULL, "  # noqa: S608 - our own
        f"COALESCE(run_at < {_SOON[notes.dialect]}, FALSE) FROM deliveries"
    )
    return [
        Row(
            id=delivery,
            key=(workspace, channel, session),
            state=state,
            reason=reason,
            has_asker=bool(has_asker),
            has_more_to_do=bool(has_more),
        )
        for delivery, workspace, channel, session, state, reason, has_asker, has_more in found
    ]
