"""The web app behind a real socket."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import httpx
import pytest

from bot.web.server import listen
from tests.served_web import Address, exchange, served
from tests.slack_side import COMMAND, Received, a_web_app, signed


@pytest.fixture
def received() -> Received:
    """Nothing yet."""
    return Received()


@pytest.fixture
async def address(received: Received) -> AsyncIterator[Address]:
    """Where the server listens."""
    async with served(a_web_app(received)) as address:
        yield address


async def test_serves_a_signed_command(address: Address, received: Received) -> None:
    """The whole way, through a socket; and nothing says what serves."""
    text = urlencode(COMMAND)

    async with httpx.AsyncClient(base_url="http://{}:{}".format(*address)) as client:
        response = await client.post("/slack/events", content=text, headers=signed(text))

    assert (response.status_code, response.text) == (200, "heard")
    assert "server" not in response.headers
    assert received == [COMMAND]


def test_an_answer_in_two_pieces_is_sent_at_once() -> None:
    """The second piece must not wait for the first one's confirmation: that takes 40 ms."""
    with (
        listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as connection,
    ):
        no_delay = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    assert no_delay


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ("Content-Length: 3\r\n", "a=b", b"401"),
        ("Content-Length: 9000000\r\n", "a=b", b"413"),
        ("Content-Length: 3\r\nContent-Type: text/plain\r\n", "a=b", b"400"),
        ("Content-Length: 3\r\nContent-Length: 4\r\n", "a=b", b"400"),
        ("Content-Length: x\r\n", "a=b", b"400"),
        ("Transfer-Encoding: chunked\r\n", "zz\r\n", b"400"),
        (
            "X-Slack-Signature: v0=\xe9\r\nX-Slack-Request-Timestamp: 1\r\nContent-Length: 0\r\n",
            "",
            b"401",
        ),
    ],
)
async def test_raw_garbage_is_refused(
    address: Address, received: Received, headers: str, body: str, status: bytes
) -> None:
    """Malformed requests, announced sizes and odd bytes are refused over a real connection."""
    head = "POST /slack/events HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n"
    form = "Content-Type: application/x-www-form-urlencoded\r\n"

    answer = await exchange(address, f"{head}{form}{headers}\r\n{body}".encode("latin-1"))

    assert answer.split()[1:2] == [status]
    assert b"Traceback" not in answer
    assert received == []
