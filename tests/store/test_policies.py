"""What administrators decided, and the record of it, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.domain.audit import AuditAction
from bot.domain.ids import ChannelId, UserId, WorkspaceId
from bot.domain.policy import CONFIRM_FROM, AllowedChannels, AppPolicy, Policy
from bot.store.audit import SqlAudit
from bot.store.engine import Database
from bot.store.policies import SqlPolicies
from tests.fakes import APP, NOON, OTHER_APP, WORKSPACE
from tests.subscribing import Kept, install

DANA, ERIN = UserId("U0DANA"), UserId("U0ERIN")
OTHER = WorkspaceId("T0OTHER")
LISTED = AppPolicy(
    channels=AllowedChannels.LISTED, listed=frozenset({ChannelId("C0A"), ChannelId("C0B")})
)


@pytest.fixture
async def policies(database: Database, kept: Kept) -> SqlPolicies:
    """Two workspaces for which nothing was decided."""
    await install(kept, OTHER)
    return SqlPolicies(database, lambda: NOON)


async def recorded(database: Database) -> list[tuple[AuditAction, str, str, str]]:
    """The record of the workspace, oldest first."""
    entries = [entry async for entry in SqlAudit(database).all(WORKSPACE)]
    assert {entry.who for entry in entries} <= {DANA}
    assert {entry.at for entry in entries} <= {NOON}
    return [(entry.action, entry.subject, entry.before, entry.after) for entry in entries]


async def test_nothing_decided_is_the_careful_default(policies: SqlPolicies) -> None:
    """No channel shared with others, and a word before many read it."""
    policy = await policies.policy(WORKSPACE)

    assert policy == Policy(default_app=None, allows_shared=False, confirm_from=CONFIRM_FROM)
    assert policy.of(APP) == AppPolicy(channels=AllowedChannels.ALL)


Change = Callable[[SqlPolicies], Awaitable[None]]

CHANGES: dict[AuditAction, tuple[Change, Policy, tuple[str, str, str]]] = {
    AuditAction.DEFAULT_APP: (
        lambda policies: policies.set_default_app(WORKSPACE, APP, DANA),
        Policy(default_app=APP),
        ("", "", APP),
    ),
    AuditAction.SHARED_CHANNELS: (
        lambda policies: policies.set_allows_shared(WORKSPACE, allows=True, who=DANA),
        Policy(allows_shared=True),
        ("", "not allowed", "allowed"),
    ),
    AuditAction.CONFIRM_FROM: (
        lambda policies: policies.set_confirm_from(WORKSPACE, None, DANA),
        Policy(confirm_from=None),
        ("", "100", "never"),
    ),
    AuditAction.APP_CHANNELS: (
        lambda policies: policies.set_app_channels(WORKSPACE, APP, LISTED, DANA),
        Policy(apps={APP: LISTED}),
        (APP, "all", "listed C0A C0B"),
    ),
}


@pytest.mark.parametrize("action", CHANGES)
async def test_a_decision_is_kept_and_written_down_once(
    policies: SqlPolicies, database: Database, action: AuditAction
) -> None:
    """Deciding the same again changes nothing, and no other workspace is touched."""
    change, policy, entry = CHANGES[action]

    await change(policies)
    await change(policies)

    assert await policies.policy(WORKSPACE) == policy
    assert await policies.policy(OTHER) == Policy()
    assert await recorded(database) == [(action, *entry)]


async def test_each_decision_leaves_the_others(policies: SqlPolicies) -> None:
    """A window sends one change after another, and so do two administrators."""
    changes = [change for change, _, _ in CHANGES.values()]

    await asyncio.gather(*(change(policies) for change in changes))

    assert await policies.policy(WORKSPACE) == Policy(
        default_app=APP, allows_shared=True, confirm_from=None, apps={APP: LISTED}
    )


async def test_a_list_of_channels_can_shrink_and_go(policies: SqlPolicies) -> None:
    """What is not listed any more is not allowed any more; another app's list stays."""
    fewer = AppPolicy(channels=AllowedChannels.LISTED, listed=frozenset({ChannelId("C0B")}))
    await policies.set_app_channels(WORKSPACE, APP, LISTED, DANA)
    await policies.set_app_channels(WORKSPACE, OTHER_APP, LISTED, DANA)

    await policies.set_app_channels(WORKSPACE, APP, fewer, DANA)
    assert (await policies.policy(WORKSPACE)).apps == {APP: fewer, OTHER_APP: LISTED}

    private = AppPolicy(channels=AllowedChannels.PRIVATE)
    await policies.set_app_channels(WORKSPACE, APP, private, DANA)
    assert (await policies.policy(WORKSPACE)).of(APP) == private


async def test_aliases(policies: SqlPolicies, database: Database) -> None:
    """In small letters, each for one app, and gone when taken away."""
    await policies.set_alias(WORKSPACE, "Weekly", APP, DANA)
    await policies.set_alias(WORKSPACE, "daily", APP, DANA)
    await policies.set_alias(OTHER, "weekly", OTHER_APP, DANA)

    assert await policies.aliases(WORKSPACE) == {"daily": APP, "weekly": APP}

    await policies.set_alias(WORKSPACE, "WEEKLY", OTHER_APP, DANA)
    await policies.set_alias(WORKSPACE, "daily", None, DANA)

    assert await policies.aliases(WORKSPACE) == {"weekly": OTHER_APP}
    assert await policies.aliases(OTHER) == {"weekly": OTHER_APP}
    assert sorted(await recorded(database)) == sorted(
        [
            (AuditAction.ALIAS, "weekly", "", APP),
            (AuditAction.ALIAS, "daily", "", APP),
            (AuditAction.ALIAS, "weekly", APP, OTHER_APP),
            (AuditAction.ALIAS, "daily", APP, ""),
        ]
    )


async def test_administrators(policies: SqlPolicies, database: Database) -> None:
    """Who comes and who goes is written down by name; who stays is not."""
    fred = UserId("U0FRED")
    await policies.set_administrators(WORKSPACE, frozenset({ERIN, fred}), DANA)
    gina = UserId("U0GINA")

    await policies.set_administrators(WORKSPACE, frozenset({fred, gina}), DANA)

    assert await policies.administrators(WORKSPACE) == {fred, gina}
    assert await policies.administrators(OTHER) == frozenset()
    entries = await recorded(database)
    assert {(action, subject) for action, subject, _, _ in entries} == {
        (AuditAction.ADMINISTRATOR_ADDED, ERIN),
        (AuditAction.ADMINISTRATOR_ADDED, fred),
        (AuditAction.ADMINISTRATOR_REMOVED, ERIN),
        (AuditAction.ADMINISTRATOR_ADDED, gina),
    }
    assert len(entries) == 4
