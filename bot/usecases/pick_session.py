"""What the picker offers: the account's apps, and an app's sessions that still have summaries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain.ids import AppId, WorkspaceId
from bot.domain.summary import App, SessionDetails
from bot.usecases.app_directory import AppDirectory
from bot.usecases.ports import Clock, Meetings, Workspace, Workspaces

SESSIONS_OFFERED = 50
"""Enough to find last week's meeting, and half of what one of Slack's menus holds."""


@dataclass(frozen=True, slots=True)
class PickSession:
    """Look up the choices of the picker. Every method raises `BotError`."""

    workspaces: Workspaces
    apps_of: AppDirectory
    connect: Callable[[Workspace], Meetings]
    now: Clock

    async def apps(self, workspace: WorkspaceId) -> Sequence[App]:
        """The apps of the workspace's account."""
        return await self.apps_of.apps(await self.workspaces.get(workspace))

    async def sessions(self, workspace: WorkspaceId, app: AppId) -> Sequence[SessionDetails]:
        """The sessions of an app that ended within the last 7 days, newest first."""
        meetings = self.connect(await self.workspaces.get(workspace))
        recent = await meetings.list_sessions(app, limit=SESSIONS_OFFERED)
        now = self.now()
        return [session for session in recent if not session.is_past_keeping(now)]
