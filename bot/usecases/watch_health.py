"""Look at a workspace, and tell its administrator what broke or is mended: once each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from bot.domain.alarm import CONFIRMED_AFTER, Alarm, News, Told, compare
from bot.domain.check import Check
from bot.domain.ids import UserId, WorkspaceId
from bot.errors import BotError, SendUnconfirmed
from bot.messages import alarms as messages
from bot.messages.kit import Message
from bot.usecases.ports import Clock

_log = structlog.get_logger()


class Alarms(Protocol):
    """How the checks stood at the look before, and who is written to."""

    async def of_workspace(self, workspace: WorkspaceId) -> Mapping[str, Alarm]:
        """How the checks of a workspace stood, by their names."""

    async def change(
        self, workspace: WorkspaceId, before: Mapping[str, Alarm], now: Sequence[Alarm]
    ) -> frozenset[str]:
        """Write down how checks stand; returns the names of those that changed hereby."""

    async def look_again(self, workspace: WorkspaceId, at: datetime) -> None:
        """Have a workspace looked at again at a moment, not later."""

    async def contact(self, workspace: WorkspaceId) -> UserId | None:
        """The administrator who is written to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchHealth:
    """One look at one workspace."""

    check: Callable[[WorkspaceId], Awaitable[Sequence[Check]]]
    alarms: Alarms
    may_administer: Callable[[WorkspaceId, UserId], Awaitable[bool]]
    """Whether somebody still administers a workspace. Raises `BotError`."""
    tell: Callable[[WorkspaceId, UserId, Message], Awaitable[None]]
    """Writes to one person. Raises `BotError`."""
    now: Clock

    async def __call__(self, workspace: WorkspaceId, shared: Sequence[Check] = ()) -> None:
        """Look, write down what was found, and tell what is new.

        Args:
            workspace: one that is served.
            shared: what was found about the deployment, which concerns every workspace.
        """
        before = await self.alarms.of_workspace(workspace)
        checks = [*await self.check(workspace), *shared]
        now = self.now()
        news = compare(before, checks, now)
        if news.is_any:
            await self._announce(workspace, before, news)
        else:
            await self.alarms.change(workspace, before, news.alarms)
        if news.needs_confirming:
            await self.alarms.look_again(workspace, now + CONFIRMED_AFTER)

    async def _announce(
        self, workspace: WorkspaceId, before: Mapping[str, Alarm], news: News
    ) -> None:
        """Take it on before writing: rather not told at all than told twice."""
        try:
            reader = await self._reader(workspace)
        except BotError as error:
            _log.warning("news not told yet", workspace=workspace, reason=error.reason)
            await self.alarms.change(workspace, before, news.alarms)
            return
        stand = news.told(Told.PROBLEM if reader else Told.NOBODY)
        ours = await self.alarms.change(workspace, before, stand)
        problems = [check for check in news.problems if check.name in ours]
        mended = [name for name in news.mended if name in ours]
        if reader is None:
            names = sorted({check.name for check in problems})
            if names:
                _log.warning("no administrator to tell of problems", workspace=workspace, of=names)
            return
        if problems:
            red = messages.problems_found(problems)
            await self._send(workspace, reader, red, stand, news, {each.name for each in problems})
        if mended:
            still = [alarm.check for alarm in news.alarms if alarm.is_bad]
            green = messages.mended(mended, still)
            await self._send(workspace, reader, green, stand, news, set(mended))

    async def _reader(self, workspace: WorkspaceId) -> UserId | None:
        """Whom to write to, if anybody. Raises `BotError` when that may be known later."""
        contact = await self.alarms.contact(workspace)
        if contact is None:
            return None
        try:
            return contact if await self.may_administer(workspace, contact) else None
        except BotError as error:
            if error.retryable:
                raise
            # Without a token that works nobody can be asked about, or written to.
            _log.warning("administrator not known", workspace=workspace, reason=error.reason)
            return None

    async def _send(
        self,
        workspace: WorkspaceId,
        reader: UserId,
        message: Message,
        stand: Sequence[Alarm],
        news: News,
        names: set[str],
    ) -> None:
        try:
            await self.tell(workspace, reader, message)
        except BotError as error:
            _log.warning("administrator not told", workspace=workspace, reason=error.reason)
            if not error.retryable or isinstance(error, SendUnconfirmed):
                return
            # It surely did not arrive, so the next look may tell it.
            taken_on = {alarm.check: alarm for alarm in stand}
            given_back = [alarm for alarm in news.alarms if alarm.check in names]
            await self.alarms.change(workspace, taken_on, given_back)
        else:
            _log.info("administrator told", workspace=workspace, of=sorted(names))
