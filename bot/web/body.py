"""Reading a request's body: no larger and no slower than agreed."""

from __future__ import annotations

import asyncio
import re
from enum import StrEnum

from starlette.requests import ClientDisconnect, Request

READ_WITHIN = 5.0
"""Seconds a body may take to arrive. Slack itself gives up after three."""

_LENGTH = re.compile(r"[0-9]{1,12}", re.ASCII)


class Unread(StrEnum):
    """Why a body was not read to its end."""

    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    CUT_OFF = "cut_off"


class BodyRefused(Exception):
    """A body that was not read to its end; nothing of it is kept."""

    def __init__(self, why: Unread) -> None:
        """Say why."""
        super().__init__(why.value)
        self.why = why


async def read(request: Request, *, most: int) -> bytes:
    """Read a body as it came, compressed or not.

    Args:
        request: whose body nobody has read yet.
        most: bytes it may have; one that is announced to have more is not begun.

    Raises:
        BodyRefused: it is too large, did not arrive within `READ_WITHIN`, or broke off.
    """
    length = request.headers.get("content-length", "")
    if _LENGTH.fullmatch(length) and int(length) > most:
        raise BodyRefused(Unread.TOO_LARGE)
    body = bytearray()
    try:
        async with asyncio.timeout(READ_WITHIN):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise BodyRefused(Unread.TOO_LARGE)
    except TimeoutError:
        problem = BodyRefused(Unread.TOO_SLOW)
    except ClientDisconnect:
        problem = BodyRefused(Unread.CUT_OFF)
    else:
        return bytes(body)
    raise problem
