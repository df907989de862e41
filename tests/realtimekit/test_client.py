"""RealtimeKit's client, against a transport that never leaves the process."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from bot.domain.ids import AppId, MeetingId, SessionId
from bot.domain.summary import App, SessionDetails, SummaryLink
from bot.errors import (
    AccountNotFound,
    AppNotFound,
    RealtimeKitBusy,
    RealtimeKitError,
    RealtimeKitUnavailable,
    SessionNotFound,
    SummaryNotReady,
    TokenRefused,
    UnexpectedReply,
)
from bot.realtimekit.client import MOST_PAGES_SINCE, RealtimeKitClient, open_api_client
from bot.realtimekit.paging import MOST_PAGES
from bot.realtimekit.reply import Reply
from tests.realtimekit.cloudflare import (
    ACCOUNT,
    KIT,
    NOW,
    TOKEN,
    Cloudflare,
    Observed,
    client_of,
    client_to,
)
from tests.realtimekit.raw_server import Act, endless, raw_server, reset, says, silent
from tests.realtimekit.raw_server import reply as raw_reply
from tests.realtimekit.replies import APP, LINK, OTHER, SESSION, backend, granted, raw

MEETING = MeetingId("11111111-90cd-4e8f-a7b2-c3d4e5f60718")
SUMMARY = granted({"sessionId": SESSION, "summaryDownloadUrl": LINK})
JSON = "Content-Type: application/json"


def row(number: int, **changes: object) -> dict[str, object]:
    """A session of a list; a higher number is a later one."""
    begun = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=number)
    fields: dict[str, object] = {
        "id": f"session-{number:04}",
        "associated_id": MEETING,
        "status": "ENDED",
        "created_at": begun.isoformat(),
    }
    return fields | changes


async def test_asks_for_the_summary() -> None:
    """One GET with the token in its header, at the session's own address."""
    cloudflare = Cloudflare(SUMMARY)

    link = await client_to(cloudflare).fetch_summary(APP, SESSION)

    assert link == SummaryLink(SESSION, LINK, None)
    (request,) = cloudflare.requests
    assert (request.method, request.url.raw_path.decode()) == (
        "GET",
        f"{KIT}/{APP}/sessions/{SESSION}/summary",
    )
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["accept-encoding"] == "identity"


async def test_has_a_summary_written() -> None:
    """One POST without a body."""
    cloudflare = Cloudflare(granted({"session_id": SESSION, "status": "x"}))

    await client_to(cloudflare).generate_summary(APP, SESSION)

    (request,) = cloudflare.requests
    assert (request.method, request.url.path) == ("POST", f"{KIT}/{APP}/sessions/{SESSION}/summary")
    assert request.content == b""


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
async def test_never_asks_twice_for_writing(status: int) -> None:
    """Writing costs money: a refusal or an outage is not answered with another POST."""
    cloudflare = Cloudflare(raw(status))

    with contextlib.suppress(RealtimeKitError):
        await client_to(cloudflare).generate_summary(APP, SESSION)

    assert len(cloudflare.requests) == 1


async def test_looks_for_a_transcript() -> None:
    """The transcript's own endpoint is asked."""
    cloudflare = Cloudflare(granted({"sessionId": SESSION, "transcript_download_url": LINK}))

    assert await client_to(cloudflare).has_transcript(APP, SESSION)

    assert cloudflare.requests[0].url.path == f"{KIT}/{APP}/sessions/{SESSION}/transcript"


async def test_looks_a_session_up() -> None:
    """The session's own endpoint is asked."""
    cloudflare = Cloudflare(granted({"id": SESSION, "meeting_display_name": "Weekly"}))

    details = await client_to(cloudflare).fetch_session(APP, SESSION)

    assert details == SessionDetails(session_id=SESSION, title="Weekly")
    assert cloudflare.requests[0].url.path == f"{KIT}/{APP}/sessions/{SESSION}"


async def test_asks_for_ended_sessions_newest_first() -> None:
    """Order, state and page are always explicit: no default is documented."""
    cloudflare = Cloudflare(granted({"sessions": [row(1)]}), granted({"sessions": []}))

    await client_to(cloudflare).list_sessions(APP)

    assert cloudflare.requests[0].url.path == f"{KIT}/{APP}/sessions"
    assert cloudflare.queries == [
        {
            "status": "ENDED",
            "sort_by": "createdAt",
            "sort_order": "DESC",
            "page_no": page,
            "per_page": "50",
        }
        for page in ("1", "2")
    ]


