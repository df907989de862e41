"""The notice under a summary: the private link behind its button, and the day it expires."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from bot.demo.fake_realtimekit.scripted import json_reply
from bot.demo.fake_slack.fields import CannotDo
from bot.demo.fake_slack.person import find_element
from bot.demo.fake_slack.state import Message
from bot.demo.stage import CHANNEL, open_stage
from bot.messages import actions
from tests.clock import ManualClock
from tests.scenarios.private import assert_plain, assert_token_stays_home
from tests.scenarios.world import World, read, start_bot

OTHER = "U0ERIN"
EXPIRED = "The summary's file can no longer be downloaded from Cloudflare."


async def posted(world: World) -> Message:
    """The last message of a thread that has just been posted."""
    await world.ask(world.meeting())
    [(_, replies)] = world.threads()
    return replies[-1]


def files_in(folder: Path) -> bytes:
    """Everything the files of a folder hold."""
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def assert_has_no_button(message: Message) -> None:
    """There is nothing left to press."""
    with pytest.raises(CannotDo):
        find_element(message, actions.GET_FILE)


@pytest.mark.parametrize("who", ["the asker", "another member"])
async def test_the_button_brings_a_fresh_private_link(
    world: World,
    who: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whoever presses alone gets a link that works; no channel, log or database has it."""
    caplog.set_level(logging.DEBUG)
    world.stage.slack.team.add_user(OTHER, "erin")
    world.channel().members.add(OTHER)
    erin = world.stage.person(world.served.http, OTHER)
    person, bystander = (world.dana, erin) if who == "the asker" else (erin, world.dana)
    notice = await posted(world)
    asked_before, heard_before = len(world.stage.kit.calls("summary")), len(bystander.answers)

    [told] = await world.press(actions.GET_FILE, notice, person=person)

    assert told.startswith("Here is the summary's file. The link works until Nov 30, 2026")
    assert "Keep it to yourself" in told
    _, element = find_element(person.answers[-1], actions.OPEN_FILE)
    assert (await world.served.http.get(element["url"])).text.startswith("## Decisions")
    assert len(world.stage.kit.calls("summary")) == asked_before + 1
    assert len(bystander.answers) == heard_before

    secret = "X-Amz-Signature"
    assert secret not in json.dumps(world.channel().snapshot())
    calls = [call for call in world.stage.slack.calls if call.method != "response_url"]
    assert secret not in str(calls)
    logged = [r.getMessage() for r in caplog.records if r.name != "uvicorn.access"]
    assert secret not in "".join([*capfd.readouterr(), *logged])  # the stand-in's own log apart


async def test_the_link_is_nowhere_at_rest(world: World, tmp_path: Path) -> None:
    """Neither the link nor a word of the meeting is in the database's files."""
    await world.press(actions.GET_FILE, await posted(world))

    stored = files_in(tmp_path)

    assert CHANNEL.encode() in stored
    for secret in (b"X-Amz", b"/store/", b"We ship on Thursday", b"Weekly planning", b"cfat_"):
        assert secret not in stored


async def test_the_button_says_what_is_in_the_way(world: World) -> None:
    """A summary that is gone meanwhile is said to be gone, to the clicker alone."""
    notice = await posted(world)
    world.clock.advance(days=8)

    [told] = await world.press(actions.GET_FILE, notice)

    assert told.startswith("That meeting is more than 7 days old")
    assert len(world.channel().messages) == 2
    assert_plain(world)
    assert_token_stays_home(world)


async def test_the_button_of_another_channel_is_refused(world: World) -> None:
    """A delivery's name alone opens nothing for somebody in another channel."""
    notice = await posted(world)
    team = world.stage.slack.team
    team.add_user(OTHER, "erin")
    team.add_channel("C0OTHER", "other", members=(OTHER,))
    erin = world.stage.person(world.served.http, OTHER)
    before = len(world.stage.kit.requests)

    await erin.press(actions.GET_FILE, notice, channel="C0OTHER")
    [told] = await world.heard(1, erin)

    assert told.startswith("That button belongs to another conversation")
    assert len(world.stage.kit.requests) == before


async def test_when_it_expires_the_notice_says_so(world: World) -> None:
    """The button goes, the summary stays as it was, and it is edited once."""
    message = await posted(world)
    blocks, text = json.dumps(message.blocks), message.text
    await world.later(days=6, hours=23)
    assert message.edits == 0

    await world.later(hours=1, minutes=5)

    assert EXPIRED in read(message)
    assert_has_no_button(message)
    assert (json.dumps(message.blocks), message.text) == (blocks, text)
    assert message.edits == 1

    await world.later(days=30)

    assert message.edits == 1
    assert len(world.private()) == 1


async def test_an_expiry_missed_while_it_was_down_is_made_up_for(tmp_path: Path) -> None:
    """The first thing after a start two weeks later is to edit the notice."""
    clock = ManualClock()
    async with open_stage(clock) as stage:
        async with start_bot(tmp_path, stage, clock) as world:
            message = await posted(world)
            blocks = json.dumps(message.blocks)
        clock.advance(days=14)
        assert message.edits == 0

        async with start_bot(tmp_path, stage, clock) as world:
            await world.rest()

            assert EXPIRED in read(message)
            assert_has_no_button(message)
            assert json.dumps(message.blocks) == blocks
            assert message.edits == 1
            assert len(world.threads()) == 1


async def test_an_unknown_expiry_keeps_its_button(world: World) -> None:
    """Nothing is edited later, and the button goes on working as long as Cloudflare does."""
    session = world.meeting(None)
    world.stage.kit.state.add_summary(session, "We ship.", said_expiry=None)

    await world.ask(session)
    [(_, [message])] = world.threads()

    assert "Cloudflare did not say until when" in read(message)
    assert (await world.delivery(session)).run_at is None

    [told] = await world.press(actions.GET_FILE, message)

    assert told.startswith("Here is the summary's file. Cloudflare did not say how long")


async def test_a_notice_that_cannot_be_edited_is_let_be(world: World) -> None:
    """Somebody deleted the message: nobody is bothered, and it is not tried for ever."""
    await posted(world)
    world.channel().messages.clear()

    await world.later(days=7, minutes=5)

    assert len(world.stage.slack.calls_of("chat.update")) == 1
    assert len(world.private()) == 1
    assert world.direct() == []


async def test_an_unsafe_link_is_not_handed_on(world: World) -> None:
    """A button leads to https and to nothing else, whatever the API says."""
    session = world.meeting()
    await world.ask(session)
    [(_, [message])] = world.threads()
    data = {"sessionId": session, "summaryDownloadUrl": "javascript:alert(1)"}
    world.stage.kit.script.add("summary", json_reply(200, {"success": True, "data": data}))

    [told] = await world.press(actions.GET_FILE, message)

    assert told.startswith("Cloudflare's download address did not look safe")
    assert "javascript" not in json.dumps(world.dana.answers[-1].blocks)
    assert world.channel(CHANNEL).find(message.ts) is message
