"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

Probe: TypeAlias = Callable[[], Awaitable[bool]]
"""Whether one part works; an error counts as no."""

PROBED_WITHIN = 2.0
"""Seconds; whoever asks for readiness seldom waits longer."""


async def healthz(_: Request) -> Response:
    """The process is up, whatever else is not."""
    return PlainTextResponse("ok\n")


class Readiness:
    """Every part that must work, asked at once."""

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        """Ask these, by name."""
        self._probes = probes

    async def __call__(self, _: Request) -> Response:
        """Say how each part stands; 503 when one is down."""
        up = await asyncio.gather(*map(_is_up, self._probes.values()))
        parts = {
            name: "up" if is_up else "down" for name, is_up in zip(self._probes, up, strict=True)
        }
        status = HTTPStatus.OK if all(up) else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse(parts, status)


async def _is_up(probe: Probe) -> bool:
    try:
        async with asyncio.timeout(PROBED_WITHIN):
            return await probe()
    except Exception:  # noqa: BLE001 - that is the answer; the part itself logs what it has
        return False
