"""Installations and aliases in the database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from bot.domain.ids import DeliveryId, SubscriptionId, UserId, WorkspaceId
from bot.errors import InstallationBroken, SealBroken
from bot.store.deliveries import SqlDeliveries
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.policies import SqlPolicies
from bot.store.tables import workspaces
from bot.store.workspaces import Identity, SqlWorkspaces
from tests.deliveries import RecordedWakes, a_delivery
from tests.fakes import APP, NOON, WORKSPACE, a_workspace
from tests.subscribing import Kept, a_subscription, install

TOKEN = "xoxb-make-believe"
IDENTITY = Identity(
    id=WORKSPACE, url="https://acme.slack.com/", bot_user_id="U0BOT", bot_id="B0BOT"
)


@pytest.fixture
def store(database: Database, sealer: Sealer) -> SqlWorkspaces:
    """Workspaces in an empty database."""
    return SqlWorkspaces(database, sealer)


@pytest.fixture
def named(database: Database) -> SqlPolicies:
    """Where apps are given their names."""
    return SqlPolicies(database, lambda: NOON)


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


async def test_an_alias_finds_its_app_in_any_case(store: SqlWorkspaces, named: SqlPolicies) -> None:
    """People type names as they like; another workspace's name is unknown."""
    await named.set_alias(WORKSPACE, "Weekly", APP, UserId("U0DANA"))

    assert await store.alias(WORKSPACE, "wEEKLY") == APP
    assert await store.alias(WorkspaceId("T0OTHER"), "weekly") is None


async def test_a_forgotten_workspace_leaves_nothing_behind(
    store: SqlWorkspaces, named: SqlPolicies, database: Database, sealer: Sealer
) -> None:
    """An uninstalled app keeps nothing of the workspace, and everything of the others."""
    deliveries = SqlDeliveries(database, sealer, RecordedWakes())
    other = a_delivery(id=DeliveryId("OTHER23456"), workspace=WorkspaceId("T0OTHER"))
    for delivery in (a_delivery(), other):
        await deliveries.promise(delivery)
        await deliveries.sending(delivery.id, "parent", NOON)
    await store.remember(IDENTITY, token=TOKEN, at=NOON)
    await named.set_alias(WORKSPACE, "weekly", APP, UserId("U0DANA"))

    await store.forget(WORKSPACE)
    await store.forget(WORKSPACE)

    assert await deliveries.get(a_delivery().id) is None
    assert list(await deliveries.messages(a_delivery().id)) == []
    assert await store.of_token(TOKEN) is None
    assert await store.alias(WORKSPACE, "weekly") is None
    assert await deliveries.get(other.id) == other
    assert len(await deliveries.messages(other.id)) == 1


async def test_a_webhook_key_is_made_once_and_finds_its_workspace(kept: Kept) -> None:
    """All processes get the same, and another workspace has another."""
    await install(kept, WorkspaceId("T0OTHER"))
    keys = await asyncio.gather(*(kept.workspaces.webhook_key(WORKSPACE) for _ in range(3)))
    other = await kept.workspaces.webhook_key(WorkspaceId("T0OTHER"))

    assert len(set(keys)) == 1
    assert len(keys[0]) >= 43
    assert await kept.workspaces.of_webhook_key(keys[0]) == WORKSPACE
    assert await kept.workspaces.of_webhook_key(other) == "T0OTHER"
    assert await kept.workspaces.of_webhook_key("guessed") is None
    with pytest.raises(InstallationBroken):
        await kept.workspaces.webhook_key(WorkspaceId("T0NONE"))


async def test_a_webhook_key_nobody_can_open_is_replaced(kept: Kept, database: Database) -> None:
    """After the encryption key was lost, webhooks are registered anew."""
    old = await kept.workspaces.webhook_key(WORKSPACE)
    elsewhere = SqlWorkspaces(database, Sealer(["another key"]))

    new = await elsewhere.webhook_key(WORKSPACE)

    assert new != old
    assert await elsewhere.of_webhook_key(old) is None


async def test_an_installations_secrets_are_sealed_and_bound_to_it(
    kept: Kept, database: Database
) -> None:
    """They come back as they were, lie nowhere in clear, and do not open for another row."""
    home = await kept.workspaces.get(WORKSPACE)
    assert home == replace(a_workspace(), id=WORKSPACE)
    await install(kept, WorkspaceId("T0OTHER"))

    async with database.begin() as connection:
        row = (await connection.execute(workspaces.select())).first()
        assert row is not None
        assert not any(
            secret in str(value)
            for value in row
            for secret in (a_workspace().bot_token, a_workspace().api_token)
            if secret
        )
        sealed = {"api_token": row.api_token, "bot_token": row.bot_token}
        moved = workspaces.c.id != row.id
        await connection.execute(update(workspaces).where(moved).values(sealed))

    stranger = {WORKSPACE, WorkspaceId("T0OTHER")} - {row.id}
    with pytest.raises(SealBroken):
        await kept.workspaces.get(stranger.pop())


async def test_a_team_comes_before_its_organisation(kept: Kept) -> None:
    """A request is for the team's own installation, or else for the organisation's."""
    await install(kept, WorkspaceId("E0ORG"))

    for enterprise, team, found in [
        ("E0ORG", WORKSPACE, WORKSPACE),
        ("E0ORG", "T0NONE", "E0ORG"),
        (None, "T0NONE", None),
    ]:
        identity = await kept.workspaces.find(enterprise, team)
        assert (identity and identity.id) == found


async def test_forgetting_a_workspace_forgets_what_it_subscribed_to(kept: Kept) -> None:
    """Everything of it is gone, and nothing of any other."""
    other = WorkspaceId("T0OTHER")
    await install(kept, other)
    for number, workspace in enumerate((WORKSPACE, other)):
        await kept.subscriptions.add(
            a_subscription(id=SubscriptionId(f"SUB{number}"), workspace=workspace)
        )

    await kept.workspaces.forget(WORKSPACE)

    assert await kept.subscriptions.of_workspace(WORKSPACE) == []
    assert await kept.watched.get(WORKSPACE, APP) is None
    assert len(await kept.subscriptions.of_workspace(other)) == 1
    with pytest.raises(InstallationBroken):
        await kept.workspaces.get(WORKSPACE)


async def test_workspaces_have_names(store: SqlWorkspaces, kept: Kept, database: Database) -> None:
    """Their own, or else their addresses."""
    other = WorkspaceId("T0OTHER")
    await install(kept, other)
    async with database.begin() as connection:
        await connection.execute(
            update(workspaces).where(workspaces.c.id == other).values(name="Other")
        )
        url = await connection.scalar(select(workspaces.c.url).where(workspaces.c.id == WORKSPACE))

    names = await store.names()

    assert names == {other: "Other", WORKSPACE: urlsplit(url or "").hostname}
