"""Private answers of many lines: help, status, settings and the doctor's findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from bot.domain.check import Check, CheckState
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import SessionId, SubscriptionId
from bot.domain.summary import App
from bot.messages.answers import answer, report
from bot.messages.cleaning import one_line
from bot.messages.grammar import COMMAND, FORMS, line_for
from bot.messages.kit import (
    Message,
    code,
    context,
    fallback,
    listed,
    moment,
    rich_section,
    rich_text,
    section,
    shorten,
    text_element,
)
from bot.messages.sentences import kind_of, sentence_for

_DATE = "{date_short_pretty} at {time}"
_DELIVERIES_SHOWN = 10
_APPS_SHOWN = 20
_TEXT_SHOWN = 900
"""Three of these make a line, and a section holds 3,000 characters."""

_STANDING = {
    DeliveryState.DUE: "is being posted",
    DeliveryState.WAITING: "not posted yet",
    DeliveryState.POSTED: "posted",
    DeliveryState.FAILED: "not posted",
    DeliveryState.SKIPPED: "not posted",
}
_MARKS = {CheckState.GOOD: "OK", CheckState.WARNING: "Warning", CheckState.BAD: "Problem"}


def status(
    deliveries: Sequence[Delivery],
    link_of: Callable[[Delivery], str | None],
    *,
    names: Mapping[SubscriptionId, str] | None = None,
    session: SessionId,
) -> Message:
    """What became of a session's summary, in every conversation it was asked for in.

    Args:
        deliveries: newest first.
        link_of: the thread of a delivery, if there is one.
        names: what the workspace's subscriptions are called.
        session: the session that was asked about.
    """
    if not deliveries:
        return answer(
            "Nobody has asked for that meeting's summary in this workspace yet, and no "
            "subscription has found it.",
            "This line posts it:",
            listed([line_for("", session)]),
        )
    shown = deliveries[:_DELIVERIES_SHOWN]
    older = len(deliveries) - len(shown)
    after = [context(f"And {older} older.")] if older else []
    lines = [standing(delivery, link_of(delivery), names or {}) for delivery in shown]
    return report("That meeting's summary in this workspace:", lines, *after)


def standing(delivery: Delivery, link: str | None, names: Mapping[SubscriptionId, str]) -> str:
    """Where a delivery goes and how it stands, in one line of mrkdwn."""
    where = f"<#{delivery.channel}>"
    if not delivery.channel.startswith(("C", "G")):
        where = "a direct conversation"
    asked = f", asked for by <@{delivery.asker}>" if delivery.asker else ""
    if delivery.subscription is not None:
        done = delivery.state in (DeliveryState.DUE, DeliveryState.POSTED)
        name = names.get(delivery.subscription)
        what = f"the subscription to {code(name, 60)}" if name else "a subscription that is gone"
        asked = f" {'by' if done else 'for'} {what}{asked}"
    thread = f", <{link}|open the thread>" if link else ""
    at = moment(delivery.created_at, _DATE)
    line = f"• {where}: {_STANDING[delivery.state]}{asked}, {at}{thread}."
    if delivery.state not in (DeliveryState.DUE, DeliveryState.POSTED):
        line += f" {sentence_for(kind_of(delivery.reason)).happened}"
    if delivery.state is DeliveryState.WAITING and _is_paused(delivery):
        line += " It is posted by itself once that is put right."
    return f"{line} Reference {delivery.id}"


def _is_paused(delivery: Delivery) -> bool:
    return delivery.subscription is not None and kind_of(delivery.reason).mendable


def configured(*, connected: bool, apps: Sequence[App] = ()) -> Message:
    """What is set up for a workspace, without any secret.

    Args:
        connected: whether there is a Cloudflare account and a token for it.
        apps: the account's apps, if they could be listed.
    """
    if not connected:
        return answer(
            "This workspace is not connected to a Cloudflare account yet.",
            "Ask whoever runs this bot to connect it.",
        )
    if not apps:
        return answer(
            "This workspace is connected to a Cloudflare account.",
            f"Run `{COMMAND} doctor` to check that everything works.",
        )
    names = [shorten(one_line(app.name), 100) or app.id for app in apps[:_APPS_SHOWN]]
    more = len(apps) - len(names)
    return answer(
        "This workspace is connected to a Cloudflare account.",
        "These are its RealtimeKit apps:",
        listed(names),
        *([context(f"And {more} more.")] if more else []),
    )


def help() -> Message:  # noqa: A001
    """Everything that can be typed, from the table of forms."""
    items = [
        rich_section([text_element(form.line, code=True), text_element(f": {form.does}")])
        for form in FORMS
    ]
    rows = {"type": "rich_text_list", "style": "bullet", "indent": 0, "elements": items}
    hint = (
        "An app is its id, its name or its short name; with only one app it can be left out. "
        "In a title, `*` stands for any characters."
    )
    text = "\n".join(["What you can ask for:", *(f"{form.line}: {form.does}" for form in FORMS)])
    return Message(
        fallback(text), (section("What you can ask for:"), rich_text([rows]), context(hint))
    )


def checking() -> Message:
    """The doctor was called."""
    return answer("Checking the setup.", "The findings will be here in a moment.")


def doctor(checks: Sequence[Check]) -> Message:
    """What was looked at, how it stands, and what to do about it; the worst first."""
    counted = Counter(check.state for check in checks)
    title = "Everything that was checked is in order."
    if counted[CheckState.BAD]:
        title = f"{_count(counted[CheckState.BAD], 'problem')} found."
    elif counted[CheckState.WARNING]:
        title = f"It works, with {_count(counted[CheckState.WARNING], 'warning')}."
    order = (CheckState.BAD, CheckState.WARNING, CheckState.GOOD)
    worst_first = sorted(checks, key=lambda check: order.index(check.state))
    return report(title, [finding(check) for check in worst_first])


def finding(check: Check) -> str:
    """A check as a line: how it stands, what was found, and the next step."""
    name, cause, step = (
        fallback(one_line(text), _TEXT_SHOWN) for text in (check.name, check.cause, check.next_step)
    )
    return " ".join(filter(None, (f"{_MARKS[check.state]} · {name}: {cause}", step)))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
