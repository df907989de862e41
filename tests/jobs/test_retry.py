"""When to try again, as a table of cases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.delivery import DeliveryState
from bot.domain.ids import SubscriptionId
from bot.errors import (
    AudienceUnknown,
    BotError,
    BreakoutRoom,
    CannotLook,
    EndedBefore,
    InternalError,
    NotInChannel,
    NoTranscript,
    RealtimeKitBusy,
    RealtimeKitUnavailable,
    SendUnconfirmed,
    SlackBusy,
    SlackUnavailable,
    SummaryEmpty,
    SummaryExpired,
    SummaryNotReady,
    TitleDiffers,
    TokenRefused,
    UnexpectedReply,
    Unsubscribed,
)
from bot.jobs.retry import Decision, decide, try_again_at
from tests.deliveries import a_delivery
from tests.fakes import NOON

DAY = timedelta(hours=24)


def minutes(number: float) -> timedelta:
    """A span."""
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("waited", "until"),
    [
        (minutes(0), minutes(1)),
        (minutes(1), minutes(2)),
        (minutes(1.1), minutes(2)),
        (minutes(2), minutes(5)),
        (minutes(7), minutes(10)),
        (minutes(10), minutes(20)),
        (minutes(20), minutes(40)),
        (minutes(40), minutes(80)),
        (minutes(80), minutes(140)),
        (minutes(200), minutes(260)),
        (DAY - minutes(10), DAY),
    ],
)
def test_a_summary_that_is_not_there_is_looked_for_ever_more_seldom(
    waited: timedelta, until: timedelta
) -> None:
    """Close together at first, then hourly, and one last time at the end of the day."""
    decision = decide(SummaryNotReady(), a_delivery(), NOON + waited, 0.0)

    assert decision == Decision(DeliveryState.WAITING, "summary_not_ready", NOON + until, 0)


def test_a_summary_that_did_not_come_in_a_day_never_comes() -> None:
    """The asker is told, rather than left waiting."""
    decision = decide(SummaryNotReady(), a_delivery(), NOON + DAY, 0.0)

    assert decision == Decision(DeliveryState.FAILED, "never_ready", NOON + DAY, 0)


def test_waiting_forgets_earlier_failures() -> None:
    """An answer, even "not yet", ends an outage."""
    waiting = a_delivery(state=DeliveryState.WAITING, attempts=7)

    assert decide(SummaryNotReady(), waiting, NOON, 0.0).attempts == 0


@pytest.mark.parametrize("error", [NoTranscript(), SummaryEmpty(), SummaryExpired()])
def test_nothing_to_post_is_skipped(error: BotError) -> None:
    """No fault of anybody's, and nothing to wait for."""
    decision = decide(error, a_delivery(attempts=3), NOON, 0.5)

    assert decision == Decision(DeliveryState.SKIPPED, error.reason, NOON, 0)


def test_what_waiting_cannot_help_fails_at_once() -> None:
    """The asker is told now, with the reason."""
    decision = decide(NotInChannel(), a_delivery(attempts=3), NOON, 0.5)

    assert decision == Decision(DeliveryState.FAILED, "not_in_channel", NOON, 0)


def test_who_may_not_look_leaves_it_unconfirmed() -> None:
    """A message that may have arrived is never repeated blindly; the asker decides."""
    assert decide(CannotLook(), a_delivery(), NOON, 0.5).reason == "unconfirmed"


@pytest.mark.parametrize("state", [DeliveryState.DUE, DeliveryState.WAITING])
def test_an_outage_is_tried_again_in_the_same_state(state: DeliveryState) -> None:
    """What the asker was told stays true."""
    delivery = a_delivery(state=state, attempts=2)

    decision = decide(RealtimeKitUnavailable(), delivery, NOON, 0.5)

    assert decision == Decision(
        state, "realtimekit_unavailable", NOON + timedelta(seconds=4), attempts=3
    )


