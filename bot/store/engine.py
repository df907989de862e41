"""The database: SQLite for one process, PostgreSQL for any number of them."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

from bot.errors import (
    DatabaseAway,
    DatabaseInUse,
    DatabaseMissing,
    DatabaseUnusable,
    StoreError,
)
from bot.store.address import PostgresAddress, SqliteAddress, read_address

CONNECT_TIMEOUT = 5.0  # seconds
COMMAND_TIMEOUT = 15.0  # seconds; no statement of ours should take one
BUSY_TIMEOUT = 10_000  # milliseconds
POOL_SIZE = 4

_READING = "only_reads"

_AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)
"""What says that the database may answer later, beneath whatever wraps it."""

_OUR_FAULT = (IntegrityError, ProgrammingError, DataError, NotSupportedError)


def is_away(error: BaseException) -> bool:
    """Whether an exception means that the database does not answer, rather than that we are wrong.

    asyncpg's own exceptions come unwrapped while a connection is being made, and so do the
    operating system's.
    """
    if isinstance(error, DBAPIError):
        return not isinstance(error, _OUR_FAULT)
    return isinstance(error, OSError | PoolTimeout | asyncpg.PostgresError | asyncpg.InterfaceError)


@contextmanager
def _outages_named() -> Iterator[None]:
    """Say in our own words that the database does not answer; a fault of ours stays what it is."""
    try:
        yield
    except Exception as error:
        if is_away(error):
            raise DatabaseAway(type(error).__name__) from error
        raise


_OF_THE_DATABASE = (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


def _refused(error: BaseException) -> StoreError:
    """What it means that a database could not be opened. Says nothing of its address."""
    root = error
    while root.__cause__ is not None:
        root = root.__cause__
    if isinstance(root, _AWAY):
        return DatabaseAway(type(root).__name__)
    return DatabaseUnusable(type(root).__name__)


class Database:
    """An open database. `dialect` is `sqlite` or `postgresql`."""

    def __init__(self, engine: AsyncEngine, address: SqliteAddress | PostgresAddress) -> None:
        """Wrap an engine; use `Database.open`."""
        self._engine = engine
        self._address = address
        self._lock: IO[bytes] | None = None
        self._reader = engine.execution_options(
            **({_READING: True} if self.dialect == "sqlite" else {"isolation_level": "AUTOCOMMIT"})
        )

    @classmethod
    async def open(cls, url: str, *, create: bool = True, alone: bool = True) -> Database:
        """Open a database by its URL and see that it answers.

        Args:
            url: as `read_address` takes it.
            create: whether a SQLite file that is not there may be made.
            alone: whether to keep other processes away from a SQLite file. Without that, a few
                short transactions go beside a bot that runs; nobody is woken by them.

        Raises:
            DatabaseInUse: another process has the SQLite file open.
            DatabaseMissing: there is no SQLite file, it was not to be made, and could be.
            DatabaseUnusable: the URL means nothing to us, the file cannot be opened or is none
                of SQLite's, or PostgreSQL refuses us.
            DatabaseAway: PostgreSQL cannot be reached.
        """
        address = read_address(url)
        if isinstance(address, PostgresAddress):
            database = cls(_postgres_engine(address), address)
        else:
            if not create and address.path is not None:
                _refuse_missing(address.path)
            lock = _lock(address.path) if address.path and alone else None
            database = cls(_sqlite_engine(address), address)
            database._lock = lock
        try:
            async with database._reader.connect():
                pass
        except BaseException as error:
            await database.close()
            if isinstance(error, _OF_THE_DATABASE):
                raise _refused(error) from error
            raise
        return database

    @property
    def dialect(self) -> str:
        """Which SQL this database speaks: `sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction for writing: committed at the end, undone by an exception.

        SQLite has one connection, so a transaction must not be opened inside another one.

        Raises:
            DatabaseAway: the database does not answer. Whether the transaction was committed is
                not known if that was what it was asked last.
        """
        with _outages_named():
            async with self._engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Borrow a connection for reading. Raises `DatabaseAway`."""
        with _outages_named():
            async with self._reader.connect() as connection:
                yield connection

    async def connect_raw(self) -> asyncpg.Connection:
        """Open a PostgreSQL connection of one's own, outside the pool; the caller closes it."""
        assert isinstance(self._address, PostgresAddress)  # noqa: S101 - SQLite has none
        return await _connect(self._address.dsn)

    @asynccontextmanager
    async def raw_pool(self) -> AsyncIterator[asyncpg.Pool]:
        """Open a PostgreSQL pool of one's own, for the job engine: LISTEN keeps a connection."""
        assert isinstance(self._address, PostgresAddress)  # noqa: S101 - SQLite has none
        pool = await asyncpg.create_pool(
            self._address.dsn,
            min_size=2,
            max_size=POOL_SIZE,
            timeout=CONNECT_TIMEOUT,
            command_timeout=COMMAND_TIMEOUT,
        )
        try:
            yield pool
        finally:
            await _close(pool)

    async def close(self) -> None:
        """Close all connections and let the next process have the file."""
        await self._engine.dispose()
        if self._lock is not None:
            self._lock.close()


async def _connect(dsn: str) -> asyncpg.Connection:
    return await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT, command_timeout=COMMAND_TIMEOUT)


async def _close(pool: asyncpg.Pool) -> None:
    try:
        # Waits for every connection, also for those whose server went away.
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await pool.close()
    except TimeoutError:
        pool.terminate()


def _postgres_engine(address: PostgresAddress) -> AsyncEngine:
    async def connect() -> asyncpg.Connection:
        return await _connect(address.dsn)

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=2,
        max_overflow=POOL_SIZE - 2,
        pool_pre_ping=True,
        pool_timeout=COMMAND_TIMEOUT,
    )


def _sqlite_engine(address: SqliteAddress) -> AsyncEngine:
    # One connection, kept open: SQLite writes one transaction at a time anyway, and waiting for
    # the connection is fairer and quicker than waiting for the file.
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{address.path or ':memory:'}",
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=0,
        pool_timeout=COMMAND_TIMEOUT,
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # acknowledged means stored, also in a power cut
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A reader goes without: each of its statements stands for itself, as it does on PostgreSQL.
    if _READING not in connection.get_execution_options():
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _refuse_missing(path: Path) -> None:
    if not path.exists() and os.access(path.parent, os.W_OK):
        raise DatabaseMissing(f"there is no {path}")


def _lock(path: Path) -> IO[bytes]:
    """Keep every other process away from a SQLite file until the returned file is closed."""
    try:
        file = path.with_name(f"{path.name}.lock").open("wb")
    except OSError as error:
        raise DatabaseUnusable(f"cannot write next to {path}: {error.strerror}") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise DatabaseInUse(f"another process is using {path}; stop it first") from error
    return file
