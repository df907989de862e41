"""`doctor`: a line for each thing the bot needs, with the next step where one is due."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bot.cli.arguments import ExitCode
from bot.cli.terminal import Terminal
from bot.domain.check import Check, CheckState
from bot.setting_values import MAKE_A_KEY
from bot.settings import Purpose, Settings, read_settings

_MARKS = {CheckState.GOOD: "ok  ", CheckState.WARNING: "warn", CheckState.BAD: "BAD "}


def check_settings(env_file: Path = Path(".env")) -> tuple[Settings, Sequence[Check]]:
    """Read the settings for the way this deployment is served, and say what is wrong with them.

    What is malformed has its default in the settings that come back, so that the other checks
    can go on.
    """
    settings, _ = read_settings(Purpose.DOCTOR, env_file=env_file)
    over_socket = settings.slack_app_token and not settings.slack_signing_secret
    purpose = Purpose.SOCKET if over_socket else Purpose.WEB
    settings, problems = read_settings(purpose, env_file=env_file)
    if problems:
        step = "Correct it in the environment or in .env; the README has a table of settings."
        return settings, [Check.bad("Settings", f"{problem}.", step) for problem in problems]
    complete = Check.good("Settings", f"They are complete for `{purpose}`.")
    return settings, [complete, check_encryption(settings.encryption_keys)]


def check_encryption(keys: Sequence[str]) -> Check:
    """Whether secrets in the database have a key of their own."""
    if keys:
        return Check.good("Encryption", f"Secrets are sealed with the first of {len(keys)} keys.")
    return Check.warning(
        "Encryption",
        "ENCRYPTION_KEY is not set, so secrets are sealed with the bot token.",
        f"Set it to a random text: {MAKE_A_KEY}",
    )


def print_checks(checks: Sequence[Check], terminal: Terminal, *, as_json: bool) -> ExitCode:
    """Print the outcomes; the exit code tells whether anything is bad."""
    if as_json:
        terminal.print(json.dumps([asdict(check) for check in checks], ensure_ascii=False))
    else:
        for check in checks:
            terminal.print(f"{_MARKS[check.state]}  {check.name}: {check.cause}")
            if check.next_step:
                terminal.print(f"      {check.next_step}")
    bad = any(check.state is CheckState.BAD for check in checks)
    return ExitCode.FAILED if bad else ExitCode.DONE