async def test_names_the_meeting_by_its_real_parameter() -> None:
    """The filter is `associated_id`; `meeting_id` would be ignored without a word."""
    cloudflare = Cloudflare(granted([]))

    await client_to(cloudflare).list_sessions(APP, meeting=MEETING)

    assert cloudflare.queries[0]["associated_id"] == MEETING


async def test_checks_again_what_it_asked_for() -> None:
    """Running sessions and those of other meetings are left out, whatever the server sends."""
    rows = [
        row(1),
        row(2, status="LIVE"),
        row(3, associated_id=OTHER),
        row(4, associated_id=None),
        row(5, associated_id=MEETING.upper(), ended_at=None),
    ]
    cloudflare = Cloudflare(granted(rows), granted([]))

    sessions = await client_to(cloudflare).list_sessions(APP, meeting=MEETING)

    assert [session.session_id for session in sessions] == ["session-0005", "session-0001"]


async def test_sorts_what_comes_unsorted() -> None:
    """The newest come first; sessions of unknown time come last."""
    rows = [
        row(2),
        row(3, created_at=None, started_at="2026-03-04T00:00:00Z"),
        row(9, created_at=None),
        row(1),
    ]
    cloudflare = Cloudflare(granted(rows), granted([]))

    sessions = await client_to(cloudflare).list_sessions(APP)

    assert [session.session_id for session in sessions] == [
        "session-0003",
        "session-0002",
        "session-0001",
        "session-0009",
    ]


async def test_stops_at_the_limit() -> None:
    """No more pages than needed, no more sessions than wanted; running ones do not count."""
    cloudflare = Cloudflare(
        granted([row(9, status="LIVE"), row(8)]), granted([row(7), row(6)]), granted([row(5)])
    )

    sessions = await client_to(cloudflare).list_sessions(APP, limit=2)

    assert [session.session_id for session in sessions] == ["session-0008", "session-0007"]
    assert len(cloudflare.requests) == 2


async def test_the_same_page_forever_ends() -> None:
    """A server that ignores the page's number is found out with the second call."""
    cloudflare = Cloudflare(granted([row(1)], paging={"total_count": 1e9}))

    assert len(await client_to(cloudflare).list_sessions(APP)) == 1
    assert len(cloudflare.requests) == 2


class Sessions:
    """A list of sessions, in pages; `happens` runs after each page that was served."""

    def __init__(self, *rows: dict[str, object]) -> None:
        """Serve these, in this order."""
        self.rows = list(rows)
        self.happens: Callable[[], None] = lambda: None
        self.pages: list[int] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """One page."""
        number, size = (int(request.url.params[name]) for name in ("page_no", "per_page"))
        self.pages.append(number)
        page = self.rows[max(number - 1, 0) * size :][:size]
        self.happens()
        paging = {"total_count": float(len(self.rows)), "start_offset": 0.0, "end_offset": 1.0}
        content = {"success": True, "data": {"sessions": page}, "paging": paging}
        return httpx.Response(200, json=content)


