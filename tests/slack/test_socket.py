"""Socket Mode against a WebSocket that speaks as Slack's does."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.errors import AppMisconfigured, InstallationBroken
from bot.slack.socket import run_socket
from tests.fakes import NOON
from tests.slack_edge import Edge, a_command

TOKEN = "xapp-1-A0APP-1-s3cr3t"


@dataclass
class SocketModeSlack:
    """Hands out addresses, as scripted, and sends commands to whoever connects."""

    replies: list[dict[str, Any]] = field(default_factory=list)
    asked_with: list[str] = field(default_factory=list)
    acknowledged: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    server: TestServer = field(init=False)

    async def open(self, request: web.Request) -> web.Response:
        """`apps.connections.open`."""
        self.asked_with.append(request.headers["Authorization"])
        address = str(self.server.make_url("/link?ticket=t1ck3t")).replace("http", "ws", 1)
        scripted = self.replies.pop(0) if self.replies else {"ok": True, "url": address}
        return web.json_response(scripted)

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        """A connection: one command, and then whatever comes back."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        envelope = {"envelope_id": "E1", "type": "slash_commands", "payload": a_command("help")}
        await socket.send_str(json.dumps(envelope))
        async for message in socket:
            await self.acknowledged.put(json.loads(message.data))
        self.left.set()
        return socket


@pytest.fixture
async def slack() -> AsyncIterator[SocketModeSlack]:
    """A Slack on this machine."""
    fake = SocketModeSlack()
    app = web.Application()
    app.router.add_post("/api/apps.connections.open", fake.open)
    app.router.add_get("/link", fake.link)
    fake.server = TestServer(app)
    async with fake.server:
        yield fake


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """The session for all of Slack."""
    async with aiohttp.ClientSession() as session:
        yield session


async def run(slack: SocketModeSlack, session: aiohttp.ClientSession, stop: asyncio.Event) -> None:
    """Serve the edge through Socket Mode."""
    await run_socket(
        Edge().build(session),
        app_token=TOKEN,
        session=session,
        base_url=str(slack.server.make_url("/api/")),
        now=lambda: NOON,
        stop=stop,
    )


async def test_answers_a_command_and_leaves_when_told(
    slack: SocketModeSlack, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """The same app, over a connection of our own, closed properly at the end."""
    caplog.set_level(logging.DEBUG)
    stop = asyncio.Event()
    running = asyncio.create_task(run(slack, session, stop))

    answer = await asyncio.wait_for(slack.acknowledged.get(), 5)
    stop.set()
    await asyncio.wait_for(running, 5)

    assert answer["envelope_id"] == "E1"
    assert "What you can ask for" in answer["payload"]["text"]
    assert slack.asked_with == [f"Bearer {TOKEN}"]
    await asyncio.wait_for(slack.left.wait(), 5)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("bot")]
    assert not [line for line in ours if "t1ck3t" in line or "s3cr3t" in line]


@pytest.mark.parametrize(
    ("code", "error"),
    [("invalid_auth", InstallationBroken), ("not_allowed_token_type", AppMisconfigured)],
)
async def test_a_token_that_will_never_do_ends_it(
    slack: SocketModeSlack, session: aiohttp.ClientSession, code: str, error: type[Exception]
) -> None:
    """The SDK would ask for ever; a token Slack refuses is said once."""
    slack.replies = [{"ok": False, "error": code}]

    with pytest.raises(error):
        await run(slack, session, asyncio.Event())


async def test_goes_on_when_slack_is_away_at_first(
    slack: SocketModeSlack, session: aiohttp.ClientSession
) -> None:
    """What passes is waited out."""
    slack.replies = [{"ok": False, "error": "service_unavailable"}]
    stop = asyncio.Event()
    running = asyncio.create_task(run(slack, session, stop))

    await asyncio.wait_for(slack.acknowledged.get(), 5)
    stop.set()
    await asyncio.wait_for(running, 5)

    assert len(slack.asked_with) == 2


async def test_can_be_told_to_stop_before_it_is_connected(
    slack: SocketModeSlack, session: aiohttp.ClientSession
) -> None:
    """A stop does not wait for Slack."""
    slack.replies = [{"ok": False, "error": "service_unavailable"}] * 2
    stop = asyncio.Event()
    stop.set()

    await asyncio.wait_for(run(slack, session, stop), 5)

    assert slack.acknowledged.empty()
