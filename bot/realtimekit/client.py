"""RealtimeKit's REST API: one method per endpoint.

Reference: https://developers.cloudflare.com/api/resources/realtime_kit/
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import cast
from urllib.parse import quote

import httpx

from bot.domain.ids import AppId, MeetingId, SessionId, is_resource_id
from bot.domain.summary import App, SessionDetails, SummaryLink
from bot.errors import (
    AccountNotFound,
    AppNotFound,
    RealtimeKitUnavailable,
    SessionNotFound,
    TokenRefused,
    UnexpectedReply,
)
from bot.realtimekit import wire
from bot.realtimekit.body import BodyBroken, BodyTooLong, EncodingUnknown, read_body
from bot.realtimekit.paging import PER_PAGE, read_pages
from bot.realtimekit.quiet import hush_http_loggers
from bot.realtimekit.reply import Reply

Observe = Callable[[str, str, float], None]
"""Told once per call: the endpoint, the outcome (a status or a word) and the seconds it took."""

DEADLINE = 10.0
"""Seconds a call may take in all: a server that sends a byte a second never times out otherwise."""

_TOKEN = re.compile(r"[\x21-\x7e]+")
_TIMEOUT = httpx.Timeout(connect=5.0, read=9.0, write=5.0, pool=5.0)
_LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=10, keepalive_expiry=30.0)


def open_api_client(*, timeout: httpx.Timeout = _TIMEOUT) -> httpx.AsyncClient:
    """Open the connections that all workspaces share; the caller closes them.

    Carries no credentials and keeps no cookies, so nothing of one workspace reaches another.
    Neither proxies nor other settings of the environment apply.
    """
    hush_http_loggers()
    return httpx.AsyncClient(
        timeout=timeout,
        limits=_LIMITS,
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        verify=httpx.create_ssl_context(),
    )


class RealtimeKitClient:
    """RealtimeKit with one account's token (is a `Meetings`).

    Every method raises `RealtimeKitError`, and none tries twice: retrying is the caller's
    decision, and writing a summary costs money. Paths begin with
    `/accounts/{account_id}/realtime/kit/`.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        base_url: str,
        account_id: str,
        api_token: str,
        observe: Observe,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        deadline: float = DEADLINE,
    ) -> None:
        """Use `http` for one account.

        Args:
            http: see `open_api_client`; shared, and not closed here.
            base_url: `https://api.cloudflare.com/client/v4` or a stand-in for it.
            account_id: the Cloudflare account's id.
            api_token: an API token of either kind; goes into the requests' headers only.
            observe: told of every call.
            now: in UTC, to read a waiting time given as a date.
            deadline: seconds a call may take in all.
        """
        self._http = http
        self._account_url = f"{base_url.rstrip('/')}/accounts/{quote(account_id, safe='')}"
        self._account_id = account_id
        self._api_token = api_token
        self._observe = observe
        self._now = now
        self._deadline = deadline

    async def fetch_summary(self, app: AppId, session: SessionId) -> SummaryLink:
        """Ask where the summary is. See `wire.read_summary` for what the replies mean.

        GET {app_id}/sessions/{session_id}/summary
        """
        reply = await self._call("summary", "GET", _path(app, session, "summary"))
        return wire.read_summary(reply, session=session, now=self._now())

    async def generate_summary(self, app: AppId, session: SessionId) -> None:
        """Have the summary written (again); costs the account Workers AI.

        POST {app_id}/sessions/{session_id}/summary. After `RealtimeKitUnavailable` it may or
        may not be under way.
        """
        reply = await self._call("generate_summary", "POST", _path(app, session, "summary"))
        wire.read_generation(reply, now=self._now())

    async def has_transcript(self, app: AppId, session: SessionId) -> bool:
        """Whether there is anything a summary could be written from.

        GET {app_id}/sessions/{session_id}/transcript
        """
        reply = await self._call("transcript", "GET", _path(app, session, "transcript"))
        return wire.read_transcript(reply, session=session, now=self._now())

    async def fetch_session(self, app: AppId, session: SessionId) -> SessionDetails:
        """Look one session up; `SessionNotFound` when the app has none of that id.

        GET {app_id}/sessions/{session_id}
        """
        reply = await self._call("session", "GET", _path(app, session))
        return wire.read_session(reply, session=session, now=self._now())

    async def list_sessions(
        self, app: AppId, *, meeting: MeetingId | None = None, limit: int = 20
    ) -> Sequence[SessionDetails]:
        """The ended sessions of an app, or of one of its meetings, newest first.

        GET {app_id}/sessions. What the server was asked for is checked again here: it is known
        to ignore parameters.
        """
        query = {"status": "ENDED", "sort_by": "createdAt", "sort_order": "DESC"}
        if meeting is not None:
            query["associated_id"] = meeting

        async def fetch(number: int) -> wire.Page[SessionDetails]:
            reply = await self._call("sessions", "GET", _path(app), _page(query, number))
            return wire.read_sessions(reply, now=self._now())

        def wanted(rows: Sequence[SessionDetails]) -> list[SessionDetails]:
            return [row for row in rows if not row.live and _is_run_of(meeting, row)]

        rows = await read_pages(
            fetch,
            key=lambda row: row.session_id.lower(),
            enough=lambda rows: len(wanted(rows)) >= limit,
        )
        return sorted(wanted(rows), key=_begun, reverse=True)[:limit]

    async def list_apps(self) -> Sequence[App]:
        """All apps of the account.

        GET apps
        """

        async def fetch(number: int) -> wire.Page[App]:
            reply = await self._call("apps", "GET", "apps", _page({}, number))
            return wire.read_apps(reply, now=self._now())

        return await read_pages(fetch, key=lambda app: app.id.lower())

    async def _call(
        self, endpoint: str, method: str, path: str, query: Mapping[str, str] | None = None
    ) -> Reply:
        """Make one request, and tell `observe` how it went."""
        request = self._http.build_request(
            method,
            f"{self._account_url}/realtime/kit/{path}",
            params=query,
            headers=self._headers(),
        )
        begun, outcome = time.perf_counter(), "cancelled"
        try:
            async with asyncio.timeout(self._deadline):
                reply = await self._exchange(request)
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
            self._observe(endpoint, outcome, time.perf_counter() - begun)
        return reply

    async def _exchange(self, request: httpx.Request) -> Reply:
        response = await self._http.send(request, stream=True, follow_redirects=False)
        headers = {name.lower(): value for name, value in response.headers.items()}
        try:
            body = await read_body(cast("AsyncIterable[bytes]", response.stream), headers)
        finally:
            await response.aclose()
        return Reply(response.status_code, headers, body)

    def _headers(self) -> dict[str, str]:
        if not is_resource_id(self._account_id):
            raise AccountNotFound("malformed")
        if not _TOKEN.fullmatch(self._api_token):
            # Caught here because the library's own complaint would quote the token.
            raise TokenRefused("malformed")
        return {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Authorization": f"Bearer {self._api_token}",
        }


def _path(app: AppId, session: SessionId | None = None, *rest: str) -> str:
    """The path below the account's RealtimeKit; ids are checked again, for they make an address."""
    if not is_resource_id(app):
        raise AppNotFound("malformed")
    if session is not None and not is_resource_id(session):
        raise SessionNotFound("malformed")
    segments = (app, "sessions", *((session,) if session is not None else ()), *rest)
    return "/".join(quote(segment, safe="") for segment in segments)


def _page(query: Mapping[str, str], number: int) -> dict[str, str]:
    return {**query, "page_no": str(number), "per_page": str(PER_PAGE)}


def _is_run_of(meeting: MeetingId | None, row: SessionDetails) -> bool:
    return meeting is None or (row.meeting_id or "").lower() == meeting.lower()


def _begun(row: SessionDetails) -> datetime:
    moment = row.created_at or row.started_at or row.ended_at
    return moment or datetime.min.replace(tzinfo=UTC)
