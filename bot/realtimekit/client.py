"""RealtimeKit's REST API: one method per endpoint.

Reference: https://developers.cloudflare.com/api/resources/realtime_kit/
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from bot.domain.ids import AppId, MeetingId, SessionId, is_resource_id
from bot.domain.summary import App, SessionDetails, SummaryLink
from bot.errors import SessionNotFound
from bot.realtimekit import wire
from bot.realtimekit.account import app_path
from bot.realtimekit.paging import PER_PAGE, read_pages
from bot.realtimekit.quiet import hush_http_loggers
from bot.realtimekit.tokens import TokenClient
from bot.realtimekit.webhooks import WebhookClient

MOST_PAGES_SINCE = 40
"""Calls that a look through an app's sessions may cost: 2,000 sessions, a busy week's."""

_ENDED_NEWEST_FIRST = {"status": "ENDED", "sort_by": "createdAt", "sort_order": "DESC"}
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
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


class RealtimeKitClient(WebhookClient, TokenClient):
    """RealtimeKit with one account's token (is a `Meetings` and a `WatchedMeetings`).

    Every method raises `RealtimeKitError`, and none tries twice: retrying is the caller's
    decision, and writing a summary costs money. Paths begin with
    `/accounts/{account_id}/realtime/kit/`.
    """

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
        query = {} if meeting is None else {"associated_id": meeting}

        def wanted(rows: Sequence[SessionDetails]) -> list[SessionDetails]:
            return [row for row in rows if not row.live and _is_run_of(meeting, row)]

        rows = await read_pages(
            self._pages_of_sessions(app, query),
            key=lambda row: row.session_id.lower(),
            enough=lambda rows: len(wanted(rows)) >= limit,
        )
        return sorted(wanted(rows), key=_begun, reverse=True)[:limit]

    async def list_sessions_since(self, app: AppId, created: datetime) -> Sequence[SessionDetails]:
        """The ended sessions of an app that were created since a moment, newest first.

        GET {app_id}/sessions, until a page brings only older ones. Where the creation is unsaid,
        the start or else the end counts for it; a session without any time is left out, for it
        may be of any age. Of more than `MOST_PAGES_SINCE` pages only the first are read.
        """

        def is_last(page: Sequence[SessionDetails]) -> bool:
            # In a list that comes in another order, newer ones may still follow older ones.
            times = [time for row in page if (time := _begun(row)) != _LONG_AGO]
            return bool(times) and times[0] < created and times == sorted(times, reverse=True)

        rows = await read_pages(
            self._pages_of_sessions(app, {}),
            key=lambda row: row.session_id.lower(),
            is_last=is_last,
            most=MOST_PAGES_SINCE,
        )
        since = [row for row in rows if not row.live and _begun(row) >= created]
        return sorted(since, key=_begun, reverse=True)

    async def list_apps(self) -> Sequence[App]:
        """All apps of the account.

        GET apps
        """

        async def fetch(number: int) -> wire.Page[App]:
            reply = await self._call("apps", "GET", "apps", _page({}, number))
            return wire.read_apps(reply, now=self._now())

        return await read_pages(fetch, key=lambda app: app.id.lower())

    def _pages_of_sessions(
        self, app: AppId, query: Mapping[str, str]
    ) -> Callable[[int], Awaitable[wire.Page[SessionDetails]]]:
        async def fetch(number: int) -> wire.Page[SessionDetails]:
            asked = _page({**_ENDED_NEWEST_FIRST, **query}, number)
            reply = await self._call("sessions", "GET", _path(app), asked)
            return wire.read_sessions(reply, now=self._now())

        return fetch


def _path(app: AppId, session: SessionId | None = None, *rest: str) -> str:
    """Where sessions are, or one of them."""
    if session is not None and not is_resource_id(session):
        raise SessionNotFound("malformed")
    return app_path(app, "sessions", *((session,) if session is not None else ()), *rest)


def _page(query: Mapping[str, str], number: int) -> dict[str, str]:
    return {**query, "page_no": str(number), "per_page": str(PER_PAGE)}


def _is_run_of(meeting: MeetingId | None, row: SessionDetails) -> bool:
    return meeting is None or (row.meeting_id or "").lower() == meeting.lower()


def _begun(row: SessionDetails) -> datetime:
    moment = row.created_at or row.started_at or row.ended_at
    return moment or _LONG_AGO
