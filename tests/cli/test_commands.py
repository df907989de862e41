"""Each command, from its settings to its exit code, against the stand-ins."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot.cli.arguments import ExitCode, build_parser
from bot.cli.commands import run
from bot.connections import utc_now
from bot.demo.fake_realtimekit.scripted import backend_refusal, edge_page
from bot.demo.stage import APP_NAME, Stage, open_stage
from bot.domain.ids import SessionId
from bot.settings import SettingsProblems
from bot.store.engine import Database
from bot.store.migrate import is_current
from tests.postgres import postgres_server

ROOT = Path(__file__).parent.parent.parent
TEXT = "## Decisions\n\n- We ship on Thursday.\n"
STRANGER = "00000000-0000-4000-8000-000000000000"
ONLY_CLOUDFLARE = (
    "CLOUDFLARE_ACCOUNT_ID",
    "CLOUDFLARE_API_TOKEN",
    "CLOUDFLARE_BASE_URL",
    "ALLOW_LOCAL_DOWNLOADS",
)

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without `.env`."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Both stand-ins, in real time."""
    async with open_stage(utc_now) as opened:
        yield opened


def a_meeting(stage: Stage, summary: str | None = TEXT) -> SessionId:
    """A meeting that has just ended."""
    session = stage.kit.state.add_session(stage.app, title="Weekly planning")
    if summary is not None:
        stage.kit.state.add_summary(session, summary)
    return session


