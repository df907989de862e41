"""Keep a delivery's promise: fetch the summary and post it as one thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain.delivery import Delivery, MessageState, Posted
from bot.domain.ids import MessageTs
from bot.domain.subscription import Subscription
from bot.errors import (
    BotError,
    ContentRefused,
    FilesRefused,
    LayoutRefused,
    SendUnconfirmed,
    ThreadGone,
    Unsubscribed,
)
from bot.messages import summary as thread
from bot.messages.kit import Message
from bot.messages.subscriptions import subscription_origin
from bot.usecases.fetch_admitted import FetchAdmitted
from bot.usecases.fetch_summary import FetchedSummary
from bot.usecases.ports import Clock, Deliveries, Pace, Poster, Workspace, Workspaces
from bot.usecases.send_once import SendOnce
from bot.usecases.subscription_ports import Subscriptions

PARENT = "parent"

PARENT_GONE = frozenset({"thread_not_found", "message_not_found", "cannot_reply_to_message"})
"""Slack's words for a parent that somebody deleted: the rest must not land in the channel."""


@dataclass(frozen=True, slots=True)
class DeliverSummary:
    """Fetch one session's summary and post it where it is wanted."""

    workspaces: Workspaces
    fetch: FetchAdmitted
    slack: Callable[[Workspace], Poster]
    deliveries: Deliveries
    subscriptions: Subscriptions
    now: Clock

    async def __call__(self, delivery: Delivery, pace: Pace) -> Posted:
        """Post the parent and its replies, going on where an earlier try stopped.

        What a subscription wants pauses it when a person has to put something right first, and
        ends its pause when it is posted.

        Raises:
            BotError: why the promise could not be kept now, or never can be.
        """
        subscription = await self._subscription(delivery)
        try:
            posted = await self._deliver(delivery, subscription, pace)
        except BotError as error:
            if subscription and error.mendable:
                await self.subscriptions.pause(subscription.id, error.reason, self.now())
            raise
        if subscription and subscription.paused:
            await self.subscriptions.resume(subscription.id, self.now())
        return posted

    async def _subscription(self, delivery: Delivery) -> Subscription | None:
        if delivery.subscription is None:
            return None
        subscription = await self.subscriptions.get(delivery.subscription)
        if subscription is None:
            raise Unsubscribed
        return subscription

    async def _deliver(
        self, delivery: Delivery, subscription: Subscription | None, pace: Pace
    ) -> Posted:
        workspace = await self.workspaces.get(delivery.workspace)
        earlier = {m.key: m for m in await self.deliveries.messages(delivery.id)}
        begun = PARENT in earlier and earlier[PARENT].state is MessageState.SENT
        fetched = await self.fetch(workspace, delivery, subscription, begun=begun)
        send = SendOnce(delivery, self.slack(workspace), self.deliveries, pace, self.now, earlier)
        origin = subscription_origin(subscription) if subscription else None
        parent = thread.parent(fetched.details, asker=delivery.asker, origin=origin)
        parent_ts = await send.message(PARENT, parent)
        notice_ts = await _Replies(send, parent_ts, self.now).post(fetched)
        return Posted(
            parent_ts=parent_ts, notice_ts=notice_ts, expires_at=fetched.summary.expires_at
        )


@dataclass(slots=True)
class _Replies:
    """The replies under one parent."""

    send: SendOnce
    parent: MessageTs
    now: Clock
    threaded: bool = True

    async def post(self, fetched: FetchedSummary) -> MessageTs:
        """Post the summary; returns the message that carries the notice: the last."""
        parts = await self._laid_out(fetched)
        for part in parts[:-1]:
            await self._post(part)
        notice = thread.notice(
            fetched.summary.expires_at, now=self.now(), delivery=self.send.delivery.id
        )
        return await self._post(parts[-1], notice)

    async def _laid_out(self, fetched: FetchedSummary) -> Sequence[thread.Part]:
        """All parts, or the first alone where a file carries the whole text.

        The file goes before the part, so that the notice ends the thread and a refused file is
        known of before anything was left out.
        """
        # In a thread of its own: the longest texts take long enough to make others wait.
        parts = await asyncio.to_thread(thread.parts, fetched.summary.text)
        ended_at = fetched.details.ended_at if fetched.details else None
        file = thread.file_for(parts, fetched.summary.text, day=ended_at and ended_at.date())
        if file is None:
            return parts
        try:
            attached = await self.send.file(
                file.key, thread=self.parent, name=file.name, title=file.title, text=file.text
            )
        except (FilesRefused, LayoutRefused, SendUnconfirmed):
            attached = False
        return (thread.beside_file(parts[0]),) if attached else parts

    async def _post(self, part: thread.Part, notice: Message | None = None) -> MessageTs:
        """Post a part, in smaller pieces where Slack will not take it whole."""
        if not self.send.was_refused(part.key):
            message = thread.with_notice(part.message, notice) if notice else part.message
            try:
                return await self._reply(part.key, message)
            except ContentRefused:
                pass
        pieces = thread.halves(part) or thread.as_plain_text(part)
        if not pieces:
            raise ContentRefused("even as plain text")
        for piece in pieces[:-1]:
            await self._post(piece)
        return await self._post(pieces[-1], notice)

    async def _reply(self, key: str, message: Message) -> MessageTs:
        try:
            return await self.send.message(key, message, self.parent if self.threaded else None)
        except LayoutRefused as refusal:
            if not self.threaded:
                raise
            if refusal.detail in PARENT_GONE:
                raise ThreadGone(refusal.detail) from refusal
        # A channel that takes no threads still takes messages.
        self.threaded = False
        return await self.send.message(key, message)
