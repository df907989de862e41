"""What people are told about subscriptions: what will happen, who will see it, and what stopped."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.domain.audience import Audience, ConversationKind
from bot.domain.ids import ChannelId
from bot.domain.subscription import Subscription
from bot.domain.summary import App
from bot.domain.watched_app import WatchedApp, WebhookState
from bot.errors import (
    AppMisconfigured,
    AppNotFound,
    BotError,
    ChannelClosed,
    InstallationBroken,
    NotInChannel,
    NotYours,
)
from bot.messages import actions
from bot.messages.answers import answer, report
from bot.messages.cleaning import one_line
from bot.messages.grammar import subscribe_line, unsubscribe_line
from bot.messages.kit import (
    BUTTON_VALUE_MAX,
    Message,
    button,
    context,
    escape,
    listed,
    moment,
    shorten,
)
from bot.messages.kit import actions as buttons
from bot.messages.sentences import kind_of, sentence_for

_NAME_SHOWN = 100
_TITLE_SHOWN = 150
_SHOWN = 20
_DATE = "{date_short_pretty} at {time}"

_STEPS: dict[type[BotError], str] = {
    NotInChannel: "Type `/invite @meeting-summary` in the channel.",
    ChannelClosed: "Open the channel again, or subscribe in another one.",
    AppNotFound: "If the app was deleted on purpose, unsubscribe in the channel.",
    AppMisconfigured: "Ask an administrator of the workspace to install the app again.",
    InstallationBroken: "Ask an administrator of the workspace to install the app again.",
}
"""What ends a pause, where it is another thing than after a command."""


def subscription_origin(subscription: Subscription) -> str:
    """What had a summary posted, for its parent; plain text."""
    return f"This channel subscribes to {_plain_name(subscription)}"


def subscribed(
    subscription: Subscription,
    audience: Audience,
    *,
    watched: WatchedApp | None,
    public: bool,
    new: bool,
) -> Message:
    """The channel subscribes: what will be posted, who will read it, and how to end it.

    Args:
        subscription: as it is stored.
        audience: the channel.
        watched: how the app's webhook stands.
        public: whether there is an address that a webhook could be sent to.
        new: whether it did not subscribe to the app before.
    """
    done = "This channel now gets" if new else "Changed: this channel gets"
    meetings = f"the summaries of *{_name(subscription)}* meetings{_titled(subscription)}"
    return answer(
        f"{done} {meetings} by itself. {_who_reads(audience)}",
        _how_soon(watched, public=public),
        context("Meetings that ended before now are not posted. This line ends it:"),
        listed([unsubscribe_line(_plain_name(subscription))]),
    )


def confirm_shared(app: App, title: str | None, audience: Audience) -> Message:
    """Ask an administrator whether people of another company may read along."""
    value = pack_shared(app.id, title)
    return answer(
        f"This channel is shared with another company. {_who_reads(audience)}",
        "As an administrator you can have the summaries posted here all the same.",
        buttons(button("Subscribe anyway", actions.SUBSCRIBE_SHARED, value=value)),
    )


def unsubscribed(subscription: Subscription) -> Message:
    """The channel subscribes no longer."""
    return answer(
        f"This channel no longer gets the summaries of *{_name(subscription)}* by itself.",
        "What was posted stays.",
    )


def subscriptions(those: Sequence[Subscription], channel: ChannelId) -> Message:
    """What a channel gets by itself, or how to have it get something."""
    if not those:
        return answer(
            f"<#{channel}> gets no summaries by itself yet.",
            "This line subscribes it, with the name of your app:",
            listed([subscribe_line("app", None)]),
        )
    more = len(those) - _SHOWN
    after = [context(f"And {more} more.")] if more > 0 else []
    return report(f"<#{channel}> gets these summaries by itself:", _lines(those), *after)


def subscription_paused(subscription: Subscription, reason: str) -> Message:
    """For who made it: nothing can be posted until somebody puts something right."""
    kind = kind_of(reason)
    stopped = (
        f"The summaries of *{_name(subscription)}* can no longer be posted in "
        f"<#{subscription.channel}>. {sentence_for(kind).happened}"
    )
    step = f"{_step(kind)} Posting then goes on by itself, and no meeting of 7 days is lost."
    return answer(stopped, step)


def pack_shared(app: str, title: str | None) -> str:
    """Make a button's value of what is to be subscribed to."""
    packed = json.dumps([app, title], ensure_ascii=False)
    if len(packed) > BUTTON_VALUE_MAX:
        raise NotYours
    return packed


def unpack_shared(value: str) -> tuple[str, str | None]:
    """Read such a value, which anybody may have made up. Raises `NotYours`."""
    try:
        app, title = json.loads(value)
    except (TypeError, ValueError):
        problem = NotYours()
    else:
        if isinstance(app, str) and isinstance(title, str | None):
            return app, title
        problem = NotYours()
    raise problem


def _lines(those: Sequence[Subscription]) -> list[str]:
    return [_line(subscription) for subscription in those[:_SHOWN]]


def _line(subscription: Subscription) -> str:
    since = moment(subscription.created_at, _DATE)
    line = f"• *{_name(subscription)}*{_titled(subscription)}, "
    line += f"set up by <@{subscription.created_by}>, {since}."
    if subscription.paused is None:
        return line
    kind = kind_of(subscription.paused)
    return f"{line} Paused: {sentence_for(kind).happened} {_step(kind)}"


def _step(kind: type[BotError]) -> str:
    return _STEPS.get(kind, sentence_for(kind).next_step)


def _who_reads(audience: Audience) -> str:
    private = "of this private channel " if audience.kind is ConversationKind.PRIVATE else ""
    others = ", some of another company" if audience.is_shared else ""
    if audience.readers is None:
        return f"Everybody {private or 'in it '}can read them{others}."
    people = "1 person" if audience.readers == 1 else f"{audience.readers} people"
    everybody = "" if private else " in it, and everybody who joins,"
    return f"The {people} {private.strip() or everybody.strip()} can read them{others}."


def _how_soon(watched: WatchedApp | None, *, public: bool) -> str:
    if watched is not None and watched.webhook_state is WebhookState.ACTIVE:
        return "A summary appears within a minute or so of being written."
    looking = "New summaries are looked for every few minutes."
    if not public or watched is None or watched.webhook_reason is None:
        return looking
    refused = sentence_for(kind_of(watched.webhook_reason))
    return (
        f"{looking} Cloudflare could not be asked to announce them: "
        f"{refused.happened} {refused.next_step}"
    )


def _titled(subscription: Subscription) -> str:
    if subscription.title is None:
        return ""
    return f" whose title is like “{escape(shorten(one_line(subscription.title), _TITLE_SHOWN))}”"


def _name(subscription: Subscription) -> str:
    return escape(_plain_name(subscription))


def _plain_name(subscription: Subscription) -> str:
    return shorten(one_line(subscription.name), _NAME_SHOWN) or subscription.app
