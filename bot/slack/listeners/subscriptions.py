"""`subscribe`, `unsubscribe`, `subscriptions`, and the button that agrees to who reads along."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Protocol

from bot.domain.ids import ChannelId, UserId, WorkspaceId
from bot.errors import NotYours, SharedChannel
from bot.messages.kit import Message
from bot.messages.subscriptions import unpack_wish
from bot.slack.administrators import MayAdminister
from bot.slack.authorization import Installation
from bot.slack.commands import Subscribe, Subscriptions, Unsubscribe
from bot.slack.payloads import Click, SlashCommand
from bot.slack.private import PrivateAnswers
from bot.usecases.subscribe import SubscriptionRequest


class Subscribes(Protocol):
    """Checks, stores and says so. Raises `BotError`."""

    async def __call__(self, request: SubscriptionRequest) -> Message:
        """Subscribe a channel; `SharedChannel` where an administrator has to agree first."""


class Unsubscribes(Protocol):
    """Takes a subscription back. Raises `BotError`."""

    def __call__(
        self, workspace: WorkspaceId, channel: ChannelId, app: str, person: UserId
    ) -> Coroutine[object, object, Message]:
        """Unsubscribe a channel."""


class ListsSubscriptions(Protocol):
    """Says what a channel gets by itself."""

    async def __call__(self, workspace: WorkspaceId, channel: ChannelId) -> Message:
        """The answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionCommands:
    """What a channel gets by itself: changed here, answered in private."""

    subscribe: Subscribes
    unsubscribe: Unsubscribes
    list_those_of: ListsSubscriptions
    may_administer: MayAdminister
    private: PrivateAnswers
    changed: Callable[[Installation, UserId], None]
    """Told who changed what a channel gets, and where."""

    async def run(
        self,
        meant: Subscribe | Unsubscribe | Subscriptions,
        command: SlashCommand,
        installation: Installation,
    ) -> Message | None:
        """Answer a command at once, or see to it that it is answered."""
        workspace, channel = installation.workspace, command.channel
        match meant:
            case Subscribe(app, title):
                request = SubscriptionRequest(
                    workspace=workspace, channel=channel, person=command.user, app=app, title=title
                )
                work = self._changing(
                    self._subscribe(request, installation), command.user, installation
                )
                self.private.work("subscribe", command.answer_url, work)
            case Unsubscribe(app):
                leaving = self.unsubscribe(workspace, channel, app, command.user)
                work = self._changing(leaving, command.user, installation)
                self.private.work("unsubscribe", command.answer_url, work)
            case Subscriptions():
                return await self.list_those_of(workspace, channel)
        return None

    async def confirmed(self, click: Click, installation: Installation) -> None:
        """**Subscribe anyway**: the clicker has seen who can read there, and agrees."""
        app, title, consent = unpack_wish(click.action.chosen)
        if not (click.channel and click.answer_url):
            raise NotYours
        request = SubscriptionRequest(
            workspace=installation.workspace,
            channel=click.channel,
            person=click.who,
            app=app,
            title=title,
            consent=consent,
        )
        work = self._changing(self._subscribe(request, installation), click.who, installation)
        self.private.work("subscribe", click.answer_url, work)

    async def _changing(
        self, work: Awaitable[Message], person: UserId, installation: Installation
    ) -> Message:
        message = await work
        self.changed(installation, person)
        return message

    async def _subscribe(self, request: SubscriptionRequest, installation: Installation) -> Message:
        """Subscribe; where another company must not read along, an administrator may decide.

        Slack is asked each time who this is: a button may be old, or made up.
        """
        try:
            return await self.subscribe(request)
        except SharedChannel:
            if not await self.may_administer(installation, request.person):
                raise
        return await self.subscribe(replace(request, allows_outsiders=True))
