"""Times as Cloudflare writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.realtimekit.moments import read_moment

HALF_PAST_TEN = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-04T10:30:00.000Z", HALF_PAST_TEN),
        ("2026-03-04T10:30:00Z", HALF_PAST_TEN),
        ("2026-03-04T10:30Z", HALF_PAST_TEN),
        ("2026-03-04t10:30:00z", HALF_PAST_TEN),
        (" 2026-03-04T10:30:00Z\n", HALF_PAST_TEN),
        ("2026-03-04T10:30:00+00:00", HALF_PAST_TEN),
        ("2026-03-04T16:00:00+05:30", HALF_PAST_TEN),
        ("2026-03-04T16:00:00+0530", HALF_PAST_TEN),
        ("2026-03-04T02:30:00-08", HALF_PAST_TEN),
        ("2026-03-04 10:30:00 UTC", HALF_PAST_TEN),
        ("2026-03-04T10:30:00", HALF_PAST_TEN),
        ("2026-03-04T10:30:00.1Z", HALF_PAST_TEN.replace(microsecond=100_000)),
        ("2026-03-04T10:30:00.123456789Z", HALF_PAST_TEN.replace(microsecond=123_456)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (1, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
        (HALF_PAST_TEN.timestamp(), HALF_PAST_TEN),
        (int(HALF_PAST_TEN.timestamp()), HALF_PAST_TEN),
        (int(HALF_PAST_TEN.timestamp()) * 1_000, HALF_PAST_TEN),
        (str(int(HALF_PAST_TEN.timestamp())), HALF_PAST_TEN),
        (str(int(HALF_PAST_TEN.timestamp()) * 1_000), HALF_PAST_TEN),
    ],
)
def test_reads_every_form_of_a_time(written: object, moment: datetime) -> None:
    """Zones, fractions and numbers of either unit all give the same moment, in UTC."""
    read = read_moment(written)

    assert read == moment
    assert read is not None
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    [
        "",
        None,
        "soon",
        "2026-13-04T10:30:00Z",
        "2026-02-30T10:30:00Z",
        "0000-01-01T00:00:00Z",
        "2026-03-04T25:30:00Z",
        "2026-03-04T10:30:60Z",
        "2026-03-04T10:30:00+99:00",
        "9999-12-31T23:59:59-10:00",
        "0001-01-01T00:00:00+10:00",
        "2026-03-04",
        "٢٠٢٦-03-04T10:30:00Z",
        0,
        -5,
        True,
        1e300,
        10**400,
        float("nan"),
        float("inf"),
        "999999999999999",
        [],
        {},
    ],
)
def test_what_is_no_time_is_unknown(written: object) -> None:
    """Anything that cannot be read as a time is `None`, never an error."""
    assert read_moment(written) is None


@given(
    st.one_of(
        st.text(),
        st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?[Z+-].*"),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.none(),
        st.lists(st.integers()),
    )
)
def test_never_raises(written: object) -> None:
    """Whatever is written there, the answer is a moment in UTC or nothing."""
    read = read_moment(written)

    assert read is None or read.tzinfo is UTC


@given(
    st.datetimes(timezones=st.just(UTC)),
    st.integers(min_value=-14 * 60, max_value=14 * 60).map(
        lambda m: timezone(timedelta(minutes=m))
    ),
)
def test_reads_what_python_writes(moment: datetime, zone: timezone) -> None:
    """Any time in any zone comes back as the same moment."""
    try:
        written = moment.astimezone(zone).isoformat()
    except OverflowError:
        return

    assert read_moment(written) == moment
