"""What is known of a session, and what follows from it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes import NOON, a_link, a_session


def test_the_link_does_not_show() -> None:
    """A presigned URL is a secret: printing the object must not print it."""
    assert "s3cr3t" not in repr(a_link())


def test_a_meeting_has_a_length_once_both_ends_are_known() -> None:
    """Length is the time between start and end."""
    assert a_session().length == timedelta(minutes=45)


@pytest.mark.parametrize(
    "changes",
    [
        {"started_at": None},
        {"ended_at": None},
        {"started_at": NOON, "ended_at": NOON - timedelta(seconds=1)},
    ],
)
def test_a_meeting_without_sensible_ends_has_no_length(changes: dict[str, object]) -> None:
    """A length that cannot be known is not made up."""
    assert a_session(**changes).length is None


@pytest.mark.parametrize(
    ("age", "gone"),
    [
        (timedelta(days=7), False),
        (timedelta(days=7, hours=1), False),
        (timedelta(days=7, hours=1, seconds=1), True),
    ],
)
def test_a_week_and_an_hours_skew_after_its_end_a_summary_is_gone(
    age: timedelta, *, gone: bool
) -> None:
    """Cloudflare keeps summaries for 7 days; an hour is left for clocks that differ."""
    assert a_session(ended_at=NOON - age).is_past_keeping(NOON) is gone


def test_a_meeting_that_still_runs_is_not_past_keeping() -> None:
    """Without an end there is nothing to count from."""
    assert not a_session(ended_at=None).is_past_keeping(NOON)
