"""Who we are in a workspace, and who somebody else is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from bot.domain.ids import UserId
from bot.slack.web_api import WebApi


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The bot as Slack knows it."""

    team_id: str
    enterprise_id: str | None
    is_enterprise_install: bool
    url: str
    """The workspace's own address, for links to messages."""
    team_name: str
    bot_user_id: UserId
    bot_id: str
    bot_name: str
    scopes: frozenset[str]
    """What the token may do, as the answer's `x-oauth-scopes` says."""
    answered_at: datetime | None = None
    """Slack's own clock, in UTC, if the answer's `Date` can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user of the workspace, or a guest, or somebody from outside.

    Slack leaves out what it does not want to say: a missing right counts as not given, and a
    missing team as another team.
    """

    id: UserId
    team_id: str
    enterprise_id: str
    teams: frozenset[str]
    """The workspaces of an organisation the person belongs to; empty outside organisations."""
    is_admin: bool
    is_owner: bool
    is_organisation_admin: bool
    """Whether the person administers, or owns, the whole organisation."""
    is_guest: bool
    is_bot: bool
    is_stranger: bool
    is_deleted: bool


async def identity(api: WebApi) -> Identity:
    """Ask Slack who the token belongs to. Raises `SlackError`."""
    # https://docs.slack.dev/reference/methods/auth.test
    reply = await api.call("auth.test")
    scopes = reply.headers.get("x-oauth-scopes", "")
    return Identity(
        team_id=reply.text("team_id"),
        enterprise_id=_text(reply.data, "enterprise_id") or None,
        is_enterprise_install=reply.data.get("is_enterprise_install") is True,
        url=reply.text("url"),
        team_name=_text(reply.data, "team"),
        bot_user_id=UserId(reply.text("user_id")),
        bot_id=reply.text("bot_id"),
        bot_name=_text(reply.data, "user"),
        scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        answered_at=_date(reply.headers.get("date", "")),
    )


async def user_info(api: WebApi, user: UserId) -> Person:
    """Look a user up. Raises `SlackError`."""
    # https://docs.slack.dev/reference/methods/users.info
    reply = await api.call("users.info", form={"user": user})
    facts = reply.data.get("user")
    return read_person(user, facts if isinstance(facts, Mapping) else {})


def read_person(user: UserId, facts: Mapping[str, Any]) -> Person:
    """Read a user object; what is missing gives no right."""
    # https://docs.slack.dev/reference/objects/user-object
    org = facts.get("enterprise_user")
    org = org if isinstance(org, Mapping) else {}
    teams = org.get("teams")
    return Person(
        id=user,
        team_id=_text(facts, "team_id"),
        enterprise_id=_text(org, "enterprise_id"),
        teams=frozenset(map(str, teams)) if isinstance(teams, list) else frozenset(),
        is_admin=facts.get("is_admin") is True,
        is_owner=facts.get("is_owner") is True or facts.get("is_primary_owner") is True,
        is_organisation_admin=org.get("is_admin") is True or org.get("is_owner") is True,
        is_guest=_unless_denied(facts, "is_restricted", "is_ultra_restricted"),
        is_bot=_unless_denied(facts, "is_bot"),
        is_stranger=facts.get("is_stranger") is True,
        is_deleted=_unless_denied(facts, "deleted"),
    )


def _date(header: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return None
    return date if date.tzinfo is not None else None


def _text(facts: Mapping[str, Any], key: str) -> str:
    value = facts.get(key)
    return value if isinstance(value, str) else ""


def _unless_denied(facts: Mapping[str, Any], *keys: str) -> bool:
    """Whether any of these is true, or none is known to be false."""
    return not all(facts.get(key) is False for key in keys)
