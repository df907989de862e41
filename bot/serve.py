"""The processes that stay: `web`, `worker` and `socket`."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import socket as Listener  # noqa: N812 - this module has a `socket` of its own

import uvicorn

from bot.bootstrap import Bot, open_bot
from bot.edges import SlackEdge, build_slack, build_web
from bot.settings import Settings
from bot.slack.socket import run_socket
from bot.web.server import build_server, listen

DRAINED_WITHIN = 5.0
"""Seconds for what goes on after acknowledgements when the process is told to stop."""


async def web(settings: Settings) -> None:
    """Serve Slack over HTTP until a signal; on SQLite, and unless told otherwise, also work."""
    async with open_bot(settings) as bot, stopped_by_signals() as stop:
        await serve_web(bot, settings, stop, listen(settings.host, settings.port))


async def serve_web(bot: Bot, settings: Settings, stop: asyncio.Event, listener: Listener) -> None:
    """Serve an open bot until `stop` is set: what is under way is finished, the rest stored."""
    secret = settings.slack_signing_secret
    signing_secret = secret.get_secret_value() if secret else ""
    slack = build_slack(bot, signing_secret=signing_secret)
    app = build_web(bot, slack, signing_secret=signing_secret, works=settings.run_worker)
    server = build_server(app)
    async with _drained(slack), _together() as tasks:
        tasks.create_task(_serve(server, listener, stop))
        tasks.create_task(bot.health.run(stop))
        if settings.run_worker:
            tasks.create_task(bot.worker.run(stop))
            tasks.create_task(bot.rounds.run(stop))


async def worker(settings: Settings) -> None:
    """Do the work alone until a signal."""
    async with open_bot(settings) as bot, stopped_by_signals() as stop, _together() as tasks:
        tasks.create_task(bot.worker.run(stop))
        tasks.create_task(bot.rounds.run(stop))
        tasks.create_task(bot.health.run(stop))


async def socket(settings: Settings) -> None:
    """Serve Slack through Socket Mode, and work, until a signal."""
    async with open_bot(settings) as bot, stopped_by_signals() as stop:
        await serve_socket(bot, settings, stop)


async def serve_socket(bot: Bot, settings: Settings, stop: asyncio.Event) -> None:
    """Serve an open bot through Socket Mode until `stop` is set."""
    token = settings.slack_app_token
    slack = build_slack(bot, signing_secret="")
    async with _drained(slack), _together() as tasks:
        tasks.create_task(bot.worker.run(stop))
        tasks.create_task(bot.rounds.run(stop))
        tasks.create_task(bot.health.run(stop))
        tasks.create_task(
            run_socket(
                slack.app,
                app_token=token.get_secret_value() if token else "",
                session=bot.connections.slack,
                base_url=settings.slack_api_url,
                now=bot.connections.now,
                stop=stop,
            )
        )


async def _serve(server: uvicorn.Server, listener: Listener, stop: asyncio.Event) -> None:
    """Serve until `stop`; a server that ends by itself ends the process."""
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stop.set()
    stopping.cancel()
    await serving


@asynccontextmanager
async def _together() -> AsyncIterator[asyncio.TaskGroup]:
    """Tasks of which none goes on without the others; what ended them comes out as itself."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed


@asynccontextmanager
async def _drained(slack: SlackEdge) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await slack.background.drain(DRAINED_WITHIN)


@asynccontextmanager
async def stopped_by_signals() -> AsyncIterator[asyncio.Event]:
    """An event that SIGTERM and Ctrl-C set, instead of ending the process on the spot."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
