"""`subscribe`, `unsubscribe`, `subscriptions` and the button that agrees to who reads along."""

from __future__ import annotations

import pytest

from bot.domain.audience import Consent
from bot.domain.ids import WorkspaceId
from bot.errors import NotYours, SharedChannel
from bot.messages import actions, replies
from bot.messages.subscriptions import pack_wish
from bot.usecases.subscribe import SubscriptionRequest
from tests.fakes import APP
from tests.slack_edge import ANSWER_URL, ASKER, CHANNEL, TEAM, Edge, a_click
from tests.subscribing import an_audience

WISH = SubscriptionRequest(
    workspace=WorkspaceId(TEAM), channel=CHANNEL, person=ASKER, app="standups", title="weekly*"
)

SHARED = an_audience(is_shared=True, outside=1)


def told(edge: Edge) -> list[tuple[str, str]]:
    """What was answered after the acknowledgement."""
    return [(url, message.text) for url, message in edge.answers]


async def test_subscribes_after_the_acknowledgement(edge: Edge) -> None:
    """The checks make calls, so the answer comes later, and in private."""
    response = await edge.command('subscribe standups title:"weekly*"')

    assert (response.status_code, response.text) == (200, "")
    assert edge.subscribing.wished == [WISH]
    assert told(edge) == [(ANSWER_URL, "Subscribed.")]


async def test_unsubscribes(edge: Edge) -> None:
    """The channel and workspace are those the command came from."""
    await edge.command("unsubscribe standups")

    assert edge.subscribing.ended == [(TEAM, CHANNEL, "standups")]
    assert told(edge) == [(ANSWER_URL, "Unsubscribed.")]


async def test_lists_at_once(edge: Edge) -> None:
    """It comes from the database, so it is the acknowledgement."""
    response = await edge.command("subscriptions")

    assert response.json()["text"] == f"0 subscriptions of {CHANNEL} in {TEAM}."


async def test_an_administrator_is_asked_about_another_company(edge: Edge) -> None:
    """Before anything is stored."""
    edge.subscribing.refusal = SharedChannel()

    await edge.command("subscribe standups")

    assert edge.subscribing.wished == []
    assert told(edge) == [(ANSWER_URL, "Subscribe standups anyway?")]


async def test_others_are_told_to_ask_an_administrator(edge: Edge) -> None:
    """They are offered no button."""
    edge.subscribing.refusal = SharedChannel()
    edge.administrators.clear()

    await edge.command("subscribe standups")

    ((_, text),) = told(edge)
    assert "administrator" in text
    assert "anyway" not in text


async def test_an_administrator_agrees(edge: Edge) -> None:
    """The button subscribes, with what was seen and who agreed in the request."""
    edge.subscribing.refusal = SharedChannel()

    await edge.interact(a_click(actions.SUBSCRIBE_SHARED, pack_wish(APP, "weekly*", SHARED)))

    (wish,) = edge.subscribing.wished
    assert (wish.app, wish.title, wish.allows_outsiders) == (APP, "weekly*", True)
    assert wish.consent == Consent(42, 1)


async def test_a_member_agrees_where_no_administrator_is_needed(edge: Edge) -> None:
    """Many readers, or another company where the workspace allows that: the member's own word."""
    edge.administrators.clear()

    await edge.interact(a_click(actions.SUBSCRIBE_SHARED, pack_wish(APP, None, SHARED)))

    (wish,) = edge.subscribing.wished
    assert (wish.person, wish.allows_outsiders, wish.consent) == (ASKER, False, Consent(42, 1))


async def test_a_members_word_is_not_an_administrators(edge: Edge) -> None:
    """Slack is asked again at the click: values and buttons can be made up or passed on."""
    edge.subscribing.refusal = SharedChannel()
    edge.administrators.clear()

    await edge.interact(a_click(actions.SUBSCRIBE_SHARED, pack_wish(APP, None, SHARED)))

    assert edge.subscribing.wished == []
    ((_, text),) = told(edge)
    assert replies.explain(SharedChannel()).text in text


@pytest.mark.parametrize(
    "value",
    [
        "",
        f"{APP}|weekly",
        f"{APP}||-1|0",
        f"{APP}||1|x",
        "x",
        "[]",
        '["a"]',
        "[1, 2]",
        '{"app": 1}',
        "null",
    ],
)
async def test_a_value_that_was_made_up_subscribes_nothing(edge: Edge, value: str) -> None:
    """Anybody can send a message with our action ids."""
    await edge.interact(a_click(actions.SUBSCRIBE_SHARED, value))

    assert edge.subscribing.wished == []
    assert told(edge) == [(ANSWER_URL, replies.explain(NotYours()).text)]
