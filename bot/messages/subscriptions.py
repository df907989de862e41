"""What people are told about subscriptions: what will happen, who will see it, and what stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote, unquote

from bot.domain.audience import Audience, Consent, ConversationKind
from bot.domain.ids import ChannelId, is_resource_id
from bot.domain.subscription import Subscription
from bot.domain.summary import App
from bot.domain.watched_app import WatchedApp, WebhookState
from bot.errors import (
    AppNotFound,
    BotError,
    ChannelClosed,
    LayoutRefused,
    NotInChannel,
    NotYours,
    PermissionMissing,
    TokenRefused,
    WebhookTaken,
)
from bot.messages import actions
from bot.messages.answers import BOT_NAME, answer, report
from bot.messages.audience import pack_numbers, who_reads
from bot.messages.cleaning import one_line
from bot.messages.grammar import COMMAND, KEYWORDS, TITLE_MAX, subscribe_line, unsubscribe_line
from bot.messages.kit import Message, button, code, context, length, listed, moment, shorten
from bot.messages.kit import actions as buttons
from bot.messages.sentences import kind_of, sentence_for

_SHOWN = 20
_SHOWN_CHARACTERS = 7_000
_NAME_SHOWN = 100
_DATE = "{date_short_pretty} at {time}"

# A name that is read as it is written: nothing in it is undone as decoration or taken for an id.
_PLAIN_WORD = r"(?=\S{1,15}(?:\s|\Z))[^\W_](?:[\w-]*[^\W_])?"
_PLAIN_NAME = re.compile(rf"(?=.{{1,100}}\Z){_PLAIN_WORD}(?: {_PLAIN_WORD})*")

_WISH = re.compile(r"([^|]*)\|([^|]*)\|([0-9]{1,9})\|([0-9]{1,9})", re.ASCII)

_NOTHING_LOST = "nothing is lost, as Cloudflare keeps summaries for 7 days."
_ASK = "ask whoever runs this bot to"

_MENDING: Mapping[type[BotError], str] = {
    NotInChannel: f"Type `/invite @{BOT_NAME}` there.",
    ChannelClosed: "Ask somebody who manages the channel to open it to this bot again.",
    LayoutRefused: "Ask somebody who manages the channel to allow threads in it.",
    AppNotFound: "If the app was removed on purpose, unsubscribe the channel.",
}
"""What ends a pause, where that is not the next step after a command."""

_REGISTERING: Mapping[type[BotError], str] = {
    PermissionMissing: f"{_ASK} give its API token the permission to edit Realtime.",
    TokenRefused: f"{_ASK} replace its API token.",
    WebhookTaken: f"{_ASK} delete the other webhook with its address in RealtimeKit's dashboard.",
}
"""What makes Cloudflare take a webhook that it refused."""


def subscription_origin(subscription: Subscription) -> str:
    """What had a summary posted, for its parent; plain text."""
    return f"This channel subscribes to {_plain(subscription.name)}"


def subscribed(
    subscription: Subscription,
    audience: Audience,
    *,
    watched: WatchedApp | None,
    public: bool,
    new: bool,
) -> Message:
    """The channel subscribes: what will be posted, who can read it, and how to end it.

    Args:
        subscription: as it is stored.
        audience: the channel.
        watched: how the app's webhook stands.
        public: whether there is an address that a webhook could be sent to.
        new: whether the channel did not subscribe to the app before.
    """
    channel, app = f"<#{subscription.channel}>", code(subscription.name)
    already = f"{channel} subscribed to {app} before, and this is how it is now: "
    ended = moment(subscription.created_at, _DATE)
    return answer(
        f"{'From now on, ' if new else already}the summaries of {_meetings(subscription)} are "
        f"posted in {channel} by themselves. {_who_reads(audience)} "
        f"{_how_soon(watched, public=public)} Meetings that ended before {ended} are not posted.",
        "To stop it, run this line there:",
        listed([unsubscribe_line(_typed(subscription))]),
    )


def confirm_subscription(app: App, title: str | None, audience: Audience) -> Message:
    """Ask who subscribes a channel whether all who can read there may read the summaries."""
    value = pack_wish(app.id, title, audience)
    agree = button("Subscribe anyway", actions.SUBSCRIBE_SHARED, value=value)
    return answer(
        f"<#{audience.channel}> does not subscribe yet to the summaries of "
        f"{code(app.name or app.id)} meetings{_titled(title)}. In that channel, "
        f"{who_reads(audience, what='them')}.",
        "If they may all read the summaries, press the button. If not, you don't need to do "
        "anything.",
        buttons(agree),
    )


def unsubscribed(subscription: Subscription) -> Message:
    """The channel subscribes no longer."""
    return answer(
        f"The summaries of {code(subscription.name)} meetings are no longer posted in "
        f"<#{subscription.channel}> by themselves. What was posted stays.",
        "To subscribe again, run this line there:",
        listed([subscribe_line(_typed(subscription), subscription.title)]),
    )


def subscriptions(those: Sequence[Subscription], channel: ChannelId) -> Message:
    """What a channel gets by itself, or how to have it get something."""
    if not those:
        return answer(
            f"No summaries are posted in <#{channel}> by themselves yet.",
            "Run this line there, with the name of a RealtimeKit app in place of its last word:",
            listed([subscribe_line("<app>")]),
        )
    lines = list(_fitting(map(_line, those[:_SHOWN])))
    more = [context(f"And {len(those) - len(lines)} more.")] if len(those) > len(lines) else []
    stop = context(f"To stop one, run `{COMMAND} unsubscribe &lt;app&gt;` there.")
    return report(f"What is posted in <#{channel}> by itself:", lines, *more, stop)


def subscription_paused(subscription: Subscription, reason: str) -> Message:
    """For who made it: nothing can be posted until somebody puts something right."""
    kind = kind_of(reason)
    happened = (
        f"You subscribed <#{subscription.channel}> to the summaries of {_meetings(subscription)}, "
        f"and they cannot be posted there at the moment. {sentence_for(kind).happened}"
    )
    step = f"{_mending(kind)} Then posting goes on by itself, and {_NOTHING_LOST}"
    if kind is AppNotFound:
        return answer(
            happened,
            "If the app was removed on purpose, run this line there:",
            listed([unsubscribe_line(_typed(subscription))]),
        )
    return answer(happened, step)


def pack_wish(app: str, title: str | None, audience: Audience) -> str:
    """A button's value: which app, which titles, and the numbers that were shown with it.

    It takes at most 1,500 of 2,000 characters.
    """
    return f"{quote(app)}|{quote(title or '', errors='replace')}|{pack_numbers(audience)}"


def unpack_wish(value: str) -> tuple[str, str | None, Consent]:
    """Read such a value, which anybody may have made up. Raises `NotYours`."""
    found = _WISH.fullmatch(value)
    if found is None:
        raise NotYours
    app, title = unquote(found[1]), one_line(unquote(found[2]))
    if not (is_resource_id(app) and len(title) <= TITLE_MAX):
        raise NotYours
    return app, title or None, Consent(int(found[3]), int(found[4]))


def _line(subscription: Subscription) -> str:
    return f"• {described(subscription)}"


def described(subscription: Subscription) -> str:
    """What is posted, since when, by whom, and why not at the moment; mrkdwn."""
    by, since = f"<@{subscription.created_by}>", moment(subscription.created_at, _DATE)
    line = f"The summaries of {_meetings(subscription)}, since {since}, by {by}."
    if subscription.paused is None:
        return line
    kind = kind_of(subscription.paused)
    at = f" since {moment(subscription.paused_at, _DATE)}" if subscription.paused_at else ""
    return f"{line} Paused{at}: {sentence_for(kind).happened} {_mending(kind)}"


def _fitting(lines: Iterator[str]) -> Iterator[str]:
    """As many lines as one message holds."""
    room = _SHOWN_CHARACTERS
    for line in lines:
        room -= length(line)
        if room < 0:
            return
        yield line


def _mending(kind: type[BotError]) -> str:
    return _MENDING.get(kind, sentence_for(kind).next_step)


def _who_reads(audience: Audience) -> str:
    outsiders = ", some of them from another company," if audience.is_shared else ""
    public = audience.kind is ConversationKind.PUBLIC
    others = ", and so can everyone else in this workspace" if public else ""
    return f"The channel's {_members(audience)}{outsiders} can read them{others}."


def _members(audience: Audience) -> str:
    count = audience.readers
    return "members" if count is None else f"{count} member{'s' * (count != 1)}"


def _how_soon(watched: WatchedApp | None, *, public: bool) -> str:
    state = watched.webhook_state if watched else WebhookState.NONE
    if state is WebhookState.ACTIVE:
        return "A summary appears within a minute or so of being written."
    looking = "New summaries are looked for every few minutes"
    if not public:
        return f"{looking}, since this bot has no public address that Cloudflare could report to."
    if state is WebhookState.REFUSED and watched:
        step = _REGISTERING.get(kind_of(watched.webhook_reason), f"{_ASK} look into it.")
        return f"{looking}, since Cloudflare refused to report them. To get them sooner, {step}"
    return f"{looking} until Cloudflare has agreed to report them."


def _meetings(subscription: Subscription) -> str:
    return f"{code(subscription.name)} meetings{_titled(subscription.title)}"


def _titled(title: str | None) -> str:
    """Which titles are meant, in words as far as there are simple ones."""
    if title is None:
        return ""
    inner = title.strip("*")
    if "*" in inner or "?" in inner:
        wild = "`*` stands for any characters and `?` for one"
        return f" with a title like {code(title)}, in which {wild}"
    how = {
        (False, False): "is",
        (False, True): "begins with",
        (True, False): "ends with",
        (True, True): "contains",
    }[title.startswith("*"), title.endswith("*")]
    return f" whose title {how} {code(inner)}"


def _typed(subscription: Subscription) -> str:
    """What the app can be called in a line to paste: by its name if nothing in it gets lost."""
    name = subscription.name
    plain = _PLAIN_NAME.fullmatch(name) and name.casefold() not in KEYWORDS
    return name if plain else subscription.app


def _plain(name: str) -> str:
    return shorten(one_line(name), _NAME_SHOWN)
