"""Times as Cloudflare writes them: a string without a promised format, or a number."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_ISO_8601 = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
    r"(?:[.,](?P<fraction>[0-9]{1,12}))?"
    r"\s?(?P<zone>[Zz]|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")
_LAST_SECOND = 253_402_300_800
"""The end of the year 9999, in seconds since 1970: a larger number is in milliseconds."""


def read_moment(value: object) -> datetime | None:
    """Read a time in UTC, or `None` for whatever cannot be read as one.

    Understands ISO 8601 with `Z`, an offset or no zone (then UTC) and up to 12 digits of
    fraction, and seconds or milliseconds since 1970 as a number or in a string. Never raises:
    a summary must not fail because its expiry reads strangely.
    """
    if isinstance(value, str):
        text = value.strip()
        if _NUMBER.fullmatch(text):
            return _since_1970(float(text))
        return _iso_8601(text)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _since_1970(value)
    return None


def _since_1970(number: float) -> datetime | None:
    try:
        seconds = number if number < _LAST_SECOND else number / 1_000
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (OverflowError, OSError, ValueError):
        return None


def _iso_8601(text: str) -> datetime | None:
    match = _ISO_8601.fullmatch(text)
    if match is None:
        return None
    micro = (match["fraction"] or "").ljust(6, "0")[:6]
    try:
        bare = datetime.fromisoformat(f"{match['date']}T{match['time']}")
        return bare.replace(microsecond=int(micro), tzinfo=_zone(match["zone"])).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _zone(text: str | None) -> timezone:
    if text is None or text.upper() in ("Z", "UTC"):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)
