"""Short work after an acknowledgement: finished, logged, and not lost at a stop."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.errors import SlackBusy
from bot.slack.background import Background


async def test_finishes_what_was_started() -> None:
    """Draining waits for what is under way, and forgets it."""
    background = Background()
    done: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0)
        done.append("done")

    background.start("work", work())
    assert len(background) == 1
    await background.drain(5)

    assert done == ["done"]
    assert len(background) == 0


@pytest.mark.parametrize(
    ("error", "outcome"), [(SlackBusy("429"), "slack_busy"), (ValueError("xoxb-1"), "crashed")]
)
async def test_logs_a_failure_with_its_reference(error: Exception, outcome: str) -> None:
    """A failure is one line that can be found, and goes no further."""
    background = Background()

    async def work() -> None:
        raise error

    with capture_logs() as lines:
        background.start("work", work(), reference="ABC")
        await background.drain(5)

    assert [(line["event"], line["outcome"]) for line in lines] == [("work", outcome)]


async def test_stops_what_takes_too_long() -> None:
    """A stop does not wait for ever, and says what it gave up."""
    background = Background()
    background.start("endless", asyncio.Event().wait())  # type: ignore[arg-type]

    with capture_logs() as lines:
        await background.drain(0)

    assert len(background) == 0
    assert [line["event"] for line in lines] == ["endless", "background work stopped"]
    assert lines[0]["outcome"] == "cancelled"
    assert lines[1]["tasks"] == ["endless"]


async def test_draining_nothing_is_nothing() -> None:
    """A stop without work under way is over at once."""
    await Background().drain(5)
