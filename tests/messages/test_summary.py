"""The parent and the notice."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from bot.domain.ids import DeliveryId
from bot.messages.kit import TEXT_MAX, Message
from bot.messages.summary import expired_notice, notice, parent, with_notice
from tests.fakes import ASKER, NOON, a_session
from tests.messages.conftest import Golden

DELIVERY = DeliveryId("7KQ2MB4XYZ")


def test_a_parent(golden: Golden) -> None:
    """Title, date, time, length and who asked; one sentence for screen readers."""
    golden("parent", parent(a_session(), asker=ASKER))


def test_a_parent_without_details(golden: Golden) -> None:
    """Still a message that says what it is."""
    golden("parent_unknown", parent(None))


def test_a_parent_of_a_hostile_title(golden: Golden) -> None:
    """Nothing in a title is parsed, and it is cut to its limit."""
    title = "<!channel> :tada: \u202e*b* <https://evil.example|x> &\n" + "a" * 200

    golden("parent_hostile", parent(a_session(title=title), asker=ASKER))


def test_the_asker_is_not_notified() -> None:
    """Mentions in an attachment notify nobody, so the asker stands there and nowhere else."""
    message = parent(a_session(), asker=ASKER)

    assert ASKER not in message.text
    assert ASKER not in json.dumps(message.blocks)
    assert f"<@{ASKER}>" in json.dumps(message.footer)


def test_an_origin_stands_in_for_an_asker() -> None:
    """Whatever had it posted, as plain text."""
    message = parent(None, origin="Posted for the subscription <Sales>")

    assert message.footer[0]["elements"][0]["text"] == ("Posted for the subscription &lt;Sales&gt;")


@pytest.mark.parametrize(
    ("lasted", "words"),
    [
        (timedelta(seconds=20), "less than a minute"),
        (timedelta(seconds=40), "1 minute"),
        (timedelta(minutes=59, seconds=40), "1 hour"),
        (timedelta(minutes=61), "1 hour 1 minute"),
        (timedelta(hours=2, minutes=30), "2 hours 30 minutes"),
    ],
)
def test_a_length_in_words(lasted: timedelta, words: str) -> None:
    """Rounded to minutes."""
    details = a_session(started_at=NOON - lasted, ended_at=NOON)

    (line,) = parent(details).blocks[1]["elements"]

    assert line["text"].endswith(f" · {words}")


@pytest.mark.parametrize(
    ("started", "ended", "created", "shown"),
    [
        (NOON, None, None, NOON),
        (None, NOON, NOON - timedelta(hours=1), NOON),
        (None, None, NOON, NOON),
    ],
)
def test_the_best_known_time_is_shown(
    started: datetime | None, ended: datetime | None, created: datetime | None, shown: datetime
) -> None:
    """The start, else the end, else when the session was made; without a length."""
    details = a_session(started_at=started, ended_at=ended, created_at=created)

    (line,) = parent(details).blocks[1]["elements"]

    assert line["text"].startswith(f"<!date^{shown.timestamp():.0f}^")
    assert "·" not in line["text"]


def test_a_notice(golden: Golden) -> None:
    """Until when, in the reader's zone, and the button."""
    golden("notice", notice(NOON + timedelta(days=6), now=NOON, delivery=DELIVERY))


def test_a_notice_of_unknown_expiry(golden: Golden) -> None:
    """Says so, and the button may still work."""
    golden("notice_unknown", notice(None, now=NOON, delivery=DELIVERY))


@pytest.mark.parametrize("ago", [timedelta(), timedelta(days=1)])
def test_a_notice_that_comes_too_late(ago: timedelta) -> None:
    """The same as after the expiry."""
    assert notice(NOON - ago, now=NOON, delivery=DELIVERY) == expired_notice()


def test_an_expired_notice(golden: Golden) -> None:
    """No button any more."""
    golden("notice_expired", expired_notice())


def test_a_notice_stands_under_a_message() -> None:
    """In its attachment, and in its text where there is room."""
    short = with_notice(Message("Hello", ({"type": "divider"},)), expired_notice())
    long = with_notice(Message("x" * TEXT_MAX), expired_notice())

    assert short.text == f"Hello\n\n{expired_notice().text}"
    assert short.blocks == ({"type": "divider"},)
    assert short.footer == long.footer == expired_notice().footer
    assert long.text == "x" * TEXT_MAX
