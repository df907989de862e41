"""`python -m bot web | worker | socket | migrate | demo | fetch | doctor | manifest`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from bot.cli.arguments import ExitCode, build_parser
from bot.settings import SettingsProblems


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parsed = build_parser().parse_args(arguments)
    # Imported late, so that `--help` and a wrong setting are answered at once.
    from bot.cli.commands import run  # noqa: PLC0415

    try:
        return asyncio.run(run(parsed))
    except SettingsProblems as problems:
        print(*problems.lines, sep="\n", file=sys.stderr)
        return ExitCode.WRONG_USE
    except KeyboardInterrupt:
        return ExitCode.FAILED


if __name__ == "__main__":
    sys.exit(main())
