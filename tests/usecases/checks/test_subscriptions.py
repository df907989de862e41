"""What was subscribed to, and how new summaries are heard of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.check import Check, CheckState
from bot.domain.ids import SubscriptionId
from bot.domain.watched_app import WatchedApp, WebhookState
from bot.usecases.checks.subscriptions import (
    CheckSubscriptions,
    Listening,
    check_pauses,
    check_webhook,
)
from tests.fakes import APP, NOON, OTHER_APP, WORKSPACE
from tests.subscribing import a_subscription

WATCHED = WatchedApp(workspace=WORKSPACE, app=APP, next_at=NOON)
ACTIVE = replace(WATCHED, webhook_state=WebhookState.ACTIVE, registered_at=NOON - timedelta(days=1))
HEARD = replace(ACTIVE, heard_at=NOON - timedelta(hours=3))
REFUSED = replace(WATCHED, webhook_state=WebhookState.REFUSED, webhook_reason="permission_missing")


def look(watched: WatchedApp, missed: int = 0, *, has_address: bool = True) -> Check:
    """Check the webhook of an app called standups."""
    return check_webhook(watched, "standups", missed=missed, has_address=has_address, now=NOON)


@pytest.mark.parametrize(
    ("watched", "missed", "state", "words"),
    [
        (HEARD, 0, CheckState.GOOD, "standups: registered. The last event came 3 hours ago."),
        (HEARD, 2, CheckState.GOOD, "3 hours ago"),
        (HEARD, 3, CheckState.WARNING, "nothing has come for 3 hours. Meanwhile 3 meetings were"),
        (ACTIVE, 0, CheckState.GOOD, "No meeting has ended since."),
        (ACTIVE, 1, CheckState.WARNING, "nothing ever came. Meanwhile 1 meeting was found"),
        (WATCHED, 0, CheckState.WARNING, "not asked yet"),
        (REFUSED, 0, CheckState.WARNING, "may not read RealtimeKit meetings"),
    ],
)
def test_how_a_webhook_stands(
    watched: WatchedApp, missed: int, state: CheckState, words: str
) -> None:
    """Registered and heard from, registered in vain, refused, or not there yet."""
    check = look(watched, missed)

    assert check.state is state
    assert words in check.cause
    assert bool(check.next_step) is (state is not CheckState.GOOD)


def test_without_an_address_there_is_nothing_to_register() -> None:
    """That is a way to run the bot, and no fault."""
    check = look(WATCHED, has_address=False)

    assert check.state is CheckState.GOOD
    assert "no public address" in check.cause


def test_paused_subscriptions_are_counted_with_their_reasons() -> None:
    """Each reason once."""
    paused = a_subscription(paused="not_in_channel")
    several = [a_subscription(), paused, replace(paused, id=SubscriptionId("SUB2"))]

    [check] = check_pauses(several)

    assert check.state is CheckState.WARNING
    assert check.cause.startswith("2 of 3 cannot be posted at the moment: ")
    assert check.cause.count("invite") <= 1
    assert "subscriptions" in check.next_step


def test_subscriptions_that_work_are_counted() -> None:
    """And where there are none, nothing is said."""
    [check] = check_pauses([a_subscription(), a_subscription()])

    assert check == Check.good("Subscriptions", "2, none of them paused.")
    assert check_pauses([]) == []


async def test_every_app_that_is_subscribed_to_has_its_line() -> None:
    """One that is about to be given up, because nobody subscribes to it, has none."""

    async def listen() -> Listening:
        return Listening(
            subscriptions=[a_subscription()],
            watched=[HEARD, replace(HEARD, app=OTHER_APP)],
            missed={APP: 5},
        )

    checks = await CheckSubscriptions(listen, has_address=True, now=lambda: NOON)()

    assert [(check.name, check.state) for check in checks] == [
        ("Webhooks", CheckState.WARNING),
        ("Subscriptions", CheckState.GOOD),
    ]


async def test_nothing_is_subscribed_to() -> None:
    """A line that says so, so that one that was bad before is seen to be over."""

    async def listen() -> Listening:
        return Listening(subscriptions=[], watched=[], missed={})

    checks = await CheckSubscriptions(listen, has_address=True, now=lambda: NOON)()

    assert [(check.name, check.state) for check in checks] == [("Webhooks", CheckState.GOOD)]
