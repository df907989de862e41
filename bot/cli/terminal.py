"""A terminal, or what a command's output is sent to instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TextIO

_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def printable(text: str) -> str:
    """Take away what would move the cursor, change colours or turn the text around.

    What was said in a meeting is anybody's text, and terminals obey some of it.
    """
    return _UNPRINTABLE.sub("", text)


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where results go, and where everything else goes."""

    out: TextIO
    err: TextIO

    def print(self, text: str) -> None:
        """Print a result."""
        self.out.write(f"{printable(text)}\n")

    def complain(self, text: str) -> None:
        """Say what went wrong, beside the results."""
        self.err.write(f"{printable(text)}\n")

    def show_progress(self, text: str) -> None:
        """Say what is being waited for, in place of what was said before; to people only."""
        if self.err.isatty():
            self.err.write(f"\r\x1b[K{printable(text)}")
            self.err.flush()
