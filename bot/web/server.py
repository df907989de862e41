"""How the web app is served."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

STOPPED_WITHIN = 10
"""Seconds for requests under way when the process is told to stop."""


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to the process, which has more to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """Open the door to `serve(sockets=[…])`. Raises `OSError`.

    Left to itself, uvicorn ends the whole process when somebody else has the port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family)
    # Connections inherit this. An answer is written in two pieces, and without it the second one
    # waits until the other side has confirmed the first, which that puts off for 40 ms; asyncio
    # sets it only on sockets that name their protocol, and these do not.
    # Source: https://github.com/python/cpython/blob/3.11/Lib/asyncio/base_events.py, _set_nodelay
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def build_server(app: Starlette) -> uvicorn.Server:
    """Prepare to serve an app; `await server.serve(sockets=[…])` runs until `should_exit` is set.

    Nothing tells who serves, and no request is logged: its one line is written where it is
    handled.
    """
    return _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=STOPPED_WITHIN,
        )
    )
