"""Bodies read under a limit."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.realtimekit.body import (
    LONGEST_BODY,
    BodyBroken,
    BodyTooLong,
    EncodingUnknown,
    read_body,
)

GZIP = {"content-encoding": "gzip"}


async def in_pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    """A body as it arrives."""
    for piece in pieces:
        yield piece


def cut(body: bytes, size: int) -> AsyncIterator[bytes]:
    """A body in pieces of one size."""
    return in_pieces(*(body[i : i + size] for i in range(0, len(body), size)))


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
async def test_puts_a_plain_body_together(encoding: str) -> None:
    """Pieces are joined in order."""
    body = await read_body(in_pieces(b"ab", b"", b"c"), {"content-encoding": encoding})

    assert body == b"abc"


async def test_takes_exactly_the_limit() -> None:
    """The limit itself is allowed."""
    assert await read_body(cut(b"x" * 10, 3), {}, limit=10) == b"x" * 10


async def test_refuses_one_byte_more_than_the_limit() -> None:
    """A byte over the limit is too much."""
    with pytest.raises(BodyTooLong):
        await read_body(cut(b"x" * 11, 3), {}, limit=10)


@pytest.mark.parametrize("said", ["11", "9" * 30])
async def test_believes_a_length_over_the_limit(said: str) -> None:
    """A body that declares itself too long is not read at all."""
    with pytest.raises(BodyTooLong):
        await read_body(in_pieces(), {"content-length": said}, limit=10)


@pytest.mark.parametrize("said", ["", "-1", "many", "٣", "10"])
async def test_ignores_a_length_that_says_nothing(said: str) -> None:
    """Nonsense for a length is not held against the body."""
    assert await read_body(in_pieces(b"x"), {"content-length": said}, limit=10) == b"x"


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_decompresses_gzip(encoding: str, size: int) -> None:
    """Gzip is decompressed however it is cut into pieces."""
    text = b"Summary of the meeting. " * 9_000

    body = await read_body(cut(gzip.compress(text, mtime=0), size), {"content-encoding": encoding})

    assert body == text


async def test_decompresses_gzip_of_several_members() -> None:
    """A gzip file made of several parts is read to its end: nothing of a summary is lost."""
    body = gzip.compress(b"first, ", mtime=0) + gzip.compress(b"second")

    assert await read_body(cut(body, 5), GZIP) == b"first, second"


async def test_a_compressed_body_may_be_empty() -> None:
    """No bytes at all decompress to none."""
    assert await read_body(in_pieces(), GZIP) == b""


@pytest.mark.parametrize("level", [1, 9])
async def test_stops_a_bomb_early(level: int) -> None:
    """A few kilobytes that unfold to 100 MB are refused after the first megabyte."""
    squeezer = zlib.compressobj(level, wbits=31)
    bomb = b"".join(squeezer.compress(bytes(1_000_000)) for _ in range(100)) + squeezer.flush()

    with pytest.raises(BodyTooLong):
        await read_body(cut(bomb, 65_536), GZIP)

    assert len(bomb) < LONGEST_BODY


@pytest.mark.parametrize(
    "body",
    [
        b"not gzip at all",
        gzip.compress(b"x" * 1_000, mtime=0)[:-6],
        gzip.compress(b"x" * 1_000, mtime=0)[:12] + b"\xff" * 10,
        gzip.compress(b"whole", mtime=0) + b"garbage",
        b"\x1f",
    ],
)
async def test_refuses_broken_gzip(body: bytes) -> None:
    """Corrupt or unfinished compression is an error, never half a text."""
    with pytest.raises(BodyBroken):
        await read_body(in_pieces(body), GZIP)


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip"])
async def test_refuses_what_was_not_asked_for(encoding: str) -> None:
    """Other compressions are refused by name."""
    with pytest.raises(EncodingUnknown):
        await read_body(in_pieces(b"x"), {"content-encoding": encoding})


@given(st.binary(), st.integers(min_value=1, max_value=9))
async def test_arbitrary_bytes_called_gzip(body: bytes, size: int) -> None:
    """Whatever is called gzip is read or refused in our own words."""
    try:
        await read_body(cut(body, size), GZIP)
    except (BodyBroken, BodyTooLong):
        return

    assert body == b"" or body.startswith(b"\x1f\x8b")


@given(st.binary(max_size=5_000), st.integers(min_value=1, max_value=500))
async def test_what_was_compressed_comes_back(body: bytes, size: int) -> None:
    """Any body survives compression, however it is cut."""
    assert await read_body(cut(gzip.compress(body, mtime=0), size), GZIP) == body
