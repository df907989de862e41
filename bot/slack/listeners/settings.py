"""The settings' windows: opened for administrators, and asked who that is at each submission."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from bot.domain.choices import (
    MOST_READERS,
    AppChoices,
    Choice,
    WorkspaceChoices,
    Wrong,
)
from bot.domain.ids import AppId, ChannelId, UserId, WorkspaceId, is_resource_id, new_reference
from bot.domain.policy import AllowedChannels, AppPolicy
from bot.errors import (
    AnswerRefused,
    BotError,
    EditRefused,
    InternalError,
    NotAdministrator,
    NotYours,
    SlackError,
)
from bot.messages import settings as words
from bot.messages.picker import View
from bot.messages.settings_fields import ALLOWED, NO_DEFAULT
from bot.slack.administrators import MayAdminister
from bot.slack.authorization import Installation
from bot.slack.listeners.connect import Windows
from bot.slack.listeners.picker import FieldErrors
from bot.slack.payloads import Click, SlashCommand, Submission
from bot.slack.private import PrivateAnswers
from bot.slack.views import ViewId
from bot.usecases.change_settings import ASKED_WITHIN, Problems

GetView: TypeAlias = Callable[[], Awaitable[View]]


class ShowsSettings(Protocol):
    """The windows as they stand now. Raises `BotError`."""

    async def workspace(self, name: WorkspaceId) -> View:
        """The workspace's."""

    async def app(self, name: WorkspaceId, app: AppId) -> View:
        """One app's; `NotYours` for an app of somebody else."""


