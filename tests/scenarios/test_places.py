"""Where a command can be typed, and what comes of it there."""

from __future__ import annotations

import pytest

from bot.demo.fake_slack.faults import error
from bot.demo.stage import CHANNEL
from bot.domain.delivery import DeliveryState
from bot.messages import actions
from tests.scenarios.test_refusals import POST, in_a_thread
from tests.scenarios.world import World, read

SECRET_PLANS = "C0PLANS"
OTHER = "U0OMAR"


async def test_a_public_channel_without_the_bot_says_how_to_invite_it(world: World) -> None:
    """After the invitation the same line works."""
    world.stage.slack.team.add_channel("C0OPEN", "open", members=(world.dana.id,), with_bot=False)
    session = world.meeting()

    await world.ask(session, channel="C0OPEN")
    refused = world.private()[-1]
    world.channel("C0OPEN").members.add(world.stage.slack.team.bot_user_id)
    await world.ask(session, channel="C0OPEN")

    assert "/invite @meeting-summary" in refused
    assert f"/meeting-summary standups {session}" in refused
    assert len(world.threads("C0OPEN")) == 1


async def test_a_private_channel_without_the_bot_says_how_to_invite_it(world: World) -> None:
    """Slack pretends that there is no such channel; the asker is told what is the matter."""
    world.stage.slack.team.add_channel(
        SECRET_PLANS, "plans", members=(world.dana.id,), with_bot=False, is_private=True
    )

    await world.ask(world.meeting(), channel=SECRET_PLANS)

    assert world.channel(SECRET_PLANS).messages == []
    assert "not a member" in world.private()[-1]
    assert "/invite @meeting-summary" in world.private()[-1]


async def test_a_private_channel_with_the_bot_is_like_any_other(world: World) -> None:
    """One thread there."""
    world.stage.slack.team.add_channel(
        SECRET_PLANS, "plans", members=(world.dana.id,), is_private=True
    )

    await world.ask(world.meeting(), channel=SECRET_PLANS)

    assert len(world.threads(SECRET_PLANS)) == 1


async def test_a_talk_between_two_people_says_where_to_ask_instead(world: World) -> None:
    """Nobody can invite an app into it, so the next step is another place."""
    team = world.stage.slack.team
    team.add_channel("D0TWO", "two", members=(world.dana.id, OTHER), with_bot=False, kind="im")

    await world.ask(world.meeting(), channel="D0TWO")

    answer = world.private()[-1]
    assert "/invite" not in answer
    assert "Run the command in a channel" in answer
    assert world.channel("D0TWO").messages == []


async def test_a_group_conversation_without_the_bot_says_how_to_add_it(world: World) -> None:
    """Slack's word for it is the one of a private channel."""
    team = world.stage.slack.team
    team.add_channel("G0MANY", "many", members=(world.dana.id, OTHER), with_bot=False, kind="mpim")

    await world.ask(world.meeting(), channel="G0MANY")

    assert "/invite @meeting-summary" in world.private()[-1]
    assert world.channel("G0MANY").messages == []


async def test_the_apps_own_conversation_takes_a_summary(world: World) -> None:
    """Somebody who asks there gets the thread there."""
    own = world.stage.slack.team.conversation_with(world.dana.id)

    await world.ask(world.meeting(), channel=own.id)

    [(_, replies)] = world.threads(own.id)
    assert len(replies) == 1


async def test_an_archived_channel_is_named_as_such(world: World) -> None:
    """The command was typed just before the channel was archived."""
    world.channel().is_archived = True

    await world.ask(world.meeting())

    assert world.private()[-1].startswith("That channel is archived, locked or closed to bots.")


@pytest.mark.parametrize(
    ("code", "happened"),
    [
        ("restricted_action_read_only_channel", "archived, locked or closed to bots"),
        ("restricted_action_thread_only_channel", "does not allow the thread"),
    ],
)
async def test_a_channel_with_rules_of_its_own_refuses_and_says_so(
    world: World, code: str, happened: str
) -> None:
    """Read-only, or nothing but threads: the next step is another channel."""
    world.channel().closed = code

    await world.ask(world.meeting())

    assert happened in world.private()[-1]
    assert "Run the command in another channel." in world.private()[-1]
    assert world.threads() == []


async def test_a_channel_without_threads_gets_plain_messages(world: World) -> None:
    """The parts follow the parent in the channel, in order, the notice last."""
    session = world.meeting("Point.\n\n" + "\n\n".join(["Long words. " * 900] * 2))
    refusal = error("restricted_action_non_threadable_channel").only_for(in_a_thread)
    world.stage.slack.faults.add(POST, refusal.always())

    await world.ask(session)

    assert (await world.delivery(session)).state is DeliveryState.POSTED
    messages = [read(message) for message in world.channel().parents]
    assert messages[0].startswith("Weekly planning")
    assert messages[1].startswith("Point.") or "Point." in messages[1]
    assert ["Get the file" in text for text in messages] == [False] * (len(messages) - 1) + [True]


async def test_a_parent_deleted_meanwhile_is_not_followed_by_a_loose_reply(world: World) -> None:
    """Nothing lands in the channel; the asker is told, and asking again starts a new thread."""
    session = world.meeting()
    world.stage.slack.faults.add(POST, error("thread_not_found").only_for(in_a_thread))
    await world.ask(session)
    world.channel().messages.clear()
    told = world.private()[-1]

    await world.ask(session)

    assert "deleted" in told
    assert f"/meeting-summary standups {session}" in told
    assert "open the thread" not in told
    [(_, replies)] = world.threads()
    assert len(replies) == 1


async def test_a_channel_shared_with_another_company_serves_its_own_people(world: World) -> None:
    """Whoever belongs to the workspace clicks on what was posted as anywhere else."""
    await world.ask(world.meeting())
    world.channel().is_ext_shared = True
    [(_, [reply])] = world.threads()

    await world.dana.press(actions.GET_FILE, reply, channel=CHANNEL)
    await world.heard(2)

    assert "Open the file" in world.private()[-1]


async def test_a_click_from_another_company_is_refused(world: World) -> None:
    """They see the thread and its button; what is behind it is not for them."""
    world.stage.slack.team.add_user("U0EVE", "eve", team_id="T0GLOBEX")
    eve = world.stage.person(world.served.http, "U0EVE")
    session = world.meeting()
    await world.ask(session)
    world.channel().is_ext_shared = True
    [(_, [reply])] = world.threads()
    asked = len(world.stage.kit.requests)

    ack = await eve.press(actions.GET_FILE, reply, channel=CHANNEL)
    await world.heard(1, eve)

    assert ack.status == 200
    assert "Open the file" not in world.private(eve)[0]
    assert world.private(eve)[0].startswith("That button belongs to another conversation")
    assert len(world.stage.kit.requests) == asked
