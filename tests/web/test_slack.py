"""`POST /slack/events`, from the outside: what reaches Bolt, and what never does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.types import Message

from bot.web import body
from bot.web.slack_guard import BODY_MAX
from tests.slack_side import COMMAND, FORM, Received, a_web_app, signed


def a_client(received: Received) -> httpx.AsyncClient:
    """Slack, as far as the app can tell."""
    transport = httpx.ASGITransport(a_web_app(received))
    return httpx.AsyncClient(transport=transport, base_url="http://bot.test")


@pytest.fixture
def received() -> Received:
    """Nothing yet."""
    return Received()


@pytest.fixture
async def client(received: Received) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is closed afterwards."""
    async with a_client(received) as client:
        yield client


async def post(client: httpx.AsyncClient, text: str, **changes: str) -> httpx.Response:
    """Send a signed form, with changes to its headers."""
    headers = signed(text) | {name.replace("_", "-"): value for name, value in changes.items()}
    return await client.post("/slack/events", content=text, headers=headers)


async def test_a_signed_command_is_answered(client: httpx.AsyncClient, received: Received) -> None:
    """What Slack signed reaches the listener, whole."""
    response = await post(client, urlencode(COMMAND))

    assert (response.status_code, response.text) == (200, "heard")
    assert received == [COMMAND]


async def test_a_channel_may_be_called_payload(
    client: httpx.AsyncClient, received: Received
) -> None:
    """A word that Bolt's own reader stumbles over changes nothing."""
    response = await post(client, urlencode(COMMAND | {"channel_name": "payload-team"}))

    assert response.status_code == 200
    assert received[0]["channel_name"] == "payload-team"


async def test_a_replay_within_five_minutes_is_taken_again(
    client: httpx.AsyncClient, received: Received
) -> None:
    """Slack itself sends things twice; what is promised is promised once, further in."""
    text = urlencode(COMMAND)
    headers = signed(text)

    first = await client.post("/slack/events", content=text, headers=headers)
    second = await client.post("/slack/events", content=text, headers=headers)

    assert (first.status_code, second.status_code) == (200, 200)
    assert len(received) == 2


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (signed("text=doctor"), 401),
        (signed(urlencode(COMMAND), secret="another"), 401),
        (signed(urlencode(COMMAND), age=400), 401),
        ({"content-type": FORM}, 401),
        (signed(urlencode(COMMAND)) | {"x-slack-request-timestamp": "soon"}, 400),
        (signed(urlencode(COMMAND)) | {"content-type": "text/html"}, 415),
        (signed(urlencode(COMMAND)) | {"content-length": "many"}, 400),
    ],
)
async def test_what_slack_did_not_send_is_refused(
    client: httpx.AsyncClient, received: Received, headers: dict[str, str], status: int
) -> None:
    """Forged, stale, unsigned and malformed requests get a few words and reach nobody."""
    response = await client.post("/slack/events", content=urlencode(COMMAND), headers=headers)

    assert response.status_code == status
    assert len(response.text) < 80
    assert response.headers["content-type"].startswith("text/plain")
    assert received == []


async def test_the_certificate_may_be_probed(client: httpx.AsyncClient, received: Received) -> None:
    """Slack's probe is not signed and is answered with nothing."""
    response = await client.post(
        "/slack/events", content="ssl_check=1&token=x", headers={"content-type": FORM}
    )

    assert (response.status_code, response.text) == (200, "")
    assert received == []


async def test_the_address_is_verified(client: httpx.AsyncClient) -> None:
    """Slack's challenge comes back, for a request address to be accepted."""
    text = json.dumps({"type": "url_verification", "challenge": "c0ffee"})

    response = await client.post(
        "/slack/events", content=text, headers=signed(text, content_type="application/json")
    )

    assert response.json() == {"challenge": "c0ffee"}


@pytest.mark.parametrize(
    "body",
    [
        {"type": "x", "authorizations": [{"team": 5}]},
        {"type": "x", "team": {"id": "T0TEAM"}, "event": {"user": 5}},
        {"type": "x", "team_id": "T0TEAM", "response_urls": [{}], "is_ext_shared_channel": True},
    ],
)
async def test_a_signed_body_of_another_shape_is_refused(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    """What Bolt stumbles over inside is a bad request, or one that nobody listens to."""
    text = json.dumps(body)

    response = await client.post(
        "/slack/events", content=text, headers=signed(text, content_type="application/json")
    )

    assert response.status_code in (400, 404)


async def test_a_body_that_only_grows_is_cut_off(
    client: httpx.AsyncClient,
) -> None:
    """A body of unannounced length is read up to the limit and no further."""
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 10 * BODY_MAX:
            sent += 100_000
            yield b"x" * 100_000

    response = await client.post("/slack/events", content=chunks(), headers=signed(""))

    assert response.status_code == 413


async def test_a_body_announced_as_too_large_is_not_read(
    client: httpx.AsyncClient, received: Received
) -> None:
    """Nothing is taken in of what would be thrown away."""
    response = await client.post("/slack/events", content=b"x" * (BODY_MAX + 1), headers=signed(""))

    assert (response.status_code, response.text) == (413, "too large")
    assert received == []


async def test_what_is_not_utf_8_is_refused(client: httpx.AsyncClient) -> None:
    """Bytes that are no text are refused as such."""
    response = await client.post("/slack/events", content=b"\xff\xfe", headers=signed(""))

    assert (response.status_code, response.text) == (400, "not UTF-8")


async def test_a_body_that_does_not_come_is_not_waited_for(
    received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who sends headers and then nothing is told so after a while."""
    monkeypatch.setattr(body, "READ_WITHIN", 0.01)

    assert await status_of(a_web_app(received), asyncio.Event().wait) == 408


async def test_a_sender_that_goes_away_harms_nobody(received: Received) -> None:
    """A connection that breaks within the body is a bad request."""

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    assert await status_of(a_web_app(received), gone) == 400


async def status_of(app: Starlette, receive: Any) -> int:
    """Post with a body that comes from `receive`, and see what is answered."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(name.encode(), value.encode()) for name, value in signed("").items()]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/slack/events",
        "raw_path": b"/slack/events",
        "query_string": b"",
        "headers": headers,
    }
    await app(scope, receive, send)
    return int(sent[0]["status"])


@given(st.binary(max_size=200))
async def test_no_bytes_are_an_error_of_ours(body: bytes) -> None:
    """Whatever is sent unsigned, the answer is a 4xx."""
    async with a_client(Received()) as client:
        response = await client.post("/slack/events", content=body, headers=signed(""))

    assert 400 <= response.status_code < 500 or body == b""
