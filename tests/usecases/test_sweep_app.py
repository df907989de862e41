"""A look through an app's sessions finds what nothing told of, and minds its pauses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.domain.delivery import DeliveryState
from bot.domain.ids import ChannelId, SessionId, SubscriptionId
from bot.domain.policy import AllowedChannels, AppPolicy, Policy
from bot.domain.summary import SessionDetails
from bot.domain.watched_app import WatchedApp
from bot.errors import BotError, PermissionMissing, RealtimeKitBusy, RealtimeKitUnavailable
from bot.usecases.keep_webhook import KeepWebhook
from bot.usecases.sweep_app import LAST_DAY, LOOK_EVERY, SweepApp
from tests.clock import ManualClock
from tests.deliveries import a_delivery
from tests.fakes import APP, ASKER, CHANNEL, NOON, SESSION, WORKSPACE, FakeWorkspaces, a_session
from tests.subscribing import (
    PUBLIC_URL,
    FakeConversations,
    FakePolicies,
    Kept,
    WatchedMeetings,
    a_gate,
    a_subscription,
    an_audience,
)

YESTERDAY = NOON - timedelta(days=1)


@dataclass
class Sweep:
    """The use case around one account and one channel."""

    kept: Kept
    clock: ManualClock
    meetings: WatchedMeetings = field(default_factory=WatchedMeetings)
    conversations: FakeConversations = field(default_factory=FakeConversations)
    policies: FakePolicies = field(default_factory=FakePolicies)

    async def look(self) -> int:
        """Look once, as the rounds would."""
        watched = await self.watched()
        keep = KeepWebhook(
            lambda _: self.meetings,
            self.kept.workspaces,
            self.kept.subscriptions,
            self.kept.watched,
            self.clock,
            PUBLIC_URL,
        )
        return await SweepApp(
            FakeWorkspaces(),
            lambda _: self.meetings,
            a_gate(self.conversations, self.policies, self.clock),
            self.kept.subscriptions,
            self.kept.watched,
            self.kept.expectations,
            keep,
            self.clock,
        )(watched)

    async def watched(self) -> WatchedApp:
        """The app."""
        watched = await self.kept.watched.get(WORKSPACE, APP)
        assert watched is not None
        return watched

    async def paused(self) -> str | None:
        """Why the subscription is paused."""
        (subscription,) = await self.kept.subscriptions.of_workspace(WORKSPACE)
        return subscription.paused

    async def standing(self, session: SessionId = SESSION) -> tuple[DeliveryState, str | None]:
        """How a session's delivery stands."""
        found = await self.kept.deliveries.latest(WORKSPACE, CHANNEL, session)
        assert found is not None
        assert found.asker is None
        return found.state, found.reason


@pytest.fixture
async def sweep(kept: Kept, clock: ManualClock) -> Sweep:
    """A channel that has subscribed to the app's weekly meetings since yesterday."""
    await kept.subscriptions.add(a_subscription(created_at=YESTERDAY, title="weekly*"))
    return Sweep(kept, clock)


async def test_a_meeting_nothing_told_of_is_found(sweep: Sweep) -> None:
    """Once: the next look, or a webhook that comes late, finds it there."""
    sweep.meetings.recent = [a_session()]

    assert await sweep.look() == 1
    assert await sweep.look() == 0

    assert await sweep.standing() == (DeliveryState.DUE, None)


async def test_what_has_an_outcome_is_left_alone(sweep: Sweep) -> None:
    """Also when a person had asked for it."""
    await sweep.kept.deliveries.promise(a_delivery())
    sweep.meetings.recent = [a_session()]

    assert await sweep.look() == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"title": "Retrospective"}, "title_differs"),
        ({"parent_session_id": SessionId("parent")}, "breakout_room"),
    ],
)
async def test_what_is_not_wanted_ends_with_its_reason(
    sweep: Sweep, changes: dict[str, object], reason: str
) -> None:
    """So that `status` can say why not, and no call is spent on it."""
    sweep.meetings.recent = [a_session(**changes)]

    await sweep.look()

    assert await sweep.standing() == (DeliveryState.SKIPPED, reason)


@pytest.mark.parametrize(
    "session",
    [
        a_session(ended_at=YESTERDAY - timedelta(minutes=1)),
        a_session(ended_at=None),
        a_session(ended_at=NOON - timedelta(days=8)),
    ],
)
async def test_what_is_too_old_or_not_over_leaves_no_trace(
    sweep: Sweep, session: SessionDetails
) -> None:
    """History, a meeting without an end, and what Cloudflare no longer keeps."""
    sweep.meetings.recent = [session]

    assert await sweep.look() == 0
    assert await sweep.kept.deliveries.latest(WORKSPACE, CHANNEL, SESSION) is None


