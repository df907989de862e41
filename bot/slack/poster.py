"""Messages into Slack, as a `Poster`: each sent once, marked, and as quiet as Slack allows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.domain.ids import ChannelId, DeliveryId, MessageTs, UserId
from bot.errors import EditRefused, LayoutRefused
from bot.messages.kit import Message
from bot.slack import answers, directory, files, history
from bot.slack.web_api import WebApi


class SlackPoster:
    """Slack with one workspace's bot token. Every method raises `SlackError`."""

    def __init__(self, api: WebApi) -> None:
        """Send through the workspace's own Web API."""
        self.api = api
        self._bot_id: str | None = None

    async def post(
        self,
        channel: ChannelId,
        message: Message,
        *,
        delivery: DeliveryId,
        key: str,
        thread: MessageTs | None = None,
    ) -> MessageTs:
        """Post one message, marked with its delivery and key in the message's metadata."""
        body = _body(message) | {
            "channel": channel,
            "metadata": history.metadata(delivery, key),
            **({"thread_ts": thread} if thread else {}),
        }
        return await self._send(body)

    async def tell(self, user: UserId, message: Message) -> None:
        """Write to one person in the app's own conversation with them."""
        await self._send(_body(message) | {"channel": user})

    async def replace_footer(self, channel: ChannelId, ts: MessageTs, footer: Message) -> None:
        """Change what stands under a message, leaving the message as it is.

        Slack keeps a message's blocks when the update has neither text nor blocks of its own.
        Source: https://docs.slack.dev/reference/methods/chat.update
        """
        body = {"channel": channel, "ts": ts, "attachments": _attachments(footer)}
        try:
            await self.api.call("chat.update", json=body)
        except LayoutRefused as error:
            gone = EditRefused(error.detail)
        else:
            return
        raise gone

    async def upload(
        self, channel: ChannelId, thread: MessageTs, *, name: str, title: str, text: str
    ) -> None:
        """Put a text file into a thread; `FilesRefused` where files are not taken."""
        await files.upload(self.api, channel, thread, name=name, title=title, text=text)

    async def find(
        self,
        channel: ChannelId,
        *,
        delivery: DeliveryId,
        key: str,
        since: datetime,
        thread: MessageTs | None = None,
    ) -> MessageTs | None:
        """Look for a message that may have arrived; `CannotLook` without a history scope."""
        if self._bot_id is None:
            self._bot_id = (await directory.identity(self.api)).bot_id
        mark = history.Mark(delivery, key, self._bot_id)
        return await history.find(self.api, channel, mark, since=since, thread=thread)

    async def answer(self, url: str, message: Message) -> None:
        """Answer privately at a `response_url`; `AnswerRefused` when it no longer works."""
        await answers.answer(self.api, url, message)

    async def _send(self, body: dict[str, Any]) -> MessageTs:
        # https://docs.slack.dev/reference/methods/chat.postMessage
        reply = await self.api.call("chat.postMessage", json=body, sending=True)
        return MessageTs(reply.text("ts", sending=True))


def _body(message: Message) -> dict[str, Any]:
    """A message without previews: both flags are needed, or Slack's crawler follows its links."""
    return {
        "text": message.text,
        **({"blocks": list(message.blocks)} if message.blocks else {}),
        "unfurl_links": False,
        "unfurl_media": False,
        **({"attachments": _attachments(message)} if message.footer else {}),
    }


def _attachments(message: Message) -> list[dict[str, Any]]:
    return [{"blocks": list(message.footer), "fallback": message.text}]
