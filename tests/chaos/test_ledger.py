"""The ledger finds what is lost, what is twice, and what stands in the wrong place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot.demo.fake_slack import Team
from bot.demo.fake_slack.state import PrivateAnswer
from bot.errors import SendUnconfirmed
from bot.messages.sentences import sentence_for
from tests.chaos.ledger import Verdict, judge
from tests.chaos.notes import Key, Row

PROMISED: Key = ("T1", "C1", "session-1")
NAMES = {"session-1": "meeting-0001", "session-2": "meeting-0002"}


@pytest.fixture
def team() -> Team:
    """A workspace with two channels and nothing in them."""
    made = Team(now=lambda: datetime(2026, 3, 4, 12, tzinfo=UTC), id="T1")
    for channel in ("C1", "C2"):
        made.add_channel(channel, channel)
    return made


def post(team: Team, *, name: str = "meeting-0001", channel: str = "C1", replies: int = 1) -> None:
    """Have a thread stand in a channel."""
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": name}}]
    parent = team.say(channel, team.bot_user_id, "")
    parent.blocks = blocks
    for _ in range(replies):
        team.say(channel, team.bot_user_id, "", thread_ts=parent.ts).blocks = blocks


def a_row(**changes: object) -> Row:
    """What is written down of a delivery that was posted."""
    usual: dict[str, object] = {"id": "D1", "key": PROMISED, "state": "posted", "reason": None}
    rest: dict[str, object] = {"has_asker": False, "has_more_to_do": False}
    return Row(**{**usual, **rest, **changes})  # type: ignore[arg-type]


def judged(team: Team, rows: Sequence[Row]) -> Verdict:
    """The verdict where one post was promised."""
    return judge([PROMISED], NAMES, [team], rows)


def test_one_thread_is_right(team: Team) -> None:
    """A parent with its summary."""
    post(team)

    verdict = judged(team, [a_row()])

    assert list(verdict.faults) == []
    assert (verdict.promised, verdict.posted) == (1, 1)


@pytest.mark.parametrize("threads", [1, 2])
def test_whatever_stands_there_twice_is_found(team: Team, threads: int) -> None:
    """Two threads, or two replies in one."""
    for _ in range(threads):
        post(team, replies=3 - threads)

    assert len(judged(team, [a_row()]).twice) == 1


def test_a_thread_without_its_summary_is_found(team: Team) -> None:
    """Whatever the bot wrote down."""
    post(team, replies=0)

    assert len(judged(team, [a_row()]).incomplete) == 1


@pytest.mark.parametrize(
    "rows", [[], [a_row(state="waiting")], [a_row(state="failed", reason="channel_closed")]]
)
def test_what_came_to_no_end_or_to_another_is_lost(team: Team, rows: Sequence[Row]) -> None:
    """It was promised."""
    assert len(judged(team, rows).lost) == 1


def test_what_is_unsure_must_be_told_to_whoever_asked(team: Team) -> None:
    """Nobody else can be told."""
    unsure = a_row(state="failed", reason=SendUnconfirmed.reason, has_asker=True)
    before = judged(team, [unsure])

    said = [{"text": f"{sentence_for(SendUnconfirmed).happened} D1"}]
    answer = PrivateAnswer(user="U1", channel="C1", text="", blocks=said, came="ack", ts="1.0")
    team.answers.append(answer)
    after = judged(team, [unsure])

    assert len(before.unreported) == 1
    assert list(after.faults) == []
    assert (after.unsure, after.reports) == (1, 1)


def test_what_nobody_was_promised_may_be_posted_once(team: Team) -> None:
    """Its promise was made, and the answer that said so was lost."""
    post(team)
    post(team, name="meeting-0002", channel="C2")

    verdict = judged(team, [a_row(), a_row(id="D2", key=("T1", "C2", "session-2"))])

    assert list(verdict.faults) == []
    assert verdict.beside == 1


def test_a_post_in_another_channel_is_found(team: Team) -> None:
    """No delivery put it there."""
    post(team)
    post(team, channel="C2")

    assert judged(team, [a_row()]).astray == ["T1 C2 meeting-0001"]
