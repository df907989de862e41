"""What came of a run of the cluster, and how it is printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.figures import percentile
from tests.chaos.ledger import Verdict
from tests.chaos.plan import Plan

TAKEN_OVER_WITHIN = 60.0
"""Seconds in which another process must have gone on with the work of one that was killed."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of a run."""

    plan: Plan
    verdict: Verdict
    took: Mapping[str, float | None]
    """For each delivery that a process was killed over, seconds until another went on with it."""
    waited: Sequence[float]
    """Seconds from each promise to its post."""
    figures: Mapping[str, int]
    seconds: float
    ended: bool
    kills: Mapping[str, int]

    @property
    def faults(self) -> Iterator[str]:
        """What must not be."""
        if not self.ended:
            yield f"the deliveries had not ended after {self.plan.limit:.0f} s"
        yield from self.verdict.faults
        abandoned = [delivery for delivery, took in self.took.items() if took is None]
        if abandoned:
            yield f"never taken over: {', '.join(abandoned)}"
        if max(self._takeovers, default=0.0) >= TAKEN_OVER_WITHIN:
            yield f"taken over only after {max(self._takeovers):.1f} s"
        if self.verdict.unsure and not self.plan.unreadable:
            yield f"{self.verdict.unsure} were unsure, though every history could be read"

    def lines(self) -> Iterator[str]:
        """The counts, to be printed."""
        verdict, named = self.verdict, ", ".join(f"{n} {who}" for who, n in self.kills.items())
        rows: list[tuple[str, object]] = [
            ("promised", verdict.promised),
            ("posted", verdict.posted),
            ("unsure where no history may be read", verdict.unsure),
            ("  private answers about those", verdict.reports),
            ("lost", len(verdict.lost) + len(verdict.incomplete)),
            ("twice", len(verdict.twice)),
            ("posted, though the yes was lost", verdict.beside),
            ("kills", f"{sum(self.kills.values())} ({named})"),
            *self.figures.items(),
            ("deliveries a process was killed over", len(self.took)),
            ("  taken over after, s", _spread(self._takeovers)),
            ("from promised to posted, s", _spread(self.waited)),
            ("in all, s", f"{self.seconds:.0f}"),
        ]
        yield from (f"  {name:<42}{value}" for name, value in rows)

    @property
    def _takeovers(self) -> Sequence[float]:
        return [took for took in self.took.values() if took is not None]


def _spread(samples: Sequence[float]) -> str:
    if not samples:
        return "-"
    return f"p50 {percentile(samples, 0.5):.1f}, most {max(samples):.1f}"
