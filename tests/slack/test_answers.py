"""Private answers at response URLs."""

from __future__ import annotations

import traceback

import aiohttp
import pytest

from bot.demo.fake_slack import FakeSlack, faults
from bot.errors import (
    AnswerRefused,
    ContentRefused,
    SlackBusy,
    SlackError,
    SlackUnavailable,
)
from bot.messages.kit import Message
from bot.slack.answers import read_answer
from bot.slack.poster import SlackPoster
from bot.slack.web_api import WebApi
from tests.clock import ManualClock
from tests.fakes import ASKER, CHANNEL
from tests.served_slack import Observations

SECTION = {"type": "section", "text": {"type": "plain_text", "text": "Working on it."}}
DIVIDER = {"type": "divider"}
MESSAGE = Message("Working on it.", (SECTION,), (DIVIDER,))


@pytest.fixture
def url(slack: FakeSlack) -> str:
    """A response URL of the asker's."""
    return slack.team.new_response_url(slack.url, "commands", ASKER, CHANNEL)


async def test_an_answer_is_seen_by_the_asker_alone(
    poster: SlackPoster, slack: FakeSlack, url: str, observed: Observations
) -> None:
    """It is ephemeral, replaces nothing, and carries the footer among its blocks."""
    await poster.answer(url, MESSAGE)

    [answer] = slack.team.answers_to(ASKER)
    assert (answer.text, answer.blocks) == ("Working on it.", [SECTION, DIVIDER])
    [call] = slack.calls_of("response_url")
    assert call.arguments["response_type"] == "ephemeral"
    assert call.arguments["replace_original"] is False
    assert observed.seen == [("response_url", "ok")]


async def test_a_bare_text_is_an_answer(poster: SlackPoster, slack: FakeSlack, url: str) -> None:
    """Blocks are not needed."""
    await poster.answer(url, Message("Done."))

    assert [answer.text for answer in slack.team.answers_to(ASKER)] == ["Done."]


async def test_five_answers_and_no_more(poster: SlackPoster, url: str) -> None:
    """The sixth answer is refused, for good."""
    for _ in range(5):
        await poster.answer(url, MESSAGE)

    with pytest.raises(AnswerRefused, match="used_url"):
        await poster.answer(url, MESSAGE)


async def test_half_an_hour_and_no_longer(
    poster: SlackPoster, url: str, clock: ManualClock
) -> None:
    """A late answer is refused, for good."""
    clock.advance(minutes=31)

    with pytest.raises(AnswerRefused, match="expired_url"):
        await poster.answer(url, MESSAGE)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.answer(404), AnswerRefused),
        (faults.answer(410), AnswerRefused),
        (faults.answer(403), AnswerRefused),
        (faults.answer(400), AnswerRefused),
        (faults.answer(302), AnswerRefused),
        (faults.answer(500), SlackUnavailable),
        (faults.answer(408), SlackUnavailable),
        (faults.drop(), SlackUnavailable),
        (faults.rate_limited("5"), SlackBusy),
        (faults.error("invalid_blocks"), ContentRefused),
        (faults.error("internal_error"), SlackUnavailable),
    ],
)
async def test_an_answer_that_fails(
    fault: faults.Fault, error: type[SlackError], poster: SlackPoster, slack: FakeSlack, url: str
) -> None:
    """What another try may mend is told from what it cannot."""
    slack.faults.add("response_url", fault)

    with pytest.raises(error):
        await poster.answer(url, MESSAGE)


async def test_a_redirect_is_not_followed(poster: SlackPoster, slack: FakeSlack, url: str) -> None:
    """An answer goes where it was asked for, and nowhere from there."""
    away = faults.Fault(status=307, headers={"Location": f"{slack.url}/commands/elsewhere/x"})
    slack.faults.add("response_url", away)

    with pytest.raises(AnswerRefused):
        await poster.answer(url, MESSAGE)

    assert len(slack.calls) == 1


async def test_an_address_elsewhere_gets_nothing(
    poster: SlackPoster, observed: Observations
) -> None:
    """An address that is not Slack's is refused before anything is sent."""
    with pytest.raises(AnswerRefused, match="not_slacks_address"):
        await poster.answer("https://hooks.example.com/secret", MESSAGE)

    assert observed.seen == [("response_url", "not_slacks_address")]


async def test_the_address_stays_out_of_errors(
    session: aiohttp.ClientSession, slack: FakeSlack, clock: ManualClock, url: str
) -> None:
    """A response URL is a secret: a failed connection must not print it."""
    api = WebApi(session, token="xoxb-x", base_url=slack.api_url, now=clock, observe=Observations())
    poster = SlackPoster(api)
    closed = url.replace(slack.url, "http://127.0.0.1:1")

    with pytest.raises(SlackUnavailable, match="no_connection") as caught:
        await poster.answer(closed, MESSAGE)

    assert "commands" not in "".join(traceback.format_exception(caught.value)).partition("\n")[2]
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize("body", [b"ok", b"", b'{"ok": true}', b"\xff"])
def test_a_success_needs_no_words(body: bytes) -> None:
    """Slack has been seen to say several things to an answer it took."""
    assert read_answer(200, body, retry_after=None) is None


def test_a_no_inside_a_yes() -> None:
    """A code in the body counts, also with status 200."""
    failure = read_answer(200, b'{"ok": false, "error": "used_url"}', retry_after=None)

    assert type(failure) is AnswerRefused
