"""A make-believe RealtimeKit and the store behind its links: strict, scriptable, remembering.

It speaks the real HTTP, so the client under test or in the demo is the real one. What the real
service documents is refused here in the documented words; what it leaves open (an unknown
session, a summary that does not exist) is refused the way its own backend words things.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.demo.fake_realtimekit.api import Api
from bot.demo.fake_realtimekit.events import Events
from bot.demo.fake_realtimekit.gate import Gate
from bot.demo.fake_realtimekit.presigned import STORE, PresignedStore
from bot.demo.fake_realtimekit.records import Account, SummaryRecord, Token
from bot.demo.fake_realtimekit.refused import Refused
from bot.demo.fake_realtimekit.scripted import Endpoint, Script, Scripted, edge_page
from bot.demo.fake_realtimekit.signing import KEY_PATH
from bot.demo.fake_realtimekit.state import State
from bot.demo.fake_realtimekit.webhooks import Webhooks

API = "/client/v4"
"""What follows the base URL in `CLOUDFLARE_BASE_URL`."""

_KIT = API + "/accounts/{account_id}/realtime/kit"
_SESSION = _KIT + "/{app_id}/sessions/{session_id}"
_WEBHOOKS = _KIT + "/{app_id}/webhooks"


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request as it arrived; path and query byte for byte."""

    endpoint: Endpoint
    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class FakeRealtimeKit:
    """An ASGI app that also sends events.

    `state` says what there is, `script` what goes wrong, `requests` what came, and `events` tells
    those who registered for them what happens.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Begin with no account at all.

        Args:
            now: in UTC; expiry, retention and the rate limit go by it.
            chance: a number from 0 up to 1, for `fail_ratio`.
        """
        self.state = State(now)
        self.script = Script()
        self.store = PresignedStore(now)
        self.gate = Gate(self.state)
        self.url = ""
        """Where it is served, which the links in its events begin with."""
        self.events = Events(self.state, lambda written: self.store.sign(self.url, written))
        self.requests: list[SeenRequest] = []
        self.latency = 0.0
        """Seconds every reply takes."""
        self.fail_ratio = 0.0
        """The share of requests that the network's edge answers with an error page."""
        self._chance = chance
        self._app = Starlette(routes=self._routes())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._app(scope, receive, send)

    def calls(self, endpoint: Endpoint) -> list[SeenRequest]:
        """The requests one endpoint got, in order."""
        return [request for request in self.requests if request.endpoint == endpoint]

    @property
    def key_url(self) -> str:
        """Where the key is that its events are signed with."""
        return self.url + KEY_PATH

    def _routes(self) -> list[Route]:
        api = Api(self.state, self.store)
        verify = self._open("verify", self.gate.verify)
        return [
            Route(f"{API}/user/tokens/verify", verify),
            Route(f"{API}/accounts/{{account_id}}/tokens/verify", verify),
            Route(f"{_KIT}/apps", self._guarded("apps", api.apps)),
            Route(f"{_KIT}/{{app_id}}/sessions", self._guarded("sessions", api.sessions)),
            Route(_SESSION, self._guarded("session", api.session)),
            Route(f"{_SESSION}/summary", self._guarded("summary", api.summary)),
            Route(
                f"{_SESSION}/summary",
                self._guarded("generate_summary", api.generate_summary),
                methods=["POST"],
            ),
            Route(f"{_SESSION}/transcript", self._guarded("transcript", api.transcript)),
            *self._webhook_routes(),
            Route(KEY_PATH, self._open("webhook_key", self.events.key.serve)),
            Route(f"{STORE}/{{key:path}}", self._open("download", self.store.answer)),
        ]

    def _webhook_routes(self) -> list[Route]:
        webhooks = Webhooks(self.state)
        one = _WEBHOOKS + "/{webhook_id}"
        table: list[tuple[str, str, Endpoint, Callable[[Request], Scripted]]] = [
            (_WEBHOOKS, "GET", "webhooks", webhooks.list_all),
            (_WEBHOOKS, "POST", "create_webhook", webhooks.create),
            (one, "GET", "webhook", webhooks.show),
            (one, "PUT", "replace_webhook", webhooks.replace),
            (one, "PATCH", "change_webhook", webhooks.change),
            (one, "DELETE", "delete_webhook", webhooks.delete),
        ]
        return [
            Route(path, self._guarded(endpoint, act), methods=[method])
            for path, method, endpoint, act in table
        ]

    def _guarded(
        self, endpoint: Endpoint, act: Callable[[Request], Scripted]
    ) -> Callable[[Request], Awaitable[Response]]:
        def admit_and_act(request: Request) -> Scripted:
            self.gate.admit(request)
            return act(request)

        return self._open(endpoint, admit_and_act)

    def _open(
        self, endpoint: Endpoint, act: Callable[[Request], Scripted | Response]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            request.state.body = await request.body()
            self._remember(endpoint, request)
            await asyncio.sleep(self.latency)
            reply = self._spoiled(endpoint)
            if reply is not None and not reply.late:
                return await reply.respond(request)
            await asyncio.sleep(reply.delay if reply else 0)
            try:
                right = act(request)
            except Refused as refused:
                right = refused.reply
            return right if isinstance(right, Response) else await right.respond(request)

        return answer

    def _spoiled(self, endpoint: Endpoint) -> Scripted | None:
        scripted = self.script.take(endpoint)
        if scripted is None and self._chance() < self.fail_ratio:
            return edge_page(HTTPStatus.BAD_GATEWAY)
        return scripted

    def _remember(self, endpoint: Endpoint, request: Request) -> None:
        path = request.scope["raw_path"].decode("latin-1")
        query = request.scope["query_string"].decode("latin-1")
        headers, body = dict(request.headers), request.state.body
        self.requests.append(
            SeenRequest(endpoint, request.method, path, query, headers, body),
        )


__all__ = [
    "API",
    "Account",
    "FakeRealtimeKit",
    "Scripted",
    "SeenRequest",
    "SummaryRecord",
    "Token",
]
