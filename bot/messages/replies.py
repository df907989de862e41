"""Private answers to one person: one sentence of what happened, and the one next step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import ChannelId
from bot.domain.summary import SessionDetails, SummaryLink
from bot.errors import (
    AppRequired,
    BotError,
    CannotLook,
    MeetingNotSession,
    NotInChannel,
    NotSubscribed,
    NotUnderstood,
    SendUnconfirmed,
    SummaryNotReady,
    ThreadGone,
    UnknownAlias,
)
from bot.messages import actions
from bot.messages.answers import BOT_NAME, answer, quoted, when
from bot.messages.cleaning import one_line
from bot.messages.grammar import COMMAND, line_for
from bot.messages.kit import (
    BUTTON_URL_MAX,
    BUTTON_VALUE_MAX,
    Block,
    Element,
    Message,
    button,
    confirmation,
    context,
    escape,
    listed,
    moment,
    rich_section,
    rich_text,
    section,
    shorten,
)
from bot.messages.kit import actions as buttons
from bot.messages.reports import checking, configured, doctor, help, status  # noqa: A004
from bot.messages.sentences import kind_of, sentence_for

_ELSEWHERE = "Nobody can be invited there. Run the command in a channel."
_NAMES_SHOWN = 20
_SESSIONS_SHOWN = 10
_DATE = "{date_short_pretty} at {time}"


def fetching(channel: ChannelId | None = None) -> Message:
    """The request was taken; of which channel, where it may be told elsewhere."""
    where = f"in {_channel(channel)}" if channel else "here"
    return answer(f"On it: the summary will be posted {where}.", "You don't need to do anything.")


def underway(delivery: Delivery) -> Message:
    """The same was asked for before and is not posted yet."""
    where = _channel(delivery.channel)
    if delivery.state is DeliveryState.WAITING:
        return waiting(delivery, transcript=False)
    return answer(
        f"That summary was asked for already and will be posted in {where} soon.",
        "You don't need to do anything.",
        reference=delivery.id,
    )


def waiting(delivery: Delivery, *, transcript: bool) -> Message:
    """The summary is not there yet, or cannot be had or posted yet; it is posted when it can be.

    Args:
        delivery: what is waited for.
        transcript: whether there is one, so that Cloudflare can be asked to write the summary.
    """
    until = moment(delivery.tried_until, _DATE)
    where = _channel(delivery.channel)
    if delivery.reason not in (None, SummaryNotReady.reason):
        happened = sentence_for(kind_of(delivery.reason)).happened
        step = f"The summary will be posted in {where} as soon as that has passed."
        step = f"{step} It is tried until {until}."
        return answer(happened, step, reference=delivery.id)
    happened = "The summary of that meeting is not ready yet."
    step = f"It will be posted in {where} as soon as it appears. It is looked for until {until}."
    if not transcript:
        return answer(happened, step, reference=delivery.id)
    ask = button("Ask Cloudflare to write it", actions.GENERATE, value=delivery.id)
    offer = context("If it takes long, Cloudflare can be asked to write it, at the account's cost.")
    return answer(happened, step, offer, buttons(ask), reference=delivery.id)


def being_written() -> Message:
    """Cloudflare was asked to write the summary."""
    return answer(
        "Cloudflare has been asked to write the summary.",
        "It will be posted as soon as it appears.",
    )


def already_posted(delivery: Delivery, link: str) -> Message:
    """The summary stands in this conversation already."""
    return answer(
        f"That summary is in {_channel(delivery.channel)} already: <{link}|open the thread>.",
        "If you want it a second time, post it again.",
        buttons(_post_again(delivery)),
        reference=delivery.id,
    )


def unconfirmed(delivery: Delivery, link: str | None) -> Message:
    """Nobody can tell whether the summary arrived: the asker looks and decides."""
    words = sentence_for(SendUnconfirmed)
    thread = [context(f"What is surely there: <{link}|open the thread>.")] if link else []
    return answer(
        words.happened,
        f"Look in {_channel(delivery.channel)} first. If it is not there, post it again.",
        *thread,
        buttons(_post_again(delivery)),
        reference=delivery.id,
    )


def told(delivery: Delivery, link: str | None) -> Message:
    """How a delivery stands, from what is stored of it.

    Args:
        delivery: in any state.
        link: its thread, as far as there is one.
    """
    if delivery.state.is_open:
        return underway(delivery)
    if delivery.state is DeliveryState.POSTED:
        there = f": <{link}|open the thread>" if link else ""
        return answer(
            f"The summary is in {_channel(delivery.channel)}{there}.",
            "You don't need to do anything.",
            reference=delivery.id,
        )
    kind = kind_of(delivery.reason)
    words = sentence_for(kind)
    if kind in (SendUnconfirmed, CannotLook):
        return unconfirmed(delivery, link)
    more: list[Block] = [listed([line_for(delivery.app, delivery.session)])] if words.again else []
    if link and kind is not ThreadGone:
        more.append(context(f"Part of it was posted before that: <{link}|open the thread>."))
    step = words.next_step
    if kind is NotInChannel:
        step = _invitation(BOT_NAME) if _takes_members(delivery.channel) else _ELSEWHERE
    return answer(words.happened, step, *more, reference=delivery.id)


def explain(error: BotError, *, reference: str | None = None, bot_name: str = BOT_NAME) -> Message:
    """What an error means and what to do about it.

    Args:
        error: any error of the tree.
        reference: what the log knows it by.
        bot_name: what the bot goes by in this workspace.
    """
    words = sentence_for(type(error))
    happened, step, more = words.happened, words.next_step, list[Block]()
    match error:
        case NotUnderstood(suggestion=suggestion):
            step = "Paste this line instead:"
            more = [listed([suggestion])]
        case NotSubscribed(names=()):
            happened = "No summaries are posted in this channel by themselves."
            step = "There is nothing you need to stop."
        case AppRequired(names=names) if names:
            step = "Run the command again with one of these names for the app:"
            more = _names(names)
        case AppRequired() if not isinstance(error, UnknownAlias):
            happened = "No RealtimeKit app was found in the Cloudflare account."
            step = "Create an app in RealtimeKit's dashboard, then run the command again."
        case MeetingNotSession(sessions=sessions) if sessions:
            step = "Choose the session to post:"
            more = [_session(error.app, session) for session in sessions[:_SESSIONS_SHOWN]]
        case NotInChannel():
            step = _invitation(bot_name)
        case _:
            pass
    if isinstance(error, NotUnderstood) and one_line(error.detail):
        return quoted("This was not understood:", error.detail, step, *more, reference=reference)
    return answer(happened, step, *more, reference=reference)


def the_file(link: SummaryLink, *, now: datetime) -> Message:
    """A fresh link, for one person's eyes. Its address is in no text that is not a link."""
    until = "Cloudflare did not say how long the link works."
    if link.expires_at is not None and link.expires_at > now:
        until = f"The link works until {moment(link.expires_at, _DATE)}."
    step = f"{until} Keep it to yourself: whoever has it can read the summary."
    if len(link.url) <= BUTTON_URL_MAX:
        return answer(
            "Here is the summary's file.",
            step,
            buttons(button("Open the file", actions.OPEN_FILE, url=link.url)),
        )
    element = {"type": "link", "url": link.url, "text": "Open the file"}
    return answer("Here is the summary's file.", step, rich_text([rich_section([element])]))


