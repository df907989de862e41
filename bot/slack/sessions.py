"""The one HTTP session behind all calls to Slack."""

from __future__ import annotations

import aiohttp

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=3)
"""Seconds. The SDK's own timeout does not apply to a session that is handed to it."""

KEEPALIVE_SECONDS = 5.0
"""Long enough for a thread at a message a second, and shorter than Slack's patience.

A request on a connection that the other side is just closing fails in a way that does not tell
whether it arrived, and a message in that state must not simply be sent again.
"""


def open_session() -> aiohttp.ClientSession:
    """Open the session, for all workspaces: it keeps no token and no cookie of any of them.

    Proxies are read from the environment, `NO_PROXY` included. Close it at the end.
    """
    return aiohttp.ClientSession(
        timeout=TIMEOUT,
        connector=aiohttp.TCPConnector(keepalive_timeout=KEEPALIVE_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=True,
    )