async def ids_since(serve: Sessions | Cloudflare, number: int) -> list[int]:
    """The numbers of the sessions that were created since that of `row(number)`."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(serve))
    created = datetime.fromisoformat(str(row(number)["created_at"]))
    sessions = await client_of(http).list_sessions_since(APP, created)
    return [int(session.session_id.removeprefix("session-")) for session in sessions]


def down(newest: int, oldest: int = 0) -> list[int]:
    """Numbers from the newest to the oldest."""
    return list(range(newest, oldest - 1, -1))


async def test_asks_for_sessions_since_a_moment() -> None:
    """The query names what is documented, and no time: which one it would mean is not."""
    cloudflare = Cloudflare(granted({"sessions": [row(1)]}))

    assert await ids_since(cloudflare, 2) == []

    assert cloudflare.requests[0].url.path == f"{KIT}/{APP}/sessions"
    assert cloudflare.queries == [
        {
            "status": "ENDED",
            "sort_by": "createdAt",
            "sort_order": "DESC",
            "page_no": "1",
            "per_page": "50",
        }
    ]


@pytest.mark.parametrize(
    ("newest", "since", "pages"),
    [
        (9, 0, [1, 2]),
        (9, 9, [1, 2]),
        (9, 10, [1]),
        (49, 0, [1, 2]),
        (149, 0, [1, 2, 3, 4]),
        (149, 60, [1, 2, 3]),
        (149, 100, [1, 2]),
        (149, 101, [1, 2]),
        (999, 900, [1, 2, 3]),
    ],
)
async def test_reads_until_a_page_is_too_old(newest: int, since: int, pages: list[int]) -> None:
    """The moment itself is included; the years before it cost one page at most."""
    sessions = Sessions(*(row(number) for number in down(newest)))

    assert await ids_since(sessions, since) == down(newest, since)

    assert sessions.pages == pages


@pytest.mark.parametrize("paging", [None, {}, {"total_count": 0}, {"total_count": 1e9}, "x"])
async def test_counts_of_a_page_are_not_believed(paging: object) -> None:
    """What a page says of the list's length neither ends nor prolongs it."""
    pages = [granted({"sessions": [row(number)]}, paging=paging) for number in (3, 2)]
    cloudflare = Cloudflare(*pages, granted({"sessions": []}))

    assert await ids_since(cloudflare, 0) == [3, 2]
    assert len(cloudflare.requests) == 3


async def test_a_bare_list_will_do() -> None:
    """The list may stand in `data` itself."""
    cloudflare = Cloudflare(granted([row(2), row(1)]), granted([]))

    assert await ids_since(cloudflare, 0) == [2, 1]


async def test_sessions_since_of_the_same_page_forever() -> None:
    """A server that ignores the page's number is found out with the second call."""
    cloudflare = Cloudflare(granted([row(2), row(1)]))

    assert await ids_since(cloudflare, 0) == [2, 1]
    assert len(cloudflare.requests) == 2


async def test_sessions_since_of_a_list_without_end() -> None:
    """A server that never runs out of new rows costs a bounded number of calls."""
    cloudflare = Cloudflare(*(granted([row(9_999 - number)]) for number in range(99)))

    assert len(await ids_since(cloudflare, 0)) == MOST_PAGES_SINCE
    assert len(cloudflare.requests) == MOST_PAGES_SINCE


async def test_reads_a_busy_week() -> None:
    """More sessions than a list for a person may cost are read to the moment all the same."""
    sessions = Sessions(*(row(number) for number in down(1_400)))

    assert await ids_since(sessions, 200) == down(1_400, 200)


async def test_a_session_that_begins_between_two_pages() -> None:
    """What moves onto the next page counts once; the newcomer is left for the next look."""
    sessions = Sessions(*(row(number) for number in down(120)))
    newcomers = iter(range(121, 130))
    sessions.happens = lambda: sessions.rows.insert(0, row(next(newcomers)))

    assert await ids_since(sessions, 30) == down(120, 30)


@pytest.mark.parametrize("upwards", [True, False])
async def test_another_order_is_read_to_its_end(*, upwards: bool) -> None:
    """Where the order that was asked for is ignored, old ones do not end the list."""
    numbers = sorted(range(160), key=lambda number: number if upwards else number * 7 % 160)
    sessions = Sessions(*(row(number) for number in numbers))

    assert await ids_since(sessions, 130) == down(159, 130)


async def test_an_old_one_among_new_ones_ends_nothing() -> None:
    """Only a whole page of older ones is the last."""
    cloudflare = Cloudflare(
        granted([row(9), row(1), row(8)]), granted([row(7), row(2)]), granted([row(1), row(0)])
    )

    assert await ids_since(cloudflare, 5) == [9, 8, 7]
    assert len(cloudflare.requests) == 3


