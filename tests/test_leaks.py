"""The search for secrets finds them: a search that finds nothing would prove nothing."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.demo.stage import API_TOKEN, Stage, open_stage
from bot.store.engine import Database
from bot.store.tables import aliases
from tests.clock import ManualClock
from tests.databases import database, database_url
from tests.leaks import copy_of, found, recorded, searched, secrets_of

__all__ = ["database", "database_url"]

TEXT = "## Decisions\n\n- We ship on Thursday."


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Both stand-ins, with one meeting whose summary is written."""
    async with open_stage(ManualClock()) as opened:
        session = opened.kit.state.add_session(opened.app)
        opened.kit.state.add_summary(session, TEXT)
        yield opened


def secret_named(kind: str, stage: Stage) -> str:
    """One secret of each kind."""
    return {
        "slack": stage.slack.team.token,
        "cloudflare": API_TOKEN,
        "app": stage.slack.app_token,
        "summary": "We ship on Thursday.",
        "presigned": "https://store.example/f?X-Amz-Signature=0123456789abcdef",
        "setup": "https://bot.example.com/setup/0123456789abcdefghijklmn",
        "webhook": "/realtimekit/webhooks/0123456789abcdefghijklmn",
    }[kind]


KINDS = ["slack", "cloudflare", "app", "summary", "presigned", "setup", "webhook"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_secret_in_the_database_is_found(
    kind: str, stage: Stage, database: Database, database_url: str
) -> None:
    """In either kind of database, in a table of ours."""
    async with database.begin() as connection:
        row = {"workspace": "T0ACME", "name": "n", "app": secret_named(kind, stage)}
        await connection.execute(insert(aliases).values(row))

    leaks = found(await copy_of(database_url), secrets_of(stage))

    assert leaks != []


async def test_an_empty_database_has_no_secret(
    stage: Stage, database: Database, database_url: str
) -> None:
    """What the schema itself says is not taken for one."""
    async with database.begin() as connection:
        row = {"workspace": "T0ACME", "name": "n", "app": "standups"}
        await connection.execute(insert(aliases).values(row))

    copy = await copy_of(database_url)

    assert "standups" in copy
    assert found(copy, secrets_of(stage)) == []


async def test_a_summary_in_the_log_fails_the_scenario(
    stage: Stage, database_url: str, tmp_path: Path
) -> None:
    """Redaction knows tokens by their looks, but no meeting's text: nobody may log it."""
    with pytest.raises(AssertionError, match="in the log"):
        async with searched(stage, database_url, tmp_path / "bot.log"):
            logging.getLogger("bot.test").debug("posting %s", TEXT.splitlines()[2])


def test_recording_leaves_logging_as_it_was(tmp_path: Path) -> None:
    """Handlers and level are what they were, and what was logged is in the file."""
    root = logging.getLogger()
    before = (list(root.handlers), root.level)

    with recorded(tmp_path / "bot.log"):
        logging.getLogger("bot.test").debug("a line")

    assert (root.handlers, root.level) == before
    assert "a line" in (tmp_path / "bot.log").read_text(encoding="utf-8")
