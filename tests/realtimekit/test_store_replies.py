"""What the store behind a presigned link means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.errors import (
    LinkExpired,
    NotASummary,
    RealtimeKitError,
    RealtimeKitUnavailable,
    SummaryEmpty,
    SummaryExpired,
)
from bot.realtimekit.reply import Reply
from bot.realtimekit.store_replies import judge_store_reply
from tests.realtimekit.replies import raw

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)


def xml(status: int, code: str, message: str = "") -> Reply:
    """An error in the words of S3's family."""
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return raw(status, body.encode())


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (xml(403, "ExpiredRequest"), LinkExpired),
        (xml(400, "ExpiredRequest"), LinkExpired),
        (xml(400, "ExpiredToken"), LinkExpired),
        (xml(403, "AccessDenied", "Request has expired"), LinkExpired),
        (xml(403, "AccessDenied"), LinkExpired),
        (xml(403, "SignatureDoesNotMatch"), LinkExpired),
        (raw(403), LinkExpired),
        (raw(401), LinkExpired),
        (xml(404, "NoSuchKey"), SummaryExpired),
        (xml(404, "NoSuchBucket"), SummaryExpired),
        (raw(404), SummaryExpired),
        (raw(410), SummaryExpired),
        (raw(204), SummaryEmpty),
        (xml(503, "SlowDown"), RealtimeKitUnavailable),
        (raw(500), RealtimeKitUnavailable),
        (raw(599), RealtimeKitUnavailable),
        (raw(429), RealtimeKitUnavailable),
        (raw(408), RealtimeKitUnavailable),
        (xml(400, "InvalidArgument"), NotASummary),
        (raw(416), NotASummary),
        (raw(206), NotASummary),
        (raw(304), NotASummary),
    ],
)
def test_reads_what_the_store_says(reply: Reply, error: type[RealtimeKitError]) -> None:
    """Dead links, gone files, outages and nonsense are told apart."""
    assert type(judge_store_reply(reply, now=NOW)) is error


def test_keeps_the_code_for_the_log() -> None:
    """The operator sees the store's code and nothing else of its words."""
    error = judge_store_reply(xml(403, "ExpiredRequest", "secret words"), now=NOW)

    assert error.detail == "403 ExpiredRequest"


def test_keeps_the_wait() -> None:
    """How long the store wants to be left alone is passed on."""
    error = judge_store_reply(raw(503, retry_after="3"), now=NOW)

    assert error.retry_after == 3.0


@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        (xml(404, "NoSuchKey"), "404 NoSuchKey"),
        (raw(410), "410"),
        (raw(204), "204"),
        (xml(503, "SlowDown"), "503 SlowDown"),
        (xml(400, "InvalidArgument"), "400 InvalidArgument"),
    ],
)
def test_every_verdict_tells_the_log_what_the_store_said(reply: Reply, detail: str) -> None:
    """The status, and the code where there is one."""
    assert judge_store_reply(reply, now=NOW).detail == detail


def test_a_wait_until_a_date_is_read() -> None:
    """By the present moment."""
    reply = raw(503, retry_after="Wed, 04 Mar 2026 10:30:45 GMT")

    assert judge_store_reply(reply, now=NOW).retry_after == 45.0
