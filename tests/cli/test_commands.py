"""Each command as it is typed, against the stand-ins."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cli.arguments import ExitCode, build_parser
from bot.cli.commands import run
from bot.connections import utc_now
from bot.demo.stage import APP_NAME, Stage, open_stage
from bot.domain.ids import SessionId
from bot.settings import SettingsProblems

TEXT = "## Decisions\n\nWe ship."


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Both stand-ins, at the present moment."""
    async with open_stage(utc_now) as opened:
        yield opened


@pytest.fixture
def session(stage: Stage) -> SessionId:
    """A meeting with a summary."""
    session = stage.kit.state.add_session(stage.app, title="Weekly planning")
    stage.kit.state.add_summary(session, TEXT)
    return session


@pytest.fixture(autouse=True)
def settings(stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment of a deployment between the two, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    for name, value in stage.environment(f"sqlite:///{tmp_path / 'bot.db'}").items():
        monkeypatch.setenv(name, value)


async def typed(line: str) -> int:
    """Run a command line."""
    return await run(build_parser().parse_args(line.split()))


async def test_fetch_prints_the_summary_and_its_notice(
    session: SessionId, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text as it is, and until when its file can be had."""
    code = await typed(f"fetch {APP_NAME} {session}")

    shown = capsys.readouterr()
    assert code == ExitCode.DONE
    assert shown.out.startswith(f"Weekly planning\n\n{TEXT}\n\nThe file can be downloaded until")
    assert shown.err == ""


async def test_fetch_needs_only_the_cloudflare_settings(
    session: SessionId, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of Slack, no database, and with one app not even its name."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL", "DATABASE_URL"):
        monkeypatch.delenv(name)

    code = await typed(f"fetch {session} --json")

    assert code == ExitCode.DONE
    assert json.loads(capsys.readouterr().out)["text"] == TEXT


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("fetch 00000000-0000-4000-8000-000000000000", ExitCode.NOT_FOUND, "no meeting session"),
        ("fetch nope 00000000-0000-4000-8000-000000000000", ExitCode.WRONG_USE, "no RealtimeKit"),
        ("fetch x", ExitCode.WRONG_USE, "no session's id"),
    ],
)
async def test_fetch_says_what_is_wrong_as_slack_would(
    line: str, code: ExitCode, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same sentence, beside the results, and an exit code that tells the kind."""
    assert await typed(line) == code

    shown = capsys.readouterr()
    assert words in shown.err
    assert shown.out == ""


async def test_fetch_tells_a_summary_that_is_not_ready(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    """A script can wait and try again."""
    session = stage.kit.state.add_session(stage.app)

    assert await typed(f"fetch {session}") == ExitCode.NOT_READY

    assert "has not been written yet" in capsys.readouterr().err


async def test_migrate_brings_the_tables_up_to_date_and_may_be_repeated(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The first time makes them, the second finds them."""
    assert [await typed("migrate"), await typed("migrate")] == [ExitCode.DONE, ExitCode.DONE]

    assert capsys.readouterr().out == "The database is up to date.\n" * 2


async def test_migrate_says_plainly_that_the_database_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, no stack trace."""
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere/at/all/bot.db")

    assert await typed("migrate") == ExitCode.FAILED

    shown = capsys.readouterr().err
    assert shown.startswith("The database cannot be brought up to date: ")
    assert "Traceback" not in shown


async def test_doctor_is_content_with_a_good_setup(capsys: pytest.CaptureFixture[str]) -> None:
    """Every line is in order once the tables are there."""
    await typed("migrate")
    capsys.readouterr()

    code = await typed("doctor --json")

    found = {check["name"]: check["state"] for check in json.loads(capsys.readouterr().out)}
    assert {"Slack", "Scopes", "Clock", "Cloudflare", "Database"} <= set(found)
    assert "bad" not in found.values()
    assert code == ExitCode.DONE


async def test_doctor_shows_everything_that_is_wrong(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One bad finding does not hide the others, and the exit code tells."""
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "cfat_another-one-0123456789abcdefghijk")
    stage.slack.team.scopes.discard("files:write")
    await typed("migrate")

    code = await typed("doctor")

    shown = capsys.readouterr().out
    assert code == ExitCode.FAILED
    assert "BAD   Scopes: Not granted: files:write." in shown
    assert "BAD   Cloudflare:" in shown
    assert "ok    Database:" in shown


async def test_manifest_is_filled_in_for_this_deployment(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Everything of Slack's arrives at one address."""
    assert await typed("manifest --url https://bot.example.org") == ExitCode.DONE

    assert capsys.readouterr().out.count("https://bot.example.org/slack/events") == 3


@pytest.mark.parametrize("command", ["web", "socket"])
async def test_a_start_without_its_settings_names_all_that_is_missing(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line each, and no value."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "CLOUDFLARE_API_TOKEN"):
        monkeypatch.delenv(name)

    with pytest.raises(SettingsProblems) as refusal:
        await typed(command)

    assert len(refusal.value.lines) >= 2


async def test_a_start_that_slack_refuses_ends_with_a_plain_line(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dead token is named in words; the process ends."""
    stage.slack.team.token = "xoxb-another-one"

    assert await typed("web") == ExitCode.FAILED

    shown = capsys.readouterr().err
    assert "web cannot go on: " in shown
    assert "connection to the Slack workspace no longer works" in shown
    assert "Traceback" not in shown


async def test_a_worker_needs_postgresql() -> None:
    """On SQLite there is one process, and it is another one."""
    with pytest.raises(SettingsProblems):
        await typed("worker")
