"""A worker in a process of its own that gets stuck in its first delivery, to be killed there."""

from __future__ import annotations

import asyncio
import sys

from bot.jobs.agenda import Agenda
from bot.jobs.queue import queue_for
from bot.jobs.worker import Worker
from bot.store.encryption import Sealer
from bot.store.engine import Database
from tests.jobs.handlers import FakeHandlers
from tests.jobs.running import no_pause, utc_now


async def work(url: str) -> None:
    """Work until somebody ends it, saying when the first delivery was begun."""
    database = await Database.open(url)
    handlers = FakeHandlers()
    handlers.gate.clear()
    agenda = Agenda(database, Sealer(["a key for tests"]))
    worker = Worker(agenda, handlers, queue_for(database), utc_now, no_pause)
    task = asyncio.create_task(worker.run(asyncio.Event()))
    await handlers.begun.wait()
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    await task


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
