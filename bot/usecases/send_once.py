"""Send each message of a delivery once: written down before and after, looked up when in doubt."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from bot.domain.delivery import Delivery, MessageState, SentMessage
from bot.domain.ids import MessageTs
from bot.errors import BotError, ContentRefused, SendUnconfirmed
from bot.messages.kit import Message
from bot.usecases.ports import Clock, Deliveries, Pace, Poster

T = TypeVar("T")

SETTLING_TIME = timedelta(seconds=10)
"""How long a message whose sending was cut short may still be on its way to Slack."""


@dataclass(slots=True)
class SendOnce:
    """One delivery's outgoing messages, with what earlier tries left behind."""

    delivery: Delivery
    poster: Poster
    deliveries: Deliveries
    pace: Pace
    now: Clock
    earlier: dict[str, SentMessage]

    def was_refused(self, key: str) -> bool:
        """Whether Slack would not take this message in an earlier try."""
        return key in self.earlier and self.earlier[key].state is MessageState.REFUSED

    async def message(
        self, key: str, message: Message, thread: MessageTs | None = None
    ) -> MessageTs:
        """Send a message, or return where an earlier try put it.

        Raises:
            SendUnconfirmed: it may or may not have arrived; look again after `retry_after` seconds.
            CannotLook: it may or may not have arrived, and nobody can tell.
            ContentRefused: Slack will never take it as it is.
            SlackError: it was not sent.
        """
        before = self.earlier.get(key)
        if before and before.state is MessageState.SENT and before.ts:
            return before.ts
        if before and before.state is MessageState.SENDING:
            found = await self._look(before, thread)
            if found:
                await self.deliveries.sent(self.delivery.id, key, found)
                return found
        ts = await self._send(
            key,
            lambda: self.poster.post(
                self.delivery.channel, message, delivery=self.delivery.id, key=key, thread=thread
            ),
        )
        await self.deliveries.sent(self.delivery.id, key, ts)
        return ts

    async def file(self, key: str, *, thread: MessageTs, name: str, title: str, text: str) -> bool:
        """Put the whole text into the thread as a file; whether it is surely there.

        A file cannot be looked up by its key. One whose sending was cut short counts as not there:
        the thread then carries the whole text itself, so that nothing is lost.
        """
        before = self.earlier.get(key)
        if before:
            return before.state is MessageState.SENT
        await self._send(
            key,
            lambda: self.poster.upload(
                self.delivery.channel, thread, name=name, title=title, text=text
            ),
        )
        await self.deliveries.sent(self.delivery.id, key, None)
        return True

    async def _look(self, before: SentMessage, thread: MessageTs | None) -> MessageTs | None:
        settled_in = before.begun_at + SETTLING_TIME - self.now()
        if settled_in > timedelta():
            raise SendUnconfirmed("too soon to look", retry_after=settled_in.total_seconds())
        return await self.poster.find(
            self.delivery.channel,
            delivery=self.delivery.id,
            key=before.key,
            since=before.begun_at,
            thread=thread,
        )

    async def _send(self, key: str, call: Callable[[], Awaitable[T]]) -> T:
        await self.pace.wait()
        await self.deliveries.sending(self.delivery.id, key, self.now())
        try:
            return await call()
        except SendUnconfirmed:
            raise
        except ContentRefused:
            await self.deliveries.refused(self.delivery.id, key)
            raise
        except BotError:
            await self.deliveries.not_sent(self.delivery.id, key)
            raise
