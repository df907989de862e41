"""**Connect Cloudflare**: an administrator gets the way to enter an account id and an API token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from bot.domain.ids import UserId, WorkspaceId, new_reference
from bot.errors import (
    AnswerRefused,
    BotError,
    EditRefused,
    InternalError,
    NoPublicAddress,
    NotAdministrator,
)
from bot.messages import connecting
from bot.messages.picker import View
from bot.slack.administrators import MayAdminister
from bot.slack.authorization import Installation
from bot.slack.payloads import Click
from bot.slack.private import PrivateAnswers
from bot.slack.views import ViewId


class Windows(Protocol):
    """One workspace's windows, also on top of each other."""

    async def open(self, trigger: str, view: Mapping[str, Any]) -> ViewId:
        """Open one. Raises `SlackError`."""

    async def push(self, trigger: str, view: Mapping[str, Any]) -> ViewId:
        """Open one on top of another. Raises `SlackError`."""

    async def update(self, window: ViewId, view: Mapping[str, Any]) -> None:
        """Change what it shows. Raises `EditRefused` when it is gone, or `SlackError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connects:
    """The button, wherever it stands: what it opens is a window for the clicker alone."""

    windows: Callable[[WorkspaceId], Awaitable[Windows]]
    offer: Callable[[WorkspaceId, UserId], Awaitable[str]]
    """Makes the one-time address. Raises `NoPublicAddress`, `KeyMissing`, `StoreError`."""
    may_administer: MayAdminister
    private: PrivateAnswers

    async def clicked(self, click: Click, installation: Installation) -> None:
        """Open the window soon: the click's trigger lives for three seconds."""
        reference = new_reference()
        work = self._answer(click, installation, reference)
        self.private.background.start("offer the setup page", work, reference=reference)

    async def _answer(self, click: Click, installation: Installation, reference: str) -> None:
        if not click.trigger:
            raise AnswerRefused("no_trigger")
        windows = await self.windows(installation.workspace)
        show = windows.push if click.is_in_a_window else windows.open
        window = await show(click.trigger, connecting.loading())
        try:
            view = await self._way(click.who, installation)
        except Exception as error:
            known = error if isinstance(error, BotError) else InternalError()
            await _update(windows, window, connecting.failed(known, reference=reference))
            raise
        await _update(windows, window, view)

    async def _way(self, who: UserId, installation: Installation) -> View:
        """How this person can connect the workspace: asked of Slack at each click."""
        if not await self.may_administer(installation, who):
            raise NotAdministrator
        try:
            return connecting.offered(await self.offer(installation.workspace, who))
        except NoPublicAddress:
            return connecting.by_command(installation.workspace)


async def _update(windows: Windows, window: ViewId, view: View) -> None:
    """Change the window; one that was closed meanwhile wants nothing more."""
    with suppress(EditRefused):
        await windows.update(window, view)
