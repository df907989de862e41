"""`doctor`: a line for each thing, and an exit code."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from bot.cli.arguments import ExitCode
from bot.cli.doctor import check_encryption, check_settings, print_checks
from bot.cli.terminal import Terminal
from bot.domain.check import Check, CheckState

NOWHERE = Path("no-such-file")
GOOD = Check.good("Slack", "The bot token works.")
WARNING = Check.warning("Scopes", "One is missing.", "Add it.")
BAD = Check.bad("Database", "Its tables are old.", "Run `migrate`.")


def _print(*checks: Check, as_json: bool = False) -> tuple[ExitCode, str]:
    out = io.StringIO()
    code = print_checks(checks, Terminal(out, io.StringIO()), as_json=as_json)
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


def test_json_is_a_list_of_objects() -> None:
    """A program reads the same as a person."""
    _, shown = _print(WARNING, as_json=True)

    assert json.loads(shown) == [
        {
            "name": "Scopes",
            "state": "warning",
            "cause": "One is missing.",
            "next_step": "Add it.",
        }
    ]


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


@pytest.mark.parametrize(
    ("keys", "state"), [((), CheckState.WARNING), (("k" * 32,), CheckState.GOOD)]
)
def test_a_key_of_its_own_is_recommended(keys: tuple[str, ...], state: CheckState) -> None:
    """Without one, a new bot token would leave sealed texts unreadable."""
    assert check_encryption(keys).state is state
