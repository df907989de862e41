"""Which sessions a subscription wants."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import AppId, ChannelId, SessionId, SubscriptionId, UserId, WorkspaceId
from bot.domain.subscription import NotWanted, Subscription, matches
from bot.domain.summary import SessionDetails

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

SUBSCRIPTION = Subscription(
    id=SubscriptionId("S1"),
    workspace=WorkspaceId("T1"),
    channel=ChannelId("C1"),
    app=AppId("5d0bb26a-2fae-4c27-b0d2-111111111111"),
    name="standups",
    created_by=UserId("U1"),
    created_at=NOON,
)

SESSION = SessionDetails(
    session_id=SessionId("session"), title="Weekly planning", ended_at=NOON + timedelta(hours=1)
)


def test_every_meeting_is_wanted_without_a_title() -> None:
    """A subscription without a title takes all titles, also none."""
    assert SUBSCRIPTION.refuses(SESSION) is None
    assert SUBSCRIPTION.refuses(replace(SESSION, title="")) is None


def test_a_meeting_of_another_title_is_not_wanted() -> None:
    """The title filter decides, and a meeting without a title has no matching one."""
    weekly = replace(SUBSCRIPTION, title="weekly*")

    assert weekly.refuses(SESSION) is None
    assert weekly.refuses(replace(SESSION, title="Biweekly")) is NotWanted.TITLE_DIFFERS
    assert weekly.refuses(replace(SESSION, title="")) is NotWanted.TITLE_DIFFERS


def test_a_breakout_room_is_not_posted_beside_its_meeting() -> None:
    """A session with a parent session is a part of it."""
    room = replace(SESSION, parent_session_id=SessionId("the-meeting"))

    assert SUBSCRIPTION.refuses(room) is NotWanted.BREAKOUT_ROOM


def test_a_meeting_from_before_is_not_wanted() -> None:
    """What ended before the subscription was made is history; what ended with it is not."""
    before = replace(SESSION, ended_at=NOON - timedelta(microseconds=1))

    assert SUBSCRIPTION.refuses(before) is NotWanted.ENDED_BEFORE
    assert SUBSCRIPTION.refuses(replace(SESSION, ended_at=NOON)) is None
    assert SUBSCRIPTION.refuses(replace(SESSION, ended_at=None)) is None


@pytest.mark.parametrize(
    ("pattern", "title"),
    [
        ("weekly*", "Weekly planning"),
        ("*planning", "Weekly  Planning"),
        ("w?ekly planning", "WEEKLY PLANNING"),
        ("*", ""),
        ("straße", "STRASSE"),
        ("a[b]*", "A[b]c"),
        ("weekly*", "weekly\nplanning"),
        ("Anna’s 1–1", "Anna's 1-1"),  # noqa: RUF001
    ],
)
def test_a_pattern_matches(pattern: str, title: str) -> None:
    """`*` and `?` are wild, nothing else is, and neither case nor spacing counts."""
    assert matches(pattern, title)


@pytest.mark.parametrize(
    ("pattern", "title"),
    [("weekly", "Weekly planning"), ("?", ""), ("a[b]", "ab"), ("w.ekly", "weekly"), ("", "x")],
)
def test_a_pattern_does_not_match(pattern: str, title: str) -> None:
    """The whole title must be what the pattern says."""
    assert not matches(pattern, title)


@given(st.text(max_size=40))
def test_a_title_matches_itself_and_what_it_begins_with(title: str) -> None:
    """Any title without wildcards is a pattern for itself, and a prefix of it with a star."""
    plain = title.replace("*", "").replace("?", "")

    assert matches(plain, plain)
    assert matches(plain.strip()[:5].rstrip() + "*", plain)
