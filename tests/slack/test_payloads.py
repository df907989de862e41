"""What is read from Slack's payloads, and whose clicks count."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.ids import WorkspaceId
from bot.slack.authorization import Installation
from bot.slack.payloads import Click, PayloadUnreadable, SlashCommand, Submission, read
from tests.slack_edge import ANSWER_URL, a_click, a_command, a_submission
from tests.slack_side import HERE

ORGANISATION = Installation(
    workspace=WorkspaceId("E0ORG"),
    team_id=None,
    enterprise_id="E0ORG",
    url="https://acme.enterprise.slack.com/",
    bot_user_id="U0BOT",
    bot_id="B0BOT",
)


@pytest.mark.parametrize(
    ("installation", "changes", "outside"),
    [
        (HERE, {}, False),
        (HERE, {"user": {"id": "U1", "team_id": "T0OTHER"}}, True),
        (HERE, {"user": {"id": "U1"}}, True),
        (ORGANISATION, {"enterprise": {"id": "E0ORG"}}, False),
        (ORGANISATION, {"enterprise": {"id": "E0ORG"}, "team": None}, False),
        (ORGANISATION, {"team": {"id": "T0TEAM", "enterprise_id": "E0ORG"}}, False),
        (ORGANISATION, {"enterprise": {"id": "E0OTHER"}}, True),
        (ORGANISATION, {"enterprise": None}, True),
        (
            ORGANISATION,
            {"enterprise": {"id": "E0ORG"}, "user": {"id": "U1", "team_id": "T0OTHER"}},
            True,
        ),
        (ORGANISATION, {"enterprise": {"id": "E0ORG"}, "user": {"id": "U1"}}, True),
    ],
)
def test_knows_people_from_outside(
    installation: Installation, changes: dict[str, Any], *, outside: bool
) -> None:
    """Whoever is not surely of the workspace or the organisation is from outside."""
    click = read(Click, a_click("x", **changes))

    assert click.is_from_outside(installation) is outside


def test_finds_the_channel_of_a_click() -> None:
    """A message's channel; a window has none."""
    assert read(Click, a_click("x")).channel == "C0CHANNEL"
    assert read(Click, a_click("x", channel=None)).channel == "C0CHANNEL"
    assert read(Click, a_click("x", channel=None, container={"type": "view"})).channel == ""


def test_addresses_and_triggers_do_not_show() -> None:
    """What is a secret stays one when a payload is printed."""
    command = read(SlashCommand, a_command("help"))
    click = read(Click, a_click("x"))
    submission = read(Submission, a_submission("s", "C1"))

    assert (command.answer_url, click.answer_url, submission.answer_url) == (ANSWER_URL,) * 3
    assert "hooks" not in f"{command!r} {click!r} {submission!r}"
    assert str(command.trigger) not in repr(command)


def test_a_window_without_a_channel_has_no_address() -> None:
    """Slack gives an address for the channel that was chosen."""
    assert read(Submission, a_submission("s", None)).answer_url is None


@pytest.mark.parametrize(
    ("kind", "body", "fields"),
    [
        (Click, a_click("x", actions=[]), "Click: actions"),
        (Click, a_click("x", user={"id": "U 1"}), "Click: user.id"),
        (SlashCommand, {"secret": "s3cr3t"}, "SlashCommand: channel_id, command, user_id"),
    ],
)
def test_says_which_fields_cannot_be_read_and_not_what_they_hold(
    kind: type[Click | SlashCommand], body: dict[str, Any], fields: str
) -> None:
    """The log says where to look; values stay out of it."""
    with pytest.raises(PayloadUnreadable) as problem:
        read(kind, body)

    assert str(problem.value) == fields
    assert problem.value.__context__ is None
