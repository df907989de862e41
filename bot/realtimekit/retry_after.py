"""How long an overloaded server asks to be left alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 300.0
"""Seconds. Cloudflare's global limit blocks for five minutes; nobody has a reason to say more.

Source: https://developers.cloudflare.com/fundamentals/api/reference/limits/
"""

_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_MANY_DIGITS = re.compile(r"[0-9]{10,}")
_USED_UP = re.compile(r";\s*r=0+\s*;\s*t=([0-9]{1,9})\b")


def seconds_to_wait(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds to wait, at most `LONGEST_WAIT`; `None` when nothing usable was said.

    Reads `Retry-After` (seconds or an HTTP date), then Cloudflare's `Ratelimit`
    (`"default";r=0;t=30`: nothing remains of the limit for 30 more seconds). Zero, a negative
    number and a time gone by say nothing: the caller's own back-off is kinder.

    Args:
        headers: by lower-case name.
        now: in UTC, to make a wait of a date.
    """
    asked = _from_retry_after(headers.get("retry-after", "").strip(), now)
    if asked <= 0:
        asked = max((float(t) for t in _USED_UP.findall(headers.get("ratelimit", ""))), default=0)
    return min(asked, LONGEST_WAIT) if asked > 0 else None


def _from_retry_after(text: str, now: datetime) -> float:
    if _SECONDS.fullmatch(text):
        return float(text)
    if _MANY_DIGITS.fullmatch(text):
        return LONGEST_WAIT
    try:
        moment = parsedate_to_datetime(text)
        return (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    except (OverflowError, TypeError, ValueError):
        return 0
