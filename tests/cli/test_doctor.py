"""`doctor`: a line for each thing, and an exit code."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from bot.cli.arguments import ExitCode
from bot.cli.doctor import check_settings, print_checks, print_json
from bot.cli.terminal import Terminal
from bot.domain.check import Check, CheckState
from tests.fakes import WORKSPACE

NOWHERE = Path("no-such-file")
GOOD = Check.good("Slack", "The bot token works.")
WARNING = Check.warning("Scopes", "One is missing.", "Add it.")
BAD = Check.bad("Database", "Its tables are old.", "Run `migrate`.")


def _print(*checks: Check) -> tuple[ExitCode, str]:
    out = io.StringIO()
    code = print_checks(checks, Terminal(out, io.StringIO()))
    return code, out.getvalue()


def test_every_check_is_a_line_with_its_next_step() -> None:
    """Good ones say so; others say what to do."""
    _, shown = _print(GOOD, WARNING, BAD)

    assert shown == (
        "ok    Slack: The bot token works.\n"
        "warn  Scopes: One is missing.\n"
        "      Add it.\n"
        "BAD   Database: Its tables are old.\n"
        "      Run `migrate`.\n"
    )


def test_json_is_an_object_a_line() -> None:
    """A program reads the same as a person, and of which workspace it is."""
    out = io.StringIO()

    code = print_json([WARNING, BAD], Terminal(out, io.StringIO()), WORKSPACE)

    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert code is ExitCode.FAILED
    assert lines[0] == {
        "workspace": WORKSPACE,
        "name": "Scopes",
        "state": "warning",
        "cause": "One is missing.",
        "next_step": "Add it.",
    }
    assert [line["name"] for line in lines] == ["Scopes", "Database"]


@pytest.mark.parametrize(
    ("checks", "code"),
    [((GOOD, WARNING), ExitCode.DONE), ((GOOD, BAD), ExitCode.FAILED), ((), ExitCode.DONE)],
)
def test_only_what_is_bad_fails(checks: tuple[Check, ...], code: ExitCode) -> None:
    """A warning does not stop a deployment."""
    assert _print(*checks)[0] is code


def test_wrong_settings_are_a_line_each() -> None:
    """Nothing stops the other checks: defaults stand in for what is wrong."""
    settings, checks = check_settings(NOWHERE)

    assert [check.state for check in checks] == [CheckState.BAD] * 4
    assert settings.port == 3000


def test_settings_are_checked_for_the_way_the_bot_is_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With an app-level token and no signing secret, it is Socket Mode."""
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "0123456789abcdef0123456789abcdef")
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "token")

    _, checks = check_settings(NOWHERE)

    assert checks[0] == Check.good("Settings", "They are complete for `socket`.")
