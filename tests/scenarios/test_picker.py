"""The window: opened by the bare command, filled in, sent off, and answered privately."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.demo.fake_realtimekit.scripted import edge_page
from bot.demo.fake_slack.faults import answer, error
from bot.demo.fake_slack.fields import CannotDo
from bot.demo.fake_slack.person import find_element
from bot.demo.fake_slack.state import View
from bot.demo.stage import CHANNEL
from bot.messages import actions
from bot.messages.kit import Message
from bot.messages.text_view import as_text
from tests.scenarios.world import World, until

OTHER_CHANNEL = "C0SALES"


def has(view: View, action_id: str) -> bool:
    """Whether a window has a field."""
    try:
        find_element(view, action_id)
    except CannotDo:
        return False
    return True


def shows(world: World, wanted: Callable[[View], bool]) -> Callable[[], bool]:
    """Whether Dana's window is as wanted."""
    return lambda: world.dana.window is not None and wanted(world.dana.window)


def reads(view: View) -> str:
    """The words of a window, without its fields."""
    blocks = (
        {name: value for name, value in block.items() if name != "accessory"}
        for block in view.content["blocks"]
        if block["type"] != "input"
    )
    return as_text(Message("", tuple(blocks)))


async def opened(world: World) -> View:
    """Dana's window with everything to choose from."""
    await world.dana.command("", CHANNEL)
    await until(shows(world, lambda view: has(view, actions.PICK_SESSION)))
    assert world.dana.window is not None
    return world.dana.window


async def test_one_app_is_chosen_already_and_the_summary_is_posted(world: World) -> None:
    """Choosing the meeting and the channel is all there is to do; the window closes."""
    session = world.meeting()
    world.stage.slack.team.add_channel(OTHER_CHANNEL, "sales", members=(world.dana.id,))
    view = await opened(world)

    world.dana.fill(view, actions.PICK_SESSION, session)
    world.dana.fill(view, actions.PICK_CHANNEL, OTHER_CHANNEL)
    ack = await world.dana.submit(view)
    await world.rest()

    assert (ack.status, view.is_open) == (200, False)
    assert len(world.threads(OTHER_CHANNEL)) == 1
    assert world.threads() == []


async def test_several_apps_are_offered_and_the_meetings_follow_the_choice(world: World) -> None:
    """The meetings of the chosen app, and of no other."""
    ours = world.meeting()
    retro = world.stage.kit.state.add_app(world.stage.account, "retro")
    theirs = world.stage.kit.state.add_session(retro, title="Retro")
    world.stage.kit.state.add_summary(theirs, "Looked back.")
    await world.dana.command("", CHANNEL)
    await until(shows(world, lambda view: has(view, actions.PICK_APP)))
    view = world.dana.window
    assert view is not None

    await world.dana.press(actions.PICK_APP, view, chosen=retro)
    await until(shows(world, lambda view: has(view, actions.PICK_SESSION)))

    with pytest.raises(CannotDo):
        world.dana.fill(view, actions.PICK_SESSION, ours)
    world.dana.fill(view, actions.PICK_SESSION, theirs)
    world.dana.fill(view, actions.PICK_CHANNEL, CHANNEL)
    await world.dana.submit(view)
    await world.rest()
    [(_, [reply])] = world.threads()
    assert "Looked back." in reply.text


async def test_a_submission_sent_twice_posts_once(world: World) -> None:
    """Two clicks on the window's button are one wish."""
    session = world.meeting()
    view = await opened(world)
    world.dana.fill(view, actions.PICK_SESSION, session)
    world.dana.fill(view, actions.PICK_CHANNEL, CHANNEL)

    await world.dana.submit(view)
    await world.dana.submit(view)
    await world.rest()

    assert len(world.threads()) == 1


async def test_an_empty_field_is_pointed_out(world: World) -> None:
    """Should Slack's own check let it pass, the window stays open and says what is missing."""
    world.meeting()
    view = await opened(world)

    await world.dana.submit(view, as_slack_would=False)

    assert view.is_open
    assert view.errors[actions.PICK_SESSION] == "Choose a meeting."
    assert world.threads() == []


async def test_a_channel_without_the_bot_is_answered_privately(world: World) -> None:
    """The window is closed by then; the asker finds out in the app's conversation."""
    session = world.meeting()
    world.stage.slack.team.add_channel(
        OTHER_CHANNEL, "plans", members=(world.dana.id,), with_bot=False, is_private=True
    )
    view = await opened(world)
    world.dana.fill(view, actions.PICK_SESSION, session)
    world.dana.fill(view, actions.PICK_CHANNEL, OTHER_CHANNEL)

    await world.dana.submit(view)
    await world.rest()

    assert "/invite @meeting-summary" in world.direct()[-1]


async def test_cloudflare_away_is_said_inside_the_window(world: World) -> None:
    """What happened and the next step, instead of a window that loads for ever."""
    world.stage.kit.script.always("apps", edge_page(502))

    await world.dana.command("", CHANNEL)
    await until(shows(world, lambda view: "Cloudflare could not be reached" in reads(view)))

    assert world.dana.window is not None
    assert "Reference" in reads(world.dana.window)


async def test_an_app_without_recent_meetings_says_so(world: World) -> None:
    """Nothing to choose from is no error."""
    await world.dana.command("", CHANNEL)

    await until(shows(world, lambda view: "No meeting of this app" in reads(view)))


async def test_a_window_that_cannot_be_opened_is_told_privately(world: World) -> None:
    """The three seconds were over: the person is asked to try again."""
    world.stage.slack.faults.add("views.open", error("expired_trigger_id"))

    await world.dana.command("", CHANNEL)
    [told] = await world.heard(1)

    assert told.startswith("That took too long for Slack")


async def test_a_window_slack_may_have_opened_is_not_opened_twice(world: World) -> None:
    """An answer that was lost makes one call."""
    world.stage.slack.faults.add("views.open", answer(after_acting=True))

    await world.dana.command("", CHANNEL)
    await world.heard(1)

    assert len(world.stage.slack.calls_of("views.open")) == 1


async def test_a_window_closed_meanwhile_bothers_nobody(world: World) -> None:
    """Filling it fails silently."""
    world.stage.kit.latency = 0.05
    world.meeting()
    await world.dana.command("", CHANNEL)
    await until(lambda: world.dana.window is not None)
    assert world.dana.window is not None
    world.dana.window.is_open = False

    await until(lambda: len(world.stage.slack.calls_of("views.update")) > 0)

    assert world.private() == []


async def test_somebody_from_another_company_cannot_send_the_window_off(world: World) -> None:
    """A window that got into the wrong hands posts nothing."""
    session = world.meeting()
    world.stage.slack.team.add_user("U0EVE", "eve", team_id="T0GLOBEX")
    eve = world.stage.person(world.served.http, "U0EVE")
    view = await opened(world)
    eve.fill(view, actions.PICK_SESSION, session)
    eve.fill(view, actions.PICK_CHANNEL, CHANNEL)

    await eve.submit(view)
    await world.rest()

    assert world.threads() == []
