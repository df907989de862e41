"""The picker: opened, filled in, and sent off."""

from __future__ import annotations

import pytest

from bot.domain.ids import AppId, ChannelId
from bot.domain.summary import App
from bot.errors import AnswerRefused, DatabaseAway, RealtimeKitBusy
from bot.messages import picker, replies
from bot.slack.payloads import Click, read
from tests.fakes import APP, OTHER_APP, SESSION
from tests.slack_edge import (
    ANSWER_URL,
    ASKER,
    CHANNEL,
    Edge,
    a_choice,
    a_click,
    a_submission,
)
from tests.slack_side import HERE

ELSEWHERE = ChannelId("C0ELSE")
TWO_APPS = (App(APP, "Standups"), App(OTHER_APP, "Sales"))


async def test_opens_at_once_and_fills_in_later(edge: Edge) -> None:
    """The window is there before anybody asks Cloudflare; with one app its meetings follow."""
    await edge.command("")

    assert [view for _, view in edge.windows.opened] == [picker.loading()]
    expected = picker.picker_view(edge.offered.known, edge.offered.recent, app=APP, channel=CHANNEL)
    assert edge.windows.updated == [("V0VIEW", expected)]


async def test_asks_which_app_when_there_are_several(edge: Edge) -> None:
    """No meetings are looked up before an app is chosen."""
    edge.offered.known = TWO_APPS

    await edge.command("", channel_id="D0DIRECT")

    assert edge.windows.updated == [("V0VIEW", picker.picker_view(TWO_APPS, None))]
    assert edge.offered.asked == []


@pytest.mark.parametrize("refusal", [AnswerRefused("expired_trigger_id"), ValueError("boom")])
async def test_a_window_that_does_not_open_is_explained(edge: Edge, refusal: Exception) -> None:
    """Without a window, the private answer says so."""
    edge.windows.refusal = refusal

    await edge.command("")

    ((url, message),) = edge.answers
    assert url == ANSWER_URL
    assert "Reference" in message.text


async def test_a_command_without_a_trigger_is_explained(edge: Edge) -> None:
    """Nothing can be opened without one."""
    await edge.command("", trigger_id="")

    assert edge.windows.opened == []
    assert len(edge.answers) == 1


@pytest.mark.parametrize("refusal", [RealtimeKitBusy("429"), ValueError("boom")])
async def test_a_window_that_cannot_be_filled_says_why(edge: Edge, refusal: Exception) -> None:
    """What went wrong is said where the person is looking."""
    edge.offered.refusal = refusal

    await edge.command("")

    ((_, view),) = edge.windows.updated
    assert "Reference" in str(view["blocks"])
    assert "boom" not in str(view)
    assert edge.answers == []


async def test_a_window_closed_meanwhile_wants_nothing(edge: Edge) -> None:
    """Who closed the window is not bothered about it."""
    edge.windows.gone = True

    await edge.command("")

    assert edge.answers == []


async def test_choosing_an_app_lists_its_meetings(edge: Edge) -> None:
    """First the fields of the app before go, then those of the new one come; a channel stays."""
    edge.offered.known = TWO_APPS

    response = await edge.interact(a_choice(OTHER_APP, channel="C0ELSE"))

    assert (response.status_code, response.text) == (200, "")
    assert [view for _, view in edge.windows.updated] == [
        picker.picker_view(TWO_APPS, None, app=OTHER_APP),
        picker.picker_view(TWO_APPS, edge.offered.recent, app=OTHER_APP, channel=ELSEWHERE),
    ]


async def test_the_app_chosen_last_wins(edge: Edge) -> None:
    """Meetings that come late for an app that is no longer chosen are not shown."""
    edge.offered.known = TWO_APPS
    listeners = edge.listeners()
    choose = listeners.clicks["pick_app"]

    await choose(read(Click, a_choice(APP)), HERE)
    await choose(read(Click, a_choice(OTHER_APP)), HERE)
    while len(edge.background):
        await edge.background.drain(5)

    assert edge.windows.updated[-1][1]["private_metadata"] == OTHER_APP
    assert [view for _, view in edge.windows.updated] == [
        picker.picker_view(TWO_APPS, None, app=APP),
        picker.picker_view(TWO_APPS, None, app=OTHER_APP),
        picker.picker_view(TWO_APPS, edge.offered.recent, app=OTHER_APP),
    ]


async def test_an_app_that_was_made_up_is_not_asked_about(edge: Edge) -> None:
    """What is no id, and what comes from no window, looks up nothing."""
    await edge.interact(a_choice("../.."))
    await edge.interact(a_click("pick_app", APP))

    assert edge.windows.updated == []
    assert edge.offered.asked == []


async def test_promises_what_was_picked(edge: Edge) -> None:
    """The window closes, the promise is stored, and the person is told privately."""
    response = await edge.interact(a_submission(SESSION, "C0ELSE"))

    assert (response.status_code, response.text) == (200, "")
    (stored,) = edge.deliveries.kept.values()
    assert (stored.app, stored.session, stored.channel) == (APP, SESSION, "C0ELSE")
    assert (stored.asker, stored.answer_url) == (ASKER, ANSWER_URL)
    assert [(url, message.text) for url, message in edge.answers] == [
        (ANSWER_URL, replies.fetching().text)
    ]


@pytest.mark.parametrize(
    ("session", "channel", "app", "fields"),
    [
        (None, CHANNEL, APP, {"pick_session"}),
        (SESSION, None, APP, {"pick_channel"}),
        (None, None, APP, {"pick_session", "pick_channel"}),
        ("a/b", CHANNEL, APP, {"pick_session"}),
        (SESSION, CHANNEL, "", {"pick_session"}),
        (SESSION, CHANNEL, "a/b", {"pick_session"}),
    ],
)
async def test_says_which_field_is_wrong(
    edge: Edge, session: str | None, channel: str | None, app: str, fields: set[str]
) -> None:
    """What is missing or made up is said under its field, and nothing is stored."""
    response = await edge.interact(a_submission(session, channel, app=AppId(app)))

    assert response.json()["response_action"] == "errors"
    assert set(response.json()["errors"]) == fields
    assert edge.deliveries.kept == {}


async def test_what_could_not_be_stored_is_said_in_the_window(edge: Edge) -> None:
    """The window stays and says what went wrong."""
    edge.deliveries.away = DatabaseAway()

    response = await edge.interact(a_submission(SESSION, CHANNEL))

    assert response.json()["response_action"] == "update"
    assert "Reference" in response.text


async def test_people_from_outside_submit_nothing(edge: Edge) -> None:
    """A window opened in a shared channel may be sent off by somebody of another company."""
    user = {"id": "U9", "team_id": "T0ELSEWHERE"}

    response = await edge.interact(a_submission(SESSION, CHANNEL, user=user))

    assert response.json()["response_action"] == "update"
    assert edge.deliveries.kept == {}
