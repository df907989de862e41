"""The picker: opened by the bare command, filled in while it is open, sent off as a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from bot.domain.ids import (
    AppId,
    ChannelId,
    SessionId,
    WorkspaceId,
    is_resource_id,
    new_reference,
)
from bot.domain.summary import App, SessionDetails
from bot.errors import AnswerRefused, BotError, EditRefused, InternalError, NotYours
from bot.messages import actions, picker
from bot.slack.authorization import Installation
from bot.slack.listeners.promises import Promises
from bot.slack.payloads import Click, SlashCommand, Submission
from bot.slack.private import PrivateAnswers
from bot.slack.views import ViewId
from bot.usecases.request_summary import SummaryRequest

FieldErrors: TypeAlias = Mapping[str, str]
"""What is wrong with a submitted window, by the `block_id` of the field."""


class Windows(Protocol):
    """One workspace's windows."""

    async def open(self, trigger: str, view: Mapping[str, Any]) -> ViewId:
        """Open one. Raises `SlackError`."""

    async def update(self, window: ViewId, view: Mapping[str, Any]) -> None:
        """Change what it shows. Raises `EditRefused` when it is gone, or `SlackError`."""


class Choices(Protocol):
    """What can be picked. Every method raises `BotError`."""

    async def apps(self, workspace: WorkspaceId) -> Sequence[App]:
        """The account's apps."""

    async def sessions(self, workspace: WorkspaceId, app: AppId) -> Sequence[SessionDetails]:
        """An app's recent sessions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picker:
    """Opens the window, keeps it filled in, and takes what was picked."""

    windows: Callable[[WorkspaceId], Awaitable[Windows]]
    pick: Choices
    promises: Promises
    private: PrivateAnswers
    _wanted: dict[ViewId, AppId] = field(default_factory=dict)
    """The app chosen last in each window that is being filled in."""

    def open(self, command: SlashCommand, installation: Installation) -> None:
        """Open the window soon: its trigger lives for three seconds."""
        work = self._open(command, installation.workspace)
        self.private.work("open the picker", command.answer_url, work)

    async def app_chosen(self, click: Click, installation: Installation) -> None:
        """List the meetings of the app that was chosen. Raises `NotYours`."""
        app = click.action.chosen
        if click.view is None or not is_resource_id(app):
            raise NotYours
        window, channel = ViewId(click.view.id), click.view.chosen(actions.PICK_CHANNEL)
        self._wanted[window] = AppId(app)
        page = self._app_page(
            installation.workspace, window, AppId(app), ChannelId(channel) if channel else None
        )
        self._fill(installation.workspace, window, page)

    async def submitted(
        self, submission: Submission, installation: Installation
    ) -> FieldErrors | None:
        """Promise what was picked, or say which field is wrong."""
        session = submission.view.chosen(actions.PICK_SESSION)
        channel = submission.view.chosen(actions.PICK_CHANNEL)
        # The window names the app whose meetings it lists; a menu may have moved on since.
        app = submission.view.private_metadata
        errors = {}
        if not (is_resource_id(session) and is_resource_id(app)):
            errors[actions.PICK_SESSION] = picker.MEETING_MISSING
        if not channel:
            errors[actions.PICK_CHANNEL] = picker.CHANNEL_MISSING
        if errors:
            return errors
        request = SummaryRequest(
            workspace=installation.workspace,
            channel=ChannelId(channel),
            asker=submission.who,
            app=app,
            session=SessionId(session),
            answer_url=submission.answer_url,
        )
        self.private.say(submission.answer_url, await self.promises.ask(request, installation))
        return None

    async def _open(self, command: SlashCommand, workspace: WorkspaceId) -> None:
        if not command.trigger:
            raise AnswerRefused("no_trigger")
        windows = await self.windows(workspace)
        window = await windows.open(command.trigger, picker.loading())
        self._fill(workspace, window, self._first_page(workspace, _channel(command)))

    def _fill(
        self, workspace: WorkspaceId, window: ViewId, page: Awaitable[picker.View | None]
    ) -> None:
        reference = new_reference()
        work = self._show(workspace, window, page, reference)
        self.private.background.start("fill the picker", work, reference=reference)

    async def _show(
        self,
        workspace: WorkspaceId,
        window: ViewId,
        page: Awaitable[picker.View | None],
        reference: str,
    ) -> None:
        """Show a page when it is ready, or what went wrong with it."""
        try:
            view = await page
        except Exception as error:
            known = error if isinstance(error, BotError) else InternalError()
            await self._update(workspace, window, picker.failed(known, reference=reference))
            raise
        if view is not None:
            await self._update(workspace, window, view)

    async def _first_page(self, workspace: WorkspaceId, channel: ChannelId | None) -> picker.View:
        apps = await self.pick.apps(workspace)
        app = apps[0].id if len(apps) == 1 else None
        sessions = await self.pick.sessions(workspace, app) if app else None
        return picker.picker_view(apps, sessions, app=app, channel=channel)

    async def _app_page(
        self, workspace: WorkspaceId, window: ViewId, app: AppId, channel: ChannelId | None
    ) -> picker.View | None:
        """The meetings of an app, unless another one was chosen meanwhile."""
        try:
            apps = await self.pick.apps(workspace)
            # Without this step Slack would keep a meeting of the app before.
            await self._update(workspace, window, picker.picker_view(apps, None, app=app))
            sessions = await self.pick.sessions(workspace, app)
        finally:
            overtaken = self._wanted.get(window) != app
            if not overtaken:
                del self._wanted[window]
        if overtaken:
            return None
        return picker.picker_view(apps, sessions, app=app, channel=channel)

    async def _update(self, workspace: WorkspaceId, window: ViewId, view: picker.View) -> None:
        """Change a window; one that was closed meanwhile wants nothing more."""
        windows = await self.windows(workspace)
        with suppress(EditRefused):
            await windows.update(window, view)


def _channel(command: SlashCommand) -> ChannelId | None:
    """Where to post unless something else is picked; direct conversations are not offered."""
    return command.channel if command.channel.startswith(("C", "G")) else None
