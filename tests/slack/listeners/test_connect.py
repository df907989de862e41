"""**Connect Cloudflare**: who gets the one-time page, and where."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.errors import DatabaseAway, KeyMissing, NoPublicAddress, NotAdministrator
from bot.messages import actions, connecting
from tests.slack_edge import ASKER, TEAM, TRIGGER, WORKSPACE_ID, Edge, a_click

URL = f"https://bot.test/setup/{TEAM}-{ASKER}"


def a_click_in(kind: str) -> dict[str, Any]:
    """The button in a window or on the Home tab, which have no channel and no answer."""
    click = a_click(actions.CONNECT, view={"id": "V0BELOW", "type": kind, "state": {"values": {}}})
    return {name: part for name, part in click.items() if name not in ("channel", "response_url")}


@pytest.mark.parametrize("payload", [a_click(actions.CONNECT), a_click_in("home")])
async def test_an_administrator_gets_the_address_in_a_window(
    edge: Edge, payload: dict[str, Any]
) -> None:
    """It opens within Slack's three seconds, before anything is asked, and then has the link."""
    response = await edge.interact(payload)

    assert (response.status_code, response.text) == (200, "")
    assert edge.windows.opened == [(TRIGGER, connecting.loading())]
    assert edge.windows.updated == [("V0VIEW", connecting.offered(URL))]
    assert edge.answers == []


async def test_over_a_window_goes_another_one(edge: Edge) -> None:
    """The settings stay open below."""
    await edge.interact(a_click_in("modal"))

    assert edge.windows.opened == []
    assert edge.windows.pushed == [(TRIGGER, connecting.loading())]
    assert edge.windows.updated == [("V0TOP", connecting.offered(URL))]


async def test_nobody_else_gets_one(edge: Edge) -> None:
    """The button may have been drawn when the person still administered."""
    edge.administrators.clear()

    await edge.interact(a_click_in("home"))

    ((_, view),) = edge.windows.updated
    assert "Only an administrator" in str(view)
    assert "/setup/" not in str(view)


async def test_people_of_another_company_get_nothing(edge: Edge) -> None:
    """Not even a window: the button is in a channel they can read."""
    outside = {"id": ASKER, "username": "eve", "team_id": "T9OTHER"}

    await edge.interact(a_click(actions.CONNECT, user=outside))

    assert edge.windows.opened == []


async def test_without_a_public_address_there_is_a_command(edge: Edge) -> None:
    """No browser reaches the bot, so it is done where the bot runs."""
    edge.trouble = NoPublicAddress()

    await edge.interact(a_click_in("home"))

    assert edge.windows.updated == [("V0VIEW", connecting.by_command(WORKSPACE_ID))]


@pytest.mark.parametrize("trouble", [KeyMissing(), DatabaseAway("gone"), ValueError("s3cr3t")])
async def test_what_is_in_the_way_is_said_in_the_window(edge: Edge, trouble: Exception) -> None:
    """On the Home tab there is nowhere else to say it."""
    edge.trouble = trouble

    await edge.interact(a_click_in("home"))

    ((_, view),) = edge.windows.updated
    assert "Reference" in str(view)
    assert "s3cr3t" not in str(view)


async def test_a_window_that_was_closed_wants_nothing(edge: Edge) -> None:
    """Who closed it is not bothered about it."""
    edge.windows.gone = True

    with capture_logs() as lines:
        await edge.interact(a_click_in("home"))

    assert edge.answers == []
    assert [(line["event"], line["outcome"]) for line in lines] == [("offer the setup page", "ok")]


async def test_a_click_without_a_trigger_opens_nothing(edge: Edge) -> None:
    """Slack would refuse the window."""
    await edge.interact(a_click_in("home") | {"trigger_id": ""})

    assert edge.windows.opened == []


async def test_the_buttons_click_is_acknowledged(edge: Edge) -> None:
    """Slack tells of it although the button only opens a page."""
    response = await edge.interact(a_click_in("modal") | a_url_click())

    assert (response.status_code, response.text) == (200, "")
    assert edge.unhandled == []


def a_url_click() -> dict[str, Any]:
    """The click on **Open the page**."""
    action = {"type": "button", "action_id": actions.OPEN_SETUP, "block_id": "b", "text": {}}
    return {"actions": [action]}


def test_who_may_not_is_told_whom_to_ask() -> None:
    """The words of the window are about the window, and of no command."""
    view = connecting.failed(NotAdministrator())

    assert "connect it" in str(view)
    assert "command" not in str(view)
