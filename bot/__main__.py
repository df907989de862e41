"""`python -m bot …`: the commands of `bot.cli.arguments.COMMANDS`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from bot.cli.arguments import ExitCode, build_parser
from bot.settings import SettingsProblems


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parsed = build_parser().parse_args(arguments)
    # Imported late, so that `--help` and a wrong setting are answered at once.
    import uvloop  # noqa: PLC0415

    from bot.cli.commands import run  # noqa: PLC0415

    try:
        code = uvloop.run(run(parsed))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read along has read enough. Python would try to write the rest when it ends.
        # Source: https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAILED
    except SettingsProblems as problems:
        print(*problems.lines, sep="\n", file=sys.stderr)
        return ExitCode.WRONG_USE
    except KeyboardInterrupt:
        return ExitCode.FAILED
    return code


if __name__ == "__main__":
    sys.exit(main())
