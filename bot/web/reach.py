"""Whether an address answers, seen from here."""

from __future__ import annotations

import httpx

_TIMEOUT = httpx.Timeout(10, connect=5)
"""Seconds."""


async def reach(address: str, *, transport: httpx.AsyncBaseTransport | None = None) -> int:
    """Get an address and return its HTTP status; redirects are not followed.

    Raises:
        ConnectionError: nothing answered.
    """
    async with httpx.AsyncClient(timeout=_TIMEOUT, transport=transport) as http:
        try:
            response = await http.get(address)
        except httpx.TransportError as error:
            raise ConnectionError(type(error).__name__) from error
    return response.status_code
