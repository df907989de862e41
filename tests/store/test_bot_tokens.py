"""Whose turn it is to refresh a token, and what is stored of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.domain.ids import WorkspaceId
from bot.errors import InstallationBroken
from bot.store.bot_tokens import LEASE, SqlBotTokens
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.installations import SqlInstallations
from bot.store.resealing import Reseal
from tests.fakes import NOON, WORKSPACE
from tests.installing import a_new_installation, a_rotated_token, a_token

OLD, NEW = a_rotated_token(1), a_rotated_token(2, expires_at=NOON + timedelta(hours=24))


@pytest.fixture
async def tokens(database: Database, sealer: Sealer) -> SqlBotTokens:
    """The tokens of one workspace that rotates them."""
    await SqlInstallations(database, sealer).put(a_new_installation(token=OLD))
    return SqlBotTokens(database, sealer)


async def test_one_of_many_gets_the_turn(tokens: SqlBotTokens) -> None:
    """With the token as it is then; the others get nothing."""
    got = await asyncio.gather(
        *(tokens.begin(WORKSPACE, f"holder {n}", NOON, at_once=True) for n in range(6))
    )

    assert sorted(got, key=str) == sorted([OLD, *[None] * 5], key=str)


async def test_a_refreshed_token_takes_the_place_of_the_old_one(tokens: SqlBotTokens) -> None:
    """And the turn is free again."""
    await tokens.begin(WORKSPACE, "one", NOON, at_once=False)

    assert await tokens.replace(WORKSPACE, "one", OLD, NEW, NOON)

    assert await tokens.get(WORKSPACE) == NEW
    assert await tokens.begin(WORKSPACE, "two", NOON, at_once=False) == NEW


async def test_a_token_that_is_no_longer_there_is_not_replaced(tokens: SqlBotTokens) -> None:
    """The app was installed again meanwhile; the turn is given back all the same."""
    await tokens.begin(WORKSPACE, "one", NOON, at_once=False)
    installed = a_rotated_token(3)
    installations = SqlInstallations(tokens.database, tokens.sealer)
    await installations.put(a_new_installation(token=installed))

    assert not await tokens.replace(WORKSPACE, "one", OLD, NEW, NOON)

    assert await tokens.get(WORKSPACE) == installed
    assert await tokens.begin(WORKSPACE, "two", NOON, at_once=False) == installed


async def test_sealing_anew_does_not_get_in_the_way(
    tokens: SqlBotTokens, database: Database
) -> None:
    """Keys may be rotated while Slack is asked."""
    await tokens.begin(WORKSPACE, "one", NOON, at_once=False)
    both = Sealer(["another key for tests", "a key for tests"])
    await Reseal(database, both)()

    assert await SqlBotTokens(database, both).replace(WORKSPACE, "one", OLD, NEW, NOON)


async def test_who_gives_up_says_when_to_try_again(tokens: SqlBotTokens) -> None:
    """Until then only whoever has a dead token may try."""
    soon = NOON + timedelta(seconds=10)
    await tokens.begin(WORKSPACE, "one", NOON, at_once=False)
    await tokens.give_up(WORKSPACE, "one", soon)

    assert await tokens.begin(WORKSPACE, "two", NOON, at_once=False) is None
    assert await tokens.begin(WORKSPACE, "two", soon, at_once=False) == OLD
    await tokens.give_up(WORKSPACE, "two", soon + timedelta(seconds=10))
    assert await tokens.begin(WORKSPACE, "three", soon, at_once=True) == OLD


async def test_a_turn_of_a_dead_process_is_taken_over(tokens: SqlBotTokens) -> None:
    """After much longer than a refresh may take; and the dead one gives nothing back."""
    await tokens.begin(WORKSPACE, "dead", NOON, at_once=True)
    almost = NOON + LEASE - timedelta(seconds=1)

    assert await tokens.begin(WORKSPACE, "two", almost, at_once=True) is None
    assert await tokens.begin(WORKSPACE, "two", NOON + LEASE, at_once=True) == OLD
    await tokens.give_up(WORKSPACE, "dead", NOON)
    assert await tokens.begin(WORKSPACE, "three", NOON + LEASE, at_once=True) is None


async def test_without_rotation_there_is_nothing_but_the_token(
    database: Database, sealer: Sealer
) -> None:
    """No end and nothing to refresh with."""
    await SqlInstallations(database, sealer).put(a_new_installation())

    assert await SqlBotTokens(database, sealer).get(WORKSPACE) == a_token()


async def test_a_workspace_that_left_has_no_token(tokens: SqlBotTokens) -> None:
    """Nor a turn at it."""
    gone = WorkspaceId("T0GONE")

    with pytest.raises(InstallationBroken):
        await tokens.get(gone)
    with pytest.raises(InstallationBroken):
        await tokens.begin(gone, "one", NOON, at_once=True)
