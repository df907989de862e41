"""Whom this deployment serves: every installed workspace, or the one its settings name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog

from bot.connections import Connections
from bot.domain.ids import AppId, WorkspaceId
from bot.domain.installation import BotToken
from bot.domain.workspace import Workspace
from bot.errors import InstallationBroken, SlackError
from bot.settings import Settings
from bot.slack.authorization import Installation, OnlyInstallation
from bot.slack.directory import identity
from bot.store.workspaces import Identity, SqlWorkspaces
from bot.usecases.refresh_token import RefreshToken

_log = structlog.get_logger()


def configured_workspace(settings: Settings, who: Identity | None) -> Workspace:
    """The workspace the settings describe; `who` is what Slack says of it, if it was asked."""
    bot_token, api_token = settings.slack_bot_token, settings.cloudflare_api_token
    return Workspace(
        id=who.id if who else WorkspaceId(""),
        url=who.url if who else "",
        bot_token=bot_token.get_secret_value() if bot_token else "",
        account_id=settings.cloudflare_account_id,
        api_token=api_token.get_secret_value() if api_token else None,
    )


@dataclass(frozen=True, slots=True)
class ConfiguredWorkspace:
    """The workspace of the settings, without a database and so without aliases: a `Workspaces`."""

    workspace: Workspace

    async def get(self, workspace: WorkspaceId) -> Workspace:
        """The workspace. Raises `InstallationBroken` for any other."""
        if workspace != self.workspace.id:
            raise InstallationBroken("unknown_workspace")
        return self.workspace

    known = in_slack = get
    """There is nothing else stored that could be read, or refreshed."""

    async def alias(self, workspace: WorkspaceId, name: str) -> AppId | None:
        """None: aliases are in the database."""

    async def default_app(self, workspace: WorkspaceId) -> AppId | None:
        """None: decisions are in the database."""


@dataclass(frozen=True, slots=True)
class Tenants:
    """The workspaces that are served: is a `Workspaces`, and a `FindInstallation` by `find`."""

    stored: SqlWorkspaces
    configured: Workspace | None = None
    """The one of the settings; then no other is served, whatever is stored."""
    who: Identity | None = None
    """Who that one is."""
    fresh: Callable[[Workspace], Awaitable[Workspace]] | None = None
    """Sees to it that a bot token lives, where Slack rotates tokens."""

    async def get(self, workspace: WorkspaceId) -> Workspace:
        """A workspace that is served, with a bot token that lives.

        Raises:
            InstallationBroken: it is not served, or must be installed again.
            SlackError: its token is dead, and Slack could not be asked for another.
        """
        home = await self.known(workspace)
        return home if self.fresh is None else await self.fresh(home)

    async def known(self, workspace: WorkspaceId) -> Workspace:
        """A workspace that is served, as it is stored. Raises `InstallationBroken` for any other.

        The account and token in the settings hold until an administrator has stored others.
        """
        if self.configured is None:
            return await self.stored.get(workspace)
        if workspace != self.configured.id:
            raise InstallationBroken("unknown_workspace")
        own = await self.stored.credentials(workspace)
        if own is None:
            return self.configured
        return replace(self.configured, account_id=own.account_id, api_token=own.api_token)

    async def in_slack(self, workspace: WorkspaceId) -> Workspace:
        """A workspace with all it takes to act in Slack, whatever is wrong with the rest.

        Raises as `get`; the bot token of the settings is there even when what is stored beside
        it cannot be read.
        """
        if self.configured is not None and workspace == self.configured.id:
            return self.configured
        return await self.get(workspace)

    async def alias(self, workspace: WorkspaceId, name: str) -> AppId | None:
        """The app an administrator gave this alias, if any."""
        return await self.stored.alias(workspace, name)

    async def default_app(self, workspace: WorkspaceId) -> AppId | None:
        """The app that is meant when none is named, if administrators chose one."""
        return await self.stored.default_app(workspace)

    async def find(self, enterprise_id: str | None, team_id: str | None) -> Installation | None:
        """Which installation a request is for, from what is stored."""
        if self.who is not None:
            return await OnlyInstallation(_installation(self.who))(enterprise_id, team_id)
        found = await self.stored.find(enterprise_id, team_id)
        return _installation(found) if found else None


async def tenants_of(
    settings: Settings,
    stored: SqlWorkspaces,
    connections: Connections,
    *,
    refresh: RefreshToken | None = None,
) -> Tenants:
    """The workspaces that these settings have served; `refresh` keeps their tokens alive.

    Raises:
        SlackError: they name one, and Slack refuses its token or was never reached with it.
    """
    if settings.slack_bot_token is None:
        return Tenants(stored, fresh=None if refresh is None else _refreshing(refresh))
    who = await _identify(connections, stored, settings.slack_bot_token.get_secret_value())
    return Tenants(stored, configured_workspace(settings, who), who)


def _refreshing(refresh: RefreshToken) -> Callable[[Workspace], Awaitable[Workspace]]:
    async def fresh(home: Workspace) -> Workspace:
        known = BotToken(value=home.bot_token, expires_at=home.token_expires_at)
        if not known.is_due(refresh.now()):
            return home
        token = await refresh(home.id, known)
        return replace(home, bot_token=token.value, token_expires_at=token.expires_at)

    return fresh


async def _identify(connections: Connections, stored: SqlWorkspaces, token: str) -> Identity:
    """Learn whose bot token this is; an outage of Slack does not stop a bot it knows already."""
    try:
        told = await identity(connections.slack_api(token))
    except SlackError as error:
        known = await stored.of_token(token) if error.retryable else None
        if known is None:
            raise
        _log.warning("slack not reached, going on with what it said before", detail=error.detail)
        return known
    whole = told.enterprise_id if told.is_enterprise_install else None
    who = Identity(
        id=WorkspaceId(whole or told.team_id),
        url=told.url,
        bot_user_id=told.bot_user_id,
        bot_id=told.bot_id,
    )
    await stored.remember(who, token=token, at=connections.now())
    return who


def _installation(who: Identity) -> Installation:
    whole = who.id.startswith("E")
    return Installation(
        workspace=who.id,
        team_id=None if whole else who.id,
        enterprise_id=who.id if whole else None,
        bot_user_id=who.bot_user_id,
        bot_id=who.bot_id,
        url=who.url,
    )
