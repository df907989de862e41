"""How the web app is served."""

from __future__ import annotations

import uvicorn
from starlette.applications import Starlette

STOPPED_WITHIN = 10
"""Seconds for requests under way when the process is told to stop."""


def build_server(app: Starlette, *, host: str, port: int) -> uvicorn.Server:
    """Prepare to serve an app; `await server.serve()` runs until a signal or `should_exit`.

    Nothing tells who serves, and no request is logged: its one line is written where it is
    handled.
    """
    return uvicorn.Server(
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
