"""How long an overloaded server asks to be left alone."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.realtimekit.retry_after import LONGEST_WAIT, seconds_to_wait

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("1", 1.0),
        ("0.5", 0.5),
        ("2", 2.0),
        (" 2 ", 2.0),
        ("2.5", 2.5),
        ("300", 300.0),
        ("301", 300.0),
        ("99999999999999999999999", 300.0),
        ("9" * 5_000, 300.0),
        ("Wed, 04 Mar 2026 10:30:45 GMT", 45.0),
        ("Wed, 04 Mar 2026 10:30:45 -0000", 45.0),
        ("Wed, 04 Mar 2026 12:30:00 GMT", 300.0),
        ("Wed, 04 Mar 2026 10:29:00 GMT", None),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("1e9", None),
        ("nan", None),
        ("Wed, 99 Mar 2026 10:30:45 GMT", None),
    ],
)
def test_reads_every_form_of_retry_after(said: str, seconds: float | None) -> None:
    """Seconds and dates are read and capped; what says nothing usable is nothing."""
    assert seconds_to_wait({"retry-after": said}, now=NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"ratelimit": '"default";r=0;t=30'}, 30.0),
        ({"ratelimit": '"default"; r=0; t=30'}, 30.0),
        ({"ratelimit": '"burst";r=0;t=10, "default";r=0;t=4000'}, LONGEST_WAIT),
        ({"ratelimit": '"default";r=50;t=30'}, None),
        ({"ratelimit": "nonsense"}, None),
        ({"ratelimit": '"default";r=0;t=30', "retry-after": "2"}, 2.0),
        ({"ratelimit": '"default";r=0;t=30', "retry-after": "0.5"}, 0.5),
        ({"ratelimit": '"default";r=0;t=30', "retry-after": "-1"}, 30.0),
        ({}, None),
    ],
)
def test_falls_back_to_the_rate_limit(headers: dict[str, str], seconds: float | None) -> None:
    """Without a usable `Retry-After`, a used-up limit says when it is renewed."""
    assert seconds_to_wait(headers, now=NOW) == seconds


@given(st.text(), st.text())
def test_never_raises_and_never_waits_long(said: str, limit: str) -> None:
    """Whatever the headers hold, the wait is unknown or a finite time within the cap."""
    wait = seconds_to_wait({"retry-after": said, "ratelimit": limit}, now=NOW)

    assert wait is None or (math.isfinite(wait) and 0 < wait <= LONGEST_WAIT)
