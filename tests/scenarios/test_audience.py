"""Who will read a post is known, allowed and agreed to before it is made, whatever asked for it.

Every scenario runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.demo.fake_slack import Channel, PrivateAnswer, faults
from bot.demo.fake_slack.faults import Fault
from bot.demo.stage import APP_NAME, ASKER, CHANNEL
from bot.domain.delivery import DeliveryState
from bot.domain.ids import AppId, ChannelId, SessionId, UserId
from bot.domain.policy import AllowedChannels, AppPolicy
from bot.messages import actions
from bot.store.policies import SqlPolicies
from bot.usecases.audience_gate import REMEMBERED_FOR
from tests.databases import database_url
from tests.scenarios.private import assert_plain
from tests.scenarios.test_picker import opened
from tests.scenarios.world import World, open_world, until

__all__ = ["database_url"]

ADMINISTRATOR = UserId(ASKER)
INFO = "conversations.info"
QUESTION = "That summary is not posted yet."


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """One workspace; whatever a scenario has the asker told must be in plain words."""
    async with open_world(tmp_path, database_url=database_url) as world:
        yield world
        assert_plain(world)


def policies(world: World) -> SqlPolicies:
    """What administrators decide."""
    return world.served.bot.stores.policies


async def allow_shared(world: World, *, allows: bool = True) -> None:
    """Let an administrator allow channels shared with other companies, or no longer."""
    bot = world.served.bot
    await policies(world).set_allows_shared(bot.who.id, allows=allows, who=ADMINISTRATOR)


async def allow_channels(world: World, channels: AllowedChannels, *listed: str) -> None:
    """Let an administrator choose where the app's summaries may go."""
    decided = AppPolicy(channels=channels, listed=frozenset(map(ChannelId, listed)))
    bot = world.served.bot
    await policies(world).set_app_channels(
        bot.who.id, AppId(world.stage.app), decided, ADMINISTRATOR
    )


def fill(channel: Channel, members: int) -> None:
    """Have so many people in a channel."""
    for number in range(members - len(channel.members)):
        channel.members.add(f"U0MANY{len(channel.members)}{number}")


def share(channel: Channel, companies: int = 1) -> None:
    """Have other companies in a channel."""
    channel.is_ext_shared = True
    channel.companies = {f"T0OTHER{number}" for number in range(companies)}


def question(world: World) -> PrivateAnswer:
    """The newest question who may read a summary."""
    return [each for each in world.dana.answers if QUESTION in each.text][-1]


def looks(world: World) -> int:
    """How often Slack was asked about a conversation."""
    return len(world.stage.slack.calls_of(INFO))


async def confirm(world: World) -> list[str]:
    """Press the button of the newest question; returns what was privately told for it."""
    return await world.press(actions.CONFIRM_AUDIENCE, question(world))


@pytest.mark.parametrize("is_private", [False, True])
async def test_a_channel_of_a_few_people_needs_nobodys_leave(
    world: World, *, is_private: bool
) -> None:
    """Public or private, of one company: posted, and Slack is asked once."""
    world.channel().is_private = is_private

    await world.ask(world.meeting())

    assert len(world.threads()) == 1
    assert looks(world) == 1


async def test_the_apps_own_conversation_has_one_reader(world: World) -> None:
    """Whoever asks there is the only one, however early others must confirm."""
    await policies(world).set_confirm_from(world.served.bot.who.id, 1, ADMINISTRATOR)
    own = world.stage.slack.team.conversation_with(world.dana.id)

    await world.ask(world.meeting(), channel=own.id)

    assert len(world.threads(own.id)) == 1


async def test_a_group_conversation_is_counted_by_its_members(world: World) -> None:
    """Slack gives no number for it."""
    await policies(world).set_confirm_from(world.served.bot.who.id, 4, ADMINISTRATOR)
    team = world.stage.slack.team
    team.add_channel("G0FEW", "few", members=(ASKER, "U0OMAR"), kind="mpim")
    team.add_channel("G0MORE", "more", members=(ASKER, "U0OMAR", "U0KIM"), kind="mpim")

    await world.ask(world.meeting(), channel="G0FEW")
    await world.ask(world.meeting(), channel="G0MORE")

    assert len(world.threads("G0FEW")) == 1
    assert world.threads("G0MORE") == []
    assert "4 people can read it." in world.private()[-1]


