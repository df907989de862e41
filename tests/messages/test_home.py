"""The Home tab, for administrators and for everybody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.fake_slack.blocks import check_view
from bot.domain.audit import OPERATOR, AuditAction, AuditEntry
from bot.domain.delivery import DeliveryState
from bot.domain.ids import AppId, ChannelId, DeliveryId, UserId
from bot.domain.policy import AllowedChannels, AppPolicy, Policy
from bot.domain.summary import App
from bot.messages import home
from bot.messages.home import Everything
from tests.fakes import APP, ASKER, NOON, OTHER_APP, WORKSPACE
from tests.messages.conftest import Golden
from tests.messages.test_replies import THREAD, a_delivery, ended
from tests.subscribing import a_subscription

HOSTILE = "<!channel> *x* `y`"


def an_entry(action: AuditAction, subject: str = "", after: str = "") -> AuditEntry:
    """One change."""
    return AuditEntry(
        workspace=WORKSPACE, at=NOON, who=ASKER, action=action, subject=subject, after=after
    )


EVERYTHING = Everything(
    connected=True,
    account_ending="365e",
    token_ending="k3Vd",
    apps=[App(APP, "Standups"), App(OTHER_APP, HOSTILE)],
    aliases={"weekly": APP},
    policy=Policy(
        default_app=APP,
        apps={
            OTHER_APP: AppPolicy(
                channels=AllowedChannels.LISTED, listed=frozenset({ChannelId("C0LEADS")})
            )
        },
    ),
    subscriptions=[a_subscription(), a_subscription(title="retro*", paused="not_in_channel")],
    administrators=frozenset({UserId("U0ERIN")}),
    deliveries=[
        a_delivery(state=DeliveryState.POSTED),
        ended("no_transcript", DeliveryState.SKIPPED),
        ended("not_in_channel"),
    ],
    record=[
        an_entry(AuditAction.CONFIRM_FROM, after="42"),
        an_entry(AuditAction.ADMINISTRATOR_ADDED, "U0ERIN"),
        replace(an_entry(AuditAction.CONNECTED), who=OPERATOR),
    ],
    link_of=lambda delivery: THREAD if delivery.state is DeliveryState.POSTED else None,
)


def test_everything(golden: Golden) -> None:
    """Account, apps, subscriptions, latest summaries, administrators and changes."""
    golden("home", home.for_administrators(EVERYTHING))


def test_nothing_yet(golden: Golden) -> None:
    """A workspace that has just installed the app: the one next step."""
    nothing = replace(
        EVERYTHING,
        connected=False,
        account_ending=None,
        token_ending=None,
        apps=None,
        subscriptions=[],
        deliveries=[],
        record=[],
        administrators=frozenset(),
    )

    golden("home_new", home.for_administrators(nothing))


def test_without_cloudflare() -> None:
    """The rest is there, and why the apps are not."""
    shown = str(home.for_administrators(replace(EVERYTHING, apps=None)))

    assert "could not be listed" in shown
    assert "Posted by themselves" in shown


def test_members(golden: Golden) -> None:
    """How to use it, and one's own; nothing of other people's and other channels'."""
    view = home.for_members(
        EVERYTHING.deliveries,
        EVERYTHING.administrators,
        connected=True,
        link_of=EVERYTHING.link_of,
    )

    golden("home_member", view)


def test_members_of_a_workspace_that_is_not_connected(golden: Golden) -> None:
    """Whom to ask, instead of what does not work."""
    view = home.for_members([], frozenset(), connected=False, link_of=lambda _: None)

    golden("home_member_not_connected", view)


@pytest.mark.parametrize("count", [16, 500])
def test_long_lists_are_cut_and_counted(count: int) -> None:
    """Slack takes a hundred blocks of three thousand characters."""
    many = replace(
        EVERYTHING,
        apps=[App(AppId(f"app-{number:04}"), "n" * 200) for number in range(count)],
        subscriptions=[a_subscription(name="n" * 200, title="t" * 200) for _ in range(count)],
        deliveries=[
            replace(ended("not_in_channel"), id=DeliveryId(f"D{n}"), created_at=NOON)
            for n in range(count)
        ],
        record=[
            replace(an_entry(AuditAction.ALIAS, "n" * 200), at=NOON - timedelta(seconds=n))
            for n in range(count)
        ],
        administrators=frozenset(UserId(f"U{n:05}") for n in range(count)),
    )

    view = home.for_administrators(many)

    check_view(view)
    assert str(view).count("more.'") >= 4


@pytest.mark.parametrize("action", AuditAction)
def test_every_change_has_its_words(action: AuditAction) -> None:
    """Nobody adds a kind of change without saying what it is."""
    view = home.for_administrators(replace(EVERYTHING, record=[an_entry(action, "C0X", "y")]))

    check_view(view)
