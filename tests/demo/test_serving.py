"""Serving an ASGI app on this machine."""

from __future__ import annotations

import asyncio
import signal
import ssl
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from bot.demo.serving import DROP, serve
from tests.bench.network import make_certificates


async def greeting(scope: Scope, receive: Receive, send: Send) -> None:
    """Say hello; at `/drop` break the connection, at `/hang` never answer."""
    if scope["path"] == "/drop":
        scope["extensions"][DROP]()
        return
    if scope["path"] == "/hang":
        await receive()
        await asyncio.Event().wait()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


async def test_serves_while_the_block_runs() -> None:
    """The app answers at the yielded address, and no longer afterwards."""
    async with serve(greeting) as base_url, httpx.AsyncClient() as http:
        during = await http.get(f"{base_url}/")

    assert during.text == "hello"
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(f"{base_url}/")


async def test_serves_over_tls(tmp_path: Path) -> None:
    """With a certificate the address is https, and whoever trusts its authority gets through."""
    certificates = make_certificates(tmp_path)
    trust = ssl.create_default_context(cafile=certificates.authority)

    async with (
        serve(greeting, certificate=certificates.server) as base_url,
        httpx.AsyncClient(verify=trust) as http,
    ):
        reply = await http.get(f"{base_url}/")

    assert base_url.startswith("https://")
    assert reply.text == "hello"


async def test_two_apps_at_once() -> None:
    """Each gets its own free port."""
    async with serve(greeting) as one, serve(greeting) as other:
        assert one != other


async def test_an_app_may_drop_the_connection() -> None:
    """The extension breaks the connection without an answer."""
    async with serve(greeting) as base_url, httpx.AsyncClient() as http:
        with pytest.raises((httpx.NetworkError, httpx.RemoteProtocolError)):
            await http.get(f"{base_url}/drop")


async def test_leaves_signals_alone() -> None:
    """Ctrl-C is for the process that serves, not for the server."""
    before = signal.getsignal(signal.SIGINT)

    async with serve(greeting) as base_url, httpx.AsyncClient() as http:
        await http.get(f"{base_url}/")
        during = signal.getsignal(signal.SIGINT)

    assert during is before


async def test_the_end_does_not_wait_for_the_slow() -> None:
    """A request that hangs is cancelled soon after the block ends."""
    async with httpx.AsyncClient(timeout=0.1) as http:
        async with asyncio.timeout(5):
            async with serve(greeting) as base_url:
                with pytest.raises(httpx.ReadTimeout):
                    await http.get(f"{base_url}/hang")