async def test_running_sessions_are_no_ended_ones() -> None:
    """They are left out of the result, and their age counts like any other's."""
    live = [row(number, status="LIVE") for number in (9, 7)]
    cloudflare = Cloudflare(granted([live[0], row(8), live[1]]), granted([row(1, status="LIVE")]))

    assert await ids_since(cloudflare, 5) == [8]
    assert len(cloudflare.requests) == 2


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"ended_at": None}, True),
        ({"ended_at": "2126-03-01T00:00:00Z"}, True),
        ({"associated_id": "abcdef-ghijkl"}, True),
        ({"associated_id": None, "status": None}, True),
        ({"meeting_display_name": None}, True),
        ({"meeting_display_name": ""}, True),
        ({"meeting_display_name": "<!channel> *x* " * 150}, True),
        ({"parent_session_id": SESSION}, True),
        ({"created_at": None, "started_at": "2026-03-02T00:00:00Z"}, True),
        ({"created_at": "soon", "ended_at": "2026-03-02T00:00:00Z"}, True),
        ({"created_at": None, "ended_at": "2026-01-01T00:00:00Z"}, False),
        ({"created_at": None}, False),
    ],
)
async def test_odd_sessions_are_sessions(changes: dict[str, object], found: bool) -> None:
    """Nothing but an unknown or a long past beginning leaves one out, nor does it end the list."""
    cloudflare = Cloudflare(
        granted([row(3), row(2, **changes), row(1)]),
        granted([row(1, **changes, id="session-0000")]),
    )

    assert (2 in await ids_since(cloudflare, 1)) is found


async def test_rows_without_a_time_do_not_end_the_list() -> None:
    """A page of sessions that may be of any age is not taken for one of old sessions."""
    timeless = [row(number, created_at=None) for number in (8, 7)]
    cloudflare = Cloudflare(granted(timeless), granted([row(6), row(5)]), granted([]))

    assert await ids_since(cloudflare, 5) == [6, 5]


async def test_names_a_session_in_one_way() -> None:
    """Webhooks, commands and lists may differ in a UUID's case: it is the same session."""
    cloudflare = Cloudflare(granted([row(2, id=SESSION), row(1, id=SESSION.upper())]), granted([]))
    created = datetime(2026, 3, 1, tzinfo=UTC)

    sessions = await client_to(cloudflare).list_sessions_since(APP, created)

    assert [session.session_id for session in sessions] == [SESSION]


async def test_half_a_list_is_none() -> None:
    """An outage or a limit midway goes through: what was not seen must not pass for absent."""
    cloudflare = Cloudflare(granted([row(9)]), raw(429))

    with pytest.raises(RealtimeKitBusy):
        await ids_since(cloudflare, 5)


async def test_sessions_since_of_no_app() -> None:
    """A 404 is about the app: nothing else was named."""
    with pytest.raises(AppNotFound):
        await ids_since(Cloudflare(backend(404)), 5)


async def test_lists_every_app() -> None:
    """All pages are read."""
    pages = [granted([{"id": f"app-id-{n}", "name": f"App {n}"}]) for n in range(3)]
    cloudflare = Cloudflare(*pages, granted([]))

    apps = await client_to(cloudflare).list_apps()

    assert apps == [App(AppId(f"app-id-{n}"), f"App {n}") for n in range(3)]
    assert cloudflare.requests[0].url.path == f"{KIT}/apps"
    assert cloudflare.queries[0] == {"page_no": "1", "per_page": "50"}


async def test_a_list_is_bounded() -> None:
    """A server that never runs out of new rows costs a bounded number of calls."""
    cloudflare = Cloudflare(*(granted([{"id": f"app-id-{n}"}]) for n in range(99)))

    await client_to(cloudflare).list_apps()

    assert len(cloudflare.requests) == MOST_PAGES


async def test_not_ready_becomes_ready() -> None:
    """Every call stands for itself: nothing of an earlier reply is kept."""
    client = client_to(Cloudflare(backend(404), SUMMARY, backend(404)))

    with pytest.raises(SummaryNotReady):
        await client.fetch_summary(APP, SESSION)
    assert (await client.fetch_summary(APP, SESSION)).url == LINK
    with pytest.raises(SummaryNotReady):
        await client.fetch_summary(APP, SESSION)


async def test_reads_a_wait_by_its_own_clock() -> None:
    """A date in `Retry-After` becomes seconds from now."""
    date = format_datetime(NOW + timedelta(seconds=20), usegmt=True)
    client = client_to(Cloudflare(raw(429, retry_after=date)))

    with pytest.raises(RealtimeKitBusy) as raised:
        await client.fetch_summary(APP, SESSION)

    assert raised.value.retry_after == 20.0


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_follows_no_redirect(status: int) -> None:
    """The token goes to the host it was given for and nowhere else."""
    cloudflare = Cloudflare(raw(status, location="https://evil.example/"))
    http = httpx.AsyncClient(transport=httpx.MockTransport(cloudflare), follow_redirects=True)

    with pytest.raises(UnexpectedReply):
        await client_of(http).fetch_summary(APP, SESSION)

    assert [request.url.host for request in cloudflare.requests] == ["api.cloudflare.example"]


