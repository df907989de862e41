"""`audit`: the real command on either database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli.arguments import ExitCode
from bot.domain.ids import UserId, WorkspaceId
from bot.store.engine import Database
from bot.store.policies import SqlPolicies
from tests.cli.manifest_stage import Typist
from tests.databases import database_url
from tests.fakes import NOON, WORKSPACE
from tests.subscribing import install, kept_in

__all__ = ["database_url"]

OTHER = WorkspaceId("T0OTHER")


@pytest.fixture
async def typist(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    database_url: str,
    tmp_path: Path,
) -> Typist:
    """A terminal beside a database with two workspaces, in each of which something changed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    database = await Database.open(database_url)
    kept, policies = kept_in(database), SqlPolicies(database, lambda: NOON)
    for workspace, readers in ((WORKSPACE, 7), (OTHER, 9)):
        await install(kept, workspace)
        await policies.set_confirm_from(workspace, readers, UserId("U0DANA"))
    await database.close()
    return Typist(monkeypatch, capsys)


def of(workspace: WorkspaceId, after: str) -> dict[str, str]:
    """The line of a change."""
    return {
        "workspace": workspace,
        "at": NOON.isoformat(),
        "who": "U0DANA",
        "action": "confirm_from",
        "subject": "",
        "before": "100",
        "after": after,
    }


async def test_prints_every_change_an_object_a_line(typist: Typist) -> None:
    """Ready for a file or a pipe, and nothing else on the way out."""
    typed = await typist.type_in("audit")

    assert typed.code == ExitCode.DONE
    lines = [json.loads(line) for line in typed.out.splitlines()]
    assert lines == [of(OTHER, "9"), of(WORKSPACE, "7")]


async def test_prints_one_workspaces(typist: Typist) -> None:
    """And of one that nobody knows, nothing."""
    one = await typist.type_in("audit", "--workspace", OTHER)
    none = await typist.type_in("audit", "--workspace", "T0NOBODY")

    assert [json.loads(line)["after"] for line in one.out.splitlines()] == ["9"]
    assert (none.code, none.out) == (ExitCode.DONE, "")
