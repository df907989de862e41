"""Private answers that come after the acknowledgement, also when what they wait for fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.ids import new_reference
from bot.errors import BotError, InternalError, SlackError
from bot.messages import replies
from bot.messages.kit import Message
from bot.slack.background import Background

SendAnswer: TypeAlias = Callable[[str, Message], Coroutine[object, object, None]]
"""Sends a message to a `response_url`. Raises `SlackError`."""


@dataclass(frozen=True, slots=True)
class PrivateAnswers:
    """Answers to one person, at the address Slack gave with what they did."""

    send: SendAnswer
    background: Background

    def say(self, url: str | None, message: Message) -> None:
        """Answer soon; without an address nobody can be told."""
        if url:
            self.background.start("private answer", self.send(url, message))

    def work(
        self,
        name: str,
        url: str | None,
        work: Awaitable[Message | None],
        *,
        reference: str | None = None,
    ) -> None:
        """Do something and answer with what it returns, or with what went wrong.

        Args:
            name: what the work is called in the log.
            url: where to answer.
            work: returns `None` when it answered by itself.
            reference: what the person and the log know the work by, if there is a name already.
        """
        known_as = reference or new_reference()
        self.background.start(name, self._finish(url, work, known_as), reference=known_as)

    async def _finish(
        self, url: str | None, work: Awaitable[Message | None], reference: str
    ) -> None:
        try:
            message = await work
        except Exception as error:
            known = error if isinstance(error, BotError) else InternalError()
            if url:
                with suppress(SlackError):
                    await self.send(url, replies.explain(known, reference=reference))
            raise
        if url and message:
            await self.send(url, message)
