"""Nobody knows whether Slack acted: looked up where that is allowed, never blindly repeated."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.demo.fake_slack.faults import Fault, answer, drop, error
from bot.demo.stage import CHANNEL
from bot.domain.delivery import DeliveryState
from bot.messages import actions
from tests.scenarios.test_refusals import POST, in_a_thread, in_the_channel
from tests.scenarios.world import World, open_world, read

HISTORY = {"channels:history", "groups:history", "im:history", "mpim:history"}

IN_DOUBT: Mapping[str, Callable[..., Fault]] = {
    "dropped": drop,
    "internal_error": lambda **when: error("internal_error", **when),
    "fatal_error": lambda **when: error("fatal_error", **when),
    "html": answer,
    "garbage": lambda **when: answer(200, b"{", "application/json", **when),
    "list": lambda **when: answer(200, b"[1]", "application/json", **when),
    "nothing": lambda **when: answer(200, b"", "application/json", **when),
    "no_ts": lambda **when: answer(200, b'{"ok": true}', "application/json", **when),
}
"""Every kind of answer that leaves it open; each may come before or after Slack acted."""

which_message = pytest.mark.parametrize("which", [in_the_channel, in_a_thread])
whether_acted = pytest.mark.parametrize("acted", [True, False], ids=["acted", "did nothing"])


@pytest.fixture
async def blind(tmp_path: Path) -> AsyncIterator[World]:
    """A bot that was not granted the scopes to read histories."""
    async with open_world(tmp_path) as world:
        world.stage.slack.team.scopes -= HISTORY
        yield world


async def to_the_end(world: World) -> None:
    """Let time pass until there is nothing more to do within a day."""
    for _ in range(10):
        due = await world.served.bot.agenda.due(world.clock())
        assert not due
        await world.later(minutes=5)


@pytest.mark.parametrize("kind", IN_DOUBT)
@which_message
@whether_acted
async def test_what_may_have_arrived_is_looked_up_and_stands_once(
    world: World, kind: str, which: Callable[[Mapping[str, Any]], bool], *, acted: bool
) -> None:
    """One parent, one reply and no word to anybody, whether or not the first call worked."""
    session = world.meeting()
    world.stage.slack.faults.add(POST, IN_DOUBT[kind](after_acting=acted).only_for(which))

    await world.ask(session)
    await to_the_end(world)

    assert (await world.delivery(session)).state is DeliveryState.POSTED
    [(_, replies)] = world.threads()
    assert len(replies) == 1
    assert len(world.stage.slack.calls_of(POST)) == (2 if acted else 3)
    assert len(world.private()) == 1


@pytest.mark.parametrize("kind", ["dropped", "internal_error", "html"])
@whether_acted
async def test_a_parent_in_doubt_is_never_repeated_by_a_bot_that_cannot_look(
    blind: World, kind: str, *, acted: bool
) -> None:
    """The asker is told that nobody can tell, and where to look before posting again."""
    session = blind.meeting()
    blind.stage.slack.faults.add(POST, IN_DOUBT[kind](after_acting=acted))

    await blind.ask(session)
    await to_the_end(blind)

    delivery = await blind.delivery(session)
    assert (delivery.state, delivery.reason) == (DeliveryState.FAILED, "unconfirmed")
    assert len(blind.stage.slack.calls_of(POST)) == 1
    assert len(blind.channel().parents) == int(acted)
    told = blind.private()[-1]
    assert told.startswith("It could not be confirmed that the summary was posted.")
    assert "Post again" in told


@whether_acted
async def test_a_reply_in_doubt_is_never_repeated_by_a_bot_that_cannot_look(
    blind: World, *, acted: bool
) -> None:
    """The asker is told, with a link to the parent that surely stands."""
    session = blind.meeting()
    fault = error("internal_error", after_acting=acted).only_for(in_a_thread)
    blind.stage.slack.faults.add(POST, fault)

    await blind.ask(session)
    await to_the_end(blind)

    [(parent, replies)] = blind.threads()
    assert len(replies) == int(acted)
    assert len(blind.stage.slack.calls_of(POST)) == 2
    assert f"p{parent.ts.replace('.', '')}" in str(blind.dana.answers[-1].blocks)
    assert "Post again" in blind.private()[-1]


async def test_post_again_posts_once_more_and_a_second_click_does_not(blind: World) -> None:
    """The asker has looked and decides; pressing twice is deciding once."""
    session = blind.meeting()
    blind.stage.slack.faults.add(POST, drop())
    await blind.ask(session)
    await to_the_end(blind)
    question = blind.dana.answers[-1]

    await blind.dana.press(actions.POST_AGAIN, question)
    await blind.dana.press(actions.POST_AGAIN, question)
    await blind.rest()

    [(_, replies)] = blind.threads()
    assert len(replies) == 1


async def test_the_pasted_line_does_not_get_round_the_doubt(blind: World) -> None:
    """Asking again instead of pressing the button gives the same question, not a second post."""
    session = blind.meeting()
    blind.stage.slack.faults.add(POST, error("internal_error", after_acting=True))
    await blind.ask(session)
    await to_the_end(blind)

    await blind.ask(session)
    await to_the_end(blind)

    assert len(blind.channel().parents) == 1
    assert "Post again" in blind.private()[-1]


async def test_a_look_that_fails_is_taken_again(world: World) -> None:
    """A history that is rate limited or away is read later; then there is still one post."""
    session = world.meeting()
    world.stage.slack.faults.add(POST, drop(after_acting=True))
    world.stage.slack.faults.add("conversations.history", error("ratelimited"), answer())

    await world.ask(session)
    await to_the_end(world)

    [(_, replies)] = world.threads()
    assert len(replies) == 1


async def test_another_apps_copy_of_our_mark_is_not_taken_for_ours(world: World) -> None:
    """Whoever copies the metadata of a parent cannot make the bot go without its own."""
    session = world.meeting()
    world.stage.slack.faults.add(POST, drop(after_acting=True))
    await world.ask(session)
    [ours] = world.channel().parents
    ours.bot_id = "B0OTHER"

    await to_the_end(world)

    [(parent, replies)] = [thread for thread in world.threads() if thread[0] is not ours]
    assert parent.bot_id == world.stage.slack.team.bot_id
    assert len(replies) == 1


async def test_a_plain_message_in_doubt_is_found_where_it_was_sent(world: World) -> None:
    """In a channel without threads the lost message is looked for in the channel."""
    session = world.meeting()
    refusal = error("restricted_action_non_threadable_channel").only_for(in_a_thread)
    lost = drop(after_acting=True).only_for(lambda given: "Decisions" in str(given))
    world.stage.slack.faults.add(POST, refusal.always(), lost)

    await world.ask(session)
    await to_the_end(world)

    assert (await world.delivery(session)).state is DeliveryState.POSTED
    assert len(world.channel().parents) == 2
    assert "Get the file" in read(world.channel().parents[-1])


async def test_a_private_answer_in_doubt_is_given_again(world: World) -> None:
    """A second answer does no harm; none at all would."""
    world.stage.slack.faults.add(POST, error("is_archived"))
    world.stage.slack.faults.add("response_url", drop(), answer())

    await world.ask(world.meeting())
    await to_the_end(world)

    assert world.private()[-1].startswith("That channel is archived")


async def test_an_answer_whose_address_is_dead_comes_as_a_message(world: World) -> None:
    """Where the private answer is refused, the app's own conversation is used instead."""
    world.stage.slack.faults.add(POST, error("is_archived").only_for(in_the_channel))
    world.stage.slack.faults.add("response_url", answer(404, b"expired_url", "text/plain"))

    await world.ask(world.meeting(), channel=CHANNEL)

    [told] = world.stage.slack.team.conversation_with(world.dana.id).messages
    assert read(told).startswith("That channel is archived")
