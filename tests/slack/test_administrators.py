"""Who may administer: those who administer this workspace, as far as Slack says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.ids import UserId, WorkspaceId
from bot.slack.administrators import Administrators, is_administrator
from bot.slack.authorization import Installation
from bot.slack.directory import Person

TEAM = Installation(
    workspace=WorkspaceId("T0ACME"),
    team_id="T0ACME",
    enterprise_id=None,
    url="https://acme.slack.com/",
    bot_user_id="U0BOT",
    bot_id="B0BOT",
)
WHOLE = replace(TEAM, workspace=WorkspaceId("E0ACME"), team_id=None, enterprise_id="E0ACME")
ADMIN = Person(
    id=UserId("U0ADMIN"),
    team_id="T0ACME",
    enterprise_id="",
    teams=frozenset(),
    is_admin=True,
    is_owner=False,
    is_organisation_admin=False,
    is_guest=False,
    is_bot=False,
    is_stranger=False,
    is_deleted=False,
)


def test_administrators_and_owners_of_the_workspace_may() -> None:
    """Either right is enough."""
    assert is_administrator(ADMIN, TEAM)
    assert is_administrator(replace(ADMIN, is_admin=False, is_owner=True), TEAM)


@pytest.mark.parametrize(
    "changes",
    [
        {"is_admin": False},
        {"is_guest": True},
        {"is_bot": True},
        {"is_stranger": True},
        {"is_deleted": True},
        {"team_id": "T0OTHER"},
    ],
)
def test_nobody_else_may(changes: dict[str, object]) -> None:
    """Being an administrator elsewhere, or a guest, a bot or gone, counts for nothing."""
    assert not is_administrator(replace(ADMIN, **changes), TEAM)  # type: ignore[arg-type]


def test_people_of_an_organisation_belong_to_its_workspaces() -> None:
    """Whose own team is another one may still belong to this one."""
    assert is_administrator(replace(ADMIN, team_id="T0HQ", teams=frozenset({"T0ACME"})), TEAM)


@pytest.mark.parametrize(("enterprise", "may"), [("E0ACME", True), ("E0OTHER", False), ("", False)])
def test_an_org_wide_installation_asks_for_the_organisation(enterprise: str, *, may: bool) -> None:
    """No team of its own stands for the whole organisation."""
    person = replace(ADMIN, enterprise_id=enterprise, is_organisation_admin=True)

    assert is_administrator(person, WHOLE) is may


def test_who_administers_one_workspace_does_not_administer_the_organisation() -> None:
    """Nor the other way round, as far as Slack says."""
    assert not is_administrator(replace(ADMIN, enterprise_id="E0ACME"), WHOLE)
    of_all = replace(ADMIN, is_admin=False, is_organisation_admin=True)
    assert not is_administrator(of_all, TEAM)


def asking(person: Person, *added: UserId) -> Administrators:
    """Administrators of a Slack with one person, and who was added."""

    async def look_up(_: WorkspaceId, __: UserId) -> Person:
        return person

    async def others(workspace: WorkspaceId) -> frozenset[UserId]:
        return frozenset(added) if workspace == TEAM.workspace else frozenset()

    return Administrators(look_up, others)


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"is_guest": True}, False),
        ({"is_bot": True}, False),
        ({"is_stranger": True}, False),
        ({"is_deleted": True}, False),
        ({"team_id": "T0OTHER"}, False),
    ],
)
async def test_who_was_added_may_as_long_as_they_are_a_member(
    changes: dict[str, object], *, may: bool
) -> None:
    """Whoever became a guest, left, or is from elsewhere, may no more."""
    person = replace(ADMIN, is_admin=False, **changes)  # type: ignore[arg-type]
    administrators = asking(person, person.id)

    assert await administrators(TEAM, person.id) is may
    assert await administrators.is_member(TEAM, person.id) is may


async def test_who_was_not_added_may_not() -> None:
    """Being a member is not enough."""
    person = replace(ADMIN, is_admin=False)

    assert not await asking(person, UserId("U0OTHER"))(TEAM, person.id)
    assert await asking(ADMIN)(TEAM, ADMIN.id)
