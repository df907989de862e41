"""Installations as they come and go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.audit import AuditAction
from bot.domain.credentials import Credentials
from bot.domain.ids import UserId, WorkspaceId
from bot.domain.installation import Departure
from bot.errors import InstallationBroken
from bot.store.audit import SqlAudit
from bot.store.credentials import SqlCredentials
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.installations import SqlInstallations
from bot.store.rows import AnyRow
from bot.store.tables import workspaces
from bot.store.workspaces import Identity, SqlWorkspaces
from tests.fakes import NOON, WORKSPACE
from tests.installing import (
    INSTALLER,
    a_departure,
    a_new_installation,
    a_rotated_token,
    a_token,
)
from tests.subscribing import Kept, a_subscription

OTHER = WorkspaceId("T0OTHER")
LATER = NOON + timedelta(days=1)


@pytest.fixture
def store(database: Database, sealer: Sealer) -> SqlInstallations:
    """Installations in an empty database."""
    return SqlInstallations(database, sealer)


@pytest.fixture
def known(database: Database, sealer: Sealer) -> SqlWorkspaces:
    """The workspaces they make."""
    return SqlWorkspaces(database, sealer)


async def row(database: Database, workspace: WorkspaceId = WORKSPACE) -> AnyRow | None:
    """What is stored."""
    async with database.read() as connection:
        query = select(workspaces).where(workspaces.c.id == workspace)
        return (await connection.execute(query)).first()


async def test_an_installation_is_found_and_works(
    store: SqlInstallations, known: SqlWorkspaces
) -> None:
    """By its team, with its token, and without a Cloudflare account at first."""
    is_connected = await store.put(a_new_installation(token=a_rotated_token()))

    home = await known.get(WORKSPACE)
    assert not is_connected
    assert (home.url, home.bot_token) == ("https://acme.slack.com/", a_rotated_token().value)
    assert home.token_expires_at == a_rotated_token().expires_at
    assert home.account_id is None
    assert await known.find(None, WORKSPACE) == Identity(
        id=WORKSPACE, url="https://acme.slack.com/", bot_user_id="U0BOT", bot_id="B0BOT"
    )


async def test_no_token_is_stored_in_clear(store: SqlInstallations, database: Database) -> None:
    """Neither the one that works nor the one that makes others."""
    token = a_rotated_token()
    await store.put(a_new_installation(token=token))

    stored = str(await row(database))
    assert token.value not in stored
    assert str(token.refresh_token) not in stored


async def test_a_new_installation_changes_what_it_brings_and_nothing_else(
    store: SqlInstallations, known: SqlWorkspaces, database: Database
) -> None:
    """Scopes, token and installer; the Cloudflare account and the webhook's key stay."""
    await store.put(a_new_installation(token=a_rotated_token()))
    credentials = Credentials(account_id="a" * 32, api_token="cfat_make-believe")
    await SqlCredentials(database, known.sealer).connect(
        WORKSPACE, credentials, who=INSTALLER, at=NOON
    )
    key = await known.webhook_key(WORKSPACE)
    scopes, somebody = frozenset({"commands", "chat:write", "files:write"}), UserId("U0NEW")

    is_connected = await store.put(
        a_new_installation(at=LATER, scopes=scopes, installer=somebody, token=a_token("xoxb-new"))
    )

    home, stored = await known.get(WORKSPACE), await row(database)
    assert is_connected
    assert stored is not None
    assert (home.bot_token, home.token_expires_at) == ("xoxb-new", None)
    assert stored.refresh_token is None
    assert stored.scopes == "chat:write,commands,files:write"
    assert (stored.installed_by, stored.installed_at) == (somebody, LATER)
    assert (home.account_id, home.api_token) == (credentials.account_id, credentials.api_token)
    assert await known.webhook_key(WORKSPACE) == key


async def test_each_installation_is_written_down(
    store: SqlInstallations, database: Database
) -> None:
    """Who did it, and the scopes before and after."""
    await store.put(a_new_installation())
    await store.put(a_new_installation(at=LATER, scopes=frozenset({"commands"})))

    entries = await SqlAudit(database).latest(WORKSPACE)
    assert [(entry.action, entry.who, entry.before, entry.after) for entry in entries] == [
        (AuditAction.INSTALLED, INSTALLER, "chat:write,commands", "commands"),
        (AuditAction.INSTALLED, INSTALLER, "", "chat:write,commands"),
    ]


@pytest.mark.parametrize(
    ("departure", "leaves"),
    [
        (a_departure(), True),
        (a_departure(at=NOON), True),
        (a_departure(at=None), True),
        (a_departure(at=NOON - timedelta(seconds=1)), False),
        (a_departure(revoked_bots=frozenset({"U0BOT"})), True),
        (a_departure(revoked_bots=frozenset({"U0ANOTHER"})), False),
        (a_departure(revoked_bots=frozenset({"U0BOT"}), at=NOON - timedelta(days=1)), False),
        (a_departure(workspace=OTHER), False),
    ],
)
async def test_only_what_is_about_this_installation_ends_it(
    store: SqlInstallations, known: SqlWorkspaces, departure: Departure, *, leaves: bool
) -> None:
    """Not an event of an earlier one, of another's bot, or of another workspace.

    Slack tells the time to the second: an event of the very second of the installation counts.
    """
    await store.put(a_new_installation(at=NOON + timedelta(milliseconds=900)))

    assert await store.leave(departure) is leaves
    if leaves:
        with pytest.raises(InstallationBroken):
            await known.get(WORKSPACE)
    else:
        assert (await known.get(WORKSPACE)).bot_token == a_token().value


async def test_leaving_is_written_down_once(store: SqlInstallations, database: Database) -> None:
    """It is all that stays, however often it is told."""
    await store.put(a_new_installation())

    told = [await store.leave(a_departure()) for _ in range(3)]

    [entry] = await SqlAudit(database).latest(WORKSPACE)
    assert told == [True, False, False]
    assert (entry.action, entry.who) == (AuditAction.UNINSTALLED, "U0LEAVER")
    assert entry.at == a_departure().at


async def test_what_a_run_wrote_after_the_departure_goes_with_the_next_event(
    kept: Kept, database: Database
) -> None:
    """The workspace is gone already; what came in late has nobody it belongs to."""
    store = SqlInstallations(database, kept.workspaces.sealer)
    await store.leave(a_departure())
    await kept.subscriptions.add(a_subscription())

    await store.leave(a_departure())

    assert await kept.subscriptions.of_workspace(WORKSPACE) == []
    assert len(await SqlAudit(database).latest(WORKSPACE)) == 1


async def test_one_that_was_only_named_in_the_settings_leaves_too(
    kept: Kept, database: Database
) -> None:
    """Nobody knows when it was installed, so every event counts."""
    store = SqlInstallations(database, kept.workspaces.sealer)

    assert await store.leave(a_departure(at=NOON - timedelta(days=9)))
