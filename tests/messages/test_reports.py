"""Private answers of many lines."""

from __future__ import annotations

import pytest

from bot.demo.fake_slack.blocks import check_message
from bot.domain.check import Check
from bot.domain.delivery import DeliveryState
from bot.domain.ids import AppId, ChannelId, SubscriptionId
from bot.domain.summary import App
from bot.messages import reports
from bot.messages.grammar import FORMS
from bot.messages.kit import TEXT_MAX, length
from bot.messages.text_view import as_text
from tests.fakes import APP, ASKER, SESSION
from tests.messages.conftest import Golden
from tests.messages.test_replies import THREAD, a_delivery, ended


def test_status(golden: Golden) -> None:
    """Where it stands in each conversation, with a link, or why not."""
    deliveries = [
        a_delivery(state=DeliveryState.POSTED),
        a_delivery(),
        ended("summary_not_ready", DeliveryState.WAITING),
        ended("never_ready"),
        a_delivery(
            channel=ChannelId("D0DIRECT"),
            asker=None,
            state=DeliveryState.SKIPPED,
            reason="no_transcript",
        ),
    ]

    shown = reports.status(
        deliveries,
        lambda delivery: THREAD if delivery.state is DeliveryState.POSTED else None,
        session=SESSION,
    )

    golden("status", shown)


def test_status_by_subscription(golden: Golden) -> None:
    """Which one posted it, waits for something to be put right, or did not want it."""
    wanted = {"asker": None, "subscription": SubscriptionId("SUBSCRIBED")}
    deliveries = [
        a_delivery(**wanted, state=DeliveryState.POSTED),
        a_delivery(**wanted),
        a_delivery(**wanted, state=DeliveryState.WAITING, reason="summary_not_ready"),
        a_delivery(**wanted, state=DeliveryState.WAITING, reason="not_in_channel"),
        a_delivery(**wanted, state=DeliveryState.SKIPPED, reason="title_differs"),
        a_delivery(**{**wanted, "asker": ASKER}, state=DeliveryState.POSTED),
        a_delivery(
            asker=None,
            subscription=SubscriptionId("REMOVED"),
            state=DeliveryState.SKIPPED,
            reason="unsubscribed",
        ),
    ]

    shown = reports.status(
        deliveries,
        lambda _: None,
        names={SubscriptionId("SUBSCRIBED"): "standups *<!here>*"},
        session=SESSION,
    )

    golden("status_subscriptions", shown)


def test_what_a_person_waits_for_is_not_paused() -> None:
    """Only a subscription goes on by itself once something is put right."""
    shown = reports.status(
        [ended("not_in_channel", DeliveryState.WAITING)], lambda _: None, session=SESSION
    )

    assert "put right" not in shown.text


def test_status_of_an_unknown_session(golden: Golden) -> None:
    """Nobody asked, and this is how to."""
    golden("status_none", reports.status([], lambda _: None, session=SESSION))


def test_a_long_status_is_shown_in_part() -> None:
    """The ten newest; whole lines in few sections and in the text."""
    shown = reports.status([ended("never_ready")] * 40, lambda _: THREAD * 3, session=SESSION)

    check_message(list(shown.blocks), [])
    assert as_text(shown).count("•") == 10
    assert "And 30 older." in as_text(shown)
    assert length(shown.text) <= TEXT_MAX
    assert shown.text.splitlines()[-1].endswith("Reference 7KQ2MB4XYZ")


@pytest.mark.parametrize(
    ("name", "connected", "apps"),
    [
        ("configured", True, [App(APP, "Standups"), App(AppId("an-app-id"), " ")]),
        ("configured_unchecked", True, []),
        ("configured_not", False, []),
    ],
)
def test_what_is_configured(
    golden: Golden,
    name: str,
    connected: bool,
    apps: list[App],
) -> None:
    """Whether there is an account, and its apps; never a secret."""
    golden(name, reports.configured(connected=connected, apps=apps))


def test_many_apps_are_listed_in_part() -> None:
    """Twenty, and how many more."""
    apps = [App(APP, f"App {number} {'x' * 200}") for number in range(25)]

    shown = reports.configured(connected=True, apps=apps)

    check_message(list(shown.blocks), [])
    assert "And 5 more." in as_text(shown)


def test_the_doctor_names_the_worst_first(golden: Golden) -> None:
    """A word for each state, the cause and the next step; a cause is untrusted."""
    checks = [
        Check.good("Clock", "It agrees with Slack's."),
        Check.warning("Files", "The bot may not add files.", "Add the scope files:write."),
        Check.bad("Cloudflare", "The app <!here> is gone.", "Choose another & save."),
    ]

    golden("doctor", reports.doctor(checks))


@pytest.mark.parametrize(
    ("checks", "title"),
    [
        ([], "Everything that was checked is in order."),
        ([Check.good("a", "b")], "Everything that was checked is in order."),
        ([Check.warning("a", "b", "c")] * 2, "It works, with 2 warnings."),
        ([Check.bad("a", "b", "c"), Check.warning("a", "b", "c")], "1 problem found."),
    ],
)
def test_the_doctor_sums_up(checks: list[Check], title: str) -> None:
    """In one sentence."""
    assert reports.doctor(checks).text.splitlines()[0] == title


def test_the_doctor_keeps_to_slacks_limits() -> None:
    """However much the causes say, and whatever escaping makes of it."""
    shown = reports.doctor([Check.bad("&" * 999, "<" * 5_000, ">" * 5_000)] * 4)

    check_message(list(shown.blocks), [])
    assert length(shown.text) <= TEXT_MAX


def test_the_help_has_a_line_for_each_form() -> None:
    """From the table, in blocks and in the text."""
    shown = reports.help()

    for form in FORMS:
        assert f"• {form.line}: {form.does}" in as_text(shown)
    assert len(shown.text.splitlines()) == len(FORMS) + 1
