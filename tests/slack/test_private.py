"""Private answers after the acknowledgement."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from bot.errors import AnswerRefused, SlackBusy
from bot.messages.kit import Message
from bot.slack.background import Background
from bot.slack.private import PrivateAnswers

URL = "https://hooks.slack.com/actions/1"
DONE = Message("Done.")


class Answers(list[tuple[str, str]]):
    """What was answered where."""

    refusal: Exception | None = None

    async def send(self, url: str, message: Message) -> None:
        """Remember, or refuse."""
        if self.refusal:
            raise self.refusal
        self.append((url, message.text))


@pytest.fixture
def answers() -> Answers:
    """None yet."""
    return Answers()


@pytest.fixture
def private(answers: Answers) -> PrivateAnswers:
    """The way to answer."""
    return PrivateAnswers(answers.send, Background())


async def done() -> Message | None:
    """Work with an answer."""
    return DONE


async def silent() -> Message | None:
    """Work that answers by itself."""
    return None


async def failing() -> Message | None:
    """Work that does not succeed."""
    raise SlackBusy("429")


async def test_says_something_where_there_is_an_address(
    private: PrivateAnswers, answers: Answers
) -> None:
    """Without an address nobody can be told."""
    private.say(URL, DONE)
    private.say(None, DONE)
    await private.background.drain(5)

    assert answers == [(URL, "Done.")]


async def test_answers_with_what_the_work_returns(
    private: PrivateAnswers, answers: Answers
) -> None:
    """Work may also answer by itself, or have nobody to answer to."""
    private.work("work", URL, done())
    private.work("work", URL, silent())
    private.work("work", None, done())
    await private.background.drain(5)

    assert answers == [(URL, "Done.")]


async def test_answers_with_what_went_wrong(private: PrivateAnswers, answers: Answers) -> None:
    """The reference that was given is the one that is told."""
    with capture_logs() as lines:
        private.work("work", URL, failing(), reference="REF1")
        private.work("work", None, failing())
        await private.background.drain(5)

    assert [line["outcome"] for line in lines] == ["slack_busy", "slack_busy"]
    ((url, text),) = answers
    assert url == URL
    assert "Reference REF1" in text


async def test_an_address_that_no_longer_works_ends_it(
    private: PrivateAnswers, answers: Answers
) -> None:
    """Nobody is left to tell, and nothing else breaks."""
    answers.refusal = AnswerRefused("used_url")

    private.work("work", URL, failing())
    private.work("work", URL, done())
    await private.background.drain(5)

    assert answers == []
    assert len(private.background) == 0
