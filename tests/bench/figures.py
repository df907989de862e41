"""Figures, each beside its baseline, and how they are printed."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

_WIDTHS = (66, 12, 12, 8)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the bot and of the baseline, in the same unit; `goal` is the most of both."""

    name: str
    unit: str
    bot: float
    baseline: float
    goal: float | None = None

    @property
    def ratio(self) -> float:
        """The bot's over the baseline's; 1 where neither has any."""
        if not self.baseline:
            return math.inf if self.bot else 1.0
        return self.bot / self.baseline

    @property
    def is_missed(self) -> bool:
        """Whether there is a goal, and the bot is beyond it."""
        return self.goal is not None and self.ratio > self.goal

    def cells(self) -> tuple[str, str, str, str]:
        """Its row in the table."""
        goal = "" if self.goal is None else f" (goal {self.goal:.2f})"
        name = f"{self.name}, {self.unit}"
        return name, f"{self.bot:.4g}", f"{self.baseline:.4g}", f"{self.ratio:.2f}{goal}"


def percentile(samples: Sequence[float], share: float) -> float:
    """The sample that this share of all samples does not exceed."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def say(line: str = "") -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def print_table(figures: Sequence[Figure]) -> None:
    """Print figures below each other."""
    for row in (("", "bot", "baseline", "ratio"), *(figure.cells() for figure in figures)):
        say("".join(f"{cell:<{width}}" for cell, width in zip(row, _WIDTHS, strict=True)).rstrip())
