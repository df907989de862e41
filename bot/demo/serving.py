"""Serving an ASGI app on this machine, inside this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web.server import listen

DROP = "drop_connection"
"""The ASGI extension that closes the connection at once: call `scope["extensions"][DROP]()`."""

_PATIENCE = 1
"""Seconds that requests still running get when the serving ends."""


@contextlib.asynccontextmanager
async def serve(
    app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0, certificate: Path | None = None
) -> AsyncIterator[str]:
    """Serve an app for as long as the block runs; yields its base URL, without a last slash.

    Args:
        app: an ASGI app; finds `DROP` among its extensions.
        host: the address to listen on.
        port: 0 for any free one.
        certificate: to serve over TLS: a PEM file with the certificate and its key.
    """
    listener = listen(host, port)
    config = uvicorn.Config(
        _droppable(app),
        log_config=None,
        access_log=False,
        date_header=False,  # the stand-ins have clocks of their own
        lifespan="off",
        timeout_graceful_shutdown=_PATIENCE,
        ssl_certfile=certificate,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        scheme = "https" if certificate else "http"
        yield f"{scheme}://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listener.close()


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def _droppable(app: ASGIApp) -> ASGIApp:
    """Offer `DROP`: uvicorn's `send` belongs to an object that knows the connection."""

    async def with_drop(scope: Scope, receive: Receive, send: Send) -> None:
        transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
        scope.setdefault("extensions", {})[DROP] = transport.abort
        await app(scope, receive, send)

    return with_drop
