"""What can be typed after `python -m bot`."""

from __future__ import annotations

import pytest

from bot.cli.arguments import COMMANDS, EXIT_MEANINGS, PUSH_EXITS, ExitCode, build_parser
from bot.settings import Purpose


def test_there_is_a_command_for_every_purpose() -> None:
    """Settings and commands name the same things; the demo brings its own settings."""
    assert set(COMMANDS) == {*Purpose, "demo"}


def test_fetch_takes_an_app_and_a_session() -> None:
    """Both, with the options anywhere."""
    parsed = build_parser().parse_args(["fetch", "--wait", "5", "standup", "S1", "--json"])

    assert (parsed.app, parsed.session, parsed.wait, parsed.json) == ("standup", "S1", 5.0, True)


def test_fetch_takes_a_session_alone() -> None:
    """With one app in the account, it need not be named."""
    parsed = build_parser().parse_args(["fetch", "S1"])

    assert (parsed.app, parsed.session, parsed.wait, parsed.json) == ("", "S1", 0.0, False)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["fetch"],
        ["fetch", "--wait", "soon", "S1"],
        ["fetch", "--wait", "-1", "S1"],
        ["fetch", "--wait", "nan", "S1"],
        ["manifest", "--socket", "--url", "https://bot.example.com"],
        ["manifest", "push", "--socket", "--url", "https://bot.example.com"],
        ["forget"],
        ["forget", "acme"],
        ["forget", "U0ADA"],
        ["manifest", "pull"],
        ["manifest", "push", "--token", "xoxe.xoxp-1"],
        ["manifest", "push", "--app-id", ""],
        ["manifest", "push", "--app-id", "xoxe.xoxp-1"],
    ],
)
def test_wrong_use_ends_with_its_own_code(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be meant is refused with the usage and exit code 2."""
    with pytest.raises(SystemExit) as caught:
        build_parser().parse_args(arguments)

    assert caught.value.code == ExitCode.WRONG_USE
    assert "usage:" in capsys.readouterr().err


def test_the_help_of_fetch_explains_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    """A program that runs it can tell what happened."""
    with pytest.raises(SystemExit):
        build_parser().parse_args(["fetch", "--help"])

    shown = capsys.readouterr().out
    assert set(EXIT_MEANINGS) == set(ExitCode)
    assert [f"  {code.value}  {EXIT_MEANINGS[code]}" in shown for code in ExitCode] == [True] * 7


def test_a_manifest_is_printed_unless_something_else_is_said() -> None:
    """With the options where they are typed."""
    printed = build_parser().parse_args(["manifest", "--socket"])
    pushed = build_parser().parse_args(["manifest", "push", "--app-id", " A0123ABC "])

    assert (printed.action, printed.socket, printed.url) == (None, True, None)
    assert (pushed.action, pushed.app_id, pushed.yes) == ("push", "A0123ABC", False)
    assert (pushed.socket, pushed.url) == (False, None)


@pytest.mark.parametrize(
    ("words", "url", "socket"),
    [
        (["--url", "https://a.example", "push"], "https://a.example", False),
        (["push", "--url", "https://a.example"], "https://a.example", False),
        (
            ["--url", "https://b.example", "push", "--url", "https://a.example"],
            "https://a.example",
            False,
        ),
        (["--socket", "push"], None, True),
        (["push", "--socket"], None, True),
    ],
)
def test_the_way_may_stand_on_either_side(
    words: list[str], url: str | None, *, socket: bool
) -> None:
    """What was typed before `push` is not forgotten."""
    parsed = build_parser().parse_args(["manifest", *words])

    assert (parsed.url, parsed.socket) == (url, socket)


def test_a_refused_argument_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody may paste a token where the app's id belongs."""
    with pytest.raises(SystemExit):
        build_parser().parse_args(["manifest", "push", "--app-id", "xoxe.xoxp-1-secret"])

    assert "secret" not in capsys.readouterr().err


def test_the_help_of_push_explains_its_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """And where the token comes from."""
    with pytest.raises(SystemExit):
        build_parser().parse_args(["manifest", "push", "--help"])

    shown = capsys.readouterr().out
    assert all(f"  {code.value}  {meaning}" in shown for code, meaning in PUSH_EXITS.items())
    assert set(PUSH_EXITS) == {*ExitCode} - {ExitCode.NOT_READY}
    assert "SLACK_CONFIG_TOKEN" in shown
