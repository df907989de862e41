"""The record of changes, on SQLite and on PostgreSQL."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.audit import AuditAction, AuditEntry
from bot.domain.ids import UserId, WorkspaceId
from bot.store.audit import PAGE, SqlAudit, write_down
from bot.store.engine import Database
from tests.fakes import APP, ASKER, CHANNEL, NOON, WORKSPACE
from tests.subscribing import Kept, a_subscription

FIRST = AuditEntry(
    workspace=WORKSPACE,
    at=NOON,
    who=UserId("U0DANA"),
    action=AuditAction.ALIAS,
    subject="weekly",
    before="",
    after=APP,
)


async def test_entries_are_read_as_they_were_written(database: Database) -> None:
    """Newest first for a look, oldest first for an export; another workspace's are not there."""
    later = AuditEntry(
        workspace=WORKSPACE,
        at=NOON + timedelta(minutes=1),
        who=UserId("U0ERIN"),
        action=AuditAction.CONNECTED,
    )
    theirs = AuditEntry(
        workspace=WorkspaceId("T0OTHER"), at=NOON, who=ASKER, action=AuditAction.INSTALLED
    )
    async with database.begin() as connection:
        for entry in (later, FIRST, theirs):
            await write_down(connection, entry)

    audit = SqlAudit(database)
    assert await audit.latest(WORKSPACE) == [later, FIRST]
    assert await audit.latest(WORKSPACE, limit=1) == [later]
    assert [entry async for entry in audit.all(WORKSPACE)] == [FIRST, later]


async def test_a_long_record_is_read_to_its_end(database: Database) -> None:
    """Page after page, each entry once."""
    async with database.begin() as connection:
        for _ in range(PAGE + 1):
            await write_down(connection, FIRST)

    assert len([entry async for entry in SqlAudit(database).all(WORKSPACE)]) == PAGE + 1


async def test_an_entry_goes_with_its_change(database: Database) -> None:
    """A transaction that fails leaves neither."""

    async def change_and_fail() -> None:
        async with database.begin() as connection:
            await write_down(connection, FIRST)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await change_and_fail()

    assert await SqlAudit(database).latest(WORKSPACE) == []


async def test_subscribing_is_written_down(kept: Kept, database: Database) -> None:
    """Once when it is made, not when it is renewed, and once when it is taken back."""
    await kept.subscriptions.add(a_subscription())
    await kept.subscriptions.add(a_subscription(name="Renewed"))
    await kept.subscriptions.remove(WORKSPACE, CHANNEL, APP, who=ASKER, at=NOON)
    await kept.subscriptions.remove(WORKSPACE, CHANNEL, APP, who=ASKER, at=NOON)

    entries = [entry async for entry in SqlAudit(database).all(WORKSPACE)]
    facts = {(entry.action, entry.subject, entry.before, entry.after) for entry in entries}
    assert len(entries) == 2
    assert facts == {
        (AuditAction.SUBSCRIBED, CHANNEL, "", APP),
        (AuditAction.UNSUBSCRIBED, CHANNEL, APP, ""),
    }


def test_nothing_changes_an_entry(project_root: Path) -> None:
    """The record is only added to; it goes with its workspace, by the way all tables go."""
    changing = re.compile(r"(?:update|delete)\(\s*audit\b|audit\.(?:update|delete)\(")

    found = [
        path.name
        for path in (project_root / "bot").rglob("*.py")
        if changing.search(path.read_text(encoding="utf-8"))
    ]

    assert found == []
