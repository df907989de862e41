"""A server of bytes: says exactly what it is told, and remembers what it was told."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

Act = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class RawServer:
    """Where it listens, and the heads of the requests it got."""

    port: int
    heads: list[bytes] = field(default_factory=list)


def says(*pieces: bytes) -> Act:
    """Send these bytes, then close."""

    async def act(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return act


def reply(status: str, body: bytes = b"", *headers: str) -> Act:
    """Send a whole reply and close."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close"]
    return says("\r\n".join([*lines, "", ""]).encode("latin-1") + body)


def endless(head: bytes, piece: bytes) -> Act:
    """Send a head, then the same piece until the other side has had enough."""

    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()

    return act


def silent(*pieces: bytes) -> Act:
    """Send these bytes, then nothing until the other side goes away."""

    async def act(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
        await writer.drain()
        await asyncio.Event().wait()

    return act


async def reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection without a word."""
    writer.transport.abort()


@contextlib.asynccontextmanager
async def raw_server(*acts: Act, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """Serve one act per connection, in turn; the last one again and again."""
    waiting = list(acts)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(
            ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError
        ):
            server.heads.append(await reader.readuntil(b"\r\n\r\n"))
            await (waiting.pop(0) if len(waiting) > 1 else waiting[0])(writer)
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    server = RawServer(listener.sockets[0].getsockname()[1])
    try:
        yield server
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
