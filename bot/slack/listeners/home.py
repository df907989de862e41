"""The Home tab: published for whoever opens it, and anew after what they change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from bot.domain.ids import UserId, WorkspaceId, new_reference
from bot.errors import SlackError
from bot.messages.picker import View
from bot.slack.administrators import MayAdminister
from bot.slack.authorization import FindInstallation, Installation
from bot.slack.background import Background
from bot.slack.payloads import Click, Event

log = structlog.get_logger()


class ShowsHome(Protocol):
    """The tab as it stands now. Raises `BotError`."""

    async def for_administrator(self, name: WorkspaceId) -> View:
        """Everything."""

    async def for_member(self, name: WorkspaceId, person: UserId) -> View:
        """What is of use to everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeTab:
    """Shows each person their own tab; who may see what, Slack is asked each time."""

    find: FindInstallation
    show: ShowsHome
    publish: Callable[[WorkspaceId, UserId, View], Awaitable[None]]
    """Raises `SlackError`."""
    may_administer: MayAdminister
    background: Background

    async def opened(self, event: Event) -> None:
        """`app_home_opened`, which comes for the tab of messages too."""
        person = event.event.user
        if event.event.tab != "home" or person is None:
            return
        installation = await self.find(event.enterprise_id, event.team_id)
        if installation is not None:
            self.soon(installation, UserId(person))

    async def refreshed(self, click: Click, installation: Installation) -> None:
        """**Refresh**."""
        self.soon(installation, click.who)

    def soon(self, installation: Installation, person: UserId) -> None:
        """Show somebody their tab anew, after Slack has its answer; failing harms nothing."""
        reference = new_reference()
        work = self._show(installation, person)
        self.background.start("show the home tab", work, reference=reference)

    async def _show(self, installation: Installation, person: UserId) -> None:
        workspace = installation.workspace
        if await self._may(installation, person):
            view = await self.show.for_administrator(workspace)
        else:
            view = await self.show.for_member(workspace, person)
        await self.publish(workspace, person, view)

    async def _may(self, installation: Installation, person: UserId) -> bool:
        """Whether everything may be shown; where Slack cannot be asked, it may not."""
        try:
            return await self.may_administer(installation, person)
        except SlackError as error:
            log.warning("not known who opened the home tab", reason=error.reason)
            return False
