"""Gather what the settings' windows show."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.domain.ids import AppId, WorkspaceId
from bot.domain.summary import App
from bot.errors import NotConnected, NotYours, RealtimeKitError
from bot.messages import settings as words
from bot.messages.picker import View
from bot.usecases.administration_ports import Policies
from bot.usecases.app_directory import AppDirectory
from bot.usecases.ports import Workspace, Workspaces

APPS_WITHIN = 5.0
"""Seconds the account's apps may take before the window shows without them."""


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """The windows as they stand now."""

    workspaces: Workspaces
    directory: AppDirectory
    policies: Policies
    token_ending: Callable[[WorkspaceId], Awaitable[str | None]]

    async def workspace(self, name: WorkspaceId) -> View:
        """The workspace's window; also while Cloudflare does not answer.

        Raises:
            InstallationBroken, StoreError: there is nothing to show.
        """
        workspace = await self.workspaces.get(name)
        policy, administrators, aliases, apps, ending = await asyncio.gather(
            self.policies.policy(name),
            self.policies.administrators(name),
            self.policies.aliases(name),
            self._apps(workspace),
            self.token_ending(name),
        )
        page = words.Page(
            policy=policy,
            administrators=administrators,
            aliases=aliases,
            apps=apps,
            connected=bool(workspace.account_id and workspace.api_token),
            token_ending=ending,
        )
        return words.workspace_window(page)

    async def app(self, name: WorkspaceId, app: AppId) -> View:
        """One app's window. Raises `NotYours` for an app that is not the account's."""
        workspace = await self.workspaces.get(name)
        policy, aliases, apps = await asyncio.gather(
            self.policies.policy(name), self.policies.aliases(name), self._apps(workspace)
        )
        found = next((each for each in apps or () if each.id == app), None)
        if found is None:
            raise NotYours
        names = [alias for alias, meant in aliases.items() if meant == app]
        return words.app_window(found, names, policy.of(app))

    async def _apps(self, workspace: Workspace) -> Sequence[App] | None:
        try:
            async with asyncio.timeout(APPS_WITHIN):
                return await self.directory.apps(workspace)
        except (RealtimeKitError, NotConnected, TimeoutError):
            return None
