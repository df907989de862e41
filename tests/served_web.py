"""The web app behind a real socket, and raw requests to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

from starlette.applications import Starlette

from bot.web.server import build_server, listen

Address: TypeAlias = tuple[str, int]


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[Address]:
    """Serve an app as the program does, for as long as the block runs; yields where."""
    listener = listen("127.0.0.1", 0)
    server = build_server(app)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn says it in no other way
        await asyncio.sleep(0.005)
    host, port = listener.getsockname()
    try:
        yield host, port
    finally:
        server.should_exit = True
        await serving


async def exchange(address: Address, request: bytes, *, ends: bool = True) -> bytes:
    """Send raw bytes and read the whole answer; `ends` says that no more bytes will come."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(request)
    if ends:
        writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer
