"""How long ago something was, in words."""

from __future__ import annotations

from datetime import timedelta

_UNITS = (
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
)


def in_words(span: timedelta) -> str:
    """A span of time by its largest unit, such as `3 hours`."""
    for unit, name in _UNITS:
        if span >= unit:
            count = span // unit
            return f"{count} {name}{'s' * (count != 1)}"
    return "less than a minute"