@pytest.mark.parametrize(
    ("attempts", "jitter", "seconds"),
    [(0, 0.0, 1), (0, 0.75, 1.5), (3, 0.5, 8), (8, 0.5, 150), (500, 0.999, 299.7)],
)
def test_pauses_grow_with_full_jitter_up_to_five_minutes(
    attempts: int, jitter: float, seconds: float
) -> None:
    """Never under a second, never over five minutes, never in step with the others."""
    decision = decide(SlackUnavailable(), a_delivery(attempts=attempts), NOON, jitter)

    assert decision.run_at == NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(("asked", "waits"), [(30, 30.5), (0, 1.5), (7200, 3600.5)])
def test_a_wish_for_a_pause_is_honoured_within_reason(asked: float, waits: float) -> None:
    """`Retry-After` wins over our own pauses, but not beyond an hour."""
    decision = decide(SlackBusy(retry_after=asked), a_delivery(attempts=9), NOON, 0.5)

    assert decision.run_at == NOON + timedelta(seconds=waits)


def test_a_busy_cloudflare_that_names_no_time_is_left_alone_like_an_outage() -> None:
    """Nothing says that `Retry-After` is always there."""
    decision = decide(RealtimeKitBusy(), a_delivery(attempts=3), NOON, 0.5)

    assert decision.run_at == NOON + timedelta(seconds=8)


def test_a_message_that_may_have_arrived_is_looked_for_a_little_later() -> None:
    """Slack needs a moment until it can be found."""
    decision = decide(SendUnconfirmed(), a_delivery(), NOON, 0.5)

    assert decision.run_at == NOON + timedelta(seconds=15)


def test_looking_again_and_again_becomes_seldom() -> None:
    """A Slack that confirms nothing for hours is not asked every quarter of a minute."""
    decision = decide(SendUnconfirmed(), a_delivery(attempts=7), NOON, 0.5)

    assert decision.run_at == NOON + timedelta(seconds=128)


def test_an_outage_of_a_day_is_given_up() -> None:
    """Acknowledged means posted, or told why not."""
    decision = decide(RealtimeKitUnavailable(), a_delivery(attempts=300), NOON + DAY, 0.5)

    assert decision == Decision(DeliveryState.FAILED, "realtimekit_unavailable", NOON + DAY, 0)


@pytest.mark.parametrize(
    ("error", "tries"),
    [(InternalError("KeyError"), 4), (UnexpectedReply("200"), 8), (AudienceUnknown(), 8)],
)
def test_a_fault_is_tried_a_few_times_only(error: BotError, tries: int) -> None:
    """It may pass, but the asker should not wait a day for it."""
    before = decide(error, a_delivery(attempts=tries - 2), NOON, 0.5)
    last = decide(error, a_delivery(attempts=tries - 1), NOON, 0.5)

    assert before.state.is_open
    assert last == Decision(DeliveryState.FAILED, error.reason, NOON, 0)


@pytest.mark.parametrize(("before", "after"), [(0, 1), (3, 4), (4, 4), (9, 9)])
def test_a_wait_that_was_asked_for_is_no_failure(before: int, after: int) -> None:
    """It counts until the asker is told that it takes longer, and makes no later wait longer."""
    decision = decide(SlackBusy(retry_after=2), a_delivery(attempts=before), NOON, 0.5)

    assert decision.attempts == after


def test_what_fails_without_a_time_counts_for_good() -> None:
    """Its waits grow."""
    decision = decide(SlackBusy(), a_delivery(attempts=9), NOON, 0.5)

    assert decision.attempts == 10


@pytest.mark.parametrize(
    ("attempts", "retry_after", "state"),
    [
        (2, None, DeliveryState.DUE),
        (3, None, DeliveryState.WAITING),
        (0, 59.0, DeliveryState.DUE),
        (0, 60.0, DeliveryState.WAITING),
    ],
)
def test_what_takes_long_becomes_waiting_so_that_its_asker_is_told(
    attempts: int, retry_after: float | None, state: DeliveryState
) -> None:
    """A hiccup is nobody's concern; an outage, or a long pause somebody asked for, is."""
    error = RealtimeKitUnavailable(retry_after=retry_after)

    decision = decide(error, a_delivery(attempts=attempts), NOON, 0.5)

    assert (decision.state, decision.attempts) == (state, attempts + 1)


