"""Clicks: what they do, and whose clicks do nothing."""

from __future__ import annotations

import pytest

from bot.domain.audience import Consent
from bot.domain.delivery import DeliveryClick
from bot.domain.ids import DeliveryId, SessionId, WorkspaceId
from bot.errors import NotYours, SlackUnavailable
from bot.messages import actions, replies
from tests.fakes import APP, SESSION
from tests.slack_edge import ANSWER_URL, ASKER, CHANNEL, TEAM, Edge, a_click

REFUSED = replies.explain(NotYours()).text


@pytest.mark.parametrize(
    ("action", "name"), [(actions.GET_FILE, "get_file"), (actions.GENERATE, "generate")]
)
async def test_a_button_of_a_delivery(edge: Edge, action: str, name: str) -> None:
    """The use case learns whose delivery, in which workspace and channel, and where to answer."""
    response = await edge.interact(a_click(action, "REF0000001"))

    assert (response.status_code, response.text) == (200, "")
    click = DeliveryClick(
        workspace=WorkspaceId(TEAM),
        channel=CHANNEL,
        clicker=ASKER,
        delivery=DeliveryId("REF0000001"),
    )
    assert edge.clicks == [(name, click, ANSWER_URL)]


@pytest.mark.parametrize("error", [SlackUnavailable("timeout"), ValueError("xoxb-secret")])
async def test_a_click_that_fails_is_answered(edge: Edge, error: Exception) -> None:
    """Also what nobody expected ends in a private sentence with the delivery's reference."""
    edge.trouble = error

    response = await edge.interact(a_click(actions.GET_FILE, "REF0000001"))

    assert response.status_code == 200
    ((url, message),) = edge.answers
    assert url == ANSWER_URL
    assert "REF0000001" in message.text
    assert "secret" not in message.text


@pytest.mark.parametrize("value", ["", "a b", "x" * 65, "../..", "REF\x00", "é"])
async def test_a_value_that_was_made_up_reaches_no_use_case(edge: Edge, value: str) -> None:
    """Values come back from messages anybody can send."""
    await edge.interact(a_click(actions.GET_FILE, value))

    assert edge.clicks == []
    assert [(url, message.text) for url, message in edge.answers] == [(ANSWER_URL, REFUSED)]


async def test_a_click_that_cannot_be_answered_does_nothing(edge: Edge) -> None:
    """A file's link is for somebody's eyes, so without anybody to show it to it is not fetched."""
    payload = a_click(actions.GET_FILE, "REF0000001")
    del payload["response_url"]

    response = await edge.interact(payload)

    assert response.status_code == 200
    assert edge.clicks == []


async def test_posts_again(edge: Edge) -> None:
    """One more promise for the same session, for whoever clicked."""
    await edge.command(f"{APP} {SESSION}")
    posted = edge.deliveries.post()

    await edge.interact(a_click(actions.POST_AGAIN, posted.id))

    assert [delivery.repeat for delivery in edge.deliveries.kept.values()] == [0, 1]
    assert [message.text for _, message in edge.answers] == [replies.fetching().text]


@pytest.mark.parametrize(
    "changes",
    [
        {"channel": {"id": "C0OTHER"}},
        {"channel": None, "container": {"channel_id": "C0OTHER"}},
        {"channel": None, "container": None},
    ],
)
async def test_posts_nothing_of_another_channel(edge: Edge, changes: dict[str, object]) -> None:
    """A delivery's buttons work only where the delivery is, but for its asker."""
    await edge.command(f"{APP} {SESSION}")
    posted = edge.deliveries.post()
    somebody = {"id": "U0OTHER", "team_id": TEAM}

    await edge.interact(a_click(actions.POST_AGAIN, posted.id, user=somebody, **changes))

    assert len(edge.deliveries.kept) == 1
    assert [message.text for _, message in edge.answers] == [REFUSED]


async def test_posts_what_its_asker_agreed_to(edge: Edge) -> None:
    """In the same row, with the numbers that were shown; where it will be is said."""
    await edge.command(f"{APP} {SESSION}")
    asked = edge.deliveries.fail()

    await edge.interact(a_click(actions.CONFIRM_AUDIENCE, f"{asked.id}|42|1"))

    (delivery,) = edge.deliveries.kept.values()
    assert (delivery.id, delivery.agreed) == (asked.id, Consent(42, 1))
    assert [message.text for _, message in edge.answers] == [replies.fetching(CHANNEL).text]


