"""`auth.test` and `users.info`: who the token belongs to, and who people are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.demo.fake_slack.refused import Refused
from bot.demo.fake_slack.team import Team


def auth_test(team: Team, _: Mapping[str, Any]) -> dict[str, Any]:
    """Who the token belongs to. The server adds the scopes, as a header, to every answer."""
    return {
        "url": team.url,
        "team": team.domain.title(),
        "team_id": team.id,
        "user": team.users[team.bot_user_id].name,
        "user_id": team.bot_user_id,
        "bot_id": team.bot_id,
        "is_enterprise_install": team.is_org_wide,
        **({"enterprise_id": team.enterprise_id} if team.enterprise_id else {}),
    }


def users_info(team: Team, given: Mapping[str, Any]) -> dict[str, Any]:
    """One user's object."""
    user = team.users.get(given["user"])
    if user is None:
        raise Refused("user_not_found")
    return {"user": user.as_json()}