@pytest.mark.parametrize(("kind", "place"), [("im", "D0DANA"), ("mpim", "G0FEW")])
async def test_without_the_scopes_direct_conversations_are_refused(
    world: World, kind: Any, place: str
) -> None:
    """An installation from before they were asked for; the next step is a new one."""
    team = world.stage.slack.team
    team.scopes -= {"im:read", "mpim:read"}
    team.add_channel(place, "some", members=(ASKER,), kind=kind)

    await world.ask(world.meeting(), channel=place)

    assert world.threads(place) == []
    assert "install it again" in world.private()[-1]


async def test_many_readers_are_shown_and_confirmed(world: World) -> None:
    """Nothing is posted before the button is pressed; then once."""
    fill(world.channel(), 150)
    session = world.meeting()

    await world.ask(session)
    before = world.threads()
    told = await confirm(world)

    assert before == []
    assert "150 people can read it, and so can everyone else in this workspace" in (
        question(world).text
    )
    assert told == [
        f"On it: the summary will be posted in #{CHANNEL}. You don't need to do anything."
    ]
    assert len(world.threads()) == 1
    assert (await world.delivery(session)).state is DeliveryState.POSTED


async def test_a_shared_channel_is_refused_unless_allowed(world: World) -> None:
    """Nobody can confirm what administrators have not allowed, not even they themselves."""
    share(world.channel())

    await world.ask(world.meeting())

    assert world.threads() == []
    assert "People of another company are in that channel" in world.private()[-1]
    assert "/meeting-summary settings" in world.private()[-1]
    assert QUESTION not in "".join(world.private())


async def test_an_invited_company_counts_as_a_reader(world: World) -> None:
    """It only has to accept."""
    world.channel().is_pending_ext_shared = True

    await world.ask(world.meeting())

    assert world.threads() == []
    assert "People of another company" in world.private()[-1]


async def test_forty_two_people_and_one_other_company(world: World) -> None:
    """Where it is allowed, who asks sees exactly that, and confirms."""
    await allow_shared(world)
    fill(world.channel(), 42)
    share(world.channel())
    session = world.meeting()

    await world.ask(session)
    before = world.threads()
    await confirm(world)

    assert before == []
    assert "42 people can read it, some of them from one other company" in question(world).text
    assert len(world.threads()) == 1


async def test_doing_nothing_posts_nothing(world: World) -> None:
    """A week later there is no thread, and `status` says what it waits for."""
    fill(world.channel(), 150)
    session = world.meeting()
    await world.ask(session)

    await world.later(days=7)
    (status,) = await world.type(f"status {session}")

    assert world.threads() == []
    assert "has not agreed yet to who can read it" in status


async def test_more_people_than_were_shown_are_asked_about_again(world: World) -> None:
    """Consent covers those who were there, and no company that came since."""
    await allow_shared(world)
    fill(world.channel(), 150)
    await world.ask(world.meeting())
    share(world.channel())
    fill(world.channel(), 151)

    await confirm(world)
    between = world.threads()
    again = question(world).text
    await confirm(world)

    assert between == []
    assert "151 people can read it, some of them from one other company" in again
    assert len(world.threads()) == 1


async def test_fewer_people_than_were_shown_are_fine(world: World) -> None:
    """Somebody left in the meantime."""
    world.channel().members.add("U0OMAR")
    fill(world.channel(), 150)
    await world.ask(world.meeting())
    world.channel().members.discard("U0OMAR")

    await confirm(world)

    assert len(world.threads()) == 1


async def test_pressing_often_posts_once(world: World) -> None:
    """Five presses at once, and one when the thread is there."""
    fill(world.channel(), 150)
    await world.ask(world.meeting())
    asked = question(world)

    await asyncio.gather(*(world.dana.press(actions.CONFIRM_AUDIENCE, asked) for _ in range(5)))
    await world.rest()
    late = await world.press(actions.CONFIRM_AUDIENCE, asked)

    assert len(world.threads()) == 1
    assert "already: open the thread" in late[-1]


