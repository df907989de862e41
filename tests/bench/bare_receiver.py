"""The baseline: a receiver that checks a webhook's signature and forgets what it told."""

from __future__ import annotations

import asyncio
import os
from http import HTTPStatus

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.realtimekit.reply import Reply
from bot.realtimekit.webhook_signature import read_key, signature_of, verify
from bot.web.server import build_server, listen


async def serve() -> None:
    """Serve until killed."""
    async with httpx.AsyncClient(trust_env=False) as http:
        said = await http.get(os.environ["REALTIMEKIT_WEBHOOK_KEY_URL"])
    key = read_key(Reply(said.status_code, dict(said.headers), said.content))

    async def receive(request: Request) -> Response:
        body = await request.body()
        is_genuine = verify(body, signature_of(request.headers) or "", key)
        return Response(status_code=HTTPStatus.OK if is_genuine else HTTPStatus.UNAUTHORIZED)

    async def ready(_: Request) -> Response:
        return Response()

    app = Starlette(
        routes=[
            Route("/realtimekit/webhooks/{key}", receive, methods=["POST"]),
            Route("/readyz", ready),
        ]
    )
    door = listen("127.0.0.1", int(os.environ["PORT"]))
    await build_server(app).serve(sockets=[door])


if __name__ == "__main__":
    asyncio.run(serve())