def use(
    monkeypatch: pytest.MonkeyPatch,
    stage: Stage,
    database_url: str = "sqlite:///bot.db",
    **changes: str,
) -> None:
    """Set the settings of a bot that works between the stand-ins."""
    for name, value in {**stage.environment(database_url), **changes}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def only_cloudflare(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that `fetch` needs: no Slack, no database."""
    settings = stage.environment("sqlite:///never.db")
    for name in ONLY_CLOUDFLARE:
        monkeypatch.setenv(name, settings[name])


async def type_in(*words: str) -> int:
    """Type a command."""
    return await run(build_parser().parse_args(words))


async def run_process(stage: Stage, *words: str, **changes: str) -> tuple[int | None, str, str]:
    """Run a command as a process of its own; returns its exit code and what it printed."""
    settings = stage.environment("sqlite:///never.db")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *words,
        env={
            **{name: settings[name] for name in ONLY_CLOUDFLARE},
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            **changes,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.mark.usefixtures("only_cloudflare")
async def test_fetch_prints_a_summary_and_its_notice(
    stage: Stage, capsys: Captured, tmp_path: Path
) -> None:
    """Two settings are enough; nothing is stored, and no link is shown."""
    session = a_meeting(stage)

    code = await type_in("fetch", APP_NAME, session)

    shown = capsys.readouterr()
    assert code == ExitCode.DONE
    assert shown.out.startswith(f"Weekly planning\n\n{TEXT}\nThe file can be downloaded until ")
    assert "http" not in shown.out
    assert shown.err == ""
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - `Path` has no way that does not block


@pytest.mark.usefixtures("only_cloudflare")
async def test_fetch_prints_json(stage: Stage, capsys: Captured) -> None:
    """The only app need not be named."""
    session = a_meeting(stage)

    code = await type_in("fetch", session, "--json")

    printed = json.loads(capsys.readouterr().out)
    assert code == ExitCode.DONE
    assert (printed["session"], printed["text"]) == (session, TEXT)


@pytest.mark.usefixtures("only_cloudflare")
async def test_fetch_waits_for_a_summary(
    stage: Stage, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not ready is asked for again within the given minutes."""
    monkeypatch.setattr("bot.cli.fetch.ASK_AGAIN_AFTER", timedelta(milliseconds=1))
    session = a_meeting(stage)
    stage.kit.script.add("summary", backend_refusal(404), backend_refusal(404))

    code = await type_in("fetch", session, "--wait", "1")

    assert code == ExitCode.DONE
    assert len(stage.kit.calls("summary")) == 3
    assert TEXT in capsys.readouterr().out


@pytest.mark.usefixtures("only_cloudflare")
async def test_fetch_says_that_it_is_not_ready(stage: Stage, capsys: Captured) -> None:
    """Without `--wait` it does not wait."""
    code = await type_in("fetch", a_meeting(stage, None), "--json")

    assert code == ExitCode.NOT_READY
    assert json.loads(capsys.readouterr().out)["error"] == "summary_not_ready"


@pytest.mark.usefixtures("only_cloudflare")
async def test_fetch_needs_an_app_when_there_are_several(stage: Stage, capsys: Captured) -> None:
    """The sentence names them."""
    stage.kit.state.add_app(stage.account, "webinars")

    code = await type_in("fetch", a_meeting(stage))

    assert code == ExitCode.WRONG_USE
    assert "webinars" in capsys.readouterr().err


@pytest.mark.usefixtures("only_cloudflare")
@pytest.mark.parametrize(
    ("words", "complaint"),
    [(("x",), "no session's id"), (("nope", STRANGER), "no RealtimeKit")],
)
async def test_fetch_knows_wrong_use(
    words: tuple[str, ...], complaint: str, capsys: Captured
) -> None:
    """What is no id, and an app nobody knows."""
    code = await type_in("fetch", *words)

    shown = capsys.readouterr()
    assert code == ExitCode.WRONG_USE
    assert complaint in shown.err
    assert shown.out == ""


@pytest.mark.usefixtures("only_cloudflare")
async def test_fetch_knows_that_there_is_no_such_session(capsys: Captured) -> None:
    """Trying again is of no use, and the exit code says so."""
    code = await type_in("fetch", APP_NAME, STRANGER)

    assert code == ExitCode.NOT_FOUND
    assert "no meeting session with that id" in capsys.readouterr().err


@pytest.mark.usefixtures("only_cloudflare")
async def test_fetch_knows_that_the_token_is_refused(
    stage: Stage, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token is not shown."""
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "cfat_revoked")

    code = await type_in("fetch", APP_NAME, a_meeting(stage))

    complaint = capsys.readouterr().err
    assert code == ExitCode.NOT_ALLOWED
    assert complaint.count("\n") == 1
    assert "cfat_revoked" not in complaint


@pytest.mark.usefixtures("only_cloudflare")
async def test_fetch_knows_an_outage(stage: Stage, capsys: Captured) -> None:
    """An edge's error page is no answer of Cloudflare's API."""
    stage.kit.script.always("summary", edge_page(502))

    code = await type_in("fetch", APP_NAME, a_meeting(stage))

    assert code == ExitCode.TRY_AGAIN
    assert "<html" not in capsys.readouterr().err


@pytest.mark.usefixtures("only_cloudflare")
async def test_fetch_refuses_what_is_no_summary(stage: Stage, capsys: Captured) -> None:
    """A page where the text should be is not printed."""
    code = await type_in("fetch", APP_NAME, a_meeting(stage, "<!DOCTYPE html><p>Sign in"))

    shown = capsys.readouterr()
    assert code == ExitCode.FAILED
    assert "Sign in" not in shown.out + shown.err


async def test_fetch_as_a_process(stage: Stage) -> None:
    """Results on standard output, nothing beside them, 0."""
    session = a_meeting(stage)

    code, out, err = await run_process(stage, "fetch", APP_NAME, session, "--json")

    assert (code, err) == (0, "")
    assert json.loads(out)["text"] == TEXT


async def test_a_failing_fetch_as_a_process(stage: Stage) -> None:
    """A sentence on standard error, no traceback, and the code that says what kind it is."""
    code, out, err = await run_process(
        stage, "fetch", APP_NAME, a_meeting(stage), CLOUDFLARE_API_TOKEN="cfat_revoked"
    )

    assert (code, out) == (ExitCode.NOT_ALLOWED, "")
    assert err.count("\n") == 1


@pytest.fixture(params=["sqlite", "postgresql"])
async def bare_url(request: pytest.FixtureRequest) -> str:
    """The address of a database nobody migrated, of either kind."""
    if request.param == "sqlite":
        return "sqlite:///bot.db"
    return postgres_server().url(await postgres_server().create_database())


async def test_migrate_makes_the_tables(
    bare_url: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """It needs the database's address alone, and may be run again."""
    monkeypatch.setenv("DATABASE_URL", bare_url)

    codes = [await type_in("migrate"), await type_in("migrate")]

    assert codes == [ExitCode.DONE, ExitCode.DONE]
    assert capsys.readouterr().out == "The database is up to date.\n" * 2
    database = await Database.open(bare_url)
    assert await is_current(database)
    await database.close()


@pytest.mark.parametrize("where", ["sqlite:///missing/bot.db", "postgresql:///bot?host=/nowhere"])
async def test_migrate_says_that_it_cannot(
    where: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """One plain line."""
    monkeypatch.setenv("DATABASE_URL", where)

    code = await type_in("migrate")

    [line] = capsys.readouterr().err.splitlines()
    assert code == ExitCode.FAILED
    assert line.startswith("The database cannot be brought up to date: This bot cannot ")


async def test_doctor_finds_nothing_wrong(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: Captured, tmp_path: Path
) -> None:
    """Everything is green before the first start, and a look leaves no file behind."""
    use(monkeypatch, stage, ENCRYPTION_KEY="k" * 32)

    code = await type_in("doctor")

    lines = capsys.readouterr().out.splitlines()
    assert code == ExitCode.DONE
    assert [line.split(":")[0] for line in lines] == [
        "ok    Settings",
        "ok    Database",
        "ok    Slack",
        "ok    Scopes",
        "ok    Clock",
        "ok    Cloudflare",
        "ok    Apps",
    ]
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - `Path` has no way that does not block


async def test_doctor_says_everything_that_is_wrong(
    stage: Stage, bare_url: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """One thing that is wrong hides no other, in JSON as well, and no secret is shown."""
    await (await Database.open(bare_url)).close()
    use(
        monkeypatch,
        stage,
        bare_url,
        SLACK_BOT_TOKEN="xoxb-revoked",
        CLOUDFLARE_API_TOKEN="cfat_revoked",
        PUBLIC_URL="https://127.0.0.1:1",
        PORT="soon",
    )

    code = await type_in("doctor", "--json")

    printed = capsys.readouterr().out
    checks = [json.loads(line) for line in printed.splitlines()]
    found = {check["name"]: check["state"] for check in checks}
    assert code == ExitCode.FAILED
    names = ("Settings", "Slack", "Cloudflare", "Database", "Public address")
    assert found == dict.fromkeys(names, "bad")
    assert all(check["next_step"] for check in checks)
    assert "revoked" not in printed


async def test_doctor_tells_what_is_wrong_from_what_is_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """A scope that was not granted is named; tables that were made are fine."""
    use(monkeypatch, stage)
    stage.slack.team.scopes.discard("files:write")
    await type_in("migrate")

    code = await type_in("doctor")

    shown = capsys.readouterr().out
    assert code == ExitCode.FAILED
    assert "BAD   Scopes: Not granted: files:write." in shown
    assert "ok    Database: It answers, and its tables are current." in shown


async def test_doctor_goes_on_without_any_settings(capsys: Captured) -> None:
    """A line for each that is missing, and what can be looked at without them."""
    code = await type_in("doctor")

    lines = capsys.readouterr().out.splitlines()
    assert code == ExitCode.FAILED
    assert [line[:14] for line in lines if not line.startswith(" ")] == [
        *["BAD   Settings"] * 4,
        "ok    Database",
    ]


async def test_manifest_for_an_address(capsys: Captured) -> None:
    """It needs no settings."""
    code = await type_in("manifest", "--url", "https://bot.example.com")

    printed = capsys.readouterr().out
    assert code == ExitCode.DONE
    assert printed.count("https://bot.example.com/slack/events") == 3


async def test_manifest_for_socket_mode(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that is set does not matter then."""
    monkeypatch.setenv("PUBLIC_URL", "https://bot.example.com")

    code = await type_in("manifest", "--socket")

    printed = capsys.readouterr().out
    assert code == ExitCode.DONE
    assert yaml.safe_load(printed)["settings"]["socket_mode_enabled"] is True
    assert "bot.example.com" not in printed


async def test_manifest_of_the_address_that_is_set(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing need be typed twice."""
    monkeypatch.setenv("PUBLIC_URL", "https://bot.example.com/")

    await type_in("manifest")

    assert "request_url: https://bot.example.com/slack/events" in capsys.readouterr().out


def plain(captured: Captured) -> str:
    """The one line that is no log line."""
    said = captured.readouterr()
    assert said.out == ""
    [line] = [line for line in said.err.splitlines() if "cannot go on" in line]
    assert "Traceback" not in said.err
    return line


@pytest.mark.parametrize(
    ("command", "changes", "words"),
    [
        ("web", {"SLACK_BOT_TOKEN": "xoxb-revoked"}, "no longer works"),
        ("web", {"SLACK_API_URL": "http://127.0.0.1:1/api/"}, "Slack could not be reached"),
        ("web", {"DATABASE_URL": "sqlite:///missing/bot.db"}, "cannot open its database"),
        ("web", {"DATABASE_URL": "sqlite:///junk.db"}, "cannot open its database"),
        ("web", {"DATABASE_URL": "postgresql:///bot?host=/nowhere"}, "cannot reach its database"),
        ("worker", {"DATABASE_URL": "postgresql:///b?host=/nowhere"}, "cannot reach its database"),
        ("socket", {"SLACK_APP_TOKEN": "xapp-revoked"}, "no longer works"),
    ],
)
async def test_what_cannot_start_says_why(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
    tmp_path: Path,
    command: str,
    changes: dict[str, str],
    words: str,
) -> None:
    """One plain line without a token, and exit code 1."""
    junk = tmp_path / "junk.db"
    await asyncio.to_thread(junk.write_text, "this is no database" * 100)
    use(monkeypatch, stage, **{"PORT": "1", **changes})

    code = await type_in(command)

    line = plain(capsys)
    assert code == ExitCode.FAILED
    assert line.startswith(f"{command} cannot go on: ")
    assert words in line
    assert "revoked" not in line


@pytest.mark.parametrize("command", ["web", "worker"])
async def test_tables_nobody_made_are_named(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: Captured, command: str
) -> None:
    """On PostgreSQL only `migrate` makes them, since several processes may start at once."""
    server = postgres_server()
    use(monkeypatch, stage, server.url(await server.create_database()))

    code = await type_in(command)

    assert code == ExitCode.FAILED
    assert "Run `python -m bot migrate`, then start again." in plain(capsys)


async def test_a_port_that_is_taken_is_said(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """The worker ends with it, instead of working on behind a door that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        use(monkeypatch, stage, PORT=str(taken.getsockname()[1]))

        code = await type_in("web")

    assert code == ExitCode.FAILED
    assert plain(capsys).startswith("web cannot go on: Address already in use")


async def test_a_worker_needs_postgresql(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite there is one process, and it is another one."""
    use(monkeypatch, stage)

    with pytest.raises(SettingsProblems):
        await type_in("worker")
