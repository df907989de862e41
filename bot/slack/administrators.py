"""Who may administer the bot in a workspace: those who administer the workspace itself."""

from __future__ import annotations

from bot.slack.authorization import Installation
from bot.slack.directory import Person


def is_administrator(person: Person, installation: Installation) -> bool:
    """Whether a person administers the workspace the app is installed in.

    What Slack leaves unsaid counts as no, and being an administrator elsewhere counts for nothing.
    Source: https://docs.slack.dev/reference/objects/user-object
    """
    if person.is_deleted or person.is_bot or person.is_guest or person.is_stranger:
        return False
    return _belongs(person, installation) and (person.is_admin or person.is_owner)


def _belongs(person: Person, installation: Installation) -> bool:
    if installation.team_id is not None:
        return installation.team_id in (person.team_id, *person.teams)
    return bool(person.enterprise_id) and person.enterprise_id == installation.enterprise_id
