"""`rotate-keys`: the real command on either database."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.arguments import ExitCode
from bot.domain.installation import BotToken
from bot.settings import SettingsProblems
from bot.store.bot_tokens import SqlBotTokens
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.installations import SqlInstallations
from tests.cli.manifest_stage import Typist
from tests.databases import database_url
from tests.fakes import WORKSPACE
from tests.installing import a_new_installation, a_rotated_token

__all__ = ["database_url"]

OLD = "the old key for tests that is long enough for anybody"
NEW = "the new key for tests that is long enough for anybody"


@pytest.fixture
async def typist(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    database_url: str,
    tmp_path: Path,
) -> Typist:
    """A terminal beside a database in which the old key has sealed everything."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("ENCRYPTION_KEY", f"{NEW},{OLD}")
    database = await Database.open(database_url)
    new = a_new_installation(token=a_rotated_token())
    await SqlInstallations(database, Sealer([OLD])).put(new)
    await database.close()
    return Typist(monkeypatch, capsys)


async def token(url: str, key: str) -> BotToken:
    """The stored token, as one key opens it."""
    database = await Database.open(url)
    try:
        return await SqlBotTokens(database, Sealer([key])).get(WORKSPACE)
    finally:
        await database.close()


async def test_the_old_key_can_be_taken_away_afterwards(typist: Typist, database_url: str) -> None:
    """It says what it sealed, and no secret."""
    first = await typist.type_in("rotate-keys")
    second = await typist.type_in("rotate-keys")

    assert first.code == second.code == ExitCode.DONE
    assert "workspaces.bot_token: 1 sealed anew, 0 were already\n" in first.out
    assert "workspaces.bot_token: 0 sealed anew, 1 were already\n" in second.out
    assert "The others can be taken away." in first.out
    assert await token(database_url, NEW) == a_rotated_token()
    assert OLD not in first.all


async def test_a_lost_key_is_told_of(
    typist: Typist, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it sealed stays as it is; the command fails."""
    monkeypatch.setenv("ENCRYPTION_KEY", NEW)

    shown = await typist.type_in("rotate-keys")

    assert shown.code == ExitCode.FAILED
    assert "workspaces.bot_token: 1 that no key in ENCRYPTION_KEY opens" in shown.err
    assert await token(database_url, OLD) == a_rotated_token()


async def test_what_a_bot_token_has_sealed_gets_a_key(
    typist: Typist, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deployment for one workspace may begin without a key, and set one later."""
    monkeypatch.setenv("ENCRYPTION_KEY", NEW)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-make-believe")
    database = await Database.open(database_url)
    installations = SqlInstallations(database, Sealer(["xoxb-make-believe"]))
    await installations.put(a_new_installation(token=a_rotated_token()))
    await database.close()

    shown = await typist.type_in("rotate-keys")

    assert shown.code == ExitCode.DONE
    assert await token(database_url, NEW) == a_rotated_token()


async def test_it_goes_on_beside_a_bot_at_work(typist: Typist, database_url: str) -> None:
    """Nobody has to stop anything."""
    database = await Database.open(database_url)

    shown = await typist.type_in("rotate-keys")
    await database.close()

    assert shown.code == ExitCode.DONE


async def test_there_must_be_a_key(typist: Typist, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to seal with otherwise."""
    monkeypatch.delenv("ENCRYPTION_KEY")

    with pytest.raises(SettingsProblems, match="ENCRYPTION_KEY is missing"):
        await typist.type_in("rotate-keys")
