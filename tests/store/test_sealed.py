"""What the doctor can tell of sealed values, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot.domain.ids import WorkspaceId
from bot.domain.seals import Seals
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.sealed import SqlSeals
from bot.store.tables import workspaces
from bot.store.workspaces import Identity, SqlWorkspaces
from tests.fakes import NOON, WORKSPACE, a_workspace


@pytest.fixture
async def stored(database: Database) -> Database:
    """A workspace with two tokens and a webhook key, sealed with the first key."""
    home = a_workspace()
    kept = SqlWorkspaces(database, Sealer(["first"]))
    who = Identity(id=home.id, url=home.url, bot_user_id="U0BOT", bot_id="B0BOT")
    await kept.install(home, who, at=NOON)
    await kept.webhook_key(home.id)
    return database


async def test_everything_opens(stored: Database) -> None:
    """With the key it was sealed with."""
    assert await SqlSeals(stored, Sealer(["first"])).of_workspace(WORKSPACE) == Seals(tokens=2)


async def test_what_an_older_key_sealed_is_counted(stored: Database) -> None:
    """It opens, but the older key cannot go yet."""
    seals = await SqlSeals(stored, Sealer(["second", "first"])).of_workspace(WORKSPACE)

    assert seals == Seals(tokens=2, old=3)


async def test_what_no_key_opens_is_named(stored: Database) -> None:
    """In words for people."""
    seals = await SqlSeals(stored, Sealer(["second"])).of_workspace(WORKSPACE)

    assert seals == Seals(
        tokens=2, broken=("Slack bot token", "Cloudflare API token"), address_broken=True
    )


async def test_nothing_is_stored_of_a_stranger(stored: Database) -> None:
    """Another workspace's secrets are not counted."""
    seals = SqlSeals(stored, Sealer(["second"]))

    assert await seals.of_workspace(WorkspaceId("T0OTHER")) == Seals()
    assert await seals.scopes(WorkspaceId("T0OTHER")) == frozenset()


async def test_the_granted_scopes_are_read(stored: Database) -> None:
    """As they were written down, if they were."""
    seals = SqlSeals(stored, Sealer(["first"]))
    before = await seals.scopes(WORKSPACE)
    async with stored.begin() as connection:
        await connection.execute(update(workspaces).values(scopes="commands,chat:write"))

    assert before == frozenset()
    assert await seals.scopes(WORKSPACE) == {"commands", "chat:write"}
