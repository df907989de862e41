"""What happens to the installation itself."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.domain.audit import OPERATOR
from bot.domain.ids import AppId, UserId
from bot.domain.installation import Departure
from bot.slack.background import Background
from bot.slack.payloads import Event
from bot.usecases.leave_workspace import Remains


class Leave(Protocol):
    """Deletes what belongs to a workspace; must not mind being told twice."""

    async def __call__(self, departure: Departure) -> Remains | None:
        """Delete; returns what there is to tidy up elsewhere."""

    def tidy_up(self, remains: Remains) -> Coroutine[object, object, Mapping[AppId, bool]]:
        """Tidy up elsewhere."""


@dataclass(frozen=True, slots=True)
class Departures:
    """The app was removed, or its token revoked.

    Both come without a token that could be asked about, in any order, sometimes twice, and
    sometimes after the app was installed again.
    Source: https://docs.slack.dev/reference/events/app_uninstalled
    """

    leave: Leave
    background: Background

    async def uninstalled(self, event: Event) -> None:
        """`app_uninstalled`."""
        await self._gone(event, None)

    async def tokens_revoked(self, event: Event) -> None:
        """`tokens_revoked`: of concern only when the bot's own token is among them."""
        bots = frozenset(event.event.tokens.bot)
        if bots:
            await self._gone(event, bots)

    async def _gone(self, event: Event, bots: frozenset[str] | None) -> None:
        workspace = event.installed_in
        if workspace is None:
            return
        departure = Departure(
            workspace=workspace,
            at=event.happened_at,
            who=UserId(event.event.user) if event.event.user else OPERATOR,
            revoked_bots=bots,
        )
        remains = await self.leave(departure)
        if remains is not None:
            self.background.start("tidy_up", self._tidy_up(remains))

    async def _tidy_up(self, remains: Remains) -> None:
        await self.leave.tidy_up(remains)
