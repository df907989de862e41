"""Help, status, settings and the doctor, and lines nobody understands."""

from __future__ import annotations

import pytest

from bot.demo.fake_slack import faults
from bot.demo.fake_slack.faults import error
from bot.demo.fake_slack.state import PrivateAnswer
from bot.demo.stage import APP_NAME, CHANNEL
from bot.messages.kit import Block
from tests.scenarios.test_refusals import POST
from tests.scenarios.world import World

SECRETS_OF_SETTINGS = ("xoxb-", "cfat_", "8f742231b10e8888abcd99yyyzzz85a5")


def line_to_paste(answer: PrivateAnswer) -> str:
    """The line an answer offers for copying, without the command's name."""
    lists: list[Block] = [b for b in answer.blocks if b["type"] == "rich_text"]
    line: str = lists[-1]["elements"][0]["elements"][0]["elements"][0]["text"]
    assert line.startswith("/meeting-summary")
    return line.removeprefix("/meeting-summary").strip()


async def test_help_names_every_form(world: World) -> None:
    """At once, in the answer to the command itself."""
    await world.dana.command("help", CHANNEL)

    [told] = world.private()
    for form in ("<app> <session>", "status <session>", "settings", "doctor", "help"):
        assert f"/meeting-summary {form}" in told
    assert world.dana.answers[0].came == "ack"


@pytest.mark.parametrize(
    "typed",
    [
        "{app} {session} please",
        "standups {session} please",
        "{app} {session} <#C0MOBILE|mobile-team>",
        "post {app} {session}",
    ],
)
async def test_the_corrected_line_can_be_pasted_and_works(world: World, typed: str) -> None:
    """What was not understood is echoed; pasting the line that is offered posts the summary."""
    session = world.meeting()

    await world.dana.command(typed.format(app=world.stage.app, session=session), CHANNEL)
    await world.rest()
    before = world.threads()
    offered = line_to_paste(world.dana.answers[-1])
    await world.dana.command(offered, CHANNEL)
    await world.rest()

    assert before == []
    assert "This was not understood:" in world.private()[0]
    assert len(world.threads()) == 1


async def test_the_line_offered_after_a_failure_works(world: World) -> None:
    """What is offered for another try is the same request."""
    session = world.meeting()
    world.stage.slack.faults.add(POST, error("not_in_channel"))
    await world.ask(session)

    await world.dana.command(line_to_paste(world.dana.answers[-1]), CHANNEL)
    await world.rest()

    assert len(world.threads()) == 1


async def test_what_cannot_be_guessed_leads_to_the_help_or_the_picker(world: World) -> None:
    """A line to paste is offered even then, and nobody is mentioned by the echo."""
    await world.dana.command("<!channel> *what* is &lt;this&gt;?", CHANNEL)

    assert line_to_paste(world.dana.answers[-1]) in ("help", "")
    sections = [b for b in world.dana.answers[-1].blocks if b["type"] == "section"]
    assert all("<!" not in block["text"]["text"] for block in sections)
    assert "<!" not in world.dana.answers[-1].text


async def test_status_tells_what_was_posted_what_waits_and_what_failed(world: World) -> None:
    """One line a channel: where, by whom, and why not; with a link to the thread."""
    team = world.stage.slack.team
    team.add_channel("C0LATE", "late", members=(world.dana.id,))
    team.add_channel("C0SHUT", "shut", members=(world.dana.id,)).is_archived = True
    session = world.meeting(summary=None)
    await world.ask(session, channel="C0LATE")
    world.stage.kit.state.add_summary(session, "Ready now.")
    await world.ask(session)
    await world.ask(session, channel="C0SHUT")

    told = await world.type(f"status {session}")

    [(parent, _)] = world.threads()
    assert len(told) == 1
    assert "C0LATE" in told[0]
    assert "not posted yet" in told[0]
    assert "not posted" in told[0]
    assert "archived" in told[0]
    assert parent.ts.replace(".", "") in told[0]
    assert told[0].count("asked for by") == 3


async def test_status_of_an_unknown_session_offers_the_line_that_posts_it(world: World) -> None:
    """Nobody asked for it yet; the line works."""
    session = world.meeting()

    told = await world.type(f"status {session}")
    await world.dana.command(line_to_paste(world.dana.answers[-1]), CHANNEL)
    await world.rest()

    assert "Nobody has asked for that meeting's summary" in told[0]
    assert len(world.threads()) == 1


async def test_settings_say_what_is_connected_and_no_secret(world: World) -> None:
    """Anybody may ask."""
    told = await world.type("settings")

    assert "connected to a Cloudflare account" in told[0]
    assert not any(secret in world.dana.answers[-1].text for secret in SECRETS_OF_SETTINGS)
    assert world.stage.account.id not in told[0]


async def test_an_administrator_is_told_how_everything_stands(world: World) -> None:
    """First that it is being looked at, then what was found; Slack is asked who that is."""
    await world.dana.command("doctor", CHANNEL)
    _, found = await world.heard(2)

    assert "Slack" in found
    assert "Cloudflare" in found
    assert "Database" in found
    assert not any(secret in str(world.dana.answers) for secret in SECRETS_OF_SETTINGS)


async def test_the_doctor_names_what_is_wrong(world: World) -> None:
    """A scope that is missing and a token Cloudflare no longer takes, with the next steps."""
    world.stage.slack.team.scopes.discard("files:write")
    world.stage.account.tokens.clear()

    await world.dana.command("doctor", CHANNEL)
    _, found = await world.heard(2)

    assert "files:write" in found
    assert "Cloudflare does not accept the API token." in found


@pytest.mark.parametrize(
    "who",
    [
        {"is_admin": False},
        {"is_admin": True, "is_guest": True},
        {"is_admin": True, "deleted": True},
        {"is_admin": True, "team_id": "T0GLOBEX"},
    ],
    ids=["member", "guest", "deactivated", "stranger"],
)
async def test_nobody_else_may_call_the_doctor(world: World, who: dict[str, bool]) -> None:
    """The answer says whom to ask; nothing was looked at."""
    world.stage.slack.team.add_user("U0OMAR", "omar", **who)  # type: ignore[arg-type]
    omar = world.stage.person(world.served.http, "U0OMAR")
    asked = len(world.stage.kit.requests)

    await omar.command("doctor", CHANNEL)
    _, told = await world.heard(2, omar)

    assert told.startswith("Only an administrator of this workspace can do that.")
    assert len(world.stage.kit.requests) == asked


async def test_a_doctor_who_cannot_ask_slack_says_so(world: World) -> None:
    """When Slack does not say who the asker is, nobody counts as an administrator."""
    world.stage.slack.faults.add("users.info", error("internal_error"))

    await world.dana.command("doctor", CHANNEL)
    _, told = await world.heard(2)

    assert told.startswith("Slack could not be reached.")


async def test_settings_and_status_need_nobody_else(world: World) -> None:
    """With Slack and Cloudflare away, what is stored can still be told."""
    session = world.meeting()
    await world.ask(f"{session}")
    world.stage.slack.faults.add("users.info", faults.error("internal_error").always())
    asked = len(world.stage.kit.requests)

    told = await world.type(f"status {session}") + await world.type("settings")

    assert "posted, asked for by" in told[0]
    assert "connected to a Cloudflare account" in told[1]
    assert len(world.stage.kit.requests) == asked
    assert APP_NAME not in told[1]
