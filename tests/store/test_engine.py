"""The database itself: transactions, locks and lost connections."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.errors import DatabaseAway, DatabaseInUse, DatabaseMissing, DatabaseUnusable
from bot.store.engine import Database, is_away
from bot.store.tables import aliases
from tests.databases import postgres_url
from tests.postgres import postgres_server

ROW = {"workspace": "T0", "name": "weekly", "app": "an-app"}


async def names(database: Database) -> list[str]:
    """What is in the table these tests write to."""
    async with database.read() as connection:
        return list(await connection.scalars(select(aliases.c.name)))


async def test_a_transaction_is_committed_at_its_end(database: Database) -> None:
    """What was written is there for the next reader."""
    async with database.begin() as connection:
        await connection.execute(insert(aliases).values(ROW))

    assert await names(database) == ["weekly"]


async def test_an_exception_undoes_a_transaction(database: Database) -> None:
    """Half a change is never seen."""

    async def write_and_fail() -> None:
        async with database.begin() as connection:
            await connection.execute(insert(aliases).values(ROW))
            raise LookupError

    with pytest.raises(LookupError):
        await write_and_fail()

    assert await names(database) == []


async def test_many_transactions_at_once_all_get_through(database: Database) -> None:
    """Writers wait for each other; none is told that the database is locked."""

    async def write(number: int) -> None:
        async with database.begin() as connection:
            await connection.execute(insert(aliases).values(ROW | {"name": f"n{number}"}))

    await asyncio.gather(*(write(number) for number in range(30)))

    assert len(await names(database)) == 30


async def test_a_cancelled_transaction_leaves_the_database_usable(database: Database) -> None:
    """A time limit in the middle of a statement costs that transaction and nothing else."""
    begun = asyncio.Event()

    async def write() -> None:
        async with database.begin() as connection:
            await connection.execute(insert(aliases).values(ROW))
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert await names(database) == []


async def test_sqlite_is_set_up_to_keep_what_it_acknowledged(tmp_path: Path) -> None:
    """A write-ahead log, synced at each commit; foreign keys hold."""
    database = await Database.open(f"sqlite:///{tmp_path / 'bot.db'}")

    async with database.read() as connection:
        found = {
            name: await connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        }
    await database.close()

    full = 2
    assert found == {
        "journal_mode": "wal",
        "synchronous": full,
        "busy_timeout": 10_000,
        "foreign_keys": 1,
    }


async def test_memory_is_one_database() -> None:
    """What one transaction writes into memory the next one finds."""
    database = await Database.open("sqlite:///:memory:")

    async with database.begin() as connection:
        await connection.execute(text("CREATE TABLE kept (id INTEGER)"))
    async with database.read() as connection:
        found = await connection.scalar(text("SELECT count(*) FROM kept"))
    await database.close()

    assert found == 0


async def test_a_second_process_on_one_sqlite_file_is_refused(tmp_path: Path) -> None:
    """Two processes on one file would each believe to be alone; the second one says so."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    database = await Database.open(url)
    script = (
        "import asyncio\n"
        "from bot.store.engine import Database\n"
        f"asyncio.run(Database.open({url!r}))\n"
    )

    second = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    with pytest.raises(DatabaseInUse):
        await Database.open(url)
    await database.close()

    assert second.returncode == 1
    assert "DatabaseInUse: another process is using" in second.stderr


async def test_a_command_may_write_beside_the_process_of_a_sqlite_file(tmp_path: Path) -> None:
    """If it says that it does not want the file for itself; what it writes is seen at once."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    database = await Database.open(url)
    async with database.begin() as connection:
        await connection.execute(text("CREATE TABLE notes (note TEXT)"))

    beside = await Database.open(url, create=False, alone=False)
    async with beside.begin() as connection:
        await connection.execute(text("INSERT INTO notes VALUES ('seen')"))
    await beside.close()

    async with database.read() as connection:
        assert await connection.scalar(text("SELECT note FROM notes")) == "seen"
    with pytest.raises(DatabaseInUse):
        await Database.open(url)
    await database.close()


async def test_a_closed_sqlite_file_can_be_opened_again(tmp_path: Path) -> None:
    """The lock goes with the process that held it, the file beside the database stays."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    await (await Database.open(url)).close()

    await (await Database.open(url)).close()


