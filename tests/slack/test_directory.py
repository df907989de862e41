"""Who the token belongs to, and who people are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from bot.demo.fake_slack import FakeSlack, faults
from bot.domain.ids import UserId
from bot.errors import InstallationBroken, SlackRefused, SlackUnavailable
from bot.slack.directory import _date, identity, read_person, user_info
from bot.slack.poster import SlackPoster
from tests.fakes import ASKER, NOON

ANSWER_WITHOUT_A_TEAM = b'{"ok": true, "user_id": "U1", "url": "https://x.slack.com/"}'


async def test_identity(poster: SlackPoster, slack: FakeSlack) -> None:
    """The workspace, the bot, and what the token may do."""
    slack.team.enterprise_id = "E0ORG"

    found = await identity(poster.api)

    assert (found.team_id, found.enterprise_id) == ("T0ACME", "E0ORG")
    assert (found.bot_user_id, found.bot_id) == ("U0BOT", "B0SUMMARY")
    assert (found.url, found.team_name) == ("https://acme.slack.com/", "Acme")
    assert (found.bot_name, found.is_enterprise_install) == ("meeting_summary", False)
    assert found.scopes == slack.team.scopes


async def test_identity_of_a_dead_token(poster: SlackPoster, slack: FakeSlack) -> None:
    """A token Slack does not know breaks the installation."""
    slack.team.token = "xoxb-another"

    with pytest.raises(InstallationBroken, match="invalid_auth"):
        await identity(poster.api)


async def test_identity_that_says_too_little(poster: SlackPoster, slack: FakeSlack) -> None:
    """Without a team there is no identity, and asking again may give one."""
    answer = faults.answer(200, ANSWER_WITHOUT_A_TEAM, "application/json")
    slack.faults.add("auth.test", answer)

    with pytest.raises(SlackUnavailable, match="no_team_id"):
        await identity(poster.api)


async def test_a_user(poster: SlackPoster, slack: FakeSlack) -> None:
    """An administrator of the workspace is one, and nothing that would spoil it."""
    slack.team.add_user(ASKER, "ada", is_admin=True)

    person = await user_info(poster.api, ASKER)

    assert (person.id, person.team_id) == (ASKER, "T0ACME")
    assert (person.is_admin, person.is_owner) == (True, False)
    spoilers = (person.is_guest, person.is_bot, person.is_stranger, person.is_deleted)
    assert not any(spoilers)


async def test_nobody(poster: SlackPoster) -> None:
    """An unknown user is an error with Slack's code."""
    with pytest.raises(SlackRefused, match="user_not_found"):
        await user_info(poster.api, UserId("U0NOBODY"))


async def test_a_user_without_facts(poster: SlackPoster, slack: FakeSlack) -> None:
    """An answer without a user gives no right at all."""
    slack.faults.add("users.info", faults.answer(200, b'{"ok": true}', "application/json"))

    person = await user_info(poster.api, ASKER)

    assert (person.is_admin, person.is_owner) == (False, False)
    assert person.is_guest
    assert person.is_deleted
    assert person.team_id == ""


@pytest.mark.parametrize(
    ("facts", "field", "expected"),
    [
        ({"is_admin": "yes"}, "is_admin", False),
        ({"is_primary_owner": True}, "is_owner", True),
        ({"is_restricted": False, "is_ultra_restricted": True}, "is_guest", True),
        ({"is_restricted": False}, "is_guest", True),
        ({"is_restricted": False, "is_ultra_restricted": False}, "is_guest", False),
        ({"is_bot": None}, "is_bot", True),
        ({"deleted": True}, "is_deleted", True),
        ({"is_stranger": True}, "is_stranger", True),
        ({"enterprise_user": {"enterprise_id": "E1"}}, "enterprise_id", "E1"),
        ({"enterprise_user": {"teams": ["T1", "T2"]}}, "teams", {"T1", "T2"}),
        ({"enterprise_user": {"teams": "T1"}}, "teams", frozenset()),
        ({"enterprise_user": []}, "enterprise_id", ""),
        ({"team_id": 5}, "team_id", ""),
    ],
)
def test_only_what_is_surely_said_gives_rights(
    facts: Mapping[str, Any], field: str, expected: object
) -> None:
    """Rights count only when given, and doubts count against them."""
    assert getattr(read_person(ASKER, facts), field) == expected


@pytest.mark.parametrize(
    ("header", "date"),
    [
        ("Mon, 23 Nov 2026 12:00:00 GMT", NOON),
        ("Mon, 23 Nov 2026 12:00:00", None),
        ("noon", None),
        ("", None),
    ],
)
def test_slacks_own_clock(header: str, date: datetime | None) -> None:
    """The answer's date is Slack's clock, if it can be read and says where it counts from."""
    assert _date(header) == date
