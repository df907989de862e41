"""The route table, and what goes around every answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.domain.setup_link import SETUP_PATH
from bot.usecases.keep_webhook import WEBHOOKS_PATH
from bot.web.health import Probe, Readiness, healthz
from bot.web.oauth import INSTALL_PATH, REDIRECT_PATH

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
Scrape: TypeAlias = Callable[[], Awaitable[tuple[bytes, str]]]
"""Returns the metrics and their content type."""

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""On every answer that has none of its own: nothing to keep, to frame or to guess about."""


def build_web_app(
    *,
    slack: Endpoint,
    probes: Mapping[str, Probe],
    scrape: Scrape,
    webhooks: Endpoint | None = None,
    setup: Endpoint | None = None,
    install: tuple[Endpoint, Endpoint] | None = None,
    resources: Callable[[], AbstractAsyncContextManager[None]] | None = None,
) -> Starlette:
    """Build the app of the `web` process.

    Args:
        slack: answers `POST /slack/events`.
        probes: the parts that must work for `GET /readyz` to say so, by name.
        scrape: renders `GET /metrics`.
        webhooks: answers `POST /realtimekit/webhooks/{key}`; without it there is no such address.
        setup: answers `GET` and `POST /setup/{token}`, likewise.
        install: answer `GET /slack/install` and `GET /slack/oauth_redirect`, likewise.
        resources: entered before the first request and left after the last.
    """

    async def metrics(_: Request) -> Response:
        body, content_type = await scrape()
        return Response(body, headers={"content-type": content_type})

    routes = [
        Route("/slack/events", _function(slack), methods=["POST"]),
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", _function(Readiness(probes)), methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]
    if webhooks is not None:
        path = f"{WEBHOOKS_PATH}/{{key}}"
        routes.append(Route(path, _function(webhooks), methods=["POST"]))
    if setup is not None:
        path = f"{SETUP_PATH}/{{token}}"
        routes.append(Route(path, _function(setup), methods=["GET", "POST"]))
    if install is not None:
        for path, endpoint in zip((INSTALL_PATH, REDIRECT_PATH), install, strict=True):
            routes.append(Route(path, _function(endpoint), methods=["GET"]))
    return Starlette(
        routes=routes,
        middleware=[Middleware(_WithHeaders)],
        lifespan=None if resources is None else lambda _: resources(),
    )


def _function(endpoint: Endpoint) -> Endpoint:
    """Starlette takes an object with `__call__` for an ASGI app of its own."""

    async def answer(request: Request) -> Response:
        return await endpoint(request)

    return answer


class _WithHeaders:
    """Adds the headers to every answer, also to those Starlette gives by itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