Call = Callable[[RealtimeKitClient], Awaitable[object]]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda client: client.fetch_summary(AppId("../../x"), SESSION), AppNotFound),
        (lambda client: client.fetch_session(APP, SessionId("a/b?c=d")), SessionNotFound),
        (lambda client: client.list_sessions(AppId("")), AppNotFound),
    ],
)
async def test_an_impossible_id_is_not_sent(call: Call, error: type[RealtimeKitError]) -> None:
    """What could change the address is refused before any request."""
    cloudflare = Cloudflare(SUMMARY)

    with pytest.raises(error):
        await call(client_to(cloudflare))

    assert cloudflare.requests == []


@pytest.mark.parametrize("account_id", ["", "a/b", "me@example.com", "\u00e4" * 32, ".."])
async def test_an_impossible_account_is_not_sent(account_id: str) -> None:
    """An account id that would change the address is refused."""
    cloudflare = Cloudflare(SUMMARY)
    http = httpx.AsyncClient(transport=httpx.MockTransport(cloudflare))

    with pytest.raises(AccountNotFound):
        await client_of(http, account_id=account_id).list_apps()

    assert cloudflare.requests == []


@pytest.mark.parametrize("token", ["", "se cret", "secret\r\nX: y", "s\u00e9cret", "secret\x00"])
async def test_an_impossible_token_is_not_sent_nor_quoted(token: str) -> None:
    """A token that fits no header is refused, without showing it."""
    cloudflare = Cloudflare(SUMMARY)
    http = httpx.AsyncClient(transport=httpx.MockTransport(cloudflare))

    with pytest.raises(TokenRefused) as raised:
        await client_of(http, api_token=token).list_apps()

    assert cloudflare.requests == []
    assert "cret" not in f"{raised.value}{raised.value.__cause__}{raised.value.__context__}"


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (SUMMARY, "200"),
        (raw(404), "404"),
        (raw(429), "429"),
        (raw(200, b"x" * 2_000_000), "unreadable"),
    ],
)
async def test_every_call_is_observed_once(reply: Reply, outcome: str) -> None:
    """The endpoint and what became of it are reported, whatever the reply means."""
    observed = Observed()
    client = client_to(Cloudflare(reply), observed=observed)

    with contextlib.suppress(RealtimeKitError):
        await client.fetch_summary(APP, SESSION)

    assert observed.calls == [("summary", outcome)]


async def test_every_page_is_observed() -> None:
    """A list reports each call it costs."""
    observed = Observed()

    await client_to(Cloudflare(granted([row(1)])), observed=observed).list_sessions(APP)

    assert observed.calls == [("sessions", "200")] * 2


BODY = SUMMARY.body


