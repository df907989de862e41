"""`python -m tests.bench`: how fast and how big the bot is, each figure beside a baseline."""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.acks import measure_acks
from tests.bench.figures import print_table, say
from tests.bench.threads import measure_far, measure_near

PROPERTIES = ("tests/slack/test_parsing.py", "tests/messages")
"""Where the property-based tests of parsing and rendering are."""

_ROOT = Path(__file__).parents[2]


def main() -> int:
    """Measure everything; returns 1 when a goal was missed or a property does not hold."""
    began = time.monotonic()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    say(f"{platform.platform()}, {os.cpu_count()} cores{load}, Python {platform.python_version()}")
    figures = []
    for measure in (measure_acks, measure_near, measure_far):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            figures += asyncio.run(measure(Path(folder)))
    print_table(figures)
    missed = [figure.name for figure in figures if figure.is_missed]
    for name in missed:
        say(f"MISSED: {name}")
    say("Properties of parsing and rendering, 2,000 examples each:")
    hold = check_properties()
    say(f"{time.monotonic() - began:.0f} s in all")
    return int(bool(missed) or not hold)


def check_properties() -> bool:
    """Run the property-based tests with as many examples as at night; whether all hold."""
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
