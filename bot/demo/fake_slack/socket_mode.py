"""Slack's end of Socket Mode: what it would send by HTTP goes over a connection the app opened.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from aiohttp import web

from bot.demo.fake_slack.door import Ack
from bot.demo.fake_slack.server import Server

_PATIENCE_SECONDS = 3.0


@dataclass(slots=True)
class SocketDoor:
    """Sends what Slack sends, as `Door` does, to whoever has connected last."""

    connected: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while the app is connected."""
    _link: web.WebSocketResponse | None = None
    _tickets: set[str] = field(default_factory=set)
    _waiting: dict[str, asyncio.Future[bytes]] = field(default_factory=dict)

    def new_ticket(self) -> str:
        """Leave to connect once."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    async def form(self, fields: Mapping[str, str], **_: str) -> Ack:
        """A slash command."""
        return await self._send("slash_commands", fields)

    async def payload(self, payload: Mapping[str, Any]) -> Ack:
        """An interaction."""
        return await self._send("interactive", payload)

    async def json(self, body: Mapping[str, Any], **_: str) -> Ack:
        """An event."""
        return await self._send("events_api", body)

    async def ask_to_reconnect(self) -> None:
        """Announce that the connection closes, as Slack does every few hours, and close it."""
        link = self._link
        if link is not None:
            self.connected.clear()
            await link.send_json({"type": "disconnect", "reason": "refresh_requested"})
            await link.close()

    async def take(self, request: web.Request) -> web.WebSocketResponse:
        """Let somebody with a fresh ticket connect, and hear the acknowledgements."""
        if request.query.get("ticket") not in self._tickets:
            raise web.HTTPUnauthorized
        self._tickets.discard(request.query["ticket"])
        link = web.WebSocketResponse()
        await link.prepare(request)
        await link.send_json({"type": "hello", "num_connections": 1})
        self._link = link
        self.connected.set()
        async for message in link:
            self._hear(message.data)
        return link

    def _hear(self, said: str) -> None:
        try:
            ack = json.loads(said)
        except ValueError:
            return  # the SDK's own way to see whether somebody is there
        waiting = self._waiting.pop(ack["envelope_id"], None)
        if waiting is not None and not waiting.done():
            payload = ack.get("payload")
            waiting.set_result(json.dumps(payload).encode() if payload else b"")

    async def _send(self, kind: str, payload: Mapping[str, Any]) -> Ack:
        if self._link is None:
            return Ack(None)
        envelope_id = secrets.token_hex(8)
        self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        envelope = {"envelope_id": envelope_id, "type": kind, "payload": dict(payload)}
        await self._link.send_json(envelope | {"accepts_response_payload": True})
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return Ack(HTTPStatus.OK, await self._waiting[envelope_id])
        except TimeoutError:
            return Ack(None)


@asynccontextmanager
async def socket_mode(slack: Server) -> AsyncIterator[SocketDoor]:
    """Switch Socket Mode on for as long as the block runs."""
    door, app = SocketDoor(), web.Application()
    app.router.add_get("/link", door.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    slack.new_connection = lambda: f"ws://{host}:{port}/link?ticket={door.new_ticket()}"
    try:
        yield door
    finally:
        slack.new_connection = None
        await runner.cleanup()
