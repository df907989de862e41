"""What is no request of Slack's: refused in a few words, and nothing comes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from bot.demo.fake_slack.door import sign
from tests.scenarios.test_asking import FORM, send, signed, the_door, the_request
from tests.scenarios.world import World

JSON = "application/json"

SIGNED: Mapping[str, tuple[bytes, str, int]] = {
    "not UTF-8": (b"command=%2Fmeeting-summary&text=\xff\xfe", FORM, 400),
    "too large": (b"text=" + b"a" * 1_000_001, FORM, 413),
    "a picture": (b"\x89PNG", "image/png", 415),
    "no content type": (b"command=%2Fmeeting-summary", "", 415),
    "empty form": (b"", FORM, 200),
    "empty JSON": (b"", JSON, 400),
    "a JSON list": (b"[]", JSON, 400),
    "a JSON number": (b"7", JSON, 400),
    "a list as payload": (b"payload=%5B1%5D", FORM, 400),
    "no JSON as payload": (b"payload=hello", FORM, 400),
    "deep JSON": (b"[" * 100_000, JSON, 400),
    "a click on nothing": (b"payload=%7B%22type%22%3A%22block_actions%22%7D", FORM, 200),
    "a command of nobody": (b"command=%2Fmeeting-summary&team_id=T0ACME", FORM, 400),
    "many fields": (b"&".join(b"a=%d" % number for number in range(2_000)), FORM, 400),
}
"""Signed as Slack does, so that it gets past the door: the body, its type and the answer."""

HEADERS: Mapping[str, tuple[dict[str, str], int]] = {
    "another secret": ({"X-Slack-Signature": "v0=" + "0" * 64}, 401),
    "no digest": ({"X-Slack-Signature": "v0="}, 401),
    "letters outside ASCII": ({"X-Slack-Signature": "v0=\u00e9"}, 401),
    "another version": ({"X-Slack-Signature": "v1=" + "0" * 64}, 401),
    "a word for a time": ({"X-Slack-Request-Timestamp": "yesterday"}, 400),
    "an empty time": ({"X-Slack-Request-Timestamp": ""}, 400),
    "a time before time": ({"X-Slack-Request-Timestamp": "-1"}, 400),
    "a fraction": ({"X-Slack-Request-Timestamp": "1.5"}, 400),
    "a time beyond numbers": ({"X-Slack-Request-Timestamp": "9" * 400}, 400),
}


@pytest.mark.parametrize("what", SIGNED)
async def test_a_signed_body_that_makes_no_sense_is_refused_and_harmless(
    world: World, what: str
) -> None:
    """A 4xx or an acknowledgement, never a 5xx; the next real command works."""
    body, content_type, status = SIGNED[what]

    ack = await the_door(world).send(body, content_type, signed(world, body))

    assert ack.status == status
    await world.ask(world.meeting())
    assert len(world.threads()) == 1


@pytest.mark.parametrize("what", HEADERS)
async def test_a_forged_request_is_refused_and_stores_nothing(world: World, what: str) -> None:
    """Whatever the body says, nobody knows of it afterwards."""
    headers, status = HEADERS[what]
    session = world.meeting()
    body = the_request(world, session)
    bad = {name: value.encode("latin-1").decode("latin-1") for name, value in headers.items()}

    reply = await world.served.http.post(
        "/slack/events",
        content=body,
        headers=[
            (name.encode(), value.encode("latin-1"))
            for name, value in {"Content-Type": FORM, **signed(world, body), **bad}.items()
        ],
    )
    await world.rest()

    assert reply.status_code == status
    assert session not in reply.text
    assert world.threads() == []
    assert await world.served.bot.deliveries.of_session(world.served.bot.who.id, session) == []


async def test_a_request_without_any_signature_is_refused(world: World) -> None:
    """As any browser could send it."""
    reply = await world.served.http.post(
        "/slack/events", content=the_request(world, world.meeting()), headers={"Content-Type": FORM}
    )
    await world.rest()

    assert reply.status_code == 401
    assert world.threads() == []


async def test_a_signature_of_another_body_is_refused(world: World) -> None:
    """Swapping the session under a real signature does not work."""
    headers = signed(world, the_request(world, world.meeting()))

    ack = await send(world, the_request(world, world.meeting()), headers)
    await world.rest()

    assert ack.status == 401
    assert world.threads() == []


async def test_a_signature_of_another_app_is_refused(world: World) -> None:
    """Well formed and fresh, but made with another signing secret."""
    body = the_request(world, world.meeting())
    timestamp = signed(world, body)["X-Slack-Request-Timestamp"]
    forged = {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": sign("another", timestamp, body),
    }

    ack = await send(world, body, forged)

    assert ack.status == 401


@pytest.mark.parametrize("event", [{"type": "message", "text": "hi"}, {"type": "invented"}])
async def test_events_nobody_asked_for_are_acknowledged(
    world: World, event: dict[str, Any]
) -> None:
    """Slack would otherwise send them again, and stop sending the others."""
    ack = await world.dana.event(event)

    assert ack.status == 200
    assert ack.body == b""


async def test_slacks_question_whose_address_this_is_gets_its_answer(world: World) -> None:
    """`url_verification`, when the address is entered in the app's settings."""
    body = json.dumps({"type": "url_verification", "challenge": "ch4ll3ng3"}).encode()

    ack = await the_door(world).send(body, JSON, signed(world, body))

    assert (ack.status, ack.json) == (200, {"challenge": "ch4ll3ng3"})
