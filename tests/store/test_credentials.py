"""Credentials as administrators set them, in the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.domain.audit import OPERATOR, AuditAction
from bot.domain.credentials import Credentials
from bot.domain.ids import WorkspaceId
from bot.domain.workspace import Workspace
from bot.errors import InstallationBroken, SealBroken, SetupLinkDead
from bot.store.audit import SqlAudit
from bot.store.credentials import SqlCredentials
from bot.store.engine import Database
from bot.store.setup_links import SqlSetupLinks
from bot.store.tables import workspaces
from bot.store.workspaces import SqlWorkspaces
from tests.fakes import ASKER, NOON, WORKSPACE
from tests.subscribing import Kept, a_subscription, install

CREDENTIALS = Credentials(
    account_id="fedcba9876543210fedcba9876543210", api_token="cfat_make-believe-0123456789-WXYZ"
)


@pytest.fixture
def store(kept: Kept) -> SqlCredentials:
    """One installed workspace."""
    return SqlCredentials(kept.workspaces.database, kept.workspaces.sealer)


async def stored(store: SqlCredentials, workspace: WorkspaceId) -> Workspace:
    """A workspace as everybody else reads it."""
    return await SqlWorkspaces(store.database, store.sealer).get(workspace)


async def test_connected_credentials_are_the_workspaces(
    store: SqlCredentials, database: Database
) -> None:
    """They are sealed; what is in clear is the account and the end of the token."""
    await store.connect(WORKSPACE, CREDENTIALS, who=ASKER, at=NOON)

    home = await stored(store, WORKSPACE)
    assert (home.account_id, home.api_token) == (CREDENTIALS.account_id, CREDENTIALS.api_token)
    async with database.read() as connection:
        row = (await connection.execute(select(workspaces))).one()
    assert CREDENTIALS.api_token not in str(row)
    assert (row.api_token_ending, row.contact) == ("WXYZ", ASKER)


async def test_a_sealed_token_opens_in_its_own_row_only(
    store: SqlCredentials, kept: Kept, database: Database
) -> None:
    """Whoever can write to the database cannot give one workspace another's token."""
    other = WorkspaceId("T0OTHER")
    await install(kept, other)
    await store.connect(WORKSPACE, CREDENTIALS, who=ASKER, at=NOON)
    async with database.begin() as connection:
        sealed = await connection.scalar(
            select(workspaces.c.api_token).where(workspaces.c.id == WORKSPACE)
        )
        await connection.execute(
            update(workspaces).where(workspaces.c.id == other).values(api_token=sealed)
        )

    with pytest.raises(SealBroken):
        await stored(store, other)


async def test_who_connected_is_written_down(store: SqlCredentials, database: Database) -> None:
    """With the account and the end of the token, before and after."""
    newer = replace(CREDENTIALS, api_token="cfut_make-believe-9876543210-ABCD")
    await store.connect(WORKSPACE, CREDENTIALS, who=ASKER, at=NOON)

    await store.connect(WORKSPACE, newer, who=OPERATOR, at=NOON + timedelta(hours=1))

    last, first = await SqlAudit(database).latest(WORKSPACE)
    assert (first.who, first.action, first.at) == (ASKER, AuditAction.CONNECTED, NOON)
    assert (last.who, last.before) == (OPERATOR, first.after)
    assert last.after == f"account {newer.account_id}, token …ABCD"
    for secret in (CREDENTIALS.api_token, newer.api_token):
        assert secret not in f"{first}{last}"


async def test_the_operator_is_written_to_by_nobody(
    store: SqlCredentials, database: Database
) -> None:
    """The administrator who connected before stays the one who is."""
    await store.connect(WORKSPACE, CREDENTIALS, who=ASKER, at=NOON)

    await store.connect(WORKSPACE, CREDENTIALS, who=OPERATOR, at=NOON)

    async with database.read() as connection:
        assert await connection.scalar(select(workspaces.c.contact)) == ASKER


async def test_connecting_has_the_apps_looked_at(store: SqlCredentials, kept: Kept) -> None:
    """Paused subscriptions go on soon; nothing of another workspace is touched."""
    other = WorkspaceId("T0OTHER")
    await install(kept, other)
    later = NOON + timedelta(hours=1)
    for workspace in (WORKSPACE, other):
        await kept.subscriptions.add(
            a_subscription(id=f"S{workspace}", workspace=workspace, created_at=later)
        )

    await store.connect(WORKSPACE, CREDENTIALS, who=ASKER, at=NOON)

    due = [watched.workspace for watched in await kept.watched.claim_due(NOON)]
    assert due == [WORKSPACE]


async def test_a_link_is_used_up_with_the_credentials(
    store: SqlCredentials, database: Database
) -> None:
    """A second time changes nothing at all."""
    links = SqlSetupLinks(database)
    link = await links.find(await links.create(WORKSPACE, ASKER, NOON), NOON)
    newer = replace(CREDENTIALS, account_id="0" * 32)
    await store.connect(WORKSPACE, CREDENTIALS, who=ASKER, at=NOON, link=link)

    with pytest.raises(SetupLinkDead):
        await store.connect(WORKSPACE, newer, who=ASKER, at=NOON, link=link)

    assert (await stored(store, WORKSPACE)).account_id == CREDENTIALS.account_id
    assert len(await SqlAudit(database).latest(WORKSPACE)) == 1


async def test_a_workspace_that_left_uses_no_link_up(
    store: SqlCredentials, database: Database
) -> None:
    """All of it happens, or nothing."""
    links = SqlSetupLinks(database)
    token = await links.create(WORKSPACE, ASKER, NOON)
    link = await links.find(token, NOON)

    with pytest.raises(InstallationBroken):
        await store.connect(WorkspaceId("T9GONE"), CREDENTIALS, who=ASKER, at=NOON, link=link)

    assert await links.find(token, NOON) is not None
