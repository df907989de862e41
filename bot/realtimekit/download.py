"""From a presigned link to the text behind it, trusting neither.

Built on httpcore, not on httpx: httpx rewrites URLs (which breaks signatures), adds headers of
its own and looks names up where this bot cannot see it.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import cast

import httpcore
import httpx

from bot.domain.summary import SummaryLink
from bot.errors import LinkRefused, NotASummary, RealtimeKitUnavailable, SummaryTooLarge
from bot.realtimekit.addresses import ForbiddenAddress, PublicNetwork, Resolve, resolve
from bot.realtimekit.body import (
    BodyBroken,
    BodyTooLong,
    EncodingUnknown,
    read_body,
)
from bot.realtimekit.exchange import Observe
from bot.realtimekit.links import Link, read_link
from bot.realtimekit.quiet import hush_http_loggers
from bot.realtimekit.reply import Reply
from bot.realtimekit.store_replies import judge_store_reply
from bot.realtimekit.text import read_text

DEADLINE = 15.0
"""Seconds for a download in all, redirects included."""

MOST_REDIRECTS = 3

_TIMEOUTS = {"connect": 5.0, "read": 10.0, "write": 5.0, "pool": 5.0}
_REDIRECTS = (
    HTTPStatus.MOVED_PERMANENTLY,
    HTTPStatus.FOUND,
    HTTPStatus.SEE_OTHER,
    HTTPStatus.TEMPORARY_REDIRECT,
    HTTPStatus.PERMANENT_REDIRECT,
)


class Downloader:
    """Downloads summaries (is a `Downloads`); one for all workspaces.

    It sends no credentials and no cookies, reaches public https addresses only, reads at most
    1 MiB, and says nothing of a link or a text in its errors.
    """

    def __init__(
        self,
        *,
        allow_local: bool,
        observe: Observe,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        deadline: float = DEADLINE,
        resolve: Resolve = resolve,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Open nothing yet; connections are made when they are needed.

        Args:
            allow_local: take http, any port and loopback addresses too (tests and the demo).
            observe: told of every download.
            now: in UTC, to read a waiting time given as a date.
            deadline: seconds for a download in all.
            resolve: looks host names up.
            ssl_context: whom to trust instead of the usual authorities.
        """
        hush_http_loggers()
        self._allow_local = allow_local
        self._observe = observe
        self._now = now
        self._deadline = deadline
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context or httpx.create_ssl_context(),
            max_connections=20,
            max_keepalive_connections=5,
            keepalive_expiry=30.0,
            network_backend=PublicNetwork(allow_local=allow_local, resolve=resolve),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._pool.aclose()

    async def download(self, link: SummaryLink) -> str:
        """Read the summary's text, with at least one visible character in it.

        A past expiry is no reason not to try: clocks differ.

        Raises:
            LinkExpired: a fresh link may work.
            LinkRefused: the link, or where it redirects to, is not https to a public address.
            SummaryExpired: the file is gone.
            NotASummary, SummaryEmpty, SummaryTooLarge: what was found instead of a summary.
            RealtimeKitUnavailable: the store cannot be reached, or not now.
        """
        begun, outcome = time.perf_counter(), "cancelled"
        try:
            reply = await self._fetch(read_link(link.url, allow_local=self._allow_local))
            outcome = str(reply.status)
        except (LinkRefused, NotASummary, SummaryTooLarge, RealtimeKitUnavailable) as error:
            outcome = error.reason
            raise
        finally:
            self._observe("download", outcome, time.perf_counter() - begun)
        if reply.status != HTTPStatus.OK:
            raise judge_store_reply(reply, now=self._now())
        return read_text(reply.body, content_type=reply.headers.get("content-type", ""))

    def check(self, link: SummaryLink) -> None:
        """Raise `LinkRefused` for a link whose text alone is reason enough not to open it."""
        read_link(link.url, allow_local=self._allow_local)

    async def _fetch(self, link: Link) -> Reply:
        """Follow a link to its end.

        The library's errors quote what the server sent, a piece of the summary perhaps: they end
        here, and only their names go on.
        """
        try:
            async with asyncio.timeout(self._deadline):
                return await self._follow(link)
        except ForbiddenAddress:
            raise LinkRefused("not a public address") from None
        except BodyTooLong:
            raise SummaryTooLarge from None
        except EncodingUnknown:
            raise NotASummary("unasked compression") from None
        except (TimeoutError, httpcore.TimeoutException):
            raise RealtimeKitUnavailable("timeout") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, BodyBroken, OSError) as error:
            raise RealtimeKitUnavailable(type(error).__name__) from None

    async def _follow(self, link: Link) -> Reply:
        for _ in range(MOST_REDIRECTS + 1):
            reply = await self._get(link)
            if reply.status not in _REDIRECTS:
                return reply
            location = reply.headers.get("location")
            if not location:
                raise NotASummary(f"{reply.status} to nowhere")
            link = link.redirected(location, allow_local=self._allow_local)
        raise LinkRefused("too many redirects")

    async def _get(self, link: Link) -> Reply:
        """Make one request."""
        async with self._pool.stream(
            "GET",
            httpcore.URL(scheme=link.scheme, host=link.host, port=link.port, target=link.target),
            headers={"Host": link.authority, "Accept": "*/*", "Accept-Encoding": "gzip, identity"},
            extensions={"timeout": _TIMEOUTS},
        ) as response:
            headers = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers
            }
            return Reply(response.status, headers, await _read(response, headers))


async def _read(response: httpcore.Response, headers: dict[str, str]) -> bytes:
    """The body; of an error as much as can be had, of a redirect nothing."""
    if response.status in _REDIRECTS:
        return b""
    try:
        return await read_body(cast("AsyncIterable[bytes]", response.stream), headers)
    except (BodyTooLong, BodyBroken, EncodingUnknown):
        if response.status == HTTPStatus.OK:
            raise
        return b""
