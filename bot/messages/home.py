"""The app's Home tab: everything for administrators, what is of use for everybody else.

Source: https://docs.slack.dev/surfaces/app-home
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.audit import OPERATOR, AuditAction, AuditEntry
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import AppId, SubscriptionId, UserId
from bot.domain.policy import AllowedChannels, AppPolicy, Policy
from bot.domain.subscription import Subscription
from bot.domain.summary import App
from bot.messages import actions
from bot.messages.cleaning import one_line
from bot.messages.grammar import COMMAND
from bot.messages.kit import (
    Block,
    button,
    code,
    context,
    header,
    length,
    listed,
    moment,
    section,
)
from bot.messages.kit import actions as buttons
from bot.messages.picker import View
from bot.messages.reports import standing
from bot.messages.sentences import kind_of, sentence_for
from bot.messages.subscriptions import described

_SHOWN = 15
"""Lines of one list; what more there is, is counted."""
_SHOWN_CHARACTERS = 2_800
"""Of one list: a section holds 3,000."""
_DATE = "{date_short_pretty} at {time}"

_WHAT_IT_DOES = (
    "This app posts the AI summary of a Cloudflare RealtimeKit meeting in a channel, as one quiet "
    "thread: when somebody asks for it, or by itself after the meetings of an app."
)
_NOT_CONNECTED = (
    "This workspace is not connected to a Cloudflare account yet, so no summary can be posted. "
    "*Connect Cloudflare* takes a minute."
)
_APPS_AWAY = "The account's apps could not be listed just now. Press *Refresh* in a minute."


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """What administrators see."""

    connected: bool
    account_ending: str | None
    token_ending: str | None
    apps: Sequence[App] | None
    """`None` where they could not be listed."""
    aliases: Mapping[str, AppId]
    policy: Policy
    subscriptions: Sequence[Subscription]
    administrators: frozenset[UserId]
    deliveries: Sequence[Delivery]
    """The latest, newest first."""
    record: Sequence[AuditEntry]
    """The latest changes, newest first."""
    link_of: Callable[[Delivery], str | None]
    """The thread of a delivery, if there is one."""


def for_administrators(those: Everything) -> View:
    """Everything of the workspace."""
    names = {each.id: each.name for each in those.subscriptions}
    return _home(
        header("Meeting summaries"),
        section(_WHAT_IT_DOES),
        _buttons(connected=those.connected),
        *_connection(those),
        *_apps(those),
        *_list(
            "Posted by themselves",
            [f"• <#{each.channel}>: {described(each)}" for each in those.subscriptions],
            f"Nothing yet. Run `{COMMAND} subscribe &lt;app&gt;` in a channel.",
        ),
        *_list(
            "Latest summaries",
            [_delivery(each, those.link_of(each), names) for each in those.deliveries],
            "None yet.",
        ),
        *_administrators(those.administrators),
        *_list("Latest changes", [_change(each) for each in those.record], "None yet."),
    )


def for_members(
    own: Sequence[Delivery],
    administrators: frozenset[UserId],
    *,
    connected: bool,
    link_of: Callable[[Delivery], str | None],
) -> View:
    """How to use the app, and what became of one's own wishes: nothing of other channels.

    Args:
        own: what this person asked for, newest first.
        administrators: those who were added; the workspace's own are not known by name.
        connected: whether summaries can be had at all.
        link_of: the thread of a delivery, if there is one.
    """
    state = [] if connected else [section(f"It cannot do so yet. {_ask(administrators)}")]
    lines = (COMMAND, f"{COMMAND} help", f"{COMMAND} subscriptions")
    return _home(
        header("Meeting summaries"),
        section(_WHAT_IT_DOES),
        *state,
        section(
            "Type one of these in a channel: to choose a meeting, to see all that can be asked "
            "for, or to see what is posted there by itself."
        ),
        listed(lines),
        *_list(
            "Your latest summaries",
            [_delivery(each, link_of(each), {}) for each in own],
            "You have not asked for any yet.",
        ),
        context(f"Something else? {_ask(administrators)}"),
    )


def _home(*blocks: Block) -> View:
    return {"type": "home", "blocks": list(blocks)}


def _buttons(*, connected: bool) -> Block:
    label = "Change the account" if connected else "Connect Cloudflare"
    return buttons(
        button("Settings", actions.OPEN_SETTINGS),
        button(label, actions.CONNECT, spoken="Connect Cloudflare"),
        button("Refresh", actions.REFRESH_HOME),
    )


def _connection(those: Everything) -> list[Block]:
    if not those.connected:
        return [header("Cloudflare"), section(_NOT_CONNECTED)]
    account = f" ending in {code(those.account_ending)}" if those.account_ending else ""
    ending = those.token_ending
    token = f", with the API token ending in {code(ending)}" if ending else ""
    line = f"Connected to the account{account}{token}."
    return [header("Cloudflare"), section(line)]


def _apps(those: Everything) -> list[Block]:
    if not those.connected:
        return []
    if those.apps is None:
        return [header("RealtimeKit apps"), section(_APPS_AWAY)]
    lines = [_app(app, those) for app in those.apps]
    return _list("RealtimeKit apps", lines, "The account has none yet. Make one in its dashboard.")


def _app(app: App, those: Everything) -> str:
    names = [code(name) for name, meant in those.aliases.items() if meant == app.id]
    called = f", also called {', '.join(names)}" if names else ""
    default = ", meant when none is named" if those.policy.default_app == app.id else ""
    where = _where(those.policy.of(app.id))
    return f"• {code(one_line(app.name) or app.id)}{called}{default}: {where}"


def _where(policy: AppPolicy) -> str:
    if policy.channels is AllowedChannels.PRIVATE:
        return "private channels only"
    if policy.channels is AllowedChannels.LISTED:
        return ", ".join(f"<#{channel}>" for channel in sorted(policy.listed)) or "no channel"
    return "all channels"


def _delivery(delivery: Delivery, link: str | None, names: Mapping[SubscriptionId, str]) -> str:
    line = standing(delivery, link, names)
    if delivery.state is not DeliveryState.FAILED:
        return line
    return f"{line}\n   {sentence_for(kind_of(delivery.reason)).next_step}"


def _administrators(added: frozenset[UserId]) -> list[Block]:
    others = f", and {_people(added)}" if added else ""
    line = f"The administrators and owners of this workspace{others}."
    return [header("Who may change this"), section(line)]


def _people(people: Iterable[UserId]) -> str:
    shown = sorted(people)[:_SHOWN]
    return ", ".join(f"<@{person}>" for person in shown)


def _ask(administrators: frozenset[UserId]) -> str:
    if administrators:
        return f"Ask an administrator of this workspace, or {_people(administrators)}."
    return "Ask an administrator of this workspace."


_CHANGES: Mapping[AuditAction, str] = {
    AuditAction.INSTALLED: "installed the app",
    AuditAction.UNINSTALLED: "removed the app",
    AuditAction.CONNECTED: "connected a Cloudflare account",
    AuditAction.ALIAS: "changed the alias {subject}",
    AuditAction.DEFAULT_APP: "changed the app that is meant when none is named",
    AuditAction.APP_CHANNELS: "changed where the summaries of the app {subject} may go",
    AuditAction.SHARED_CHANNELS: "changed channels shared with other companies to {after}",
    AuditAction.CONFIRM_FROM: "changed from how many readers people confirm: {after}",
    AuditAction.ADMINISTRATOR_ADDED: "let <@{person}> change the settings",
    AuditAction.ADMINISTRATOR_REMOVED: "no longer lets <@{person}> change the settings",
    AuditAction.SUBSCRIBED: "subscribed <#{channel}>",
    AuditAction.UNSUBSCRIBED: "unsubscribed <#{channel}>",
}
"""What somebody did; names are set as code, so that nothing in them is parsed."""


def _change(entry: AuditEntry) -> str:
    who = "Whoever runs this bot" if entry.who == OPERATOR else f"<@{entry.who}>"
    what = _CHANGES[entry.action].format(
        subject=code(entry.subject, 60),
        after=code(entry.after, 60),
        person=entry.subject,
        channel=entry.subject,
    )
    return f"• {who} {what}, {moment(entry.at, _DATE)}"


def _list(title: str, lines: Sequence[str], nothing: str) -> list[Block]:
    """A heading and as many lines as a section holds, or what to say without any."""
    if not lines:
        return [header(title), section(nothing)]
    shown: list[str] = []
    room = _SHOWN_CHARACTERS
    for line in lines[:_SHOWN]:
        room -= length(line) + 1
        if room < 0:
            break
        shown.append(line)
    more = len(lines) - len(shown)
    rest = [context(f"And {more} more.")] if more else []
    return [header(title), section("\n".join(shown)), *rest]
