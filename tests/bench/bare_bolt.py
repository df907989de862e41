"""The baseline: a Bolt app with nothing in it but an acknowledgement, served as the bot is."""

from __future__ import annotations

import asyncio
import os

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.server import build_server, listen


async def serve() -> None:
    """Serve until killed."""
    nobody = AuthorizeResult(enterprise_id=None, team_id="T0ACME", bot_token="xoxb-bare")

    async def authorize() -> AuthorizeResult:
        return nobody

    bolt = AsyncApp(signing_secret=os.environ["SLACK_SIGNING_SECRET"], authorize=authorize)

    @bolt.command("/meeting-summary")
    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    handler = AsyncSlackRequestHandler(bolt)

    async def ready(_: Request) -> Response:
        return Response()

    app = Starlette(
        routes=[
            Route("/slack/events", handler.handle, methods=["POST"]),
            Route("/readyz", ready),
        ]
    )
    door = listen("127.0.0.1", int(os.environ["PORT"]))
    await build_server(app).serve(sockets=[door])


if __name__ == "__main__":
    asyncio.run(serve())
