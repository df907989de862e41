"""What must not lose a promise, nor keep it twice: kills, lost connections, a server away."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest
from pgqueuer.core.qm import QueueManager

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import ChannelId, DeliveryId
from bot.jobs import queue as queue_module
from bot.jobs.agenda import Agenda
from bot.jobs.queue import queue_for
from bot.jobs.worker import Worker
from bot.store.deliveries import SqlDeliveries
from bot.store.encryption import Sealer
from bot.store.engine import Database
from tests.databases import postgres_url
from tests.deliveries import a_delivery
from tests.jobs.handlers import FakeHandlers
from tests.jobs.running import WITHIN, no_pause, running, until, utc_now
from tests.postgres import postgres_server


def due_now(number: int = 0) -> Delivery:
    """A delivery asked for at this moment, in a channel of its own."""
    return a_delivery(
        id=DeliveryId(f"D{number}"),
        channel=ChannelId(f"C{number}"),
        created_at=utc_now(),
        run_at=utc_now(),
    )


def in_a_minute() -> datetime:
    """A clock by which every lease has run out."""
    return utc_now() + timedelta(minutes=1)


class Stage:
    """A database with a worker and what its handlers did."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        """Put the pieces together."""
        engine = queue_for(database)
        agenda = Agenda(database, sealer)
        self.handlers = FakeHandlers()
        self.store = SqlDeliveries(database, sealer, engine)
        self.worker = Worker(agenda, self.handlers, engine, utc_now, no_pause, lambda: 0.0)

    async def posted(self, *numbers: int) -> None:
        """Wait until deliveries are posted."""

        async def are_posted() -> bool:
            found = [await self.store.get(DeliveryId(f"D{number}")) for number in numbers]
            return all(one and one.state is DeliveryState.POSTED for one in found)

        await until(are_posted)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the engine notice within moments what it otherwise notices within seconds."""
    real = QueueManager._run_periodic_health_check
    monkeypatch.setattr(
        QueueManager,
        "_run_periodic_health_check",
        lambda manager: real(manager, timedelta(seconds=0.2)),
    )
    monkeypatch.setattr(queue_module, "DEQUEUE_TIMEOUT", timedelta(seconds=0.5))
    monkeypatch.setattr(queue_module, "HEARTBEAT_TIMEOUT", timedelta(seconds=1))


@pytest.mark.usefixtures("quick")
async def test_a_killed_process_loses_nothing(
    database_url: str, sealer: Sealer, project_root: Path
) -> None:
    """What it had begun and what it had not come up again, and are posted by its successor."""
    database = await Database.open(database_url)
    await Stage(database, sealer).store.promise(due_now(1))
    await Stage(database, sealer).store.promise(due_now(2))
    await database.close()
    victim = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.jobs.victim",
        database_url,
        cwd=project_root,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert victim.stdout is not None
    begun = await asyncio.wait_for(victim.stdout.readline(), WITHIN)

    victim.kill()
    await victim.wait()
    database = await Database.open(database_url)
    stage = Stage(database, sealer)
    stage.worker = Worker(
        stage.worker.agenda, stage.handlers, stage.worker.queue, in_a_minute, no_pause
    )
    async with running(stage.worker):
        await stage.posted(1, 2)
    await database.close()

    assert begun == b"begun\n"
    assert sorted(stage.handlers.delivered) == ["D1", "D2"]


@pytest.mark.usefixtures("quick")
async def test_two_processes_share_the_work(sealer: Sealer) -> None:
    """Each delivery is posted by one of them."""
    url = await postgres_url()
    databases = [await Database.open(url) for _ in range(2)]
    one, other = (Stage(database, sealer) for database in databases)

    async with running(one.worker), running(other.worker):
        await asyncio.gather(*(one.store.promise(due_now(number)) for number in range(20)))
        await one.posted(*range(20))
    for database in databases:
        await database.close()

    delivered = one.handlers.delivered + other.handlers.delivered
    assert sorted(delivered) == sorted(f"D{number}" for number in range(20))


@pytest.mark.usefixtures("quick")
async def test_a_lost_listener_is_replaced(sealer: Sealer) -> None:
    """Without it every wake would wait for the engine's next look."""
    url = await postgres_url()
    database = await Database.open(url)
    stage = Stage(database, sealer)
    outside = await asyncpg.connect(url)

    async def listeners() -> set[int]:
        rows = await outside.fetch(
            "SELECT pid FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
        return {row["pid"] for row in rows}

    before: set[int] = set()

    async def a_new_one() -> bool:
        return bool(await listeners() - before)

    async with running(stage.worker):
        await until(a_new_one)
        before |= await listeners()
        for pid in before:
            await outside.execute("SELECT pg_terminate_backend($1)", pid)
        await until(a_new_one)
        await stage.store.promise(due_now())
        await stage.posted(0)
    await outside.close()
    await database.close()

    assert stage.handlers.delivered == ["D0"]


@pytest.mark.usefixtures("quick")
async def test_an_outage_of_postgresql_loses_nothing_and_repeats_nothing(sealer: Sealer) -> None:
    """What was posted while it was away is written down when it is back; the rest goes on."""
    database = await Database.open(await postgres_url())
    stage = Stage(database, sealer)
    stage.handlers.gate.clear()
    pauses: list[float] = []
    away = asyncio.Event()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        away.set()
        await asyncio.sleep(0.01)

    stage.worker = Worker(stage.worker.agenda, stage.handlers, stage.worker.queue, utc_now, pause)
    async with running(stage.worker):
        await stage.store.promise(due_now(1))
        await asyncio.wait_for(stage.handlers.begun.wait(), WITHIN)
        await asyncio.to_thread(postgres_server().stop)
        try:
            pauses.clear()
            away.clear()
            stage.handlers.gate.set()
            await asyncio.wait_for(away.wait(), WITHIN)
        finally:
            await asyncio.to_thread(postgres_server().start)
        await stage.store.promise(due_now(2))
        await stage.posted(1, 2)
    await database.close()

    assert sorted(stage.handlers.delivered) == ["D1", "D2"]
