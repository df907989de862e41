"""What the store behind a presigned link means when it does not hand the file out.

Stores of the S3 family (Cloudflare R2, Amazon, Google) answer in XML with an error code.
Source: https://developers.cloudflare.com/r2/api/error-codes
"""

from __future__ import annotations

import re
from datetime import datetime
from http import HTTPStatus

from bot.errors import (
    LinkExpired,
    NotASummary,
    RealtimeKitError,
    RealtimeKitUnavailable,
    SummaryEmpty,
    SummaryExpired,
)
from bot.realtimekit.reply import Reply
from bot.realtimekit.retry_after import seconds_to_wait

_CODE = re.compile(rb"<Code>\s*([A-Za-z0-9._-]{1,60})\s*</Code>")
_EXPIRED = re.compile(rb"expired", re.IGNORECASE)
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


def judge_store_reply(reply: Reply, *, now: datetime) -> RealtimeKitError:
    """What a reply other than 200 or a redirect means.

    - 401, 403, and 400 that speaks of expiry: `LinkExpired`; a fresh link may work. R2 documents
      its expired links as 400 and as 403, and a signature can fail for other passing reasons.
    - 404, 410: `SummaryExpired`; the link is good and the file is gone, which is what the store
      does after the 7 days. (Whether there ever was a file is more than the store knows.)
    - 204: `SummaryEmpty`.
    - 408, 425, 429, 5xx: `RealtimeKitUnavailable`, with the wait the store asks for.
    - all else: `NotASummary`.
    """
    status = reply.status
    detail = _detail(reply)
    if status in _DENIED or (status == HTTPStatus.BAD_REQUEST and _EXPIRED.search(reply.body)):
        return LinkExpired(detail)
    if status in _GONE:
        return SummaryExpired(detail)
    if status == HTTPStatus.NO_CONTENT:
        return SummaryEmpty(detail)
    if status in _LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        wait = seconds_to_wait(reply.headers, now=now)
        return RealtimeKitUnavailable(detail, retry_after=wait)
    return NotASummary(detail)


def _detail(reply: Reply) -> str:
    code = _CODE.search(reply.body)
    return f"{reply.status} {code[1].decode('ascii')}" if code else str(reply.status)
