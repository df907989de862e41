"""`manifest check`: the real command beside a served Slack."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cli.arguments import ExitCode
from bot.cli.manifest_check import Comparison
from bot.demo.fake_slack import FakeSlack, faults
from bot.domain.ids import UserId, WorkspaceId
from bot.domain.workspace import Workspace
from bot.manifest import OPTIONAL_SCOPES, SCOPE_REASONS, ManifestUnusable, load_manifest
from bot.settings import SettingsProblems
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.workspaces import Identity, SqlWorkspaces
from tests.cli.manifest_stage import Typist, served_slack
from tests.databases import database_url
from tests.fakes import NOON

__all__ = ["database_url"]

KEY = "a key for tests that is long enough for anybody"
NEEDED = frozenset(SCOPE_REASONS) - OPTIONAL_SCOPES


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[FakeSlack]:
    """A Slack where exactly what the manifest asks for was granted."""
    monkeypatch.chdir(tmp_path)
    async with served_slack() as slack:
        slack.team.scopes = set(SCOPE_REASONS)
        monkeypatch.setenv("SLACK_API_URL", slack.api_url)
        monkeypatch.setenv("SLACK_BOT_TOKEN", slack.team.token)
        yield slack


@pytest.fixture
def typist(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typist:
    """Somebody at a keyboard."""
    return Typist(monkeypatch, capsys)


@pytest.mark.usefixtures("slack")
async def test_everything_is_granted(typist: Typist) -> None:
    """One line, and nothing to do."""
    shown = await typist.type_in("manifest", "check")

    assert shown.code == ExitCode.DONE
    assert shown.all == "ok    Needed scopes: Acme granted all of them.\n"


@pytest.mark.parametrize("scope", sorted(NEEDED))
async def test_what_a_reinstall_would_add(typist: Typist, slack: FakeSlack, scope: str) -> None:
    """What is needed and missing fails, with what it is for and one next step."""
    slack.team.scopes.discard(scope)

    shown = await typist.type_in("manifest", "check")

    cause, step = shown.out.splitlines()
    assert shown.code == ExitCode.FAILED
    assert cause == (
        "BAD   Needed scopes: Installing again would add what the bot needs: "
        f"{scope} ({SCOPE_REASONS[scope]})."
    )
    assert "`manifest push`, then install it again" in step


async def test_what_works_less_without_optional_scopes(typist: Typist, slack: FakeSlack) -> None:
    """It is said and does not fail."""
    slack.team.scopes -= OPTIONAL_SCOPES

    shown = await typist.type_in("manifest", "check")

    assert shown.code == ExitCode.DONE
    assert "warn  Optional scopes: Not granted, so this does not work: " in shown.out
    for scope in OPTIONAL_SCOPES:
        assert f"{scope} ({SCOPE_REASONS[scope].removeprefix('optional: ')})" in shown.out
    assert "install the app again and allow them" in shown.out


async def test_what_is_no_longer_asked_for(typist: Typist, slack: FakeSlack) -> None:
    """It is named with the way to take it back."""
    slack.team.scopes |= {"im:history", "admin"}

    shown = await typist.type_in("manifest", "check")

    assert shown.code == ExitCode.DONE
    assert "warn  Other scopes: Granted, but no longer asked for: admin, im:history.\n" in shown.out
    assert "remove the app from the workspace" in shown.out


async def test_all_of_it_as_json(typist: Typist, slack: FakeSlack) -> None:
    """A program reads the same as a person."""
    [optional] = sorted(OPTIONAL_SCOPES)[:1]
    slack.team.scopes ^= {"files:write", optional, "admin"}

    shown = await typist.type_in("manifest", "check", "--json")

    assert shown.code == ExitCode.FAILED
    assert json.loads(shown.out) == {
        "workspace": "Acme",
        "missing": {"files:write": SCOPE_REASONS["files:write"]},
        "missing_optional": {optional: SCOPE_REASONS[optional].removeprefix("optional: ")},
        "no_longer_asked_for": ["admin"],
    }


@pytest.mark.usefixtures("slack")
async def test_json_of_what_is_granted(typist: Typist) -> None:
    """Nothing missing is success there too."""
    shown = await typist.type_in("manifest", "check", "--json")

    assert shown.code == ExitCode.DONE
    assert json.loads(shown.out)["missing"] == {}


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (faults.error("invalid_auth"), "Slack does not accept the bot token."),
        (faults.rate_limited("30"), "Slack takes no more calls for now."),
        (faults.answer(502), "Slack could not be reached."),
    ],
)
async def test_slack_cannot_be_asked(
    typist: Typist, slack: FakeSlack, fault: faults.Fault, cause: str
) -> None:
    """Nothing is said about scopes then, and no token is shown."""
    slack.faults.add("auth.test", fault, fault)

    told = await typist.type_in("manifest", "check")
    as_json = await typist.type_in("manifest", "check", "--json")

    assert (told.code, as_json.code) == (ExitCode.FAILED, ExitCode.FAILED)
    assert told.out.startswith(f"BAD   Slack: {cause}\n")
    assert json.loads(as_json.out)["error"] == cause
    assert json.loads(as_json.out)["next_step"]
    assert "scope" not in told.out.lower()
    assert slack.team.token not in told.all + as_json.all


async def test_slack_does_not_say_what_was_granted(typist: Typist, slack: FakeSlack) -> None:
    """Silence is not the same as nothing."""
    slack.team.scopes.clear()

    shown = await typist.type_in("manifest", "check")

    assert shown.code == ExitCode.FAILED
    assert "Slack did not say what was granted." in shown.out


async def test_what_one_of_several_workspaces_granted(
    typist: Typist, monkeypatch: pytest.MonkeyPatch, slack: FakeSlack, database_url: str
) -> None:
    """Its own stored token is used; another workspace has none."""
    slack.team.scopes -= OPTIONAL_SCOPES
    await _installed(monkeypatch, slack, database_url)

    shown = await typist.type_in("manifest", "check", "--workspace", slack.team.id)
    stranger = await typist.type_in("manifest", "check", "--workspace", "T0STRANGER")

    assert shown.code == ExitCode.DONE
    assert "warn  Optional scopes: Not granted" in shown.out
    assert slack.team.token not in shown.all
    assert stranger.code == ExitCode.FAILED
    assert stranger.all == "The workspace T0STRANGER has not installed the app.\n"


async def test_a_token_that_no_key_opens_is_said(
    typist: Typist, monkeypatch: pytest.MonkeyPatch, slack: FakeSlack, database_url: str
) -> None:
    """And Slack is not asked."""
    await _installed(monkeypatch, slack, database_url)
    monkeypatch.setenv("ENCRYPTION_KEY", "another key that is long enough for anybody too")

    shown = await typist.type_in("manifest", "check", "--workspace", slack.team.id)

    assert shown.code == ExitCode.FAILED
    assert "What is stored cannot be read: " in shown.err
    assert slack.calls == []


async def _installed(monkeypatch: pytest.MonkeyPatch, slack: FakeSlack, database_url: str) -> None:
    """Have the settings name no workspace, and the database one."""
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("ENCRYPTION_KEY", KEY)
    team = slack.team
    home = Workspace(
        id=WorkspaceId(team.id),
        url=team.url,
        bot_token=team.token,
        account_id=None,
        api_token=None,
    )
    who = Identity(
        id=home.id, url=home.url, bot_user_id=UserId(team.bot_user_id), bot_id=team.bot_id
    )
    database = await Database.open(database_url)
    await SqlWorkspaces(database, Sealer([KEY])).install(home, who, at=NOON)
    await database.close()


async def test_a_token_is_needed(
    typist: Typist, monkeypatch: pytest.MonkeyPatch, slack: FakeSlack
) -> None:
    """Without one there is nobody to ask."""
    monkeypatch.delenv("SLACK_BOT_TOKEN")

    with pytest.raises(SettingsProblems, match="SLACK_BOT_TOKEN is missing"):
        await typist.type_in("manifest", "check")

    assert slack.calls == []


async def test_a_broken_manifest_is_said(
    typist: Typist, monkeypatch: pytest.MonkeyPatch, slack: FakeSlack
) -> None:
    """There is nothing to compare with."""

    def fail() -> None:
        raise ManifestUnusable("manifest.yml lacks a part")

    monkeypatch.setattr("bot.cli.manifest_commands.load_manifest", fail)

    shown = await typist.type_in("manifest", "check")

    assert (shown.code, shown.err) == (ExitCode.FAILED, "manifest.yml lacks a part\n")
    assert slack.calls == []


def test_scopes_are_in_the_order_of_their_reasons() -> None:
    """Which is that of the README's table."""
    found = Comparison.of(load_manifest(), {"zebra:read", "admin"})

    assert [*found.missing, *found.left_out] == [
        *[scope for scope in SCOPE_REASONS if scope in NEEDED],
        *[scope for scope in SCOPE_REASONS if scope in OPTIONAL_SCOPES],
    ]
    assert found.left_over == ["admin", "zebra:read"]
