"""When to try again, or never: pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.delivery import FIRST_READY_CHECK, PROMISE_LASTS, Delivery, DeliveryState
from bot.errors import (
    AudienceUnknown,
    BotError,
    CannotLook,
    InternalError,
    NeverReady,
    NoTranscript,
    SendUnconfirmed,
    SummaryEmpty,
    SummaryExpired,
    SummaryNotReady,
    UnexpectedReply,
    Unwanted,
)

READY_CHECKS = (
    FIRST_READY_CHECK,
    *(timedelta(minutes=minutes) for minutes in (2, 5, 10, 20, 40, 80)),
)
"""When to look for a summary that is not there yet, after the promise; hourly from then on.

Cloudflare publishes no figure for how long a summary takes, so the checks begin close together.
"""

HOURLY = timedelta(hours=1)
SHORTEST = 1.0  # seconds
LONGEST = 300.0  # seconds
LONGEST_ASKED_FOR = 3600.0  # seconds; a Retry-After beyond that is taken for a mistake
LOOK_AGAIN_AFTER = 15.0  # seconds until a message that may have arrived can surely be looked up

TRIES_IN_SILENCE = 4
"""So many failed tries take some ten seconds; then the asker is told that it takes longer."""

SILENCE = timedelta(minutes=1)
"""A pause longer than this is not kept from the asker either."""

MOST_TRIES: dict[type[BotError], int] = {
    InternalError: 4,
    UnexpectedReply: 8,
    AudienceUnknown: 8,
}
"""Faults that may pass, but not by waiting for a day."""

_NOTHING_TO_POST = (NoTranscript, SummaryEmpty, SummaryExpired, Unwanted)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a failed try makes of a delivery; `run_at` is when there is next something to do."""

    state: DeliveryState
    reason: str
    run_at: datetime | None
    attempts: int


def decide(error: BotError, delivery: Delivery, now: datetime, jitter: float) -> Decision:
    """Say what an error makes of an open delivery.

    Args:
        error: what the try ended with.
        delivery: as it was before the try.
        now: the present moment.
        jitter: a random number of [0, 1), so that many deliveries do not try in step.
    """
    deadline = delivery.tried_until
    if isinstance(error, SummaryNotReady):
        ready_by = delivery.created_at + PROMISE_LASTS
        if now >= ready_by:
            return Decision(DeliveryState.FAILED, NeverReady.reason, now, 0)
        next_check = min(_next_check(delivery.created_at, now, jitter), ready_by)
        return Decision(DeliveryState.WAITING, error.reason, next_check, 0)
    if isinstance(error, _NOTHING_TO_POST):
        return Decision(DeliveryState.SKIPPED, error.reason, now, 0)
    if delivery.subscription and error.mendable and now < deadline:
        # The subscription pauses; its resumption makes this due at once.
        later = now + HOURLY + _a_tenth_of(HOURLY, jitter)
        return Decision(DeliveryState.WAITING, error.reason, later, delivery.attempts)
    attempts = _counted(error, delivery.attempts)
    if now >= deadline or not _worth_trying(error, attempts):
        return Decision(DeliveryState.FAILED, _told_as(error), now, 0)
    delay = _delay(error, attempts, jitter)
    takes_long = attempts >= TRIES_IN_SILENCE or delay > SILENCE
    state = DeliveryState.WAITING if takes_long else delivery.state
    return Decision(state, error.reason, now + delay, attempts)


def try_again_at(
    error: BotError, *, attempts: int, since: datetime, now: datetime, jitter: float
) -> datetime | None:
    """When to repeat an answer or an edit, or `None` to let it be.

    Args:
        error: what the try ended with.
        attempts: how many tries failed, this one included.
        since: when it was first due; a day later it is given up.
        now: the present moment.
        jitter: a random number of [0, 1).
    """
    if now >= since + PROMISE_LASTS or not _worth_trying(error, attempts):
        return None
    return now + _delay(error, attempts, jitter)


def _counted(error: BotError, before: int) -> int:
    """How many tries failed, this one included.

    To be told when to come back is no failure: it counts only until the asker is told that it
    takes longer. Else a busy hour would have the next failure of another kind waited out for
    minutes.
    """
    if error.retry_after is not None and before >= TRIES_IN_SILENCE:
        return before
    return before + 1


def _worth_trying(error: BotError, attempts: int) -> bool:
    most = next((most for kind, most in MOST_TRIES.items() if isinstance(error, kind)), None)
    return error.retryable and (most is None or attempts < most)


def _told_as(error: BotError) -> str:
    # Whoever may not look only learns what the one who sent left open.
    return SendUnconfirmed.reason if isinstance(error, CannotLook) else error.reason


def _next_check(promised: datetime, now: datetime, jitter: float) -> datetime:
    waited = now - promised
    for after in READY_CHECKS:
        if after > waited:
            return promised + after + _a_tenth_of(after - waited, jitter)
    return now + HOURLY + _a_tenth_of(HOURLY, jitter)


def _a_tenth_of(span: timedelta, jitter: float) -> timedelta:
    return span * 0.1 * jitter


def _delay(error: BotError, attempts: int, jitter: float) -> timedelta:
    if error.retry_after is not None:
        asked = min(max(error.retry_after, SHORTEST), LONGEST_ASKED_FOR)
        return timedelta(seconds=asked + jitter)
    longest = min(LONGEST, 2.0 ** min(attempts, 16))
    backoff = max(SHORTEST, longest * jitter)
    if isinstance(error, SendUnconfirmed):
        return timedelta(seconds=max(LOOK_AGAIN_AFTER, backoff))
    return timedelta(seconds=backoff)
