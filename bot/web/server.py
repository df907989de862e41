"""How the web app is served."""

from __future__ import annotations

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


def build_server(app: Starlette, *, host: str, port: int) -> uvicorn.Server:
    """Prepare to serve an app; `await server.serve()` runs until `should_exit` is set.

    Nothing tells who serves, and no request is logged: its one line is written where it is
    handled.
    """
    return _Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=STOPPED_WITHIN,
        )
    )
