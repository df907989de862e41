"""A summary is fetched while it is asked who would read it, and the right one of both is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.audience import Audience
from bot.domain.delivery import Delivery
from bot.domain.ids import AppId, ChannelId, SessionId
from bot.domain.policy import AllowedChannels, AppPolicy, Policy
from bot.domain.subscription import Subscription
from bot.domain.summary import SummaryLink
from bot.errors import (
    BotError,
    ChannelNotAllowed,
    ConfirmationDue,
    NotInChannel,
    SessionNotFound,
    SharedChannel,
    SlackUnavailable,
    SummaryNotReady,
    TitleDiffers,
)
from bot.usecases.app_directory import AppDirectory
from bot.usecases.diagnose import Diagnose
from bot.usecases.fetch_admitted import FetchAdmitted
from bot.usecases.fetch_summary import FetchedSummary, FetchSummary
from tests.clock import ManualClock
from tests.deliveries import a_delivery
from tests.fakes import (
    APP,
    CHANNEL,
    NOON,
    NOT_READY,
    SESSION,
    FakeDownloads,
    FakeMeetings,
    FakeWorkspaces,
    a_session,
    a_workspace,
)
from tests.subscribing import (
    FakeConversations,
    FakePolicies,
    Kept,
    a_gate,
    a_subscription,
    an_audience,
)

MANY = an_audience(readers=150)
SHARED = an_audience(is_shared=True, outside=1)


class Admitted:
    """The use case around one account and one channel."""

    def __init__(self, kept: Kept, clock: ManualClock) -> None:
        self.kept, self.clock = kept, clock
        self.meetings, self.conversations = FakeMeetings(), FakeConversations()

    def build(self) -> FetchAdmitted:
        """As it ships."""
        apps = AppDirectory(FakeWorkspaces(), lambda _: self.meetings, self.clock)
        diagnose = Diagnose(apps, lambda _: self.meetings, self.clock)
        fetch = FetchSummary(apps, lambda _: self.meetings, FakeDownloads(), diagnose)
        gate = a_gate(self.conversations, now=self.clock)
        return FetchAdmitted(fetch, gate, self.kept.subscriptions)

    async def fetch(
        self, delivery: Delivery | None = None, subscription: Subscription | None = None
    ) -> FetchedSummary:
        """Once, for a thread that is not begun."""
        asked = delivery or a_delivery()
        return await self.build()(a_workspace(), asked, subscription, begun=False)


@pytest.fixture
def admitted(kept: Kept, clock: ManualClock) -> Admitted:
    """An ordinary channel and a summary that is there."""
    return Admitted(kept, clock)


async def test_both_are_asked_at_the_same_time(admitted: Admitted) -> None:
    """The look at the channel is over before the summary is here."""
    both = asyncio.Barrier(2)

    class Meetings(FakeMeetings):
        async def fetch_summary(self, app: AppId, session: SessionId) -> SummaryLink:
            await both.wait()
            return await super().fetch_summary(app, session)

    class Conversations(FakeConversations):
        async def audience(self, channel: ChannelId) -> Audience:
            await both.wait()
            return an_audience()

    admitted.meetings, admitted.conversations = Meetings(), Conversations()

    async with asyncio.timeout(5):
        assert (await admitted.fetch()).summary.text


@pytest.mark.parametrize(
    ("fetched", "audience", "told"),
    [
        (None, an_audience(has_bot=False), NotInChannel),
        (NOT_READY, an_audience(), SummaryNotReady),
        (NOT_READY, an_audience(has_bot=False), NotInChannel),
        (NOT_READY, MANY, ConfirmationDue),
        (SessionNotFound(), MANY, SessionNotFound),
        (SessionNotFound(), an_audience(has_bot=False), SessionNotFound),
    ],
)
async def test_what_is_told_first(
    admitted: Admitted, fetched: Exception | None, audience: Audience, told: type[BotError]
) -> None:
    """Nobody confirms what is not there, nor waits for what must not be posted."""
    if fetched is not None:
        admitted.meetings.links = [fetched]
        if isinstance(fetched, SessionNotFound):
            admitted.meetings.sessions = {}
    admitted.conversations.known[CHANNEL] = audience

    with pytest.raises(told):
        await admitted.fetch()


async def test_a_meeting_that_is_not_wanted_pauses_nothing(admitted: Admitted) -> None:
    """Its title is told before what stands in the way of posting it."""
    subscription = a_subscription(title="retro*", created_at=NOON - timedelta(days=1))
    admitted.conversations.known[CHANNEL] = an_audience(has_bot=False)

    with pytest.raises(TitleDiffers):
        await admitted.fetch(a_delivery(asker=None), subscription)


@pytest.mark.parametrize("audience", [MANY, SHARED])
@pytest.mark.parametrize("is_there", [True, False])
async def test_what_comes_by_itself_needs_nobodys_leave(
    admitted: Admitted, audience: Audience, *, is_there: bool
) -> None:
    """A person's request takes the place of the subscription's, which had leave to post."""
    yesterday = NOON - timedelta(days=1)
    wanting = a_subscription(created_at=yesterday, title="weekly*", allows_outsiders=True)
    await admitted.kept.subscriptions.add(wanting)
    admitted.conversations.known[CHANNEL] = audience
    if is_there:
        assert (await admitted.fetch()).summary.text
        return
    admitted.meetings.links = [NOT_READY]

    with pytest.raises(SummaryNotReady):
        await admitted.fetch()


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "retro*"},
        {"app": AppId("another-app")},
        {"created_at": NOON + timedelta(days=1)},
        {"channel": ChannelId("C0OTHER")},
    ],
)
async def test_what_the_subscription_does_not_want_is_asked_about(
    admitted: Admitted, changes: dict[str, object]
) -> None:
    """Another title, another app, a meeting from before, another channel."""
    wanting = a_subscription(**{"created_at": NOON - timedelta(days=1), **changes})
    await admitted.kept.subscriptions.add(wanting)
    admitted.conversations.known[CHANNEL] = MANY

    with pytest.raises(ConfirmationDue):
        await admitted.fetch()


async def test_a_subscription_without_leave_lends_none(admitted: Admitted) -> None:
    """Its channel became shared, and no administrator agreed to that."""
    await admitted.kept.subscriptions.add(a_subscription(created_at=NOON - timedelta(days=1)))
    admitted.conversations.known[CHANNEL] = SHARED

    with pytest.raises(SharedChannel):
        await admitted.fetch()


async def test_details_that_are_not_known_lend_no_leave(admitted: Admitted) -> None:
    """Whether the subscription wants the meeting cannot be told without them."""
    await admitted.kept.subscriptions.add(a_subscription(created_at=NOON - timedelta(days=1)))
    admitted.meetings.sessions[SESSION] = SlackUnavailable()
    admitted.conversations.known[CHANNEL] = MANY

    with pytest.raises(ConfirmationDue):
        await admitted.fetch()


async def test_the_app_is_known_by_its_id(admitted: Admitted) -> None:
    """What was decided for an app holds for its name as well."""
    admitted.meetings.sessions[SESSION] = a_session()

    def decided(channels: str) -> FetchAdmitted:
        built = admitted.build()
        policies = FakePolicies(Policy(apps={APP: AppPolicy(channels=AllowedChannels(channels))}))
        return replace(built, gate=a_gate(admitted.conversations, policies))

    asked = a_delivery(app="standups")

    with pytest.raises(ChannelNotAllowed):
        await decided("private")(a_workspace(), asked, None, begun=False)
    await decided("all")(a_workspace(), asked, None, begun=False)