def _invitation(bot_name: str) -> str:
    return f"Type `/invite @{escape(one_line(bot_name))}` there, then run the command again."


def _names(names: Sequence[str]) -> list[Block]:
    shown = listed(shorten(one_line(name), 100) for name in names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    rest = context(f"And {more} more: run `{COMMAND}` on its own to see them.")
    return [shown, rest] if more > 0 else [shown]


def _session(app: str, details: SessionDetails) -> Block:
    """One session of a meeting, with a button to post it."""
    title = escape(shorten(one_line(details.title) or "Meeting", 150))
    post = button(
        "Post this one",
        actions.CHOOSE_SESSION,
        value=f"{app}|{details.session_id}"[:BUTTON_VALUE_MAX],
        spoken=f"Post {one_line(details.title)} {details.session_id[:8]}",
    )
    at = when(details)
    return section(f"{title}, {moment(at, _DATE)}" if at else title, accessory=post)


def _post_again(delivery: Delivery) -> Element:
    sure = confirmation(
        title="Post it again?",
        text="The summary will stand in this conversation a second time.",
        confirm="Post again",
        deny="Leave it",
    )
    return button("Post again", actions.POST_AGAIN, value=delivery.id, confirm=sure)


def _channel(channel: ChannelId) -> str:
    """A conversation as a link; a direct conversation has none that would show its name."""
    return f"<#{channel}>" if _takes_members(channel) else "this conversation"


def _takes_members(channel: ChannelId) -> bool:
    """Whether it is anything but a direct conversation between two."""
    return channel.startswith(("C", "G"))


__all__ = [
    "already_posted",
    "being_written",
    "checking",
    "configured",
    "doctor",
    "explain",
    "fetching",
    "help",
    "status",
    "the_file",
    "told",
    "unconfirmed",
    "underway",
    "waiting",
]
