"""`connect`: the real command beside a served Slack and a served Cloudflare."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.cli.arguments import CONNECT_EXITS, ExitCode, build_parser
from bot.connections import utc_now
from bot.demo.fake_realtimekit import Account, Token
from bot.demo.fake_realtimekit.scripted import edge_page
from bot.demo.stage import Stage, open_stage
from bot.domain.audit import OPERATOR, AuditAction
from bot.domain.ids import WorkspaceId
from bot.domain.workspace import Workspace
from bot.settings import SettingsProblems
from bot.store.audit import SqlAudit
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.migrate import migrate
from bot.store.workspaces import Identity, SqlWorkspaces
from tests.cli.manifest_stage import Shown, Typist
from tests.databases import database_url
from tests.fakes import NOON

__all__ = ["database_url"]

KEY = "a key for tests that is long enough for anybody"
TOKEN = "cfut_make-believe-typed-by-hand-0123456789"
FIRST, SECOND = WorkspaceId("T0001"), WorkspaceId("T0002")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[SqlWorkspaces]:
    """The workspaces of a database, for as long as the block runs."""
    database = await Database.open(url)
    try:
        await migrate(database)
        yield SqlWorkspaces(database, Sealer([KEY]))
    finally:
        await database.close()


@dataclass
class Desk:
    """A terminal beside both services, with a database of its own."""

    stage: Stage
    typist: Typist
    monkeypatch: pytest.MonkeyPatch
    account: Account
    url: str

    async def install(self, *teams: WorkspaceId) -> None:
        """Have workspaces installed that are not connected yet."""
        async with opened(self.url) as stored:
            for team in teams:
                home = Workspace(team, f"https://{team.lower()}.slack.com/", f"xoxb-{team}")
                who = Identity(id=team, url=home.url, bot_user_id="U0BOT", bot_id="B0BOT")
                await stored.install(home, who, at=NOON)

    async def type_in(self, *words: str, account: str | None = None, token: str = TOKEN) -> Shown:
        """Run the command at a terminal, where the token is typed unseen."""
        self.monkeypatch.setattr(getpass, "getpass", lambda _: token)
        typed = self.account.id if account is None else account
        return await self.typist.type_in("connect", *words, answers=f"{typed}\n")

    async def stored(self, team: WorkspaceId = FIRST) -> tuple[str | None, str | None]:
        """A workspace's credentials."""
        async with opened(self.url) as stored:
            home = await stored.get(team)
            return home.account_id, home.api_token


@pytest.fixture
async def desk(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    database_url: str,
    tmp_path: Path,
) -> AsyncIterator[Desk]:
    """A deployment for many workspaces, on either database; none has installed the app."""
    monkeypatch.chdir(tmp_path)
    async with open_stage(utc_now) as stage:
        account = stage.kit.state.add_account(Token(value=TOKEN, kind="user"))
        stage.kit.state.add_app(account, "Standups")
        given = stage.environment(database_url) | {"ENCRYPTION_KEY": KEY}
        for name in ("SLACK_BOT_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN"):
            given.pop(name)
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        yield Desk(stage, Typist(monkeypatch, capsys), monkeypatch, account, database_url)


async def test_connects_the_only_workspace(desk: Desk) -> None:
    """It says to what, and which apps there are; the token is shown nowhere."""
    await desk.install(FIRST)

    shown = await desk.type_in()

    assert shown.code == ExitCode.DONE
    assert await desk.stored() == (desk.account.id, TOKEN)
    ending = f"the account ending in {desk.account.id[-4:]}, with the token ending in 6789"
    assert shown.out == f"Connected t0001.slack.com to {ending}.\n  app Standups\n"
    assert "t0001.slack.com (T0001)" in shown.err
    assert TOKEN not in shown.all


async def test_the_operator_is_written_down(desk: Desk) -> None:
    """Nobody of Slack's did it."""
    await desk.install(FIRST)

    await desk.type_in()

    async with opened(desk.url) as stored:
        [entry] = await SqlAudit(stored.database).latest(FIRST)
    assert (entry.who, entry.action) == (OPERATOR, AuditAction.CONNECTED)


async def test_reads_two_lines_from_a_pipe(desk: Desk) -> None:
    """So that a script can do it; nothing is asked then."""
    await desk.install(FIRST)

    shown = await desk.typist.type_in("connect", piped=f"{desk.account.id}\n{TOKEN}\n")

    assert (shown.code, shown.err) == (ExitCode.DONE, "")
    assert await desk.stored() == (desk.account.id, TOKEN)


async def test_of_several_workspaces_one_must_be_named(desk: Desk) -> None:
    """They are listed; nothing is asked before."""
    await desk.install(FIRST, SECOND)

    unnamed = await desk.type_in()
    unknown = await desk.type_in("--workspace", "T0009")
    named = await desk.type_in("--workspace", SECOND)

    assert (unnamed.code, unknown.code, named.code) == (
        ExitCode.WRONG_USE,
        ExitCode.WRONG_USE,
        ExitCode.DONE,
    )
    listed = "Name one of these with --workspace:\n  T0001  t0001.slack.com\n"
    assert unnamed.err.startswith(f"There are several workspaces. {listed}")
    assert unknown.err.startswith(f"There is no workspace T0009. {listed}")
    assert await desk.stored(FIRST) == (None, None)
    assert await desk.stored(SECOND) == (desk.account.id, TOKEN)


