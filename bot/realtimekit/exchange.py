"""One HTTP exchange with Cloudflare: bounded in time and size, observed, its failures ours."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, Callable
from typing import cast

import httpx

from bot.errors import RealtimeKitUnavailable, UnexpectedReply
from bot.realtimekit.body import (
    LONGEST_BODY,
    BodyBroken,
    BodyTooLong,
    EncodingUnknown,
    read_body,
)
from bot.realtimekit.reply import Reply

Observe = Callable[[str, str, float], None]
"""Told once per call: the endpoint, the outcome (a status or a word) and the seconds it took."""


async def exchange(
    http: httpx.AsyncClient,
    request: httpx.Request,
    *,
    endpoint: str,
    observe: Observe,
    deadline: float,
    limit: int = LONGEST_BODY,
) -> Reply:
    """Send a request once, and tell `observe` how it went. Redirects are replies like any other.

    Args:
        http: the connections to use.
        request: what to send, complete with its headers.
        endpoint: what `observe` is to call it.
        observe: told once, also when the call is given up from outside.
        deadline: seconds in all: a server that sends a byte a second never times out otherwise.
        limit: bytes that the reply's body may have.

    Raises:
        RealtimeKitUnavailable: no whole reply came; the request may have been acted on.
        UnexpectedReply: the reply's body is too long or compressed in an unknown way.
    """
    begun, outcome = time.perf_counter(), "cancelled"
    try:
        async with asyncio.timeout(deadline):
            reply = await _send(http, request, limit)
        outcome = str(reply.status)
    except (TimeoutError, httpx.TimeoutException) as error:
        outcome = "timeout"
        raise RealtimeKitUnavailable(outcome) from error
    except (httpx.HTTPError, BodyBroken) as error:
        outcome = "connection"
        raise RealtimeKitUnavailable(type(error).__name__) from error
    except (BodyTooLong, EncodingUnknown) as error:
        outcome = "unreadable"
        raise UnexpectedReply(type(error).__name__) from error
    finally:
        observe(endpoint, outcome, time.perf_counter() - begun)
    return reply


async def _send(http: httpx.AsyncClient, request: httpx.Request, limit: int) -> Reply:
    response = await http.send(request, stream=True, follow_redirects=False)
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        body = await read_body(cast("AsyncIterable[bytes]", response.stream), headers, limit=limit)
    finally:
        await response.aclose()
    return Reply(response.status_code, headers, body)
