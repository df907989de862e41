"""Tell the person who asked how their delivery stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import MeetingId
from bot.domain.links import link_to_message
from bot.errors import (
    AnswerRefused,
    AppRequired,
    BotError,
    ConfirmationDue,
    MeetingNotSession,
    RealtimeKitError,
    SummaryNotReady,
    UnknownAlias,
    UserError,
)
from bot.messages import replies
from bot.messages.audience import confirm_audience
from bot.messages.kit import Message
from bot.usecases.app_directory import AppDirectory
from bot.usecases.diagnose import SESSIONS_TO_CHOOSE_FROM
from bot.usecases.ports import Deliveries, Meetings, Poster, Workspace, Workspaces
from bot.usecases.subscription_ports import Conversations


@dataclass(frozen=True, slots=True)
class AnswerAsker:
    """Answer where the command was typed, or in the app's own conversation with the asker."""

    workspaces: Workspaces
    deliveries: Deliveries
    apps: AppDirectory
    connect: Callable[[Workspace], Meetings]
    slack: Callable[[Workspace], Poster]
    conversations: Callable[[Workspace], Conversations]

    async def __call__(self, delivery: Delivery) -> None:
        """Tell the asker what became of the delivery.

        Raises:
            SlackError: the asker could not be reached either way.
        """
        workspace = await self.workspaces.get(delivery.workspace)
        message = await self._answer(workspace, delivery)
        poster = self.slack(workspace)
        if delivery.answer_url:
            try:
                return await poster.answer(delivery.answer_url, message)
            except AnswerRefused:
                pass  # half an hour is over, or all five answers are used
        if delivery.asker:
            await poster.tell(delivery.asker, message)
        return None

    async def _answer(self, workspace: Workspace, delivery: Delivery) -> Message:
        if delivery.state is DeliveryState.WAITING:
            written = delivery.reason == SummaryNotReady.reason and await self._has_transcript(
                workspace, delivery
            )
            return replies.waiting(delivery, transcript=written)
        if delivery.reason == ConfirmationDue.reason:
            return await self._who_would_read(workspace, delivery)
        error = await self._with_choices(workspace, delivery)
        if error is not None:
            return replies.explain(error, reference=delivery.id)
        return replies.told(delivery, await self._link_to_thread(workspace, delivery))

    async def _who_would_read(self, workspace: Workspace, delivery: Delivery) -> Message:
        """The question to agree to; who would read is asked for now and never stored."""
        try:
            audience = await self.conversations(workspace).audience(delivery.channel)
        except BotError as error:
            if error.retryable:
                raise
            return replies.explain(error, reference=delivery.id)
        return confirm_audience(delivery, audience)

    async def _link_to_thread(self, workspace: Workspace, delivery: Delivery) -> str | None:
        """The thread as far as it got: a failed delivery may have left its beginning."""
        for message in await self.deliveries.messages(delivery.id):
            if message.ts:
                return link_to_message(workspace.url, delivery.channel, message.ts)
        return None

    async def _has_transcript(self, workspace: Workspace, delivery: Delivery) -> bool:
        try:
            app = await self.apps.resolve(workspace, delivery.app)
            return await self.connect(workspace).has_transcript(app, delivery.session)
        except BotError:
            return False

    async def _with_choices(self, workspace: Workspace, delivery: Delivery) -> UserError | None:
        """The error with what there is to choose from, which is asked for and never stored."""
        try:
            if delivery.reason in (AppRequired.reason, UnknownAlias.reason):
                await self.apps.resolve(workspace, delivery.app)
            if delivery.reason == MeetingNotSession.reason:
                app = await self.apps.resolve(workspace, delivery.app)
                meeting = MeetingId(delivery.session)
                runs = await self.connect(workspace).list_sessions(
                    app, meeting=meeting, limit=SESSIONS_TO_CHOOSE_FROM
                )
                return MeetingNotSession(app, tuple(runs)) if runs else None
        except UserError as error:
            return error
        except RealtimeKitError:
            return None
        return None
