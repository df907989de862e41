"""A workspace's windows, in a strict Slack."""

from __future__ import annotations

from bot.demo.fake_slack import FakeSlack
from bot.domain.summary import App
from bot.messages import actions, connecting, picker
from bot.slack.poster import SlackPoster
from bot.slack.windows import SlackWindows
from tests.fakes import APP, ASKER, a_session


async def test_puts_a_window_on_top_of_another(poster: SlackPoster, slack: FakeSlack) -> None:
    """The one below stays open."""
    windows = SlackWindows(poster.api)

    below = await windows.open(slack.team.new_trigger(ASKER), picker.loading())
    top = await windows.push(slack.team.new_trigger(ASKER), connecting.loading())

    assert [view.id for view in slack.team.open_views(ASKER)] == [below, top]


async def test_opens_the_picker_and_fills_it_in(poster: SlackPoster, slack: FakeSlack) -> None:
    """Slack takes every state of the picker, in one window."""
    windows = SlackWindows(poster.api)
    filled = picker.picker_view([App(APP, "Standups")], [a_session()], app=APP)

    window = await windows.open(slack.team.new_trigger(ASKER), picker.loading())
    await windows.update(window, filled)

    [shown] = slack.team.open_views(ASKER)
    assert shown.id == window
    assert [block["block_id"] for block in shown.content["blocks"]] == [
        actions.PICK_APP,
        actions.PICK_SESSION,
        actions.PICK_CHANNEL,
    ]
