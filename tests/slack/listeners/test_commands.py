"""`/meeting-summary`, from the signed request to what is stored and answered."""

from __future__ import annotations

import pytest

from bot.errors import DatabaseAway, RealtimeKitBusy
from bot.messages import replies
from bot.messages.grammar import COMMAND, FORMS
from bot.slack.parsing import parse
from tests.fakes import APP, SESSION
from tests.slack_edge import ANSWER_URL, ASKER, CHANNEL, TEAM, TRIGGER, Edge


async def test_stores_a_request_before_it_is_acknowledged(edge: Edge) -> None:
    """Acknowledged means stored, with everything the asker can be answered by."""
    response = await edge.command(f"standup `{SESSION.upper()}`")

    assert response.json()["text"] == replies.fetching().text
    assert response.json()["response_type"] == "ephemeral"
    (stored,) = edge.deliveries.kept.values()
    assert (stored.workspace, stored.channel, stored.asker) == (TEAM, CHANNEL, ASKER)
    assert (stored.app, stored.session, stored.answer_url) == ("standup", SESSION, ANSWER_URL)
    assert edge.answers == []
    assert edge.counted == [("PostSummary", "understood")]


async def test_a_request_sent_twice_is_one_promise(edge: Edge) -> None:
    """A retry of Slack's or an impatient person finds the promise that was made."""
    await edge.command(f"{APP} {SESSION}")

    response = await edge.command(f"{APP} {SESSION}")

    (stored,) = edge.deliveries.kept.values()
    assert response.json()["text"] == replies.underway(stored).text


async def test_says_where_a_summary_is_already(edge: Edge) -> None:
    """What was posted here is linked to, and offered again."""
    await edge.command(f"{APP} {SESSION}")
    posted = edge.deliveries.post()

    response = await edge.command(f"{APP} {SESSION}")

    link = "https://acme.slack.com/archives/C0CHANNEL/p1700000000000100"
    assert response.json()["text"] == replies.already_posted(posted, link).text


async def test_what_is_not_understood_is_answered_with_a_line_to_paste(edge: Edge) -> None:
    """A slip is answered privately, and nothing is stored."""
    response = await edge.command(f"stauts {SESSION}")

    assert f"{COMMAND} status {SESSION}" in response.text
    assert edge.deliveries.kept == {}
    assert edge.counted == [("unknown", "not_understood")]


@pytest.mark.parametrize("text", ["help", "?"])
async def test_helps(edge: Edge, text: str) -> None:
    """Help is everything that can be typed."""
    response = await edge.command(text)

    assert response.json()["text"] == replies.help().text


async def test_reports_a_status(edge: Edge) -> None:
    """The status is what the use case says, for this workspace alone."""
    response = await edge.command(f"status {SESSION}")

    assert response.json()["text"] == f"status of {SESSION} in {TEAM}"


async def test_shows_the_settings(edge: Edge) -> None:
    """The settings are shown, with what stands under the message."""
    response = await edge.command("settings")

    assert response.json()["text"] == f"settings of {TEAM}"
    assert response.json()["blocks"] == [{"type": "divider"}]


async def test_checks_the_setup_after_the_acknowledgement(edge: Edge) -> None:
    """The doctor makes calls, so the findings come later."""
    response = await edge.command("doctor")

    assert response.json()["text"] == replies.checking().text
    ((url, findings),) = edge.answers
    assert (url, findings.text) == (ANSWER_URL, replies.doctor(await edge.check_setup()).text)


async def test_who_calls_the_doctor_is_written_to_when_something_breaks(edge: Edge) -> None:
    """An administrator who cares is known now; somebody else is not."""
    await edge.command("doctor")
    edge.administrators.clear()
    await edge.command("doctor")

    assert edge.contacts == [(TEAM, ASKER)]


async def test_the_doctor_is_for_administrators(edge: Edge) -> None:
    """Somebody else gets a refusal and nothing is checked."""
    edge.administrators.clear()
    edge.trouble = AssertionError("checked")

    await edge.command("doctor")

    ((_, refusal),) = edge.answers
    assert "administrator" in refusal.text


async def test_a_failing_check_is_explained(edge: Edge) -> None:
    """What goes wrong after the acknowledgement is told privately too."""
    edge.trouble = RealtimeKitBusy("429")

    await edge.command("doctor")

    ((url, explanation),) = edge.answers
    assert url == ANSWER_URL
    assert "Reference" in explanation.text


async def test_the_bare_command_opens_the_picker(edge: Edge) -> None:
    """Nothing is said; a window opens."""
    response = await edge.command("")

    assert (response.status_code, response.text) == (200, "")
    assert [trigger for trigger, _ in edge.windows.opened] == [TRIGGER]


async def test_what_could_not_be_stored_is_said_at_once(edge: Edge) -> None:
    """Without a promise there is no acknowledgement that looks like one."""
    edge.deliveries.away = DatabaseAway()

    response = await edge.command(f"{APP} {SESSION}")

    assert response.status_code == 200
    assert "Reference" in response.json()["text"]
    assert response.json()["text"] != replies.fetching().text


@pytest.mark.parametrize("form", FORMS)
def test_every_form_the_help_shows_is_understood(form: object) -> None:
    """What the help tells people to type is a command."""
    line = str(getattr(form, "line", "")).replace("<app>", APP).replace("<session>", SESSION)

    parse(line)