async def test_nobody_confirms_for_another(world: World) -> None:
    """Somebody else's click on the same button, with whatever numbers, does nothing."""
    world.stage.slack.team.add_user("U0OMAR", "omar")
    omar = world.stage.person(world.served.http, "U0OMAR")
    fill(world.channel(), 150)
    await world.ask(world.meeting())

    told = await world.press(actions.CONFIRM_AUDIENCE, question(world), person=omar)

    assert world.threads() == []
    assert told[0].startswith("That button belongs to another conversation")


async def test_another_workspace_confirms_nothing(world: World) -> None:
    """The ids on a button are no secret."""
    globex = world.stage.slack.add_team("T0GLOBEX", "globex")
    globex.add_user(ASKER, "dana")
    globex.add_channel(CHANNEL, "same-id", members=(ASKER,))
    eve = world.stage.slack.person(ASKER, world.served.http, team=globex)
    fill(world.channel(), 150)
    session = world.meeting()
    await world.ask(session)

    await eve.press(actions.CONFIRM_AUDIENCE, question(world), channel=CHANNEL)
    await world.rest()

    assert world.threads() == []
    assert (await world.delivery(session)).agreed is None


async def test_post_again_asks_again(world: World) -> None:
    """Who reads may have changed since the first post; the consent was for that one."""
    fill(world.channel(), 150)
    session = world.meeting()
    await world.ask(session)
    await confirm(world)
    await world.ask(session)
    first = question(world)

    await world.press(actions.POST_AGAIN, world.dana.answers[-1])
    before = len(world.threads())
    second = question(world)
    await confirm(world)

    assert second is not first
    assert (before, len(world.threads())) == (1, 2)


async def test_what_was_picked_is_confirmed_in_the_apps_own_conversation(world: World) -> None:
    """The window leaves no address for an answer; the button works where the question is."""
    fill(world.channel(), 150)
    session = world.meeting()
    view = await opened(world)
    world.dana.fill(view, actions.PICK_SESSION, session)
    world.dana.fill(view, actions.PICK_CHANNEL, CHANNEL)

    await world.dana.submit(view)
    await world.rest()
    before = world.threads()
    own = world.stage.slack.team.conversation_with(world.dana.id)
    await world.dana.press(actions.CONFIRM_AUDIENCE, own.messages[-1], channel=own.id)
    await world.rest()

    assert before == []
    assert "150 people" in world.direct()[-1]
    assert len(world.threads()) == 1


async def test_a_chosen_session_is_confirmed_like_any_other(world: World) -> None:
    """A meeting's id was given for a session's; its sessions are offered first."""
    fill(world.channel(), 150)
    session = world.meeting()
    meeting = world.stage.kit.state.sessions[session].meeting_id
    await world.ask(meeting)

    await world.press(actions.CHOOSE_SESSION, world.dana.answers[-1])
    before = world.threads()
    await confirm(world)

    assert before == []
    assert len(world.threads()) == 1


async def test_a_summary_that_is_not_written_yet_is_confirmed_at_once(world: World) -> None:
    """While whoever asked is still there; then it is waited for and posted."""
    fill(world.channel(), 150)
    session = world.meeting(None)

    await world.ask(session)
    await confirm(world)
    waiting = await world.delivery(session)
    world.stage.kit.state.add_summary(session, "## Decisions\n\n- We ship on Thursday.")
    await world.until_settled(session)

    assert waiting.state is DeliveryState.WAITING
    assert len(world.threads()) == 1


async def test_what_does_not_exist_is_not_confirmed(world: World) -> None:
    """A mistyped session is told as that."""
    fill(world.channel(), 150)

    await world.ask("2f6a1c7e-8d43-4b1f-9e20-5c7d8a9b0c1d")

    assert QUESTION not in "".join(world.private())