async def test_connects_the_workspace_of_the_settings(desk: Desk) -> None:
    """Whatever else is stored: no other is served, and none can be named."""
    await desk.install(FIRST)
    team = desk.stage.slack.team
    desk.monkeypatch.setenv("SLACK_BOT_TOKEN", team.token)

    other = await desk.type_in("--workspace", FIRST)
    shown = await desk.type_in()

    assert (other.code, shown.code) == (ExitCode.WRONG_USE, ExitCode.DONE)
    async with opened(desk.url) as stored:
        own = await stored.credentials(WorkspaceId(team.id))
    assert own is not None
    assert (own.account_id, own.api_token) == (desk.account.id, TOKEN)
    assert await desk.stored(FIRST) == (None, None)


async def test_without_a_workspace_there_is_nothing_to_connect(desk: Desk) -> None:
    """The app comes first."""
    await desk.install()

    shown = await desk.type_in()

    assert shown.code == ExitCode.NOT_FOUND
    assert "install it first" in shown.err


@pytest.mark.parametrize(
    ("account", "token", "code", "words"),
    [
        (None, "cfut_unknown-token", ExitCode.NOT_ALLOWED, "does not know this API token"),
        ("0" * 32, TOKEN, ExitCode.NOT_ALLOWED, "may not use RealtimeKit of this account"),
        ("acme", TOKEN, ExitCode.WRONG_USE, "The account id must be 32 digits"),
        (None, "", ExitCode.WRONG_USE, "The API token is missing"),
    ],
)
async def test_what_is_wrong_is_said(
    desk: Desk, account: str | None, token: str, code: ExitCode, words: str
) -> None:
    """With the exit code for it; nothing is stored, and no token is repeated."""
    await desk.install(FIRST)

    shown = await desk.type_in(account=account, token=token)

    assert (shown.code, shown.out) == (code, "")
    assert words in shown.err
    assert not token or token not in shown.all
    assert await desk.stored() == (None, None)


async def test_cloudflare_not_reached_is_tried_again(desk: Desk) -> None:
    """A script can tell it from a wrong token."""
    await desk.install(FIRST)
    desk.stage.kit.script.always("apps", edge_page(502))

    shown = await desk.type_in()

    assert shown.code == ExitCode.TRY_AGAIN
    assert "Nothing was saved" in shown.err
    assert await desk.stored() == (None, None)


async def test_many_apps_are_counted(desk: Desk) -> None:
    """A terminal has only so many lines."""
    await desk.install(FIRST)
    for number in range(24):
        desk.stage.kit.state.add_app(desk.account, f"App {number}")

    shown = await desk.type_in()

    assert shown.out.count("\n  app ") == 20
    assert shown.out.endswith("  and 5 more\n")


async def test_an_account_without_apps_gets_a_hint(desk: Desk) -> None:
    """They can be made later."""
    await desk.install(FIRST)
    desk.stage.kit.state.apps.clear()

    shown = await desk.type_in()

    assert shown.code == ExitCode.DONE
    assert "has no RealtimeKit app yet" in shown.out


async def test_a_terminal_that_shows_secrets_is_not_used(desk: Desk) -> None:
    """Nothing is asked for that others could read over a shoulder."""
    await desk.install(FIRST)

    def shows(_: str) -> str:
        raise getpass.GetPassWarning

    desk.monkeypatch.setattr(getpass, "getpass", shows)
    shown = await desk.typist.type_in("connect", answers=f"{desk.account.id}\n")

    assert shown.code == ExitCode.WRONG_USE
    assert "would show the token" in shown.err


async def test_a_key_is_needed(desk: Desk) -> None:
    """Before anything is asked: a token is stored sealed, or not at all."""
    desk.monkeypatch.delenv("ENCRYPTION_KEY")

    with pytest.raises(SettingsProblems, match="ENCRYPTION_KEY is missing: API tokens are stored"):
        await desk.type_in()


async def test_goes_beside_a_bot_that_runs(desk: Desk) -> None:
    """Whoever serves Slack has the SQLite file open, and need not be stopped."""
    await desk.install(FIRST)

    async with opened(desk.url):
        shown = await desk.type_in()

    assert shown.code == ExitCode.DONE
    assert await desk.stored() == (desk.account.id, TOKEN)


async def test_a_database_of_another_version_is_left_alone(desk: Desk) -> None:
    """Beside a bot that runs nothing is migrated, and nothing is written."""
    await desk.install(FIRST)

    async with opened(desk.url) as stored:
        async with stored.database.begin() as connection:
            await connection.execute(text("DELETE FROM alembic_version"))
        shown = await desk.type_in()

    assert shown.code == ExitCode.FAILED
    assert "not prepared for this version" in shown.err


def test_the_help_explains_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """And that the token is neither shown nor an argument."""
    with pytest.raises(SystemExit):
        build_parser().parse_args(["connect", "--help"])

    shown = capsys.readouterr().out
    assert "not shown while it is typed" in shown
    for code, meaning in CONNECT_EXITS.items():
        assert f"  {code.value}  {meaning}" in shown
