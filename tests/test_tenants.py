"""Whom a deployment serves."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import Mock

import pytest

from bot.connections import Connections
from bot.domain.credentials import Credentials
from bot.domain.ids import WorkspaceId
from bot.domain.workspace import Workspace
from bot.errors import InstallationBroken
from bot.settings import Settings
from bot.store.credentials import SqlCredentials
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.installations import SqlInstallations
from bot.store.workspaces import Identity, SqlWorkspaces
from bot.tenants import Tenants, tenants_of
from bot.usecases.refresh_token import RefreshToken
from tests.clock import ManualClock
from tests.databases import clock, database, database_url, sealer
from tests.fakes import NOON, WORKSPACE, a_workspace
from tests.installing import (
    INSTALLER,
    FakeBotTokens,
    FakeOAuth,
    a_new_installation,
    a_rotated_token,
)

__all__ = ["clock", "database", "database_url", "sealer"]

WHO = Identity(id=WORKSPACE, url="https://acme.slack.com/", bot_user_id="U0BOT", bot_id="B0BOT")
OTHERS = Credentials(account_id="f" * 32, api_token="cfat_make-believe-of-an-administrator")


@pytest.fixture
def stored(database: Database, sealer: Sealer) -> SqlWorkspaces:
    """The stored workspaces: none yet."""
    return SqlWorkspaces(database, sealer)


async def configured(stored: SqlWorkspaces) -> Tenants:
    """The tenants of settings that name one workspace."""
    await stored.remember(WHO, token="xoxb-make-believe", at=NOON)
    return Tenants(stored, a_workspace(), WHO)


async def test_the_settings_hold_until_an_administrator_stores_others(
    stored: SqlWorkspaces,
) -> None:
    """Then the administrator's account and token count, with the bot token of the settings."""
    tenants = await configured(stored)
    before = await tenants.get(WORKSPACE)
    credentials = SqlCredentials(stored.database, stored.sealer)
    await credentials.connect(WORKSPACE, OTHERS, who=INSTALLER, at=NOON)

    after = await tenants.get(WORKSPACE)

    assert before == a_workspace()
    assert after == replace(before, account_id=OTHERS.account_id, api_token=OTHERS.api_token)


async def test_the_settings_name_the_only_workspace(
    stored: SqlWorkspaces, database: Database, sealer: Sealer
) -> None:
    """One that was installed before, by OAuth, is not served."""
    tenants = await configured(stored)
    other = WorkspaceId("T0OTHER")
    await SqlInstallations(database, sealer).put(a_new_installation(workspace=other))

    assert await tenants.find(None, other) is None
    with pytest.raises(InstallationBroken):
        await tenants.get(other)


@pytest.mark.parametrize(
    ("enterprise", "team", "found"),
    [
        (None, WORKSPACE, WORKSPACE),
        ("E0ORG", WORKSPACE, WORKSPACE),
        ("E0ORG", "T0ANY", "E0ORG"),
        ("E0ORG", None, "E0ORG"),
        ("E0OTHER", "T0ANY", None),
        (None, None, None),
    ],
)
async def test_a_request_is_for_the_teams_installation_or_its_organisations(
    stored: SqlWorkspaces,
    database: Database,
    sealer: Sealer,
    enterprise: str | None,
    team: str | None,
    found: str | None,
) -> None:
    """From what is stored; no call to Slack."""
    installations = SqlInstallations(database, sealer)
    await installations.put(a_new_installation())
    await installations.put(a_new_installation(workspace=WorkspaceId("E0ORG")))

    installation = await Tenants(stored).find(enterprise, team)

    assert (installation and installation.workspace) == found
    if installation is not None and found == "E0ORG":
        assert (installation.team_id, installation.enterprise_id) == (None, "E0ORG")


async def test_a_token_is_seen_to_before_it_is_used(
    stored: SqlWorkspaces, database: Database, sealer: Sealer
) -> None:
    """`get` gives one that lives; `known` asks nobody."""
    await SqlInstallations(database, sealer).put(a_new_installation())

    async def fresh(home: Workspace) -> Workspace:
        return replace(home, bot_token="xoxb-fresh")

    tenants = Tenants(stored, fresh=fresh)

    assert (await tenants.get(WORKSPACE)).bot_token == "xoxb-fresh"
    assert (await tenants.known(WORKSPACE)).bot_token == "xoxb-make-believe"


@pytest.mark.parametrize(("hours", "looks"), [(9, 0), (11, 1)])
async def test_a_token_that_is_not_due_costs_nothing(
    stored: SqlWorkspaces, database: Database, sealer: Sealer, hours: int, looks: int
) -> None:
    """Only one that dies within two hours is looked at again."""
    installed = a_new_installation(token=a_rotated_token())
    await SqlInstallations(database, sealer).put(installed)
    now, tokens = ManualClock(), FakeBotTokens()
    refresh = RefreshToken(tokens=tokens, oauth=FakeOAuth(), now=now, sleep=now.sleep)
    settings = Settings(_env_file=None)
    tenants = await tenants_of(settings, stored, Mock(spec=Connections), refresh=refresh)
    now.advance(hours=hours)

    home = await tenants.get(WORKSPACE)

    assert tokens.looks == looks
    assert home.bot_token == a_rotated_token(1 + looks).value
