"""One line a unit of work, and nothing of what libraries would print."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import structlog

from bot import logs
from bot.errors import SlackBusy

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Lines:
    """Log everything as JSON; what was logged, on demand."""
    stream = io.StringIO()
    logs.configure("DEBUG", "json", stream=stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def _timer(*moments: float) -> Callable[[], float]:
    return iter(moments).__next__


def test_a_unit_of_work_is_one_line(lines: Lines) -> None:
    """It has the reference, the outcome, how long it took, and what was added to it."""
    with logs.unit_of_work("delivery", timer=_timer(1.0, 1.25), reference="AB12") as unit:
        unit.add(outcome="posted", parts=2)

    [line] = lines()
    assert line["event"] == "delivery"
    assert line["reference"] == "AB12"
    assert line["duration_ms"] == 250
    assert line["outcome"] == "posted"
    assert line["parts"] == 2
    assert line["level"] == "info"


def test_an_expected_error_is_a_warning_with_its_reason(lines: Lines) -> None:
    """The line names the reason, and the error goes on."""
    with pytest.raises(SlackBusy), logs.unit_of_work("delivery"):
        raise SlackBusy("429")

    [line] = lines()
    assert (line["level"], line["outcome"], line["detail"]) == ("warning", "slack_busy", "429")
    assert "exception" not in line


def test_an_unexpected_error_is_shown_with_its_path(lines: Lines) -> None:
    """The line has where it happened, without the error's own words."""
    with pytest.raises(ValueError, match="secret words"), logs.unit_of_work("delivery"):
        raise ValueError("secret words")

    [line] = lines()
    assert (line["level"], line["outcome"]) == ("error", "crashed")
    assert "ValueError" in line["exception"]
    assert "test_logs.py" in line["exception"]
    assert "secret words" not in json.dumps(line)


def test_a_cancelled_unit_is_no_error(lines: Lines) -> None:
    """A stop is not a crash."""
    with pytest.raises(asyncio.CancelledError), logs.unit_of_work("delivery"):
        raise asyncio.CancelledError

    assert [(line["level"], line["outcome"]) for line in lines()] == [("info", "cancelled")]


def test_lines_inside_a_unit_carry_its_reference(lines: Lines) -> None:
    """Whatever is logged on the way can be found by the same reference; afterwards no more."""
    log = structlog.get_logger("bot.test")
    with logs.unit_of_work("delivery", reference="AB12"):
        log.info("on the way")
    log.info("afterwards")

    assert [line.get("reference") for line in lines()] == ["AB12", "AB12", None]


def test_secrets_are_masked_in_every_line(lines: Lines) -> None:
    """Ours or a library's, in the message or in a value."""
    structlog.get_logger("bot.test").info("hello xoxb-1-2", note="Bearer abc", api_token="abc")
    logging.getLogger("some.library").warning("sent to %s", "https://a.example.com/x?sig=abc")

    ours, theirs = lines()
    assert ours["event"] == "hello [redacted]"
    assert ours["note"] == "Bearer [redacted]"
    assert ours["api_token"] == "[redacted]"
    assert theirs["event"] == "sent to https://a.example.com/[redacted]"


@pytest.mark.parametrize(
    "name",
    [
        "slack_bolt.AsyncApp",
        "slack_sdk",
        "app.py:AsyncApp",
        "httpx",
        "httpcore.http11",
        "aiohttp",
        "asyncpg",
        "sqlalchemy.engine",
        "pgqueuer",
        "uvicorn.access",
        "botany",
    ],
)
def test_libraries_only_warn(lines: Lines, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even at DEBUG, and even if the library sets its logger's level itself."""
    library = logging.getLogger(name)
    monkeypatch.setattr(library, "propagate", True)  # a server of another test may have muted it
    library.setLevel(logging.DEBUG)

    library.debug("request body: what was said")
    library.info("request body: what was said")
    library.warning("something is wrong")

    assert [line["event"] for line in lines()] == ["something is wrong"]


def test_a_librarys_error_does_not_quote_itself(lines: Lines) -> None:
    """Slack's SDK, for one, puts the whole answer into its errors."""
    try:
        raise RuntimeError("the server responded with: what was said")
    except RuntimeError:
        logging.getLogger("some.library").exception("it failed")

    [line] = lines()
    assert "what was said" not in json.dumps(line)
    assert "RuntimeError" in line["exception"]


def test_our_own_level_is_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    """INFO hides our DEBUG; lines go to standard error, since commands print to the other."""
    logs.configure("INFO", "text")
    log = structlog.get_logger("bot.test")

    log.debug("hidden")
    log.info("shown", outcome="posted")

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "hidden" not in captured.err
    assert "shown" in captured.err
    assert "outcome=posted" in captured.err


def test_nothing_typed_by_people_can_make_a_second_line() -> None:
    """A newline in a value does not look like another log line."""
    stream = io.StringIO()
    logs.configure("INFO", "text", stream=stream)

    structlog.get_logger("bot.test").info("asked", title="a\n2026-01-01 [error] forged\x1b[2J")

    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()


def test_warnings_are_lines_too(lines: Lines) -> None:
    """What Python warns about is not lost, and not printed raw."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("old habits", stacklevel=1)
        logging.captureWarnings(capture=False)

    assert "old habits" in lines()[0]["event"]
