"""The thread: the parent in the channel, the summary's parts under it, and the notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.ids import DeliveryId, UserId
from bot.domain.summary import SessionDetails
from bot.messages import actions
from bot.messages.cleaning import one_line
from bot.messages.kit import (
    HEADER_MAX,
    TEXT_MAX,
    Message,
    button,
    context,
    escape,
    header,
    length,
    moment,
    shorten,
)
from bot.messages.kit import actions as buttons
from bot.messages.parts import File, Part, as_plain_text, beside_file, file_for, halves, parts

UNTITLED = "Meeting summary"
_DAY = "{date_long_pretty} at {time}"
_DAY_SHORT = "{date_short_pretty} at {time}"
_CAUTION = "Written by AI, so it can be inaccurate."


def parent(
    details: SessionDetails | None,
    *,
    asker: UserId | None = None,
    origin: str | None = None,
) -> Message:
    """The one message in the channel: which meeting this is, when it was and who asked.

    The asker stands in the attachment: Slack notifies people who are mentioned in a message's
    text or blocks, not in its attachments, and whoever just asked needs no notification.
    Source: https://github.com/grafana/grafana/pull/21734

    Args:
        details: the meeting, if it could be looked up. Its title is untrusted.
        asker: who asked, if a person did.
        origin: instead of an asker, what had it posted; plain text.
    """
    title = shorten(one_line(details.title) if details else "", HEADER_MAX) or UNTITLED
    facts = _facts(details) if details else []
    text = f"Summary of “{escape(title)}”" if title != UNTITLED else UNTITLED
    by = escape(origin) if origin else asker and f"Asked for by <@{asker}>"
    return Message(
        f"{', '.join([text, *facts[:1]])}.",
        (header(title), *([context(" · ".join(facts))] if facts else [])),
        (context(by),) if by else (),
    )


def _facts(details: SessionDetails) -> list[str]:
    at = details.started_at or details.ended_at or details.created_at
    facts = [moment(at, _DAY)] if at else []
    if details.length is not None:
        facts.append(_length(details.length))
    return facts


def _length(lasted: timedelta) -> str:
    hours, minutes = divmod(round(lasted.total_seconds() / 60), 60)
    named = [
        f"{count} {unit}{'s' * (count != 1)}"
        for count, unit in ((hours, "hour"), (minutes, "minute"))
        if count
    ]
    return " ".join(named) or "less than a minute"


def notice(expires_at: datetime | None, *, now: datetime, delivery: DeliveryId) -> Message:
    """What stands under the last message: until when the file can be had, and its button.

    It is a footer, to be put under a message by `with_notice`.
    """
    if expires_at is not None and expires_at <= now:
        return expired_notice()
    line = "Cloudflare did not say until when the summary's file can be downloaded."
    if expires_at is not None:
        until = moment(expires_at, _DAY_SHORT)
        line = f"The summary's file can be downloaded from Cloudflare until {until}."
    line = f"{line} {_CAUTION}"
    get_file = button("Get the file", actions.GET_FILE, value=delivery)
    return Message(line, footer=(context(line), buttons(get_file)))


def expired_notice() -> Message:
    """What stands there once the expiry has passed: no button any more."""
    line = f"The summary's file can no longer be downloaded from Cloudflare. {_CAUTION}"
    return Message(line, footer=(context(line),))


def with_notice(message: Message, notice: Message) -> Message:
    """The message with the notice under it, and in its text where there is room."""
    text = f"{message.text}\n\n{notice.text}"
    fits = length(text) <= TEXT_MAX
    return replace(message, text=text if fits else message.text, footer=notice.footer)


__all__ = [
    "File",
    "Part",
    "as_plain_text",
    "beside_file",
    "expired_notice",
    "file_for",
    "halves",
    "notice",
    "parent",
    "parts",
    "with_notice",
]
