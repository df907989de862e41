"""Windows in a strict Slack."""

from __future__ import annotations

from typing import Any

import pytest

from bot.demo.fake_slack import FakeSlack, faults
from bot.errors import AnswerRefused, EditRefused, SendUnconfirmed, SlackRefused
from bot.slack.poster import SlackPoster
from bot.slack.views import ViewId, open_view, update_view
from tests.clock import ManualClock
from tests.fakes import ASKER


def a_view(text: str = "Loading") -> dict[str, Any]:
    """A small window."""
    section = {"type": "section", "text": {"type": "plain_text", "text": text}}
    title = {"type": "plain_text", "text": "Choose"}
    return {"type": "modal", "title": title, "blocks": [section]}


@pytest.fixture
def trigger(slack: FakeSlack) -> str:
    """Leave to open one window for the asker."""
    return slack.team.new_trigger(ASKER)


async def test_opens_and_updates_a_window(
    poster: SlackPoster, slack: FakeSlack, trigger: str
) -> None:
    """The window opens at once and is filled when there is something to show."""
    view = await open_view(poster.api, trigger, a_view())
    await update_view(poster.api, view, a_view("Here it is"))

    [shown] = slack.team.open_views(ASKER)
    assert (shown.id, shown.content["blocks"][0]["text"]["text"]) == (view, "Here it is")


async def test_a_trigger_is_good_for_three_seconds(
    poster: SlackPoster, trigger: str, clock: ManualClock
) -> None:
    """Too late is `AnswerRefused`."""
    clock.advance(seconds=4)

    with pytest.raises(AnswerRefused, match="expired_trigger_id"):
        await open_view(poster.api, trigger, a_view())


async def test_a_trigger_is_good_for_one_window(poster: SlackPoster, trigger: str) -> None:
    """A second window is `AnswerRefused`."""
    await open_view(poster.api, trigger, a_view())

    with pytest.raises(AnswerRefused, match="exchanged_trigger_id"):
        await open_view(poster.api, trigger, a_view())


async def test_a_window_that_changed_meanwhile(
    poster: SlackPoster, slack: FakeSlack, trigger: str
) -> None:
    """An update based on an older state does not overwrite a newer one."""
    view = await open_view(poster.api, trigger, a_view())
    seen = slack.team.views[view].hash
    await update_view(poster.api, view, a_view("newer"), seen=seen)

    with pytest.raises(EditRefused, match="hash_conflict"):
        await update_view(poster.api, view, a_view("older"), seen=seen)


async def test_a_closed_window(poster: SlackPoster) -> None:
    """A window that is gone cannot be updated."""
    with pytest.raises(EditRefused, match="not_found"):
        await update_view(poster.api, ViewId("V0GONE"), a_view())


async def test_a_view_that_cannot_be(poster: SlackPoster, trigger: str) -> None:
    """A mistake of ours is named with its place."""
    with pytest.raises(SlackRefused, match="invalid_arguments at /view/title/text"):
        await open_view(
            poster.api, trigger, a_view() | {"title": {"type": "plain_text", "text": ""}}
        )


async def test_a_window_without_a_name(poster: SlackPoster, slack: FakeSlack, trigger: str) -> None:
    """An answer that does not name the window is no success."""
    slack.faults.add("views.open", faults.answer(200, b'{"ok": true}', "application/json"))

    with pytest.raises(SendUnconfirmed, match="no_view_id"):
        await open_view(poster.api, trigger, a_view())
