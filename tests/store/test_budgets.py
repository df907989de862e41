"""How many calls a workspace's account gets, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import WorkspaceId, new_reference
from bot.errors import RealtimeKitBusy
from bot.jobs import turns
from bot.store.budgets import BLOCK, Budgets
from bot.store.engine import Database
from tests.clock import ManualClock
from tests.fakes import WORKSPACE
from tests.store.held import overlap, two_processes

FIVE_MINUTES = timedelta(minutes=5)


async def calls_admitted(budgets: list[Budgets], workspace: WorkspaceId, tries: int) -> int:
    """How many of so many calls pass, asked for by several processes in turn."""
    admitted = 0
    for number in range(tries):
        with suppress(RealtimeKitBusy):
            await budgets[number % len(budgets)].of(workspace).admit()
            admitted += 1
    return admitted


async def test_all_processes_share_a_workspaces_calls(database: Database) -> None:
    """At most 600 in any five minutes, and a block a process; another's are its own."""
    clock = ManualClock()
    processes = [Budgets(database, clock), Budgets(database, clock)]

    at_once = await calls_admitted(processes, WORKSPACE, 400)
    later = 0
    for _ in range(30):
        clock.advance(seconds=10)
        later += await calls_admitted(processes, WORKSPACE, 30)

    assert at_once == 300
    assert 250 <= later <= 300 + 2 * BLOCK
    assert await calls_admitted(processes, WorkspaceId("T0OTHER"), 20) == 20


async def test_a_refusal_of_cloudflares_holds_every_process(database: Database) -> None:
    """Nobody asks before the time Cloudflare named is over."""
    clock = ManualClock()
    first, second = Budgets(database, clock), Budgets(database, clock)
    await first.of(WORKSPACE).admit()

    await first.of(WORKSPACE).hold(60.0)

    assert await calls_admitted([first, second], WORKSPACE, 4) == 0
    clock.advance(seconds=60)
    assert await calls_admitted([first, second], WORKSPACE, 4) == 4


steps = st.lists(
    st.tuples(
        st.one_of(st.floats(0, 2), st.floats(0, 400)),  # seconds that pass
        st.integers(0, 1),  # which process
        st.integers(1, 350),  # how many calls it tries
    ),
    max_size=6,
)


@given(steps=steps)
async def test_never_more_than_half_of_what_cloudflare_grants(
    database: Database, steps: list[tuple[float, int, int]]
) -> None:
    """600 calls in any five minutes, and what each process had left of a block."""
    clock = ManualClock()
    processes = [Budgets(database, clock), Budgets(database, clock)]
    workspace = WorkspaceId(new_reference())
    calls: list[datetime] = []

    for seconds, process, tries in steps:
        clock.advance(seconds=seconds)
        calls += [clock()] * await calls_admitted([processes[process]], workspace, tries)

    for first in calls:
        assert sum(first <= call < first + FIVE_MINUTES for call in calls) <= 600 + 2 * BLOCK


async def test_a_refusal_says_when_there_is_a_call_again(database: Database) -> None:
    """Who waits that long is let through; nobody has to try in between."""
    clock = ManualClock()
    budget = Budgets(database, clock).of(WORKSPACE)
    for _ in range(300):
        await budget.admit()
    clock.advance(seconds=3)

    for _ in range(2):
        with pytest.raises(RealtimeKitBusy) as refusal:
            await budget.admit()
        assert refusal.value.retry_after == BLOCK - 3

    clock.advance(seconds=refusal.value.retry_after or 0)
    await budget.admit()


async def test_calls_at_the_same_moment_share_a_block(database: Database) -> None:
    """Ten at once cost one transaction, and no more than ten calls."""
    clock = ManualClock()
    first, second = Budgets(database, clock), Budgets(database, clock)

    await asyncio.gather(*(first.of(WORKSPACE).admit() for _ in range(BLOCK)))

    assert await calls_admitted([second], WORKSPACE, 400) == 300 - BLOCK


async def test_a_block_is_not_kept_for_a_later_burst(database: Database) -> None:
    """What was not used within a minute is lost."""
    clock = ManualClock()
    budgets = Budgets(database, clock)
    await budgets.of(WORKSPACE).admit()
    clock.advance(minutes=10)

    assert await calls_admitted([budgets], WORKSPACE, 400) == 300


@pytest.mark.parametrize("used_before", [0, 1])
async def test_two_processes_take_a_block_each(used_before: int) -> None:
    """At the same moment, and also if they are the workspace's first, each pays for its own."""
    async with two_processes() as (held, other):
        clock = ManualClock()
        mine, theirs = Budgets(held, clock), Budgets(other, clock)
        await calls_admitted([Budgets(other, clock)], WORKSPACE, used_before)

        await overlap(held, mine.of(WORKSPACE).admit(), theirs.of(WORKSPACE).admit())

        third = Budgets(other, clock)
        rest = 300 - (2 + used_before) * BLOCK
        assert await calls_admitted([third], WORKSPACE, 400) == rest


async def test_a_longer_wait_is_not_cut_short_by_another_refusal(database: Database) -> None:
    """Cloudflare tells each process something else; the longest counts."""
    clock = ManualClock()
    first, second = Budgets(database, clock), Budgets(database, clock)
    await first.of(WORKSPACE).hold(300.0)

    await second.of(WORKSPACE).hold(5.0)

    clock.advance(seconds=299)
    assert await calls_admitted([first, second], WORKSPACE, 4) == 0


async def test_what_was_used_up_is_not_forgotten_with_idle_turns(database: Database) -> None:
    """Though Cloudflare once, a day ago, made everybody wait."""
    clock = ManualClock()
    budgets = Budgets(database, clock)
    await budgets.of(WORKSPACE).hold(60.0)
    clock.advance(days=2)
    assert await calls_admitted([budgets], WORKSPACE, 400) == 300

    async with database.begin() as connection:
        await turns.forget_idle(connection, clock() - timedelta(days=1))

    assert await calls_admitted([Budgets(database, clock)], WORKSPACE, 10) == 0
