"""Slack and RealtimeKit at the door: signed requests over kept connections.

They are written and read with as little work as can be, for that is done on the bot's machine.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from bot.demo.fake_realtimekit import FakeRealtimeKit
from bot.demo.fake_realtimekit.payloads import encode
from bot.demo.fake_slack import SIGNING_SECRET
from bot.demo.fake_slack.door import sign
from bot.demo.stage import APP_NAME, ASKER

_OK = b"HTTP/1.1 200"
PACED_AFTER = 0.1
"""Seconds until `paced` sends its first request."""

_LENGTH = b"content-length: "


def signed_command(channel: str, session: str, answer_url: str, *, team: str = "T0ACME") -> bytes:
    """One HTTP request: somebody types the command for a session."""
    body = urlencode(
        {
            "token": "not-used",
            "team_id": team,
            "team_domain": "acme",
            "channel_id": channel,
            "channel_name": "mobile-team",
            "user_id": ASKER,
            "user_name": "dana",
            "command": "/meeting-summary",
            "text": f"{APP_NAME} {session}",
            "api_app_id": "A0SUMMARY",
            "is_enterprise_install": "false",
            "response_url": answer_url,
            "trigger_id": uuid.uuid4().hex,
        }
    ).encode()
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": sign(SIGNING_SECRET, timestamp, body),
    }
    return _post("/slack/events", body, headers)


def signed_event(kit: FakeRealtimeKit, path: str, event: Mapping[str, object]) -> bytes:
    """One HTTP request: RealtimeKit tells of a meeting."""
    body = encode(event)
    return _post(path, body, kit.events.headers(body))


def _post(path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [f"{name}: {value}" for name, value in headers.items()]
    first = (f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}")
    return "\r\n".join([*first, *lines, "", ""]).encode() + body


@dataclass(frozen=True, slots=True)
class Connection:
    """One kept connection to the app."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, request: bytes) -> float:
        """Send a request; returns the seconds until the whole answer was there."""
        began = time.perf_counter()
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(_LENGTH)[2].partition(b"\r\n")[0]
        await self.reader.readexactly(int(length or b"0"))
        assert head.startswith(_OK), head
        return time.perf_counter() - began


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """Open a connection to the app for as long as the block runs."""
    connection = Connection(*await asyncio.open_connection("127.0.0.1", port))
    try:
        yield connection
    finally:
        connection.writer.close()


async def paced(
    port: int, *, every: float, count: int, request: Callable[[int], bytes]
) -> list[float]:
    """Send a request every so many seconds, whether or not the last was answered."""
    free: list[Connection] = []

    async def one(number: int, at: float) -> float:
        await asyncio.sleep(at - time.perf_counter())
        made = request(number)
        connection = free.pop(0) if free else None
        if connection is None or connection.reader.at_eof():  # the app closes what was long idle
            connection = Connection(*await asyncio.open_connection("127.0.0.1", port))
        took = await connection.ask(made)
        free.append(connection)
        return took

    begin = time.perf_counter() + PACED_AFTER
    took = await asyncio.gather(*(one(n, begin + n * every) for n in range(count)))
    for connection in free:
        connection.writer.close()
    return took


async def send_all(port: int, requests: Sequence[bytes], *, connections: int) -> None:
    """Send each request once, in this order, as soon as another one is answered."""
    waiting = iter(requests)

    async def one() -> None:
        async with connected(port) as connection:
            for request in waiting:
                await connection.ask(request)

    await asyncio.gather(*(one() for _ in range(connections)))


async def flood(
    port: int, *, connections: int, seconds: float, request: Callable[[int], bytes]
) -> float:
    """Send the next request as soon as the last is answered; returns answers a second."""
    until = time.perf_counter() + seconds

    async def one(offset: int) -> int:
        answered = 0
        async with connected(port) as connection:
            while time.perf_counter() < until:
                await connection.ask(request(offset + answered))
                answered += 1
        return answered

    return sum(await asyncio.gather(*(one(1000 * n) for n in range(connections)))) / seconds