@pytest.mark.parametrize(
    ("act", "error", "outcome"),
    [
        (reset, RealtimeKitUnavailable, "connection"),
        (says(b"HTTP/1.1 200 OK\r\nContent-Le"), RealtimeKitUnavailable, "connection"),
        (says(b"not http at all\r\n\r\n"), RealtimeKitUnavailable, "connection"),
        (
            says(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + BODY),
            RealtimeKitUnavailable,
            "connection",
        ),
        (
            raw_reply("200 OK", BODY, JSON, "Content-Encoding: gzip"),
            RealtimeKitUnavailable,
            "connection",
        ),
        (raw_reply("200 OK", BODY, JSON, "Content-Encoding: br"), UnexpectedReply, "unreadable"),
        (raw_reply("200 OK", b" " * 10_000_000, JSON), UnexpectedReply, "unreadable"),
        (
            endless(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65_536),
            UnexpectedReply,
            "unreadable",
        ),
        (silent(), RealtimeKitUnavailable, "timeout"),
        (silent(b"HTTP/1.1 200 OK\r\n"), RealtimeKitUnavailable, "timeout"),
        (
            silent(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"),
            RealtimeKitUnavailable,
            "timeout",
        ),
        (
            raw_reply("502 Bad Gateway", b"<html>", "Content-Type: text/html"),
            RealtimeKitUnavailable,
            "502",
        ),
        (raw_reply("204 No Content"), SummaryNotReady, "204"),
    ],
)
async def test_survives_a_broken_server(
    act: Act, error: type[RealtimeKitError], outcome: str
) -> None:
    """Resets, silence, lies about the length and floods each end in time, as our own errors."""
    observed = Observed()
    no_timeout = httpx.Timeout(None)
    async with raw_server(act) as server, open_api_client(timeout=no_timeout) as http:
        client = client_of(
            http, base_url=f"http://127.0.0.1:{server.port}", observed=observed, deadline=0.3
        )
        with pytest.raises(RealtimeKitError) as raised:
            await client.fetch_summary(APP, SESSION)

    assert type(raised.value) is error
    assert observed.calls == [("summary", outcome)]
    assert len(server.heads) == 1


async def test_a_silent_server_runs_into_the_timeout() -> None:
    """The connection's own timeouts count too, not just the deadline."""
    timeout = httpx.Timeout(0.05)
    async with raw_server(silent()) as server, open_api_client(timeout=timeout) as http:
        client = client_of(http, base_url=f"http://127.0.0.1:{server.port}")
        with pytest.raises(RealtimeKitUnavailable) as raised:
            await client.fetch_summary(APP, SESSION)

    assert raised.value.detail == "timeout"


async def test_nobody_listens() -> None:
    """A refused connection is an outage."""
    async with open_api_client() as http:
        with pytest.raises(RealtimeKitUnavailable):
            await client_of(http, base_url="http://127.0.0.1:1").list_apps()


async def test_a_cancelled_call_is_observed() -> None:
    """A call given up from outside is reported and the cancellation goes on."""
    observed = Observed()
    asked = asyncio.Event()

    async def ask_and_wait(_writer: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.Event().wait()

    async with raw_server(ask_and_wait) as server, open_api_client() as http:
        client = client_of(http, base_url=f"http://127.0.0.1:{server.port}", observed=observed)
        call = asyncio.create_task(client.list_apps())
        await asked.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    assert observed.calls == [("apps", "cancelled")]


async def test_reads_compressed_replies() -> None:
    """Compression that was not asked for is understood all the same."""
    act = raw_reply("200 OK", gzip.compress(BODY), JSON, "Content-Encoding: gzip")
    async with raw_server(act) as server, open_api_client() as http:
        client = client_of(http, base_url=f"http://127.0.0.1:{server.port}/")
        link = await client.fetch_summary(APP, SESSION)

    assert link.url == LINK


async def test_workspaces_share_connections_and_nothing_else() -> None:
    """Each request carries its own token, and a cookie set for one is not sent for another."""
    act = raw_reply("200 OK", BODY, JSON, "Set-Cookie: __cf_bm=abc; Path=/")
    async with raw_server(act) as server, open_api_client() as http:
        base_url = f"http://127.0.0.1:{server.port}"
        one = client_of(http, base_url=base_url, api_token="token-of-one")
        other = client_of(http, base_url=base_url, api_token="token-of-another")
        await one.fetch_summary(APP, SESSION)
        await other.fetch_summary(APP, SESSION)
        cookies = list(http.cookies.jar)

    first, second = server.heads
    assert b"token-of-one" in first
    assert b"token-of-one" not in second
    assert b"token-of-another" in second
    assert b"cookie" not in second.lower()
    assert cookies == []


@pytest.mark.usefixtures("talkative_libraries")
async def test_logs_neither_address_nor_token(caplog: pytest.LogCaptureFixture) -> None:
    """With everything logged, neither the token nor the account is."""
    caplog.set_level(logging.DEBUG)
    async with raw_server(raw_reply("200 OK", BODY, JSON)) as server, open_api_client() as http:
        client = client_of(http, base_url=f"http://127.0.0.1:{server.port}")
        await client.fetch_summary(APP, SESSION)

    assert TOKEN not in caplog.text
    assert ACCOUNT not in caplog.text
    assert TOKEN not in repr(vars(http))
    assert TOKEN not in repr(client)
