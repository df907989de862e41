"""What can be typed after `python -m bot`."""

from __future__ import annotations

import re
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from enum import IntEnum

from bot.setting_values import slack_app_id


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
    "doctor": "check settings, tokens, scopes, apps, webhooks, clock, database, worker and "
    "encryption keys, for each workspace; exit 1 if anything is bad",
    "connect": "connect a workspace to a Cloudflare account: asks for the account id and the "
    "API token",
    "rotate-keys": "seal every secret in the database anew with the first key of ENCRYPTION_KEY",
    "forget": "delete everything of a workspace",
    "audit": "print who changed which setting, an object a line, oldest first",
    "manifest": "print the Slack app's manifest for this deployment, check it against what was "
    "granted, or push it to Slack",
}
"""Every command and what it does; the README's table."""

MANIFEST_ACTIONS = {
    "check": "compare what a workspace granted with what the manifest asks for; "
    "exit 1 if anything needed is missing",
    "push": "make the Slack app, or bring it up to date, with a configuration token",
}
"""What can be done with the manifest besides printing it."""

CONNECT_EXITS = {
    ExitCode.DONE: "the workspace is connected",
    ExitCode.FAILED: "it failed in a way that trying again will not change",
    ExitCode.WRONG_USE: "the settings are wrong, or what was entered cannot be right",
    ExitCode.NOT_FOUND: "no workspace has installed the app",
    ExitCode.NOT_ALLOWED: "Cloudflare does not accept the token or the account",
    ExitCode.TRY_AGAIN: "Cloudflare could not be reached, or takes no more calls for now",
}
"""What each exit code of `connect` means; its help shows them."""

PUSH_EXITS = {
    ExitCode.DONE: "the Slack app is as the manifest says",
    ExitCode.FAILED: "Slack does not take the manifest, gives no clear answer, or you said no",
    ExitCode.WRONG_USE: "the settings or the arguments are wrong, or --yes is missing",
    ExitCode.NOT_FOUND: "Slack knows no such app",
    ExitCode.NOT_ALLOWED: "Slack does not accept the configuration token, or forbids it this",
    ExitCode.TRY_AGAIN: "Slack could not be reached, or takes no more calls for now",
}
"""What each exit code of `manifest push` means; its help shows them."""

_PUSH_HELP = (
    "The configuration token is read from SLACK_CONFIG_TOKEN, or asked for on a terminal.\n"
    "Before an app is changed, what would change is shown, and you are asked."
)


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
    _add_doctor(parsers["doctor"])
    _add_connect(parsers["connect"])
    parsers["forget"].add_argument("workspace", type=_workspace, help="its id, T… or E…")
    parsers["forget"].add_argument("--yes", action="store_true", help="do not ask")
    parsers["audit"].add_argument(
        "--workspace", type=_workspace, metavar="ID", help="of this workspace alone"
    )
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


def _add_doctor(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")
    parser.add_argument(
        "--workspace", metavar="ID", help="look at this workspace alone, where there are several"
    )


def _add_connect(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--workspace", metavar="ID", help="the workspace's id, T… or E…, where there are several"
    )
    lines = "\n".join(f"  {code.value}  {meaning}" for code, meaning in CONNECT_EXITS.items())
    parser.epilog = (
        "The API token is not shown while it is typed. From a pipe, two lines are read: the "
        f"account id, then the token.\n\nexit codes:\n{lines}"
    )


def _add_manifest(parser: ArgumentParser) -> None:
    _add_way(parser)
    actions = parser.add_subparsers(
        dest="action", metavar="action", title="actions", description="without one, it is printed"
    )
    parsers = {
        name: actions.add_parser(
            name, help=text, description=text, formatter_class=RawDescriptionHelpFormatter
        )
        for name, text in MANIFEST_ACTIONS.items()
    }
    check = parsers["check"]
    check.add_argument("--json", action="store_true", help="print JSON")
    check.add_argument(
        "--workspace",
        type=_workspace,
        metavar="ID",
        help="what this workspace granted when it installed the app, where there are several",
    )
    push = parsers["push"]
    # What was typed before `push` stays, since nothing of this overwrites it.
    _add_way(push, default=SUPPRESS)
    push.add_argument(
        "--app-id", type=_app_id, metavar="ID", help="change this app instead of making a new one"
    )
    push.add_argument("--yes", action="store_true", help="change the app without asking")
    lines = "\n".join(f"  {code.value}  {meaning}" for code, meaning in PUSH_EXITS.items())
    push.epilog = f"{_PUSH_HELP}\n\nexit codes:\n{lines}"


def _add_way(parser: ArgumentParser, *, default: str | None = None) -> None:
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--url", default=default, help="where Slack reaches this deployment; PUBLIC_URL by default"
    )
    way.add_argument(
        "--socket",
        action="store_true",
        default=default or False,
        help="for Socket Mode, without any address",
    )


def _workspace(text: str) -> str:
    if not re.fullmatch(r"[TE][A-Z0-9]{1,31}", text.strip()):
        raise ArgumentTypeError("must be a workspace's id, such as T0123ABCDEF")
    return text.strip()


def _app_id(text: str) -> str:
    try:
        return slack_app_id(text.strip())
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


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
