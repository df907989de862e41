"""Which RealtimeKit app is meant: by id, by alias, by its name, or because there is but one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.ids import AppId, WorkspaceId, is_uuid
from bot.domain.summary import App
from bot.errors import AppRequired, UnknownAlias
from bot.usecases.ports import Clock, Meetings, Workspace, Workspaces

REMEMBERED_FOR = timedelta(minutes=1)
"""How long a workspace's list of apps is reused: apps are made by hand, and seldom."""


@dataclass(frozen=True, slots=True)
class AppDirectory:
    """The apps of every workspace's account, asked for once a minute at most."""

    workspaces: Workspaces
    connect: Callable[[Workspace], Meetings]
    now: Clock
    _known: dict[WorkspaceId, tuple[datetime, Sequence[App]]] = field(default_factory=dict)

    async def apps(self, workspace: Workspace) -> Sequence[App]:
        """All apps of the workspace's account. Raises `RealtimeKitError`, `NotConnected`."""
        now = self.now()
        known = self._known.get(workspace.id)
        if known and now - known[0] < REMEMBERED_FOR:
            return known[1]
        apps = await self.connect(workspace).list_apps()
        self._known[workspace.id] = (now, apps)
        return apps

    def forget(self, workspace: WorkspaceId) -> None:
        """Ask again next time: something about the list proved wrong."""
        self._known.pop(workspace, None)

    async def resolve(self, workspace: Workspace, wanted: str) -> AppId:
        """The app that `wanted` stands for.

        An alias comes first, so that an administrator's word wins over a name in Cloudflare; a
        UUID is taken at its word, since the calls that follow will tell whether it is right.

        Raises:
            AppRequired: nothing was named, administrators chose no default, and there is not
                exactly one app.
            UnknownAlias: nothing is called that.
            RealtimeKitError, NotConnected: the list could not be had.
        """
        if is_uuid(wanted):
            return AppId(wanted.lower())
        if wanted and (app := await self.workspaces.alias(workspace.id, wanted.casefold())):
            return app
        if not wanted and (app := await self.workspaces.default_app(workspace.id)):
            return app
        apps = await self.apps(workspace)
        if not wanted:
            if len(apps) == 1:
                return apps[0].id
            raise AppRequired(_names(apps))
        folded = wanted.casefold()
        matches = [app.id for app in apps if folded in (app.name.casefold(), app.id.casefold())]
        if len(matches) == 1:
            return matches[0]
        raise UnknownAlias(_names(apps))


def _names(apps: Sequence[App]) -> tuple[str, ...]:
    return tuple(app.name or app.id for app in apps)
