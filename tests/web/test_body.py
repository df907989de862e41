"""Reading a body: how much, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from starlette.requests import Request
from starlette.types import Message

from bot.web import body as bodies
from bot.web.body import BodyRefused, Unread, read


def a_request(*chunks: bytes, length: str | None = None, then: Message | None = None) -> Request:
    """A request whose body comes in chunks; `then` comes instead of its end."""
    last: Message = then or {"type": "http.request", "body": b"", "more_body": False}
    coming: list[Message] = [
        *({"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks),
        last,
    ]

    async def receive() -> Message:
        return coming.pop(0)

    headers = [] if length is None else [(b"content-length", length.encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


async def why(request: Request, *, most: int = 10) -> Unread:
    """Why a body is refused."""
    with pytest.raises(BodyRefused) as problem:
        await read(request, most=most)

    return problem.value.why


@pytest.mark.parametrize("chunks", [(), (b"abc",), (b"abc", b"", b"defghij")])
async def test_reads_all_chunks(chunks: Sequence[bytes]) -> None:
    """Up to the limit and including it, the body is what was sent."""
    assert await read(a_request(*chunks), most=10) == b"".join(chunks)


async def test_a_body_that_only_grows() -> None:
    """One byte over the limit is too many, announced or not."""
    assert await why(a_request(b"abcdefghij", b"k")) is Unread.TOO_LARGE


async def test_a_body_announced_as_too_large_is_not_begun() -> None:
    """Nothing is received of it."""

    async def receive() -> Message:
        raise AssertionError

    headers = [(b"content-length", b"11")]
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)

    assert await why(request) is Unread.TOO_LARGE


@pytest.mark.parametrize("length", ["10", "0", "many", "", "-11", "٩٩", "9" * 5_000])
async def test_what_is_announced_is_no_more_than_a_hint(length: str) -> None:
    """What arrives counts; the server has looked at the announcement itself."""
    assert await read(a_request(b"abcdefghij", length=length), most=10) == b"abcdefghij"


async def test_a_body_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not waited for for ever."""
    monkeypatch.setattr(bodies, "READ_WITHIN", 0.01)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    request = Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)

    assert await why(request) is Unread.TOO_SLOW


async def test_a_connection_that_breaks() -> None:
    """Half a body is none."""
    assert await why(a_request(b"abc", then={"type": "http.disconnect"})) is Unread.CUT_OFF
