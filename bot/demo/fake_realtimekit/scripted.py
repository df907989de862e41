"""Replies given on purpose instead of the right ones."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from bot.demo.serving import DROP

Endpoint = Literal[
    "apps",
    "sessions",
    "session",
    "summary",
    "generate_summary",
    "transcript",
    "webhooks",
    "create_webhook",
    "webhook",
    "replace_webhook",
    "change_webhook",
    "delete_webhook",
    "webhook_key",
    "verify",
    "download",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """One reply. `delay` is in seconds and comes first; `drop` closes the connection unanswered.

    One that is only `late` gives way to the right reply when the delay is over.
    """

    status: int = HTTPStatus.OK
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: bool = False
    late: bool = False

    async def respond(self, request: Request) -> Response:
        """Do as scripted."""
        await asyncio.sleep(self.delay)
        if self.drop:
            request.scope["extensions"][DROP]()
        return Response(self.body, self.status, self.headers)


def json_reply(status: int, content: object, **headers: str) -> Scripted:
    """A reply in JSON; in header names given as keywords `_` stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = json.dumps(content).encode()
    return Scripted(status=status, body=body, headers={"Content-Type": "application/json"} | named)


def gateway_refusal(status: int, code: int, message: str = "refused", **headers: str) -> Scripted:
    """A refusal by Cloudflare's gateway."""
    errors = [{"code": code, "message": message}]
    content = {"success": False, "errors": errors, "messages": [], "result": None}
    return json_reply(status, content, **headers)


def backend_refusal(status: int, message: str = "refused") -> Scripted:
    """A refusal by RealtimeKit itself."""
    return json_reply(status, {"success": False, "error": {"code": status, "message": message}})


def edge_page(status: int) -> Scripted:
    """What the network's edge says when nobody is behind it."""
    body = f"<!DOCTYPE html><html><title>Error {status}</title></html>".encode()
    return Scripted(status=status, body=body, headers={"Content-Type": "text/html"})


def dropped() -> Scripted:
    """No reply: the connection breaks."""
    return Scripted(drop=True)


def late(seconds: float) -> Scripted:
    """The right reply, after so many seconds."""
    return Scripted(delay=seconds, late=True)


class Script:
    """The replies still to be given, endpoint by endpoint."""

    def __init__(self) -> None:
        self._next: dict[Endpoint, list[Scripted]] = defaultdict(list)
        self._always: dict[Endpoint, Scripted] = {}

    def add(self, endpoint: Endpoint, *replies: Scripted) -> None:
        """Give these replies first, each once and in turn."""
        self._next[endpoint].extend(replies)

    def always(self, endpoint: Endpoint, reply: Scripted | None) -> None:
        """Give this reply whenever no other is waiting; `None` ends that."""
        if reply is None:
            self._always.pop(endpoint, None)
        else:
            self._always[endpoint] = reply

    def take(self, endpoint: Endpoint) -> Scripted | None:
        """The reply to give now, or `None` for the right one."""
        waiting = self._next[endpoint]
        return waiting.pop(0) if waiting else self._always.get(endpoint)