@pytest.mark.parametrize(
    ("channels", "place", "is_posted"),
    [
        (AllowedChannels.LISTED, CHANNEL, True),
        (AllowedChannels.LISTED, "C0OTHER", False),
        (AllowedChannels.PRIVATE, "C0OTHER", False),
        (AllowedChannels.PRIVATE, "C0PRIVATE", True),
        (AllowedChannels.ALL, "C0OTHER", True),
    ],
)
async def test_an_app_goes_only_where_administrators_let_it(
    world: World, channels: AllowedChannels, place: str, *, is_posted: bool
) -> None:
    """To all channels, to those listed, or to private ones; also when it is called by its name."""
    team = world.stage.slack.team
    team.add_channel("C0OTHER", "other", members=(ASKER,))
    team.add_channel("C0PRIVATE", "private", members=(ASKER,), is_private=True)
    await allow_channels(world, channels, CHANNEL)

    await world.ask(world.meeting(), channel=place)

    assert len(world.threads(place)) == is_posted
    told = "chose other channels for the summaries of that RealtimeKit app" in world.private()[-1]
    assert told is not is_posted


async def test_an_archived_channel_is_refused(world: World) -> None:
    """Before Slack would have to."""
    world.channel().is_archived = True

    await world.ask(world.meeting())

    assert world.stage.slack.calls_of("chat.postMessage") == []
    assert "archived" in world.private()[-1]


def unsaid(world: World, *names: str) -> Fault:
    """Slack's answer about the channel, with something left out of it."""
    about = world.channel().as_json(
        world.stage.slack.team.id, seen_by=world.stage.slack.team.bot_user_id, counted=True
    )
    left = {name: value for name, value in about.items() if name not in names}
    body = json.dumps({"ok": True, "channel": left}).encode()
    return faults.answer(200, body, "application/json")


@pytest.mark.parametrize("name", ["num_members", "is_ext_shared", "is_pending_ext_shared"])
async def test_unknown_means_no(world: World, name: str) -> None:
    """It is asked for some more times; then who asked is told."""
    world.stage.slack.faults.add(INFO, unsaid(world, name).always())
    session = world.meeting()

    await world.ask(session)
    ended = await world.until_settled(session)

    assert world.threads() == []
    assert (ended.state, ended.reason) == (DeliveryState.FAILED, "audience_unknown")
    assert "Slack did not say who can read that conversation" in world.private()[-1]


async def test_what_slack_says_later_is_enough(world: World) -> None:
    """A passing gap in its answer delays the post, and no more."""
    world.stage.slack.faults.add(INFO, unsaid(world, "num_members"))
    session = world.meeting()

    await world.ask(session)
    await world.until_settled(session)

    assert len(world.threads()) == 1


@pytest.mark.parametrize(
    "fault",
    [faults.rate_limited("30"), faults.error("fatal_error"), faults.drop(), faults.answer()],
)
async def test_slack_not_answering_delays_and_allows_nothing(world: World, fault: Fault) -> None:
    """The post is made when it has answered."""
    world.stage.slack.faults.add(INFO, fault)
    session = world.meeting()

    await world.ask(session)
    before = world.threads()
    await world.until_settled(session)

    assert before == []
    assert len(world.threads()) == 1


async def test_slack_not_answering_the_question_asks_later(world: World) -> None:
    """Who would read is asked anew when the asker is told, and told when that is known."""
    fill(world.channel(), 150)
    refused = faults.rate_limited("30")
    world.stage.slack.faults.add(INFO, unsaid(world), refused)
    await world.ask(world.meeting())
    before = list(world.private())

    await world.until_next_step()

    assert QUESTION not in "".join(before)
    assert "150 people" in question(world).text


async def test_a_burst_of_posts_in_one_channel_asks_slack_once(world: World) -> None:
    """Ten meetings that end together; later ones are looked at anew."""
    sessions = [world.meeting(title=f"Meeting {number}") for number in range(10)]

    for session in sessions:
        await world.dana.command(f"{APP_NAME} {session}", CHANNEL)
    for session in sessions:
        await world.until_settled(session)

    assert len(world.threads()) == 10
    assert looks(world) <= 3


async def test_what_becomes_shared_is_noticed_within_seconds(world: World) -> None:
    """A look is taken for the present for less than half a minute."""
    await world.ask(world.meeting())
    share(world.channel())
    world.clock.advance(seconds=REMEMBERED_FOR.total_seconds())

    await world.ask(world.meeting())

    assert len(world.threads()) == 1
    assert "People of another company" in world.private()[-1]