async def test_a_second_click_finds_the_promise_of_the_first(edge: Edge) -> None:
    """What it says then is that it is on its way."""
    await edge.command(f"{APP} {SESSION}")
    asked = edge.deliveries.fail()
    await edge.interact(a_click(actions.CONFIRM_AUDIENCE, f"{asked.id}|42|1"))

    await edge.interact(a_click(actions.CONFIRM_AUDIENCE, f"{asked.id}|9999|9"))

    (delivery,) = edge.deliveries.kept.values()
    assert delivery.agreed == Consent(42, 1)
    assert edge.answers[-1][1].text == replies.underway(delivery).text


@pytest.mark.parametrize(
    "value",
    [
        "",
        "ID",
        "ID|42",
        "ID|42|1|1",
        "ID|-1|0",
        "ID|1.5|0",
        "ID|٤٢|0",
        "ID|9999999999|0",
        "a b|1|1",
    ],
)
async def test_numbers_that_were_made_up_confirm_nothing(edge: Edge, value: str) -> None:
    """Only whole numbers, of a delivery that exists."""
    await edge.command(f"{APP} {SESSION}")
    asked = edge.deliveries.fail()

    await edge.interact(a_click(actions.CONFIRM_AUDIENCE, value.replace("ID", asked.id)))

    (delivery,) = edge.deliveries.kept.values()
    assert delivery.agreed is None
    assert [message.text for _, message in edge.answers] == [REFUSED]


async def test_nobody_agrees_for_another(edge: Edge) -> None:
    """Also not in the same channel, where other buttons of a delivery are everybody's."""
    await edge.command(f"{APP} {SESSION}")
    asked = edge.deliveries.fail()
    somebody = {"id": "U0OTHER", "team_id": TEAM}

    await edge.interact(a_click(actions.CONFIRM_AUDIENCE, f"{asked.id}|42|1", user=somebody))

    (delivery,) = edge.deliveries.kept.values()
    assert (delivery.asker, delivery.agreed) == (ASKER, None)
    assert [message.text for _, message in edge.answers] == [REFUSED]


async def test_chooses_one_of_a_meetings_sessions(edge: Edge) -> None:
    """A meeting's session is asked for like any other."""
    await edge.interact(a_click(actions.CHOOSE_SESSION, f"{APP}|{SESSION}"))

    (stored,) = edge.deliveries.kept.values()
    assert (stored.app, stored.session, stored.asker) == (APP, SessionId(SESSION), ASKER)


@pytest.mark.parametrize("value", ["", APP, f"{APP}|", f"|{SESSION}", f"a/b|{SESSION}", "|"])
async def test_a_choice_that_was_made_up_promises_nothing(edge: Edge, value: str) -> None:
    """Ids go into addresses, so they have to look like ids."""
    await edge.interact(a_click(actions.CHOOSE_SESSION, value))

    assert edge.deliveries.kept == {}
    assert [message.text for _, message in edge.answers] == [REFUSED]


@pytest.mark.parametrize("action", [actions.OPEN_FILE, actions.PICK_SESSION, actions.PICK_CHANNEL])
async def test_acknowledges_what_needs_nothing_else(edge: Edge, action: str) -> None:
    """Links and choices that are read later are only acknowledged."""
    response = await edge.interact(a_click(action))

    assert (response.status_code, response.text) == (200, "")
    assert edge.answers == []
    assert edge.unhandled == []


@pytest.mark.parametrize("user", [{"id": "U9", "team_id": "T0ELSEWHERE"}, {"id": "U9"}])
@pytest.mark.parametrize(
    "action", [actions.GET_FILE, actions.POST_AGAIN, actions.GENERATE, actions.CHOOSE_SESSION]
)
async def test_people_from_outside_trigger_nothing(
    edge: Edge, action: str, user: dict[str, str]
) -> None:
    """In a channel shared with another company, its people see our buttons and may click them."""
    await edge.command(f"{APP} {SESSION}")
    posted = edge.deliveries.post()

    await edge.interact(a_click(action, posted.id, user=user))

    assert edge.clicks == []
    assert len(edge.deliveries.kept) == 1
    assert [message.text for _, message in edge.answers] == [REFUSED]
