"""The one way to a post asks Slack and looks at what administrators decided."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from bot.domain.admission import Person
from bot.domain.audience import Audience, Consent
from bot.domain.ids import ChannelId, WorkspaceId
from bot.domain.policy import Policy
from bot.errors import (
    AudienceUnknown,
    BotError,
    ChannelClosed,
    ConfirmationDue,
    NotInChannel,
    SharedChannel,
    SlackBusy,
)
from bot.usecases.audience_gate import REMEMBERED_FOR, AudienceGate
from tests.clock import ManualClock
from tests.fakes import APP, CHANNEL, a_workspace
from tests.subscribing import FakeConversations, FakePolicies, a_gate, a_subscription, an_audience


@dataclass
class Door:
    """The gate and what stands behind it."""

    clock: ManualClock
    conversations: FakeConversations = field(default_factory=FakeConversations)
    policies: FakePolicies = field(default_factory=FakePolicies)
    gate: AudienceGate = field(init=False)

    def __post_init__(self) -> None:
        """As it ships."""
        self.gate = a_gate(self.conversations, self.policies, self.clock)

    async def ask(self, consent: Consent | None = None) -> Audience:
        """As somebody who wants a summary in the channel."""
        return await self.gate(a_workspace(), APP, CHANNEL, Person(consent=consent))

    def becomes(self, **facts: object) -> None:
        """Change the channel."""
        self.conversations.known[CHANNEL] = an_audience(**facts)


@pytest.fixture
def door(clock: ManualClock) -> Door:
    """An ordinary channel of 42 people."""
    return Door(clock)


async def test_lets_through_and_says_who_will_read(door: Door) -> None:
    """For those who tell somebody."""
    assert await door.ask() == an_audience()


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"is_archived": True}, ChannelClosed),
        ({"has_bot": False}, NotInChannel),
        ({"is_shared": True, "outside": 1}, SharedChannel),
        ({"readers": None}, AudienceUnknown),
        ({"readers": 100}, ConfirmationDue),
    ],
)
async def test_says_why_not(door: Door, facts: dict[str, object], error: type[BotError]) -> None:
    """Each reason is an error of its own."""
    door.becomes(**facts)

    with pytest.raises(error):
        await door.ask()


async def test_a_due_confirmation_carries_who_would_read(door: Door) -> None:
    """So that they can be shown to whoever is to confirm."""
    door.becomes(readers=100)

    with pytest.raises(ConfirmationDue) as due:
        await door.ask(Consent(99, 0))

    assert due.value.audience == an_audience(readers=100)


async def test_slack_not_saying_is_no_leave(door: Door) -> None:
    """What stands in the way is told as it is, to be tried again."""
    door.conversations.refusal = SlackBusy("ratelimited", retry_after=30)

    with pytest.raises(SlackBusy):
        await door.ask()


async def test_a_burst_asks_slack_once(door: Door) -> None:
    """Meetings that end together in one channel have one audience; a subscription's as well."""
    for _ in range(10):
        await door.ask()
    await door.gate(a_workspace(), APP, CHANNEL, a_subscription())

    assert door.conversations.asked == [CHANNEL]


async def test_after_a_while_slack_is_asked_again(door: Door) -> None:
    """Counted from when it was asked, not from when the answer was last used."""
    await door.ask()
    door.clock.advance(seconds=REMEMBERED_FOR.total_seconds() - 1)
    await door.ask()
    door.clock.advance(seconds=1)
    door.becomes(is_shared=True, outside=1)

    with pytest.raises(SharedChannel):
        await door.ask()


async def test_a_refusal_is_looked_at_anew(door: Door) -> None:
    """Who puts something right at once is not told the same again."""
    door.becomes(has_bot=False)
    with pytest.raises(NotInChannel):
        await door.ask()
    door.becomes()

    assert await door.ask() == an_audience()


async def test_who_agreed_to_numbers_has_them_counted_anew(door: Door) -> None:
    """What was let through a moment ago is not what they agreed to."""
    await door.ask()
    door.becomes(readers=101)

    with pytest.raises(ConfirmationDue):
        await door.ask(Consent(100, 0))


async def test_what_administrators_decide_holds_at_once(door: Door) -> None:
    """Only Slack's word is kept for a moment, not theirs."""
    await door.ask()
    door.policies.decided = Policy(confirm_from=42)

    with pytest.raises(ConfirmationDue):
        await door.ask()


async def test_channels_and_workspaces_are_kept_apart(door: Door) -> None:
    """The same channel id in two workspaces is two channels."""
    await door.ask()
    elsewhere = replace(a_workspace(), id=WorkspaceId("T0OTHER"))
    other = ChannelId("C0OTHER")
    door.conversations.known[other] = an_audience(channel=other)

    await door.gate(elsewhere, APP, CHANNEL, Person())
    await door.gate(a_workspace(), APP, other, Person())

    assert door.conversations.asked == [CHANNEL, CHANNEL, other]


async def test_both_are_asked_at_the_same_time(door: Door) -> None:
    """Reading what was decided costs no time beside Slack's round trip."""
    both = asyncio.Barrier(2)

    async def policy(_: WorkspaceId) -> Policy:
        await both.wait()
        return Policy()

    class Waiting(FakeConversations):
        async def audience(self, channel: ChannelId) -> Audience:
            await both.wait()
            return an_audience()

    gate = AudienceGate(policy, lambda _: Waiting(), door.clock)

    async with asyncio.timeout(5):
        assert await gate(a_workspace(), APP, CHANNEL, Person()) == an_audience()


async def test_what_is_remembered_does_not_pile_up(door: Door) -> None:
    """Only what may still be used is kept."""
    for number in range(3):
        channel = ChannelId(f"C{number}")
        door.conversations.known[channel] = an_audience(channel=channel)
        await door.gate(a_workspace(), APP, channel, Person())
        door.clock.advance(seconds=15)

    assert len(door.gate._let_through) == 2
