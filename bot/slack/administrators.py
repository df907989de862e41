"""Who may administer the bot in a workspace: its own administrators, and those they added."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.ids import UserId, WorkspaceId
from bot.slack.authorization import Installation
from bot.slack.directory import Person

MayAdminister: TypeAlias = Callable[[Installation, UserId], Awaitable[bool]]
"""Whether a person administers a workspace, as Slack says now. Raises `SlackError`."""


@dataclass(frozen=True, slots=True)
class Administrators:
    """Asks Slack each time: a right may have gone since a button was drawn (a `MayAdminister`)."""

    look_up: Callable[[WorkspaceId, UserId], Awaitable[Person]]
    """Asks Slack who somebody is. Raises `SlackError`."""
    added: Callable[[WorkspaceId], Awaitable[frozenset[UserId]]]
    """Those whom administrators have added."""

    async def __call__(self, installation: Installation, user: UserId) -> bool:
        """Whether a person may administer.

        Raises:
            SlackError: Slack could not be asked, so nobody may.
            StoreError: the database does not answer, so nobody may.
        """
        person = await self.look_up(installation.workspace, user)
        if not is_member(person, installation):
            return False
        if is_administrator(person, installation):
            return True
        return user in await self.added(installation.workspace)

    async def is_member(self, installation: Installation, user: UserId) -> bool:
        """Whether somebody could be added. Raises `SlackError`."""
        return is_member(await self.look_up(installation.workspace, user), installation)


def is_administrator(person: Person, installation: Installation) -> bool:
    """Whether a person administers the workspace, or the organisation, the app is installed in.

    What Slack leaves unsaid counts as no, and being an administrator elsewhere counts for nothing:
    whoever administers one workspace does not administer the whole organisation.
    Source: https://docs.slack.dev/reference/objects/user-object
    """
    if not is_member(person, installation):
        return False
    if installation.team_id is None:
        return person.is_organisation_admin
    return person.is_admin or person.is_owner


def is_member(person: Person, installation: Installation) -> bool:
    """Whether a person belongs to the installation: no guest, no bot, nobody from outside."""
    if person.is_deleted or person.is_bot or person.is_guest or person.is_stranger:
        return False
    if installation.team_id is not None:
        return installation.team_id in (person.team_id, *person.teams)
    return bool(person.enterprise_id) and person.enterprise_id == installation.enterprise_id
