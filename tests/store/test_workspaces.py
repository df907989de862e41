"""Installations and aliases in the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.ids import DeliveryId, WorkspaceId
from bot.store.deliveries import SqlDeliveries
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.tables import workspaces
from bot.store.workspaces import Identity, SqlWorkspaces
from tests.deliveries import RecordedWakes, a_delivery
from tests.fakes import APP, NOON, OTHER_APP, WORKSPACE

TOKEN = "xoxb-make-believe"
IDENTITY = Identity(
    id=WORKSPACE, url="https://acme.slack.com/", bot_user_id="U0BOT", bot_id="B0BOT"
)


@pytest.fixture
def store(database: Database, sealer: Sealer) -> SqlWorkspaces:
    """Workspaces in an empty database."""
    return SqlWorkspaces(database, sealer)


async def test_a_tokens_owner_is_remembered(store: SqlWorkspaces) -> None:
    """A restart need not ask Slack whose token it has."""
    await store.remember(IDENTITY, token=TOKEN, at=NOON)

    assert await store.of_token(TOKEN) == IDENTITY


async def test_the_token_itself_is_not_stored(store: SqlWorkspaces, database: Database) -> None:
    """Whoever reads the database can't act as the bot."""
    await store.remember(IDENTITY, token=TOKEN, at=NOON)

    async with database.read() as connection:
        row = (await connection.execute(select(workspaces))).one()
    assert TOKEN not in str(row)


async def test_a_new_token_takes_the_place_of_the_old(store: SqlWorkspaces) -> None:
    """A reinstalled app has a new token and may have a new bot; the old token means nothing."""
    renewed = replace(IDENTITY, bot_id="B0NEW")
    await store.remember(IDENTITY, token=TOKEN, at=NOON)

    await store.remember(renewed, token="xoxb-new", at=NOON + timedelta(days=1))

    assert await store.of_token(TOKEN) is None
    assert await store.of_token("xoxb-new") == renewed


async def test_a_name_finds_its_app_in_any_case(store: SqlWorkspaces) -> None:
    """People type names as they like."""
    await store.name_app(WORKSPACE, "Weekly", APP)

    assert await store.alias(WORKSPACE, "wEEKLY") == APP


async def test_a_name_can_be_given_to_another_app(store: SqlWorkspaces) -> None:
    """The last one counts."""
    await store.name_app(WORKSPACE, "weekly", APP)

    await store.name_app(WORKSPACE, "WEEKLY", OTHER_APP)

    assert await store.alias(WORKSPACE, "weekly") == OTHER_APP


async def test_another_workspaces_name_is_unknown(store: SqlWorkspaces) -> None:
    """One workspace never sees anything of another."""
    await store.name_app(WORKSPACE, "weekly", APP)

    assert await store.alias(WorkspaceId("T0OTHER"), "weekly") is None


async def test_a_forgotten_workspace_leaves_nothing_behind(
    store: SqlWorkspaces, database: Database, sealer: Sealer
) -> None:
    """An uninstalled app keeps nothing of the workspace, and everything of the others."""
    deliveries = SqlDeliveries(database, sealer, RecordedWakes())
    other = a_delivery(id=DeliveryId("OTHER23456"), workspace=WorkspaceId("T0OTHER"))
    for delivery in (a_delivery(), other):
        await deliveries.promise(delivery)
        await deliveries.sending(delivery.id, "parent", NOON)
    await store.remember(IDENTITY, token=TOKEN, at=NOON)
    await store.name_app(WORKSPACE, "weekly", APP)

    await store.forget(WORKSPACE)
    await store.forget(WORKSPACE)

    assert await deliveries.get(a_delivery().id) is None
    assert list(await deliveries.messages(a_delivery().id)) == []
    assert await store.of_token(TOKEN) is None
    assert await store.alias(WORKSPACE, "weekly") is None
    assert await deliveries.get(other.id) == other
    assert len(await deliveries.messages(other.id)) == 1
