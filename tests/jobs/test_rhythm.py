"""Doing something again and again, until told to stop, or broken off."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from bot.jobs.rhythm import repeat


class Step:
    """A step that counts, and then waits for ever, or fails."""

    def __init__(self, *, fails: bool = False) -> None:
        self.begun = 0
        self.broken_off = 0
        self.fails = fails
        self.reached = asyncio.Event()

    async def __call__(self) -> None:
        """One step."""
        self.begun += 1
        if self.fails and self.begun < 3:
            raise RuntimeError
        self.reached.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.broken_off += 1
            raise


async def test_a_step_that_is_under_way_is_broken_off_at_the_end() -> None:
    """The end is not waited for: its turn comes again elsewhere."""
    step, stop = Step(), asyncio.Event()
    repeating = asyncio.create_task(repeat(step, stop, every=60.0))
    await step.reached.wait()

    stop.set()
    await repeating

    assert (step.begun, step.broken_off) == (1, 1)


async def test_nothing_goes_on_when_it_is_broken_off_itself() -> None:
    """Another part of the process failed: the database is closed next."""
    step = Step()
    repeating = asyncio.create_task(repeat(step, asyncio.Event(), every=60.0))
    await step.reached.wait()

    repeating.cancel()
    with suppress(asyncio.CancelledError):
        await repeating

    assert step.broken_off == 1


async def test_a_step_that_fails_comes_again() -> None:
    """The database may be back in a minute."""
    step, stop = Step(fails=True), asyncio.Event()
    repeating = asyncio.create_task(repeat(step, stop, every=0.0))
    await step.reached.wait()

    stop.set()
    await repeating

    assert step.begun == 3
