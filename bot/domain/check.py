"""One thing that must be right for the bot to work, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CheckState(StrEnum):
    """How a thing stands."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check: what was looked at, what is the case, and what to do about it.

    `cause` and `next_step` are one plain sentence each, without a secret; there is a next step
    unless all is good. A cause may hold a name that other people chose: it is untrusted text.
    Several checks may have the same name, such as one for each app.
    """

    name: str
    state: CheckState
    cause: str
    next_step: str = ""
    passing: bool = False
    """Whether it is bad in a way that may be over by itself, as an outage is."""

    @classmethod
    def good(cls, name: str, cause: str) -> Check:
        """All is well."""
        return cls(name, CheckState.GOOD, cause)

    @classmethod
    def warning(cls, name: str, cause: str, next_step: str) -> Check:
        """It works, but not all of it, or not for long."""
        return cls(name, CheckState.WARNING, cause, next_step)

    @classmethod
    def bad(cls, name: str, cause: str, next_step: str, *, passing: bool = False) -> Check:
        """It does not work."""
        return cls(name, CheckState.BAD, cause, next_step, passing)
