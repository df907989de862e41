"""Look for one of our own messages by the mark in its metadata.

Source: https://docs.slack.dev/reference/methods/conversations.history
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.ids import ChannelId, DeliveryId, MessageTs
from bot.errors import CannotLook, InstallationBroken, SlackError
from bot.slack.web_api import WebApi

EVENT_TYPE = "meeting_summary"

_BEFORE = timedelta(seconds=30)
_AFTER = timedelta(minutes=5)
"""How far Slack's clock may be from ours, and how late a message may have arrived."""

_PAGE = 15
"""The most that apps outside Slack's Marketplace get; others simply read a few more pages."""

_PAGES = 10


def metadata(delivery: DeliveryId, key: str) -> dict[str, Any]:
    """The mark of one message. Everybody in the workspace can read it: ids only."""
    return {
        "event_type": EVENT_TYPE,
        "event_payload": {"delivery_id": str(delivery), "key": key},
    }


@dataclass(frozen=True, slots=True)
class Mark:
    """What to look for: a delivery's message under a key, posted by this bot."""

    delivery: DeliveryId
    key: str
    bot_id: str

    def is_on(self, message: Mapping[str, Any]) -> bool:
        """Whether this is the message; another app's copy of the mark does not count."""
        ours = message.get("bot_id") == self.bot_id
        return ours and message.get("metadata") == metadata(self.delivery, self.key)


async def find(
    api: WebApi, channel: ChannelId, mark: Mark, *, since: datetime, thread: MessageTs | None
) -> MessageTs | None:
    """Look for a message that was begun at `since`, in the channel or in one thread.

    Returns `None` when it surely is not there.

    Raises:
        CannotLook: the history may not be read, or is too long to be read whole.
        InstallationBroken, SlackBusy, SlackUnavailable.
    """
    try:
        return await _find(api, channel, mark, since, thread)
    except (CannotLook, InstallationBroken):
        raise
    except SlackError as error:
        if error.retryable:
            raise
        if error.detail == "thread_not_found":
            return None  # a thread with a reply stays, even when its parent is deleted
        refusal = CannotLook(error.detail)
    raise refusal


async def _find(
    api: WebApi, channel: ChannelId, mark: Mark, since: datetime, thread: MessageTs | None
) -> MessageTs | None:
    method = "conversations.replies" if thread else "conversations.history"
    form = {
        "channel": str(channel),
        "oldest": f"{(since - _BEFORE).timestamp():.6f}",
        "latest": f"{(since + _AFTER).timestamp():.6f}",
        "inclusive": "true",
        "include_all_metadata": "true",
        "limit": str(_PAGE),
        **({"ts": str(thread)} if thread else {}),
    }
    for _ in range(_PAGES):
        page = (await api.call(method, form=form)).data
        for message in page.get("messages") or ():
            if mark.is_on(message):
                return MessageTs(message["ts"])
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return None
        form["cursor"] = cursor
    raise CannotLook("too_many_messages")