@given(
    attempts=st.integers(min_value=0, max_value=10_000),
    jitter=st.floats(min_value=0, max_value=1, exclude_max=True),
    waited=st.timedeltas(min_value=timedelta(), max_value=timedelta(hours=30)),
    error=st.sampled_from([SummaryNotReady(), SlackUnavailable(), SendUnconfirmed(), SlackBusy()]),
)
def test_there_is_always_a_next_time_or_an_end(
    attempts: int, jitter: float, waited: timedelta, error: BotError
) -> None:
    """No open delivery is left without a time, and none is due in the past."""
    now = NOON + waited

    decision = decide(error, a_delivery(attempts=attempts), now, jitter)

    assert decision.run_at is not None
    assert decision.run_at > now if decision.state.is_open else decision.run_at == now
    assert decision.state.is_open == (waited < DAY)


@pytest.mark.parametrize(
    ("error", "attempts", "waited", "at"),
    [
        (SlackUnavailable(), 3, minutes(1), NOON + minutes(1) + timedelta(seconds=4)),
        (SlackBusy(retry_after=10), 1, minutes(0), NOON + timedelta(seconds=10.5)),
        (SlackUnavailable(), 300, DAY, None),
        (NotInChannel(), 1, minutes(0), None),
        (InternalError(), 4, minutes(0), None),
    ],
)
def test_an_answer_is_repeated_until_it_helps_no_more(
    error: BotError, attempts: int, waited: timedelta, at: object
) -> None:
    """An asker who can't be reached in a day, or ever, is let be."""
    again = try_again_at(error, attempts=attempts, since=NOON, now=NOON + waited, jitter=0.5)

    assert again == at


@pytest.mark.parametrize(
    ("waited", "until"),
    [
        (minutes(0), minutes(1) + minutes(0.05)),
        (minutes(1), minutes(2) + minutes(0.05)),
        (minutes(80), minutes(140) + minutes(3)),
    ],
)
def test_chance_puts_a_look_off_by_up_to_a_tenth(waited: timedelta, until: timedelta) -> None:
    """Of the time until it, and never sooner: half of that tenth at a chance of a half."""
    decision = decide(SummaryNotReady(), a_delivery(), NOON + waited, 0.5)

    assert decision.run_at == NOON + until


BY_ITSELF = a_delivery(asker=None, answer_url=None, subscription=SubscriptionId("S1"))
WEEK = timedelta(days=7)


@pytest.mark.parametrize("error", [TokenRefused(), NotInChannel()])
def test_what_a_subscription_wants_waits_for_somebody_to_mend_it(error: BotError) -> None:
    """It is tried about hourly while the subscription is paused; nobody's patience is used up."""
    decision = decide(error, BY_ITSELF, NOON, 0.5)

    assert decision == Decision(
        DeliveryState.WAITING, error.reason, NOON + minutes(63), BY_ITSELF.attempts
    )


def test_a_person_is_told_at_once_what_has_to_be_mended() -> None:
    """Only a subscription waits; whoever asked gets the reason and asks again."""
    assert decide(TokenRefused(), a_delivery(), NOON, 0.5).state is DeliveryState.FAILED


@pytest.mark.parametrize("error", [TokenRefused(), RealtimeKitUnavailable()])
def test_what_a_subscription_wants_is_tried_for_as_long_as_there_is_a_summary(
    error: BotError,
) -> None:
    """Seven days, not one: an outage of a day loses no meeting."""
    assert decide(error, BY_ITSELF, NOON + WEEK - minutes(1), 0.5).state.is_open
    assert decide(error, BY_ITSELF, NOON + WEEK, 0.5).state is DeliveryState.FAILED


def test_a_summary_nobody_asked_for_is_waited_for_a_day() -> None:
    """What was not written within a day will not be."""
    assert decide(SummaryNotReady(), BY_ITSELF, NOON + DAY - minutes(1), 0.5).state.is_open
    assert decide(SummaryNotReady(), BY_ITSELF, NOON + DAY, 0.5).reason == "never_ready"


@pytest.mark.parametrize("error", [TitleDiffers(), BreakoutRoom(), EndedBefore(), Unsubscribed()])
def test_what_is_not_wanted_is_skipped(error: BotError) -> None:
    """A session the subscription refuses ends with the reason and no post."""
    decision = decide(error, BY_ITSELF, NOON, 0.5)

    assert (decision.state, decision.reason) == (DeliveryState.SKIPPED, error.reason)
