"""Short work that goes on after an acknowledgement, such as filling a window that is open.

Nothing that was promised to somebody runs here: promises are stored, and the worker keeps them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import structlog

from bot import logs
from bot.domain.ids import new_reference
from bot.errors import BotError

log = structlog.get_logger()


class Background:
    """Tasks somebody remembers: the event loop alone would let them be collected half-way."""

    def __init__(self) -> None:
        """Begin with none."""
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many are under way."""
        return len(self._tasks)

    def start(
        self, name: str, work: Coroutine[object, object, None], *, reference: str | None = None
    ) -> None:
        """Begin some work; when it ends there is one line in the log, found by its reference.

        Args:
            name: what kind of work it is.
            work: it answers for its own failures; what it lets escape is logged and goes no
                further.
            reference: a delivery's id or the like; a new one is made if there is none.
        """
        task = asyncio.create_task(_run(name, work, reference or new_reference()), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self, seconds: float) -> None:
        """Let what is under way finish, and stop what has not finished in time."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(set(self._tasks), timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if late:
            log.warning("background work stopped", tasks=sorted(task.get_name() for task in late))


async def _run(name: str, work: Coroutine[object, object, None], reference: str) -> None:
    try:
        with logs.unit_of_work(name, reference=reference):
            await work
    except BotError:
        pass  # the line says which
    except Exception:  # noqa: BLE001, S110 - the line has its path; nobody is left to tell
        pass