def test_a_look_makes_no_file(tmp_path: Path) -> None:
    """Whoever only wants to know leaves the folder as it was."""
    with pytest.raises(DatabaseMissing, match="there is no"):
        asyncio.run(Database.open(f"sqlite:///{tmp_path / 'bot.db'}", create=False))

    assert list(tmp_path.iterdir()) == []


async def test_a_look_opens_a_file_that_is_there(tmp_path: Path) -> None:
    """What exists is opened as always."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    await (await Database.open(url)).close()

    looked = await Database.open(url, create=False)

    assert looked.dialect == "sqlite"
    await looked.close()


async def test_a_look_into_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    """No start could make the file there either, so that is what is told."""
    with pytest.raises(DatabaseUnusable, match="No such file"):
        await Database.open(f"sqlite:///{tmp_path / 'missing' / 'bot.db'}", create=False)


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The one line an operator sees says what is wrong."""
    with pytest.raises(DatabaseUnusable, match="No such file"):
        await Database.open(f"sqlite:///{tmp_path / 'missing' / 'bot.db'}")


async def test_a_file_that_is_no_database_frees_its_lock(tmp_path: Path) -> None:
    """A failed start leaves nothing locked behind."""
    file = tmp_path / "bot.db"
    file.write_text("this is no database, however long one looks at it" * 100)

    for _ in range(2):
        with pytest.raises(DatabaseUnusable):
            await Database.open(f"sqlite:///{file}")


async def test_a_postgresql_that_does_not_answer_is_away(tmp_path: Path) -> None:
    """It may be back soon, which is not what a wrong setting is told as."""
    with pytest.raises(DatabaseAway):
        await Database.open(f"postgresql://bot@/bot?host={tmp_path}")


async def test_a_postgresql_that_refuses_us_is_unusable() -> None:
    """A database that does not exist will not be there in a minute either; no address is told."""
    with pytest.raises(DatabaseUnusable) as refusal:
        await Database.open(postgres_server().url("nowhere"))

    assert refusal.value.detail == "InvalidCatalogNameError"


async def test_a_postgresql_that_is_starting_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its refusal says that it will answer."""

    async def refuse(*_: object, **__: object) -> None:
        raise asyncpg.CannotConnectNowError("the database system is starting up")

    monkeypatch.setattr(asyncpg, "connect", refuse)

    with pytest.raises(DatabaseAway):
        await Database.open("postgresql://bot@db.example.com/bot")


async def test_killed_connections_are_replaced() -> None:
    """A restarted server costs no transaction that begins after it is back."""
    database = await Database.open(await postgres_url())
    killer = await database.connect_raw()
    async with database.begin() as connection:
        await connection.execute(insert(aliases).values(ROW))

    await killer.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    found = await names(database)
    await killer.close()
    await database.close()

    assert found == ["weekly"]


async def test_an_outage_is_told_in_our_words() -> None:
    """Whoever asks the database need not know how each driver says that it is gone."""
    database = await Database.open(await postgres_url())
    end_oneself = text("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseAway):
        async with database.begin() as connection:
            await connection.execute(end_oneself)
    with pytest.raises(DatabaseAway):
        async with database.read() as connection:
            await connection.execute(end_oneself)
    await database.close()


async def test_a_fault_of_ours_is_no_outage(database: Database) -> None:
    """It is not told as one, since waiting would not help."""
    with pytest.raises(IntegrityError):
        async with database.begin() as connection:
            await connection.execute(insert(aliases).values({**ROW, "app": None}))


async def test_a_pool_whose_connections_do_not_come_back_is_torn_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that went away must not hang the worker's next start."""
    database = await Database.open(await postgres_url())

    async with database.raw_pool() as pool:
        await pool.acquire()
        monkeypatch.setattr("bot.store.engine.CONNECT_TIMEOUT", 0.05)
    await database.close()

    assert pool.is_closing()


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (OperationalError("", {}, Exception()), True),
        (IntegrityError("", {}, Exception()), False),
        (ConnectionRefusedError(), True),
        (asyncpg.CannotConnectNowError("starting"), True),
        (asyncpg.InterfaceError("closed"), True),
        (ValueError(), False),
    ],
)
def test_an_outage_is_told_from_a_fault_of_ours(error: Exception, away: bool) -> None:
    """Only waiting helps against the one, only a fix against the other."""
    assert is_away(error) is away
