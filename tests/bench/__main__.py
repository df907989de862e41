"""`python -m tests.bench [part …]`: how fast and how big the bot is, beside a baseline."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from tests.bench.acks import measure_acks
from tests.bench.figures import Figure, print_table, say
from tests.bench.minute import measure_minute
from tests.bench.neighbours import measure_neighbours
from tests.bench.threads import measure_far, measure_near
from tests.bench.webhooks import measure_accepted, measure_told

PROPERTIES = ("tests/slack/test_parsing.py", "tests/messages")
"""Where the property-based tests of parsing and rendering are."""

PARTS: Mapping[str, Callable[[Path], Awaitable[list[Figure]]]] = {
    "acks": measure_acks,
    "near": measure_near,
    "far": measure_far,
    "accepted": measure_accepted,
    "told": measure_told,
    "minute": measure_minute,
    "neighbours": measure_neighbours,
}
"""What can be measured; `properties` are checked besides."""

_PROPERTIES = "properties"
_ROOT = Path(__file__).parents[2]


def main() -> int:
    """Measure what is named, or all; returns 1 for a missed goal or a property that fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    everything = [*PARTS, _PROPERTIES]
    parser.add_argument("part", nargs="*", help=f"all of {', '.join(everything)} if none is named")
    parts = parser.parse_args().part or everything
    if unknown := set(parts) - set(everything):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    began = time.monotonic()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    say(f"{platform.platform()}, {os.cpu_count()} cores{load}, Python {platform.python_version()}")
    missed = measure([part for part in parts if part in PARTS])
    hold = _PROPERTIES not in parts or check_properties()
    say(f"{time.monotonic() - began:.0f} s in all")
    return int(missed or not hold)


def measure(parts: Sequence[str]) -> bool:
    """Measure these and print the figures; whether a goal was missed."""
    figures = []
    for part in parts:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            figures += asyncio.run(_measured(part, Path(folder)))
    print_table(figures)
    missed = [figure.name for figure in figures if figure.is_missed]
    for name in missed:
        say(f"MISSED: {name}")
    return bool(missed)


async def _measured(part: str, folder: Path) -> list[Figure]:
    return await PARTS[part](folder)


def check_properties() -> bool:
    """Run the property-based tests with as many examples as at night; whether all hold."""
    say("Properties of parsing and rendering, 2,000 examples each:")
    run = subprocess.run(  # noqa: S603 - our own tests
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "--no-header", *PROPERTIES],
        cwd=_ROOT,
        env={**os.environ, "HYPOTHESIS_PROFILE": "nightly"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = run.stdout.strip().splitlines() or [run.stderr.strip()]
    say("\n".join(lines[-1:] if run.returncode == 0 else lines[-30:]))
    return run.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
