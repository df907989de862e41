"""The attacker's matrix where the app is installed for a whole organisation.

Whoever administers one of its workspaces does not administer the organisation.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.demo.stage import CHANNEL, open_stage
from tests.clock import ManualClock
from tests.databases import database_url
from tests.scenarios.test_who_may import ATTEMPTS, SHARED, WHO, kept
from tests.scenarios.world import World, start_bot

__all__ = ["database_url"]

ORGANISATION = "E0GROUP"

ROLES: Mapping[str, dict[str, Any]] = {
    "the organisation's administrator": {"is_organisation_admin": True},
    "one workspace's administrator": {"is_admin": True},
    "one workspace's owner": {"is_owner": True},
    "another organisation's administrator": {
        "team_id": "T0ELSE",
        "enterprise_id": "E0ELSE",
        "is_organisation_admin": True,
    },
    "a guest": {"is_guest": True, "is_organisation_admin": True},
    "a member": {},
}
MAY = "the organisation's administrator"


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """One organisation, administered by dana."""
    clock = ManualClock()
    settings = {
        "ENCRYPTION_KEY": "a key for tests that is long enough for anybody",
        "PUBLIC_URL": "https://bot.example.com",
    }
    async with open_stage(clock) as stage:
        team = stage.slack.team
        team.enterprise_id, team.is_org_wide = ORGANISATION, True
        team.add_user("U0DANA", "dana", is_organisation_admin=True)
        team.add_channel(SHARED, "partners", members=("U0DANA",), is_ext_shared=True)
        team.channels[CHANNEL].members.add(team.bot_user_id)
        async with start_bot(tmp_path, stage, clock, database_url=database_url, **settings) as one:
            yield one


@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("role", ROLES)
async def test_only_the_organisations_own_administrators_pass(
    world: World, role: str, attempt: str
) -> None:
    """And what does not pass leaves everything as it was."""
    team = world.stage.slack.team
    team.add_user(WHO, "who", **ROLES[role])
    for channel in (CHANNEL, SHARED):
        team.channels[channel].members.add(WHO)
    before = await kept(world)

    passed = await ATTEMPTS[attempt](world, world.stage.person(world.served.http, WHO))

    assert passed is (role == MAY)
    if not passed:
        assert await kept(world) == before