class ChangesSettings(Protocol):
    """Takes choices, or says what is wrong with them. Raises `SlackError`, `StoreError`."""

    async def workspace(
        self,
        workspace: WorkspaceId,
        chosen: WorkspaceChoices,
        who: UserId,
        *,
        seen: WorkspaceChoices | None = None,
    ) -> Problems:
        """The workspace's."""

    async def app(self, workspace: WorkspaceId, chosen: AppChoices, who: UserId) -> Problems:
        """One app's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsWindows:
    """Opens the windows and takes what comes back with them."""

    windows: Callable[[WorkspaceId], Awaitable[Windows]]
    show: ShowsSettings
    change: ChangesSettings
    may_administer: MayAdminister
    write_to: Callable[[WorkspaceId, UserId], Awaitable[None]]
    """Remembers an administrator who looks after the bot: they are told what breaks."""
    private: PrivateAnswers
    changed: Callable[[Installation, UserId], None]
    """Told who changed something, and where."""

    def asked_for(self, command: SlashCommand, installation: Installation) -> None:
        """`settings`: an administrator gets the window beside the answer everybody gets."""
        work = self._open_for_administrators(command, installation)
        self.private.work("open the settings", command.answer_url, work)

    async def clicked(self, click: Click, installation: Installation) -> None:
        """**Settings**, on the App Home."""
        self._start(click, installation, lambda: self.show.workspace(installation.workspace))

    async def edit_app(self, click: Click, installation: Installation) -> None:
        """**Edit** beside an app: a window on top. Raises `NotYours`."""
        app = click.action.chosen
        if not is_resource_id(app):
            raise NotYours
        workspace = installation.workspace
        self._start(click, installation, lambda: self.show.app(workspace, AppId(app)))

    async def submitted(
        self, submission: Submission, installation: Installation
    ) -> FieldErrors | None:
        """**Save** in the workspace's window."""
        view = submission.view
        readers = _number(view.typed(Choice.CONFIRM_FROM))
        if isinstance(readers, Wrong):
            return _errors({Choice.CONFIRM_FROM: readers})
        app = view.chosen(Choice.DEFAULT_APP)
        if app != NO_DEFAULT and not is_resource_id(app):
            return _errors({Choice.DEFAULT_APP: Wrong.UNKNOWN_APP})
        chosen = WorkspaceChoices(
            default_app=None if app == NO_DEFAULT else AppId(app),
            allows_shared=ALLOWED in view.options(Choice.SHARED),
            confirm_from=readers,
            administrators=frozenset(map(UserId, view.people(Choice.ADMINISTRATORS))),
        )
        workspace, who = installation.workspace, submission.who
        seen = words.unpack(view.private_metadata)
        return await self._take(
            submission,
            installation,
            lambda: self.change.workspace(workspace, chosen, who, seen=seen),
            Choice.DEFAULT_APP,
        )

    async def app_submitted(
        self, submission: Submission, installation: Installation
    ) -> FieldErrors | None:
        """**Save** in an app's window; the one below is shown anew. Raises `NotYours`."""
        view, app = submission.view, submission.view.private_metadata
        if not is_resource_id(app):
            raise NotYours
        place = view.chosen(Choice.CHANNELS)
        if place not in set(AllowedChannels):
            return _errors({Choice.CHANNELS: Wrong.UNKNOWN_CHANNELS})
        channels = AllowedChannels(place)
        listed = view.conversations(Choice.LISTED) if channels is AllowedChannels.LISTED else ()
        chosen = AppChoices(
            app=AppId(app),
            aliases=frozenset(view.typed(Choice.ALIASES).casefold().replace(",", " ").split()),
            policy=AppPolicy(channels=channels, listed=frozenset(map(ChannelId, listed))),
        )
        workspace, who = installation.workspace, submission.who
        errors = await self._take(
            submission,
            installation,
            lambda: self.change.app(workspace, chosen, who),
            Choice.ALIASES,
        )
        if errors is None and view.root:
            self._show_again(installation.workspace, ViewId(view.root))
        return errors

    async def _open_for_administrators(
        self, command: SlashCommand, installation: Installation
    ) -> None:
        if command.trigger and await self._administers(installation, command.user):
            windows = await self.windows(installation.workspace)
            window = await windows.open(command.trigger, words.loading())
            await self._fill(windows, window, lambda: self.show.workspace(installation.workspace))

    def _start(self, click: Click, installation: Installation, page: GetView) -> None:
        reference = new_reference()
        work = self._open(click, installation, page, reference)
        self.private.background.start("open the settings", work, reference=reference)

    async def _open(
        self, click: Click, installation: Installation, page: GetView, reference: str
    ) -> None:
        """Open a window within the click's three seconds, then find out who clicked."""
        if not click.trigger:
            raise AnswerRefused("no_trigger")
        windows = await self.windows(installation.workspace)
        show = windows.push if click.is_in_a_window else windows.open
        window = await show(click.trigger, words.loading())

        async def allowed() -> View:
            if not await self._administers(installation, click.who):
                raise NotAdministrator
            return await page()

        await self._fill(windows, window, allowed, reference)

    async def _administers(self, installation: Installation, who: UserId) -> bool:
        may = await self.may_administer(installation, who)
        if may:
            await self.write_to(installation.workspace, who)
        return may

    async def _fill(
        self,
        windows: Windows,
        window: ViewId,
        page: GetView,
        reference: str | None = None,
    ) -> None:
        try:
            view = await page()
        except Exception as error:
            known = error if isinstance(error, BotError) else InternalError()
            await _update(windows, window, words.failed(known, reference=reference))
            raise
        await _update(windows, window, view)

    async def _take(
        self,
        submission: Submission,
        installation: Installation,
        change: Callable[[], Awaitable[Problems]],
        field: Choice,
    ) -> FieldErrors | None:
        """Ask Slack anew who this is, then do it; what is in the way stands under a field."""
        try:
            async with asyncio.timeout(ASKED_WITHIN):
                may = await self.may_administer(installation, submission.who)
            problems = await change() if may else {field: Wrong.NOT_YOU}
        except (SlackError, TimeoutError):
            problems = {field: Wrong.NOT_ASKED}
        if problems:
            return _errors(problems)
        self.changed(installation, submission.who)
        return None

    def _show_again(self, workspace: WorkspaceId, window: ViewId) -> None:
        async def show() -> None:
            windows = await self.windows(workspace)
            await _update(windows, window, await self.show.workspace(workspace))

        reference = new_reference()
        self.private.background.start("show the settings again", show(), reference=reference)


async def _update(windows: Windows, window: ViewId, view: View) -> None:
    """Change a window; one that was closed meanwhile wants nothing more."""
    with suppress(EditRefused):
        await windows.update(window, view)


def _number(typed: str) -> int | Wrong | None:
    if not typed.strip():
        return None
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0  # noqa: PLR2004
    return number if 1 <= number <= MOST_READERS else Wrong.NO_NUMBER


def _errors(problems: Problems) -> Mapping[str, str]:
    return {choice.value: words.PROBLEMS[wrong] for choice, wrong in problems.items()}
