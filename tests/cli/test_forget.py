"""`forget`: the real command beside a served Cloudflare, on either database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli.arguments import ExitCode
from bot.connections import utc_now
from bot.demo.fake_realtimekit.scripted import backend_refusal
from bot.demo.stage import API_TOKEN, Stage, open_stage
from bot.domain.audit import OPERATOR
from bot.domain.credentials import Credentials
from bot.domain.ids import WebhookId, WorkspaceId
from bot.domain.watched_app import WebhookState
from bot.errors import InstallationBroken
from bot.store.audit import SqlAudit
from bot.store.credentials import SqlCredentials
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.installations import SqlInstallations
from bot.store.subscriptions import SqlSubscriptions
from bot.store.watched_apps import SqlWatchedApps
from bot.store.workspaces import Identity, SqlWorkspaces
from tests.cli.manifest_stage import Shown, Typist
from tests.databases import database_url
from tests.deliveries import RecordedWakes
from tests.fakes import NOON
from tests.installing import a_new_installation
from tests.subscribing import a_subscription

__all__ = ["database_url"]

KEY = "a key for tests that is long enough for anybody"
GONE, STAYS = WorkspaceId("T0GONE"), WorkspaceId("T0STAYS")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """A database, for as long as the block runs."""
    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()


@dataclass
class Desk:
    """A terminal beside Cloudflare, with two workspaces in the database."""

    stage: Stage
    typist: Typist
    url: str

    async def install(self, workspace: WorkspaceId) -> None:
        """Have a workspace installed, connected, and its app watched by a webhook."""
        kit, sealer = self.stage.kit.state, Sealer([KEY])
        hook = kit.add_webhook(
            self.stage.app, url=f"https://bot.example.com/{workspace}", events=["meeting.ended"]
        )
        async with opened(self.url) as database:
            new = a_new_installation(workspace=workspace, name="Acme")
            await SqlInstallations(database, sealer).put(new)
            await SqlCredentials(database, sealer).connect(
                workspace,
                Credentials(account_id=self.stage.account.id, api_token=API_TOKEN),
                who=OPERATOR,
                at=NOON,
            )
            subscription = a_subscription(id=workspace, workspace=workspace, app=self.stage.app)
            await SqlSubscriptions(database, RecordedWakes()).add(subscription)
            watched = SqlWatchedApps(database)
            [app] = await watched.of_workspace(workspace)
            await watched.webhook_is(app, WebhookState.ACTIVE, at=NOON, webhook=WebhookId(hook.id))

    async def is_there(self, workspace: WorkspaceId) -> bool:
        """Whether anything of a workspace is stored."""
        async with opened(self.url) as database:
            entries = await SqlAudit(database).latest(workspace)
            apps = await SqlWatchedApps(database).of_workspace(workspace)
            names = await SqlWorkspaces(database, Sealer([KEY])).names()
        return bool(entries or apps or workspace in names)

    def hooks(self) -> list[str]:
        """The webhooks at Cloudflare."""
        return [hook.url for hook in self.stage.kit.state.webhooks_of(self.stage.app)]

    async def type_in(self, *words: str, answers: str | None = None) -> Shown:
        """Run the command."""
        return await self.typist.type_in("forget", *words, answers=answers)


@pytest.fixture
async def desk(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    database_url: str,
    tmp_path: Path,
) -> AsyncIterator[Desk]:
    """A deployment with two workspaces."""
    monkeypatch.chdir(tmp_path)
    async with open_stage(utc_now) as stage:
        given = stage.environment(database_url) | {"ENCRYPTION_KEY": KEY}
        for name in ("SLACK_BOT_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN"):
            given.pop(name)
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        desk = Desk(stage, Typist(monkeypatch, capsys), database_url)
        await desk.install(GONE)
        await desk.install(STAYS)
        yield desk


async def test_forgets_a_workspace_and_tells_what_was_deleted(desk: Desk) -> None:
    """Its webhook at Cloudflare too; nothing of any other workspace."""
    shown = await desk.type_in(GONE, answers="yes\n")

    assert shown.code == ExitCode.DONE
    assert "Delete everything of Acme (T0GONE)" in shown.err
    assert "Deleted everything of Acme (T0GONE):" in shown.out
    for line in ("workspaces: 1", "subscriptions: 1", "watched_apps: 1", "audit: 3"):
        assert f"  {line}\n" in shown.out
    assert "removed" in shown.out
    assert not await desk.is_there(GONE)
    assert await desk.is_there(STAYS)
    assert desk.hooks() == ["https://bot.example.com/T0STAYS"]


@pytest.mark.parametrize(
    ("answers", "code"), [("n\n", ExitCode.FAILED), ("\n", ExitCode.FAILED), (None, 2)]
)
async def test_nothing_is_deleted_without_a_yes(desk: Desk, answers: str | None, code: int) -> None:
    """Neither after a no nor where nobody can be asked."""
    shown = await desk.type_in(GONE, answers=answers)

    assert shown.code == code
    assert "Nothing was deleted." in shown.err
    assert await desk.is_there(GONE)
    assert len(desk.hooks()) == 2


async def test_a_script_says_yes_beforehand(desk: Desk) -> None:
    """Nothing is asked then."""
    shown = await desk.type_in(GONE, "--yes")

    assert (shown.code, shown.err) == (ExitCode.DONE, "")
    assert not await desk.is_there(GONE)


async def test_an_unknown_workspace_is_said_to_be_one(desk: Desk) -> None:
    """Perhaps the id was mistyped."""
    shown = await desk.type_in("T0NOBODY", "--yes")

    assert shown.code == ExitCode.NOT_FOUND
    assert shown.err == "Nothing is stored of T0NOBODY.\n"


async def test_a_webhook_that_cannot_be_removed_is_told_of(desk: Desk) -> None:
    """Everything here is deleted all the same."""
    desk.stage.kit.script.add("delete_webhook", backend_refusal(500))

    shown = await desk.type_in(GONE, "--yes")

    assert shown.code == ExitCode.DONE
    assert "still there" in shown.err
    assert not await desk.is_there(GONE)


async def test_the_one_of_the_settings_is_forgotten_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the credentials of the settings, and without asking Slack."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-make-believe")
    async with opened(desk.url) as database:
        stored = SqlWorkspaces(database, Sealer([KEY]))
        who = Identity(id=GONE, url="https://acme.slack.com/", bot_user_id="U0BOT", bot_id="B0BOT")
        await stored.remember(who, token="xoxb-make-believe", at=NOON)
    calls = len(desk.stage.slack.calls)

    shown = await desk.type_in(GONE, "--yes")

    assert shown.code == ExitCode.DONE
    assert desk.hooks() == ["https://bot.example.com/T0STAYS"]
    assert len(desk.stage.slack.calls) == calls
    async with opened(desk.url) as database:
        with pytest.raises(InstallationBroken):
            await SqlWorkspaces(database, Sealer([KEY])).get(GONE)
