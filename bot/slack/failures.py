"""Every way Slack's SDK and aiohttp fail, read as one of our errors.

What they raise carries whole answers, addresses and request bodies, so none of it may travel on:
the error made here keeps a code, a status or a word, and is raised outside the `except` that
caught the original, which leaves it neither a cause nor a context.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import SlackBusy, SlackError, SlackUnavailable
from bot.slack.refusals import in_doubt, read_refusal

FAILURES = (
    SlackClientError,
    aiohttp.ClientError,
    asyncio.TimeoutError,
    OSError,
    ValueError,  # a body that is not UTF-8
    AttributeError,  # the SDK reads any body as an object, also when it is a text or a list
)
"""What a call may raise for reasons outside this program."""

_NEVER_SENT = (
    aiohttp.ClientConnectorError,  # no such name, connection refused, certificate refused
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
)


def read_failure(error: Exception, *, sending: bool, now: datetime) -> SlackError:
    """Say what a failed call means; `sending` as in `refusals.read_refusal`."""
    if isinstance(error, SlackApiError):
        return _read_answer(error.response, sending=sending, now=now)
    if isinstance(error, _NEVER_SENT):
        return SlackUnavailable("no_connection")
    if isinstance(error, asyncio.TimeoutError):
        return in_doubt("timeout", sending=sending)
    if isinstance(error, aiohttp.ClientError | OSError):
        return in_doubt("disconnected", sending=sending)
    return in_doubt("unreadable_answer", sending=sending)


def read_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Read a `Retry-After` header: seconds, whole or not, or a date; `None` if it is neither."""
    try:
        seconds = float(value or "")
    except ValueError:
        try:
            until = parsedate_to_datetime(value or "")
        except ValueError:
            return None
        seconds = (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds()
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _read_answer(response: object, *, sending: bool, now: datetime) -> SlackError:
    """Read what came back. Of a broken body, the SDK hands over aiohttp's own response."""
    status = getattr(response, "status_code", None) or getattr(response, "status", None)
    headers = getattr(response, "headers", None)
    wait = headers.get("Retry-After") if isinstance(headers, Mapping) else None
    retry_after = read_retry_after(wait, now=now)
    if not isinstance(status, int):
        return in_doubt("unreadable_answer", sending=sending)
    if isinstance(response, aiohttp.ClientResponse):
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return SlackBusy("429", retry_after=retry_after)
        return in_doubt("unreadable_answer", sending=sending)
    reply = getattr(response, "data", None)
    return read_refusal(status, reply, sending=sending, retry_after=retry_after)
