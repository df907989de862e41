"""Whose health is looked at next, by whom, and what was told, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.alarm import Alarm, Told
from bot.domain.check import CheckState
from bot.domain.ids import UserId, WorkspaceId
from bot.store.alarms import SqlAlarms
from tests.fakes import ASKER, NOON, WORKSPACE
from tests.subscribing import Kept, install

OTHER = WorkspaceId("T0OTHER")
BAD = Alarm(check="Cloudflare", state=CheckState.BAD, since=NOON)


@pytest.fixture
def alarms(kept: Kept) -> SqlAlarms:
    """No alarms yet, and one installed workspace."""
    return SqlAlarms(kept.watched.database)


async def test_a_new_workspace_is_looked_at_soon_and_then_every_ten_minutes(
    alarms: SqlAlarms,
) -> None:
    """Not while it is being set up; and each look is one process's."""
    assert await alarms.claim_due(NOON) == []
    assert await alarms.claim_due(NOON + timedelta(minutes=1)) == []

    assert await alarms.claim_due(NOON + timedelta(minutes=2)) == [WORKSPACE]
    assert await alarms.claim_due(NOON + timedelta(minutes=11)) == []
    assert await alarms.claim_due(NOON + timedelta(minutes=12)) == [WORKSPACE]


async def test_a_look_can_be_wished_for_sooner(alarms: SqlAlarms) -> None:
    """To confirm a problem; never later than it was due anyway."""
    await alarms.claim_due(NOON)
    await alarms.claim_due(NOON + timedelta(minutes=2))

    await alarms.look_again(WORKSPACE, NOON + timedelta(minutes=4))
    await alarms.look_again(WORKSPACE, NOON + timedelta(minutes=40))

    assert await alarms.claim_due(NOON + timedelta(minutes=4)) == [WORKSPACE]


async def test_the_longest_due_comes_first(alarms: SqlAlarms, kept: Kept) -> None:
    """A round that cannot reach all of them starves nobody."""
    await alarms.claim_due(NOON)
    await install(kept, OTHER)
    await alarms.claim_due(NOON + timedelta(minutes=1))
    later = NOON + timedelta(minutes=5)

    assert await alarms.claim_due(later, limit=1) == [WORKSPACE]
    assert await alarms.claim_due(later, limit=1) == [OTHER]
    assert await alarms.claim_due(later, limit=1) == []


async def test_a_workspace_is_never_claimed_twice(alarms: SqlAlarms, kept: Kept) -> None:
    """However many ask at once, each is given out once."""
    for number in range(10):
        await install(kept, WorkspaceId(f"T{number}"))
    await alarms.claim_due(NOON)
    later = NOON + timedelta(minutes=3)

    claimed = await asyncio.gather(*(alarms.claim_due(later, limit=4) for _ in range(6)))

    given = [workspace for some in claimed for workspace in some]
    assert len(given) == len(set(given)) == 11


async def test_what_was_written_is_read(alarms: SqlAlarms) -> None:
    """Whole, by the check's name, and of this workspace alone."""
    told = replace(BAD, check="Slack", told=Told.PROBLEM)

    assert await alarms.change(WORKSPACE, {}, [BAD, told]) == {"Cloudflare", "Slack"}

    assert await alarms.of_workspace(WORKSPACE) == {"Cloudflare": BAD, "Slack": told}
    assert await alarms.of_workspace(OTHER) == {}


async def test_only_one_of_two_writes_a_change_down(alarms: SqlAlarms) -> None:
    """Both read the same; whoever comes second changes nothing, and so tells nobody."""
    before = {"Cloudflare": BAD}
    told = replace(BAD, told=Told.PROBLEM)
    assert await alarms.change(WORKSPACE, {}, [BAD]) == {"Cloudflare"}
    assert await alarms.change(WORKSPACE, {}, [BAD]) == frozenset()

    assert await alarms.change(WORKSPACE, before, [told]) == {"Cloudflare"}
    assert await alarms.change(WORKSPACE, before, [told]) == frozenset()


async def test_nothing_new_is_not_written(alarms: SqlAlarms) -> None:
    """Most looks find everything as it was."""
    await alarms.change(WORKSPACE, {}, [BAD])

    assert await alarms.change(WORKSPACE, {"Cloudflare": BAD}, [BAD]) == frozenset()


async def test_bad_checks_are_counted_over_all_workspaces(alarms: SqlAlarms) -> None:
    """By the check's name; what is in order counts nought."""
    good = Alarm(check="Slack", state=CheckState.WARNING, since=NOON)
    await alarms.change(WORKSPACE, {}, [BAD, good])
    await alarms.change(OTHER, {}, [BAD])

    assert await alarms.count_bad() == {"Cloudflare": 2, "Slack": 0}


async def test_the_last_administrator_who_cared_is_written_to(alarms: SqlAlarms) -> None:
    """Nobody at first; and a workspace that is not stored has nobody."""
    assert await alarms.contact(WORKSPACE) is None

    await alarms.write_to(WORKSPACE, ASKER)
    await alarms.write_to(WORKSPACE, UserId("U0OTHER"))

    assert await alarms.contact(WORKSPACE) == "U0OTHER"
    assert await alarms.contact(OTHER) is None
