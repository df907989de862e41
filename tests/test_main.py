"""`python -m bot …`, from what was typed to the exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.cli import commands
from bot.cli.arguments import ExitCode

ROOT = Path(__file__).parent.parent
SECRET = "xoxp-do-not-show-this"


def start(*arguments: str, cwd: Path, stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
    """Start Python with nothing of this machine's settings."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter with our own arguments
        [sys.executable, *arguments],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_everything_wrong_with_the_settings_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line each, exit code 2, and no value that was set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLACK_BOT_TOKEN", SECRET)
    monkeypatch.setenv("PORT", "soon")

    code = main(["web"])

    shown = capsys.readouterr()
    assert code == ExitCode.WRONG_USE
    assert [line.split()[0] for line in shown.err.splitlines()] == [
        "SLACK_BOT_TOKEN",
        "PORT",
        "SLACK_SIGNING_SECRET",
        "CLOUDFLARE_ACCOUNT_ID",
        "CLOUDFLARE_API_TOKEN",
    ]
    assert SECRET not in shown.err
    assert shown.out == ""


@pytest.mark.parametrize("command", ["worker", "socket", "migrate", "fetch S1", "manifest"])
def test_every_command_that_needs_settings_says_what_is_wrong(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    """None of them starts with a malformed one, and none shows where it was."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOG_LEVEL", "loud")

    code = main(command.split())

    assert code == ExitCode.WRONG_USE
    assert "LOG_LEVEL must be" in capsys.readouterr().err


def test_ctrl_c_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever ends a command knows that they did."""

    async def interrupt(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "run", interrupt)

    assert main(["demo"]) == ExitCode.FAILED


@pytest.mark.parametrize("command", [["manifest", "--socket"], ["demo", "--once"]])
def test_a_reader_who_has_read_enough_ends_it_quietly(tmp_path: Path, command: list[str]) -> None:
    """`| head -3` is no reason for a traceback."""
    process = start("-m", "bot", *command, cwd=tmp_path)
    assert process.stdout is not None
    process.stdout.close()

    _, complaints = process.communicate(timeout=60)

    assert complaints == ""
    assert process.returncode == ExitCode.FAILED


def test_help_is_there_whatever_the_settings_are(tmp_path: Path) -> None:
    """It answers at once: nothing that serves or stores is read for it."""
    (tmp_path / ".env").write_bytes(b"\xff")
    program = (
        "import sys\n"
        "from bot.__main__ import main\n"
        "try:\n"
        "    main(['--help'])\n"
        "finally:\n"
        "    print({'sqlalchemy', 'slack_bolt', 'uvicorn'} & set(sys.modules))\n"
    )

    shown, complaints = start("-c", program, cwd=tmp_path).communicate(timeout=60)

    assert shown.startswith("usage: meeting-summary")
    assert shown.endswith("set()\n")
    assert complaints == ""
