"""The body of a reply, read piece by piece under a limit that decompression cannot get around."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable, Mapping

LONGEST_BODY = 1024 * 1024
"""Bytes: far above any summary (under 10 kB) and any page of 50 sessions."""

_GZIP = 16 + zlib.MAX_WBITS
_STEP = 64 * 1024
_DIGITS_OF_A_GIGABYTE = 9


class BodyTooLong(Exception):
    """The body is over the limit, before or after decompression."""


class BodyBroken(Exception):
    """The compressed body is corrupt or ends early."""


class EncodingUnknown(Exception):
    """The body is compressed in a way that was not asked for."""


async def read_body(
    pieces: AsyncIterable[bytes], headers: Mapping[str, str], *, limit: int = LONGEST_BODY
) -> bytes:
    """Put the body together and decompress it, keeping at most `limit` bytes of either in memory.

    Args:
        pieces: the body as it arrives, still compressed.
        headers: by lower-case name; gzip and no compression are understood.
        limit: bytes, for the compressed and the plain body alike.

    Raises:
        BodyTooLong, BodyBroken, EncodingUnknown.
    """
    plain = _plain_or_gzip(headers.get("content-encoding", ""), limit)
    if _exceeds(headers.get("content-length", "").strip(), limit):
        raise BodyTooLong
    arrived = 0
    async for piece in pieces:
        arrived += len(piece)
        if arrived > limit:
            raise BodyTooLong
        plain.add(piece)
    return plain.whole()


def _exceeds(content_length: str, limit: int) -> bool:
    if not content_length.isascii() or not content_length.isdigit():
        return False
    return len(content_length) > _DIGITS_OF_A_GIGABYTE or int(content_length) > limit


class _Plain:
    """A body that is not compressed."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, piece: bytes) -> None:
        self._bytes += piece

    def whole(self) -> bytes:
        return bytes(self._bytes)


class _Gzip:
    """A gzip body, decompressed no further than the limit: a bomb stops after one step."""

    def __init__(self, limit: int) -> None:
        self._bytes = bytearray()
        self._limit = limit
        self._member = zlib.decompressobj(_GZIP)
        self._begun = False

    def add(self, piece: bytes) -> None:
        self._begun = self._begun or bool(piece)
        while piece:
            if self._member.eof:
                # A gzip file may consist of several members, one after the other.
                self._member = zlib.decompressobj(_GZIP)
            self._inflate(piece)
            piece = self._member.unused_data

    def _inflate(self, piece: bytes) -> None:
        grown = _STEP
        while piece or grown == _STEP:
            try:
                step = self._member.decompress(piece, _STEP)
            except zlib.error as error:
                raise BodyBroken from error
            grown = len(step)
            self._bytes += step
            if len(self._bytes) > self._limit:
                raise BodyTooLong
            piece = self._member.unconsumed_tail

    def whole(self) -> bytes:
        if self._begun and not self._member.eof:
            raise BodyBroken
        return bytes(self._bytes)


def _plain_or_gzip(encoding: str, limit: int) -> _Plain | _Gzip:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Gzip(limit)
        case _:
            raise EncodingUnknown
