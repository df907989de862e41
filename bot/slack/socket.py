"""Socket Mode: the same app over a connection that we open, so no public address is needed.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import AppMisconfigured, InstallationBroken, SlackError
from bot.slack.failures import FAILURES, read_failure
from bot.usecases.ports import Clock


async def run_socket(
    app: AsyncApp,
    *,
    app_token: str,
    session: aiohttp.ClientSession,
    base_url: str,
    now: Clock,
    stop: asyncio.Event,
) -> None:
    """Take requests from Slack until `stop` is set, reconnecting as often as it takes.

    Args:
        app: the app, built without a signing secret.
        app_token: the app-level token (`xapp-…`) with the scope `connections:write`.
        session: the HTTP session for all of Slack.
        base_url: the Web API's address, ending in `/api/`.
        now: the present moment.
        stop: set to end.

    Raises:
        InstallationBroken, AppMisconfigured: the app-level token will never do.
    """
    client = AsyncWebClient(base_url=base_url, session=session, logger=_logger(), retry_handlers=[])
    client.proxy = None  # the session knows the proxies
    address = await _first_address(client, app_token, now)
    handler = AsyncSocketModeHandler(app, app_token, logger=_logger(), web_client=client)
    handler.client.wss_uri = address
    try:
        async with _running(handler.connect_async()):  # type: ignore[no-untyped-call]
            await stop.wait()
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


async def _first_address(client: AsyncWebClient, app_token: str, now: Clock) -> str | None:
    """Where to connect, or `None` when Slack cannot be asked yet.

    The SDK asks again and again, also with a token that Slack has refused for good.
    """
    try:
        # https://docs.slack.dev/reference/methods/apps.connections.open
        reply = await client.apps_connections_open(app_token=app_token)
        return str(reply["url"])
    except FAILURES as error:
        failure: SlackError = read_failure(error, sending=False, now=now())
    if isinstance(failure, InstallationBroken | AppMisconfigured):
        raise failure
    return None


@asynccontextmanager
async def _running(connect: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Connect meanwhile: the SDK comes back when it is connected, or never."""
    task = asyncio.create_task(connect)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _logger() -> logging.Logger:
    """Warnings only: below, the SDK prints what it received and what it could not deliver."""
    logger = logging.getLogger(__name__)
    logger.setLevel(logging.WARNING)
    return logger
