"""A summary that is not there yet, and one that never comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.demo.fake_realtimekit.scripted import json_reply
from bot.domain.delivery import DeliveryState
from bot.messages import actions
from tests.scenarios.private import assert_plain
from tests.scenarios.world import World, read

NOT_READY = "The summary of that meeting is not ready yet."


async def test_it_is_posted_when_it_appears(world: World) -> None:
    """Told once, looked for ever more rarely, posted once; who asks meanwhile hears how it is."""
    session = world.meeting(None)
    world.stage.kit.state.add_summary(
        session, "We ship.", ready_at=world.clock() + timedelta(minutes=30)
    )

    await world.ask(session)
    for _ in range(4):
        await world.until_next_step()

    assert world.threads() == []
    waited = world.clock() - (await world.delivery(session)).created_at
    assert timedelta(minutes=10) <= waited <= timedelta(minutes=11)
    assert [text.startswith(NOT_READY) for text in world.private()] == [False, True]

    [again] = await world.type(f"standups {session}")

    assert again.startswith(NOT_READY)

    await world.later(hours=1)

    [(_, replies)] = world.threads()
    assert [read(reply).split("\n")[0] for reply in replies] == ["We ship."]
    assert len(world.private()) == 3
    assert world.direct() == []
    assert_plain(world)


async def test_cloudflare_can_be_asked_to_write_it(world: World) -> None:
    """One press, one POST, and the summary is posted when it is written."""
    session = world.meeting(None)
    world.stage.kit.state.writing_takes = timedelta(minutes=2)
    await world.ask(session)
    assert "[Ask Cloudflare to write it]" in world.private()[-1]

    [told] = await world.press(actions.GENERATE, world.dana.answers[-1])

    assert told.startswith("Cloudflare has been asked to write the summary.")
    assert [call.method for call in world.stage.kit.calls("generate_summary")] == ["POST"]
    assert world.threads() == []

    await world.until_settled(session)

    [(_, replies)] = world.threads()
    assert "Written on request." in read(replies[0])
    assert len(world.stage.kit.calls("generate_summary")) == 1
    assert_plain(world)


async def test_without_a_transcript_nobody_is_offered_to_have_it_written(world: World) -> None:
    """While a meeting has no transcript there is nothing Cloudflare could write from."""
    session = world.meeting(None, transcript_minutes=0.0)

    await world.ask(session)

    assert world.private()[-1].startswith(NOT_READY)
    assert "[" not in world.private()[-1]


async def test_a_meeting_that_still_runs_is_waited_for(world: World) -> None:
    """Asked during the meeting: told that it is not ready, posted after it."""
    session = world.meeting(None, lasted=None)

    await world.ask(session)
    assert (await world.delivery(session)).state is DeliveryState.WAITING
    assert world.private()[-1].startswith(NOT_READY)

    world.stage.kit.state.sessions[session].live = False
    world.stage.kit.state.sessions[session].ended_at = world.clock()
    world.stage.kit.state.add_summary(session, "We ship.")
    await world.until_settled(session)

    assert len(world.threads()) == 1


async def test_after_a_day_it_is_no_longer_waited_for(world: World) -> None:
    """The asker hears why, a day later, and with the line to run again."""
    session = world.meeting(None)

    await world.ask(session)
    await world.until_settled(session, most=60)

    ended = await world.delivery(session)
    assert (ended.state, ended.reason) == (DeliveryState.FAILED, "never_ready")
    assert len(world.private()) == 2
    [last] = world.direct()
    assert last.startswith("The summary did not appear within 24 hours")
    assert f"/meeting-summary standups {session}" in last
    assert world.channel().messages == []
    calls = len(world.stage.kit.calls("summary"))
    assert 20 <= calls <= 40
    assert_plain(world)

    world.stage.kit.state.add_summary(session, "We ship.")
    await world.ask(session)

    assert len(world.threads()) == 1


async def test_a_meeting_without_a_transcript_ends_after_an_hour(world: World) -> None:
    """When nothing was transcribed by then, nothing will be: the asker hears what to turn on."""
    session = world.meeting(None, transcript_minutes=0.0)

    await world.ask(session)
    await world.until_settled(session)

    ended = await world.delivery(session)
    assert (ended.state, ended.reason) == (DeliveryState.SKIPPED, "no_transcript")
    told = [*world.private(), *world.direct()][-1]
    assert told.startswith("That meeting has no transcript, so there will be no summary of it.")
    assert "turn on transcription" in told
    assert world.clock() - ended.created_at < timedelta(hours=2)
    assert world.channel().messages == []


async def test_an_old_meeting_is_said_to_be_past_keeping(world: World) -> None:
    """Eight days later nothing is waited for."""
    session = world.meeting(started_at=world.clock() - timedelta(days=8))

    await world.ask(session)

    ended = await world.delivery(session)
    assert (ended.state, ended.reason) == (DeliveryState.SKIPPED, "summary_expired")
    assert world.private()[-1].startswith("That meeting is more than 7 days old")
    assert world.channel().messages == []
    assert_plain(world)


@pytest.mark.parametrize("days", [1, 8])
async def test_a_summary_that_vanishes_under_its_link(world: World, days: int) -> None:
    """The link is dead and there is no other: said by the meeting's age, and nothing posted."""
    ended_ago = timedelta(days=days)
    session = world.meeting(None, started_at=world.clock() - ended_ago)
    record = world.stage.kit.state.add_summary(
        session, "We ship.", expires_at=world.clock() - timedelta(minutes=1)
    )
    kit = world.stage.kit
    url = kit.store.sign(world.stage.kit_url, record)
    del kit.state.summaries[session]
    data = {"sessionId": session, "summaryDownloadUrl": url}
    kit.script.add("summary", json_reply(200, {"success": True, "data": data}))

    await world.ask(session)

    delivery = await world.delivery(session)
    expected = "summary_not_ready" if days == 1 else "summary_expired"
    assert delivery.reason == expected
    assert world.channel().messages == []
    assert_plain(world)