async def told(world: World, line: str) -> str:
    """Type a line that is answered later; returns the answer."""
    before = len(world.private())
    await world.dana.command(line, CHANNEL)
    await until(lambda: len(world.private()) > before)
    return world.private()[-1]


async def meet(world: World) -> SessionId:
    """Hold a meeting of half an hour, after the channel subscribed."""
    began = world.clock()
    world.clock.advance(minutes=31)
    return world.meeting(started_at=began, lasted=timedelta(minutes=30))


async def test_a_subscription_whose_channel_becomes_shared_pauses_and_resumes(
    world: World,
) -> None:
    """Its maker is told once how to put it right; then what waited is posted by itself."""
    await told(world, f"subscribe {APP_NAME}")
    share(world.channel())
    await meet(world)
    await world.go_round()
    await world.go_round()
    paused = list(world.direct())

    await allow_shared(world)
    world.clock.advance(minutes=16)
    await world.go_round()

    (said,) = paused
    assert "People of another company" in said
    assert "/meeting-summary settings" in said
    assert len(world.threads()) == 1
    assert world.direct() == paused


async def test_a_subscription_of_an_app_that_is_restricted_pauses_and_resumes(
    world: World,
) -> None:
    """Administrators chose other channels after the channel subscribed."""
    await told(world, f"subscribe {APP_NAME}")
    await allow_channels(world, AllowedChannels.PRIVATE)
    await meet(world)
    await world.go_round()
    await world.go_round()
    before, paused = world.threads(), list(world.direct())

    await allow_channels(world, AllowedChannels.LISTED, CHANNEL)
    world.clock.advance(minutes=16)
    await world.go_round()

    (said,) = paused
    assert before == []
    assert "Administrators of this workspace chose other channels" in said
    assert len(world.threads()) == 1


async def test_a_large_channel_confirms_once_for_all_its_subscription_posts(world: World) -> None:
    """Who subscribes it agrees; the summaries then need nobody, nor does who asks for one."""
    fill(world.channel(), 150)
    asked = await told(world, f"subscribe {APP_NAME}")

    (yes,) = await world.press(actions.SUBSCRIBE_SHARED, world.dana.answers[-1])
    session = await meet(world)
    await world.go_round()
    await world.ask(await meet(world))

    assert "150 people can read them" in asked
    assert yes.startswith("From now on")
    assert (await world.delivery(session)).subscription is not None
    assert len(world.threads()) == 2
    assert QUESTION not in "".join(world.private())


async def test_members_subscribe_a_shared_channel_where_that_is_allowed(world: World) -> None:
    """They see who reads along; no administrator has to agree once more."""
    await allow_shared(world)
    share(world.channel())
    world.stage.slack.team.add_user("U0OMAR", "omar")
    omar = world.stage.person(world.served.http, "U0OMAR")
    await omar.command(f"subscribe {APP_NAME}", CHANNEL)
    await world.heard(1, omar)

    (yes,) = await world.press(actions.SUBSCRIBE_SHARED, omar.answers[-1], person=omar)

    assert "some of them from one other company" in world.private(omar)[0]
    assert yes.startswith("From now on")


async def test_where_it_is_not_allowed_only_an_administrator_subscribes_it(world: World) -> None:
    """Others are sent to one; the administrator is asked, and the agreement lasts."""
    share(world.channel())
    world.stage.slack.team.add_user("U0OMAR", "omar")
    omar = world.stage.person(world.served.http, "U0OMAR")
    await omar.command(f"subscribe {APP_NAME}", CHANNEL)
    await world.heard(1, omar)

    await told(world, f"subscribe {APP_NAME}")
    asked = world.dana.answers[-1]
    forged = await world.press(actions.SUBSCRIBE_SHARED, asked, person=omar)
    (yes,) = await world.press(actions.SUBSCRIBE_SHARED, asked)
    await meet(world)
    await world.go_round()

    assert "Ask an administrator" in world.private(omar)[0]
    assert "Ask an administrator" in forged[0]
    assert yes.startswith("From now on")
    assert len(world.threads()) == 1
