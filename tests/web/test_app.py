"""The routes, what goes around every answer, and the resources behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.web.app import build_web_app
from tests.scraping import scraped


async def slack(_: Request) -> Response:
    """A stand-in for Slack's endpoint."""
    return PlainTextResponse("slack")


async def webhooks(request: Request) -> Response:
    """A stand-in for RealtimeKit's endpoint."""
    return PlainTextResponse(f"webhook to {request.path_params['key']}")


async def up() -> bool:
    """A part that works."""
    return True


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """Somebody on the internet."""
    app = build_web_app(
        slack=slack,
        webhooks=webhooks,
        probes={"database": up},
        scrape=scraped(b"x 1\n", "text/x"),
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot.test") as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("POST", "/slack/events", 200, "slack"),
        ("POST", "/realtimekit/webhooks/k3y", 200, "webhook to k3y"),
        ("GET", "/healthz", 200, "ok\n"),
        ("HEAD", "/healthz", 200, ""),
        ("GET", "/readyz", 200, '{"database":"up"}'),
        ("GET", "/metrics", 200, "x 1\n"),
        ("GET", "/slack/events", 405, "Method Not Allowed"),
        ("POST", "/metrics", 405, "Method Not Allowed"),
        ("GET", "/realtimekit/webhooks/k3y", 405, "Method Not Allowed"),
        ("POST", "/realtimekit/webhooks", 404, "Not Found"),
        ("POST", "/realtimekit/webhooks/", 404, "Not Found"),
        ("POST", "/realtimekit/webhooks/k3y/more", 404, "Not Found"),
        ("GET", "/", 404, "Not Found"),
        ("GET", "/slack/install", 404, "Not Found"),
        ("GET", "/../etc/passwd", 404, "Not Found"),
    ],
)
async def test_routes(
    client: httpx.AsyncClient, method: str, path: str, status: int, text: str
) -> None:
    """Each route answers to its method; nothing else is there."""
    response = await client.request(method, path)

    assert (response.status_code, response.text) == (status, text)


@pytest.mark.parametrize(
    "path", ["/healthz", "/nothing", "/slack/events", "/realtimekit/webhooks/k3y"]
)
async def test_every_answer_is_kept_from_browsers(client: httpx.AsyncClient, path: str) -> None:
    """Answers are not stored, framed or guessed about, and do not say who gives them."""
    response = await client.get(path)

    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "server" not in response.headers


async def test_the_content_type_of_the_metrics_is_theirs(client: httpx.AsyncClient) -> None:
    """Prometheus reads its version of the format from the content type."""
    response = await client.get("/metrics")

    assert response.headers["content-type"] == "text/x"


async def test_without_webhooks_there_is_no_address_for_them() -> None:
    """A deployment that takes none does not answer for them."""
    app = build_web_app(slack=slack, probes={}, scrape=scraped(b"", "x"))

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bot.test"
    ) as client:
        response = await client.post("/realtimekit/webhooks/k3y")

    assert response.status_code == 404


async def test_resources_are_there_from_the_first_request_to_the_last() -> None:
    """What the app needs is opened before it serves and closed after."""
    happened: list[str] = []

    @asynccontextmanager
    async def resources() -> AsyncIterator[None]:
        happened.append("opened")
        yield
        happened.append("closed")

    app = build_web_app(slack=slack, probes={}, scrape=scraped(b"", "x"), resources=resources)
    async with app.router.lifespan_context(app):
        happened.append("served")

    assert happened == ["opened", "served", "closed"]
