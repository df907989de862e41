"""What happens to the installation itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.domain.ids import WorkspaceId
from bot.slack.authorization import FindInstallation, Installation
from bot.slack.payloads import Event

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Departures:
    """The app was removed, or its token revoked.

    Both come without a token that could be asked about, in any order, and sometimes twice.
    Source: https://docs.slack.dev/reference/events/app_uninstalled
    """

    find: FindInstallation
    gone: Callable[[WorkspaceId], Awaitable[None]]
    """Told each time; must not mind being told twice."""

    async def uninstalled(self, event: Event) -> None:
        """`app_uninstalled`."""
        await self._leave(await self._installation(event))

    async def tokens_revoked(self, event: Event) -> None:
        """`tokens_revoked`: of concern only when the bot's own token is among them."""
        installation = await self._installation(event)
        if installation and installation.bot_user_id in event.event.tokens.bot:
            await self._leave(installation)

    async def _installation(self, event: Event) -> Installation | None:
        return await self.find(event.enterprise_id, event.team_id)

    async def _leave(self, installation: Installation | None) -> None:
        if installation is not None:
            log.warning("the app was removed from the workspace", workspace=installation.workspace)
            await self.gone(installation.workspace)