async def test_every_channel_gets_its_own(sweep: Sweep) -> None:
    """Two channels that subscribe to one app, each with its filter."""
    other = ChannelId("C0OTHER")
    await sweep.kept.subscriptions.add(
        a_subscription(id=SubscriptionId("SUB2"), channel=other, created_at=YESTERDAY)
    )
    sweep.meetings.recent = [a_session(title="Retrospective")]

    await sweep.look()

    there = await sweep.kept.deliveries.latest(WORKSPACE, other, SESSION)
    assert (await sweep.standing())[0] is DeliveryState.SKIPPED
    assert there is not None
    assert there.state is DeliveryState.DUE


async def test_the_first_look_goes_back_to_the_subscription_and_later_ones_a_day(
    sweep: Sweep,
) -> None:
    """A meeting may last for hours before it ends; what is older was looked through."""
    await sweep.look()
    sweep.clock.advance(minutes=5)
    await sweep.look()
    sweep.clock.advance(days=9)
    await sweep.look()

    assert sweep.meetings.asked_since == [
        YESTERDAY - LAST_DAY,
        NOON + timedelta(minutes=5) - LAST_DAY,
        NOON + timedelta(days=9, minutes=5) - timedelta(days=7) - LAST_DAY,
    ]


@pytest.mark.parametrize(
    ("error", "pause", "wait"),
    [
        (PermissionMissing(), "permission_missing", LOOK_EVERY),
        (RealtimeKitUnavailable(), None, LOOK_EVERY),
        (RealtimeKitBusy(retry_after=900.0), None, timedelta(seconds=900)),
    ],
)
async def test_what_cannot_be_seen_is_looked_at_later(
    sweep: Sweep, error: BotError, pause: str | None, wait: timedelta
) -> None:
    """What a person has to mend pauses the subscription; an outage does not."""
    sweep.meetings.refusal = error

    with pytest.raises(type(error)):
        await sweep.look()

    assert await sweep.paused() == pause
    assert (await sweep.watched()).next_at == NOON + wait


async def test_an_account_that_answers_again_ends_the_pause(sweep: Sweep) -> None:
    """The look itself is the proof."""
    await sweep.kept.subscriptions.pause(SubscriptionId("SUB1"), "token_refused", NOON)

    await sweep.look()

    assert await sweep.paused() is None


@pytest.mark.parametrize(
    ("audience", "pause"),
    [
        ({}, None),
        ({"has_bot": False}, "not_in_channel"),
        ({"is_shared": True, "outside": 1}, "not_in_channel"),
        ({"readers": None}, "not_in_channel"),
    ],
)
async def test_a_channel_that_is_as_it_should_be_ends_the_pause(
    sweep: Sweep, audience: dict[str, object], pause: str | None
) -> None:
    """The bot was invited again, and no other company came in the meantime."""
    sweep.conversations.known[CHANNEL] = an_audience(**audience)
    await sweep.kept.subscriptions.pause(SubscriptionId("SUB1"), "not_in_channel", NOON)

    await sweep.look()

    assert await sweep.paused() == pause


@pytest.mark.parametrize(
    ("reason", "audience", "before", "after"),
    [
        (
            "shared_channel",
            {"is_shared": True, "outside": 1},
            Policy(),
            Policy(allows_shared=True),
        ),
        (
            "channel_not_allowed",
            {},
            Policy(apps={APP: AppPolicy(channels=AllowedChannels.PRIVATE)}),
            Policy(),
        ),
    ],
)
async def test_an_administrators_decision_ends_the_pause(
    sweep: Sweep, reason: str, audience: dict[str, object], before: Policy, after: Policy
) -> None:
    """At the next look after it was made, and not at one before."""
    sweep.conversations.known[CHANNEL] = an_audience(**audience)
    sweep.policies.decided = before
    await sweep.kept.subscriptions.pause(SubscriptionId("SUB1"), reason, NOON)
    await sweep.look()
    still = await sweep.paused()

    sweep.policies.decided = after
    await sweep.look()

    assert (still, await sweep.paused()) == (reason, None)


@pytest.mark.parametrize("reason", ["app_misconfigured", "channel_closed"])
async def test_a_look_does_not_end_what_only_a_post_can(sweep: Sweep, reason: str) -> None:
    """Or its maker would be told again and again."""
    await sweep.kept.subscriptions.pause(SubscriptionId("SUB1"), reason, NOON)

    await sweep.look()

    assert await sweep.paused() == reason


async def test_the_webhook_is_looked_after_every_hour(sweep: Sweep) -> None:
    """Somebody may have removed it; looking costs a call, so not every time."""
    await sweep.look()
    sweep.meetings.webhooks.clear()
    sweep.clock.advance(minutes=59)
    await sweep.look()
    assert sweep.meetings.webhooks == {}

    sweep.clock.advance(minutes=1)
    await sweep.look()

    assert len(sweep.meetings.webhooks) == 1


async def test_an_app_without_subscriptions_is_let_go(sweep: Sweep) -> None:
    """Its webhook could not be removed when the last one ended; now it is."""
    await sweep.look()
    await sweep.kept.subscriptions.remove(WORKSPACE, CHANNEL, APP, who=ASKER, at=NOON)

    assert await sweep.look() == 0

    assert sweep.meetings.webhooks == {}
    assert await sweep.kept.watched.get(WORKSPACE, APP) is None
