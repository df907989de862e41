"""What can be typed after `python -m bot`."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from enum import IntEnum


class ExitCode(IntEnum):
    """What a command says to the program that ran it."""

    DONE = 0
    FAILED = 1
    WRONG_USE = 2
    NOT_READY = 3
    NOT_FOUND = 4
    NOT_ALLOWED = 5
    TRY_AGAIN = 6


EXIT_MEANINGS = {
    ExitCode.DONE: "the summary was printed",
    ExitCode.FAILED: "it failed in a way that trying again will not change",
    ExitCode.WRONG_USE: "the settings or the arguments are wrong",
    ExitCode.NOT_READY: "the summary is not written yet",
    ExitCode.NOT_FOUND: "there is no such summary, and there will be none",
    ExitCode.NOT_ALLOWED: "Cloudflare does not accept the token or the account",
    ExitCode.TRY_AGAIN: "Cloudflare could not be reached, or takes no more calls for now",
}
"""What each exit code of `fetch` means; its help shows them."""

COMMANDS = {
    "web": "serve Slack over HTTP; on SQLite also do the work",
    "worker": "do the work alone; any number of them, on PostgreSQL",
    "socket": "serve Slack through Socket Mode, with the work: no public address needed",
    "migrate": "bring the database's tables up to date",
    "demo": "try the bot between a make-believe Slack and RealtimeKit: no account needed",
    "fetch": "print a summary and until when its file can be downloaded",
    "doctor": "check settings, tokens, scopes, clock and database; exit 1 if anything is bad",
    "manifest": "print the Slack app's manifest for this deployment",
}
"""Every command and what it does; the README's table."""


def build_parser() -> ArgumentParser:
    """Make the parser; what it returns has `command` and that command's own arguments."""
    parser = ArgumentParser(
        prog="meeting-summary", description="Meeting summaries from RealtimeKit, in Slack."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    parsers = {
        name: commands.add_parser(
            name, help=text, description=text, formatter_class=RawDescriptionHelpFormatter
        )
        for name, text in COMMANDS.items()
    }
    parsers["demo"].add_argument("--once", action="store_true", help="end by itself")
    _add_fetch(parsers["fetch"])
    parsers["doctor"].add_argument("--json", action="store_true", help="print JSON")
    _add_manifest(parsers["manifest"])
    return parser


def _add_fetch(parser: ArgumentParser) -> None:
    parser.add_argument("app", nargs="?", default="", help="an app's id or name; may be left out")
    parser.add_argument("session", help="a session's id")
    parser.add_argument("--json", action="store_true", help="print JSON, also when it fails")
    parser.add_argument(
        "--wait",
        type=_minutes,
        default=0.0,
        metavar="MINUTES",
        help="wait this long for a summary that is not ready",
    )
    lines = "\n".join(f"  {code.value}  {meaning}" for code, meaning in EXIT_MEANINGS.items())
    parser.epilog = f"exit codes:\n{lines}"


def _add_manifest(parser: ArgumentParser) -> None:
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--url", help="where Slack reaches this deployment; PUBLIC_URL by default")
    way.add_argument("--socket", action="store_true", help="for Socket Mode, without any address")


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError as error:
        raise ArgumentTypeError("must be a number of minutes") from error
    if not 0 <= minutes <= _LONGEST_WAIT:
        raise ArgumentTypeError(f"must be from 0 to {_LONGEST_WAIT} minutes")
    return minutes


_LONGEST_WAIT = 24 * 60
"""Minutes. Cloudflare's users report minutes; a day is beyond all of them."""
