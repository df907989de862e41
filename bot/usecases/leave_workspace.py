"""Delete what belongs to a workspace that removed the app, here and at Cloudflare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from bot.domain.ids import AppId, WebhookId, WorkspaceId
from bot.domain.installation import Departure
from bot.domain.watched_app import WatchedApp
from bot.domain.workspace import Workspace
from bot.errors import BotError
from bot.usecases.installation_ports import Installations, KnownWorkspaces, Watched

_log = structlog.get_logger()


class Webhooks(Protocol):
    """RealtimeKit's webhooks, with one workspace's credentials. Raises `RealtimeKitError`."""

    async def delete_webhook(self, app: AppId, webhook: WebhookId) -> None:
        """Remove a webhook; one that is gone already counts as removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """What may still be registered at Cloudflare after everything here is deleted."""

    workspace: Workspace
    apps: Sequence[WatchedApp]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveWorkspace:
    """Delete first, then tidy up at Cloudflare where the credentials still allow it."""

    workspaces: KnownWorkspaces
    watched: Watched
    installations: Installations
    connect: Callable[[Workspace], Webhooks]

    async def __call__(self, departure: Departure) -> Remains | None:
        """Delete everything of a workspace; returns what there is to `tidy_up`, if anything."""
        remains = await self.remains(departure.workspace)
        if not await self.installations.leave(departure):
            return None
        _log.warning("the app was removed from the workspace", workspace=departure.workspace)
        return remains

    async def remains(self, workspace: WorkspaceId) -> Remains | None:
        """What is registered at Cloudflare, to be looked up before all is deleted."""
        apps = [app for app in await self.watched.of_workspace(workspace) if app.webhook]
        if not apps:
            return None
        try:
            return Remains(workspace=await self.workspaces.known(workspace), apps=apps)
        except BotError as error:
            _log.warning("webhooks stay registered", workspace=workspace, reason=error.reason)
            return None

    async def tidy_up(self, remains: Remains) -> Mapping[AppId, bool]:
        """Remove the webhooks; says of each app whether it worked."""
        return {app.app: await self._remove(remains.workspace, app) for app in remains.apps}

    async def _remove(self, workspace: Workspace, app: WatchedApp) -> bool:
        if app.webhook is None:
            return True
        try:
            await self.connect(workspace).delete_webhook(app.app, app.webhook)
        except BotError as error:
            _log.warning("webhook stays registered", app=app.app, reason=error.reason)
            return False
        return True
