"""The make-believe RealtimeKit, spoken to by the real client and by raw requests."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.demo.fake_realtimekit import API, FakeRealtimeKit, Token
from bot.demo.fake_realtimekit.records import Account
from bot.demo.fake_realtimekit.scripted import (
    Scripted,
    backend_refusal,
    dropped,
    edge_page,
    gateway_refusal,
    json_reply,
    late,
)
from bot.demo.serving import serve
from bot.domain.ids import AppId, MeetingId, SessionId
from bot.domain.summary import SUMMARY_KEPT_FOR, App
from bot.errors import (
    AccountNotFound,
    AppNotFound,
    LinkExpired,
    NoTranscript,
    PermissionMissing,
    RealtimeKitBusy,
    RealtimeKitError,
    RealtimeKitUnavailable,
    SessionNotFound,
    SummaryExpired,
    SummaryNotReady,
    TokenRefused,
    UnexpectedReply,
)
from bot.realtimekit.client import RealtimeKitClient, open_api_client
from bot.realtimekit.download import Downloader

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
TOKEN = "cfat_not-a-real-token"
TEXT = "## Summary\n\nAll went well.\n"
NOWHERE = "http://fake"


def unobserved(_endpoint: str, _outcome: str, _seconds: float) -> None:
    """Nobody counts here."""


class World:
    """A service with one account and one app, and a clock to turn."""

    def __init__(self) -> None:
        """Begin at noon."""
        self.now = NOON
        self.fake = FakeRealtimeKit(now=lambda: self.now, chance=lambda: 0.5)
        self.state = self.fake.state
        self.account = self.state.add_account(Token(value=TOKEN))
        self.app = self.state.add_app(self.account, "Production")
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.fake))

    def client(
        self, *, token: str = TOKEN, account: Account | None = None, account_id: str | None = None
    ) -> RealtimeKitClient:
        """The real client, connected in memory."""
        return RealtimeKitClient(
            self.http,
            base_url=NOWHERE + API,
            account_id=account_id or (account or self.account).id,
            api_token=token,
            observe=unobserved,
            now=lambda: self.now,
        )

    def url(self, rest: str) -> str:
        """An address below the app's prefix."""
        return f"{NOWHERE}{API}/accounts/{self.account.id}/realtime/kit/{self.app}/{rest}"

    async def get(self, url: str, *, token: str = TOKEN) -> httpx.Response:
        """A raw request with a token."""
        return await self.http.get(url, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A service of one's own."""
    world = World()
    yield world
    await world.http.aclose()


async def test_serves_a_summary_from_link_to_text() -> None:
    """The real client and the real downloader get a summary over real connections."""
    fake = FakeRealtimeKit()
    account = fake.state.add_account(Token(value=TOKEN))
    app = fake.state.add_app(account, "Production")
    session = fake.state.add_session(app)
    written = fake.state.add_summary(session, TEXT)

    async with serve(fake) as base_url, open_api_client() as http:
        client = RealtimeKitClient(
            http,
            base_url=base_url + API,
            account_id=account.id,
            api_token=TOKEN,
            observe=unobserved,
        )
        downloader = Downloader(allow_local=True, observe=unobserved)
        link = await client.fetch_summary(app, session)
        text = await downloader.download(link)
        await downloader.aclose()

    assert text == TEXT
    assert link.expires_at is not None
    assert abs(link.expires_at - written.expires_at) < timedelta(milliseconds=1)
    (seen,) = fake.calls("download")
    assert link.url == f"{base_url}{seen.path}?{seen.query}"
    assert "authorization" not in seen.headers
    assert fake.calls("summary")[0].headers["authorization"] == f"Bearer {TOKEN}"


async def test_a_break_in_the_connection_is_a_break() -> None:
    """A dropped call gets no answer at all."""
    fake = FakeRealtimeKit()
    account = fake.state.add_account(Token(value=TOKEN))
    fake.script.add("apps", dropped())

    async with serve(fake) as base_url, open_api_client() as http:
        client = RealtimeKitClient(
            http,
            base_url=base_url + API,
            account_id=account.id,
            api_token=TOKEN,
            observe=unobserved,
        )
        with pytest.raises(RealtimeKitUnavailable):
            await client.list_apps()
        assert await client.list_apps() == []


async def test_a_late_reply_is_the_right_one(world: World) -> None:
    """It takes its time, and then nothing is wrong with it."""
    world.fake.script.add("apps", late(0.05))
    began = time.monotonic()

    apps = await world.client().list_apps()

    assert [app.id for app in apps] == [world.app]
    assert time.monotonic() - began >= 0.05


async def test_each_link_is_a_fresh_one(world: World) -> None:
    """Asked twice, it signs twice, and both links work."""
    session = world.state.add_session(world.app)
    world.state.add_summary(session, TEXT)
    client = world.client()

    links = [(await client.fetch_summary(world.app, session)).url for _ in range(2)]

    assert links[0] != links[1]
    assert [(await world.http.get(link)).text for link in links] == [TEXT, TEXT]


async def signed_link(world: World) -> str:
    """A good link to a summary."""
    session = world.state.add_session(world.app)
    world.state.add_summary(session, TEXT, expires_at=NOON + timedelta(hours=1))
    return (await world.client().fetch_summary(world.app, session)).url


@pytest.mark.parametrize(
    ("old", "new", "status", "code"),
    [
        ("%2f", "%2F", 403, "SignatureDoesNotMatch"),
        ("&empty=", "", 403, "SignatureDoesNotMatch"),
        ("attachment%3b+", "attachment%3b%20", 403, "SignatureDoesNotMatch"),
        ("rtk-summaries", "rtk-other", 403, "AccessDenied"),
    ],
)
async def test_the_store_takes_a_link_byte_for_byte(
    world: World, old: str, new: str, status: int, code: str
) -> None:
    """A link that was tidied up is not the link that was signed."""
    url = await signed_link(world)
    path, _, query = url.partition("?")
    changed = path.replace(old, new) + "?" + query.replace(old, new)
    if old == "%2f":
        changed = f"{path}?{query.replace(old, new)}"

    refusal = await world.http.get(changed)

    assert (refusal.status_code, f"<Code>{code}</Code>" in refusal.text) == (status, True)


@pytest.mark.parametrize("header", [{"Authorization": "Bearer x"}, {"Cookie": "a=b"}])
async def test_the_store_takes_no_credentials(world: World, header: dict[str, str]) -> None:
    """As S3's family does, it refuses a second way of proving who asks."""
    refusal = await world.http.get(await signed_link(world), headers=header)

    assert (refusal.status_code, "InvalidArgument" in refusal.text) == (400, True)


async def test_links_expire(world: World) -> None:
    """After its time a link is refused in the store's own words."""
    url = await signed_link(world)

    world.now += timedelta(hours=2)

    refusal = await world.http.get(url)
    assert (refusal.status_code, "ExpiredRequest" in refusal.text) == (403, True)


async def test_files_can_be_gone(world: World) -> None:
    """A good link to a deleted file finds no such key."""
    url = await signed_link(world)
    for summary in world.state.summaries.values():
        summary.deleted = True

    refusal = await world.http.get(url)

    assert (refusal.status_code, "NoSuchKey" in refusal.text) == (404, True)


async def test_a_file_can_have_any_type_or_none(world: World) -> None:
    """The declared type is whatever was set, or missing."""
    session = world.state.add_session(world.app)
    world.state.add_summary(session, b"\xff\xfe", content_type=None)

    link = await world.client().fetch_summary(world.app, session)

    response = await world.http.get(link.url)
    assert response.content == b"\xff\xfe"
    assert "content-type" not in response.headers


async def test_says_any_expiry_and_any_link(world: World) -> None:
    """What the API claims can differ from what is so."""
    session = world.state.add_session(world.app)
    world.state.add_summary(session, TEXT, said_expiry="soon", url="https://elsewhere.example/")

    link = await world.client().fetch_summary(world.app, session)

    assert (link.url, link.expires_at) == ("https://elsewhere.example/", None)


@pytest.mark.parametrize(
    ("token", "error"),
    [
        (Token(value="another-token"), TokenRefused),
        (Token(value=TOKEN, status="disabled"), TokenRefused),
        (Token(value=TOKEN, status="expired"), TokenRefused),
        (Token(value=TOKEN, may_use_realtime=False), PermissionMissing),
    ],
)
async def test_checks_tokens(world: World, token: Token, error: type[RealtimeKitError]) -> None:
    """Unknown, dead and powerless tokens are refused as Cloudflare does."""
    world.account.tokens[:] = [token]

    with pytest.raises(error):
        await world.client().list_apps()


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer "}]
)
async def test_refuses_malformed_credentials(world: World, header: dict[str, str]) -> None:
    """What cannot be a bearer token is a 400 with Cloudflare's codes."""
    refusal = await world.http.get(world.url("sessions"), headers=header)

    assert refusal.status_code == 400
    assert refusal.json()["errors"][0]["error_chain"][0]["code"] == 6111


async def test_keeps_accounts_apart(world: World) -> None:
    """A token of one account opens nothing of another."""
    other = world.state.add_account(Token(value="token-of-another"))

    with pytest.raises(PermissionMissing):
        await world.client(account=other).list_apps()
    assert await world.client(account=other, token="token-of-another").list_apps() == []
    with pytest.raises(AppNotFound):
        await world.client(account=other, token="token-of-another").list_sessions(world.app)


async def test_cannot_route_to_a_malformed_account(world: World) -> None:
    """An account id of the wrong form gets Cloudflare's routing error."""
    with pytest.raises(AccountNotFound):
        await world.client(account_id="not-an-account-id").list_apps()


async def test_knows_its_own_apps_and_sessions_only(world: World) -> None:
    """Unknown ids are not found, and neither is a session under another app."""
    client = world.client()
    session = world.state.add_session(world.app)
    other_app = world.state.add_app(world.account, "Staging")

    with pytest.raises(SessionNotFound):
        await client.fetch_session(world.app, SessionId("unknown-session"))
    with pytest.raises(SessionNotFound):
        await client.fetch_session(other_app, session)
    with pytest.raises(AppNotFound):
        await client.list_sessions(AppId("unknown-app"))


@pytest.mark.parametrize(("kind", "user", "account"), [("user", 200, 401), ("account", 401, 200)])
async def test_verifies_each_kind_of_token_at_its_own_place(
    world: World, kind: str, user: int, account: int
) -> None:
    """Account-owned tokens are unknown to the user endpoint, and the other way round."""
    world.account.tokens[:] = [
        Token(value=TOKEN, kind="user" if kind == "user" else "account", status="disabled")
    ]
    by_user = await world.get(f"{NOWHERE}{API}/user/tokens/verify")
    by_account = await world.get(f"{NOWHERE}{API}/accounts/{world.account.id}/tokens/verify")

    assert (by_user.status_code, by_account.status_code) == (user, account)
    good, bad = (by_user, by_account) if user == 200 else (by_account, by_user)
    assert good.json()["result"]["status"] == "disabled"
    assert bad.json()["errors"][0]["code"] == 1000


async def test_lists_apps_in_pages(world: World) -> None:
    """Every app of the account is found, however many pages that takes."""
    for number in range(60):
        world.state.add_app(world.account, f"App {number}")

    apps = await world.client().list_apps()

    assert len(apps) == 61
    assert apps[0] == App(world.app, "Production")
    assert len(world.fake.calls("apps")) == 3


async def test_lists_ended_sessions_newest_first(world: World) -> None:
    """Running sessions stay out, and the order is the one asked for."""
    older = world.state.add_session(world.app, title="Older", started_at=NOON - timedelta(days=2))
    newer = world.state.add_session(world.app, title=None, transcript_minutes=0)
    world.state.add_session(world.app, lasted=None)

    sessions = await world.client().list_sessions(world.app)

    assert [session.session_id for session in sessions] == [newer, older]
    assert (sessions[0].title, sessions[0].transcribed_minutes) == ("", 0)
    assert sessions[1].length == timedelta(minutes=30)


async def test_lists_the_sessions_of_a_meeting(world: World) -> None:
    """The filter is honoured."""
    meeting = MeetingId("22222222-90cd-4e8f-a7b2-c3d4e5f60718")
    run = world.state.add_session(world.app, meeting=meeting)
    world.state.add_session(world.app)

    sessions = await world.client().list_sessions(world.app, meeting=meeting)

    assert [session.session_id for session in sessions] == [run]
    assert (
        len((await world.get(world.url("sessions?meeting_id=ignored"))).json()["data"]["sessions"])
        == 2
    )


async def test_sorts_as_asked(world: World) -> None:
    """Both documented orders work."""
    short = world.state.add_session(world.app, lasted=timedelta(minutes=5))
    long = world.state.add_session(world.app, lasted=timedelta(minutes=90))
    world.state.add_session(world.app, lasted=None)

    reply = await world.get(
        world.url(
            "sessions?sort_by=minutesConsumed&sort_order=ASC&status=ENDED&page_no=0&per_page=0"
        )
    )
    live = await world.get(world.url("sessions?status=LIVE&sort_by=minutesConsumed"))

    assert [row["id"] for row in reply.json()["data"]["sessions"]] == [short, long]
    assert live.json()["paging"]["total_count"] == 1


@pytest.mark.parametrize(
    "query", ["sort_by=created_at", "sort_order=desc", "status=ended", "page_no=-1", "per_page=x"]
)
async def test_refuses_wrong_parameters(world: World, query: str) -> None:
    """Values outside the documented ones are a 422."""
    assert (await world.get(world.url(f"sessions?{query}"))).status_code == 422


async def test_a_session_shows_what_it_is(world: World) -> None:
    """A breakout room names its parent; a running session has no end."""
    main = world.state.add_session(world.app, title="Main", lasted=None)
    room = world.state.add_session(world.app, parent=main, session="room-session-1")

    client = world.client()
    main_details = await client.fetch_session(world.app, main)
    room_details = await client.fetch_session(world.app, room)

    assert (main_details.live, main_details.ended_at) == (True, None)
    assert (room_details.session_id, room_details.parent_session_id) == ("room-session-1", main)


async def test_a_summary_is_ready_when_its_time_comes(world: World) -> None:
    """Before that it is not found, after 7 days not any more, and neither is the transcript."""
    session = world.state.add_session(world.app)
    world.state.add_summary(session, TEXT, ready_at=NOON + timedelta(minutes=2))
    client = world.client()

    with pytest.raises(SummaryNotReady):
        await client.fetch_summary(world.app, session)
    world.now += timedelta(minutes=2)
    assert (await client.fetch_summary(world.app, session)).url
    assert await client.has_transcript(world.app, session)
    world.now += SUMMARY_KEPT_FOR
    with pytest.raises(SummaryNotReady):
        await client.fetch_summary(world.app, session)
    assert not await client.has_transcript(world.app, session)


async def test_writes_a_summary_on_request(world: World) -> None:
    """With a transcript there is one after a while."""
    session = world.state.add_session(world.app)
    world.state.writing_takes = timedelta(minutes=1)
    client = world.client()

    await client.generate_summary(world.app, session)
    with pytest.raises(SummaryNotReady):
        await client.fetch_summary(world.app, session)
    world.now += timedelta(minutes=1)

    link = await client.fetch_summary(world.app, session)
    assert (await world.http.get(link.url)).text == world.state.generated_text


@pytest.mark.parametrize("lasted", [timedelta(minutes=30), None])
async def test_writes_nothing_without_a_transcript(world: World, lasted: timedelta | None) -> None:
    """Silence, and a meeting that still runs, cannot be summed up."""
    session = world.state.add_session(
        world.app, lasted=lasted, transcript_minutes=0 if lasted else 5
    )

    with pytest.raises(NoTranscript):
        await world.client().generate_summary(world.app, session)
    assert not await world.client().has_transcript(world.app, session)


async def test_limits_the_rate(world: World) -> None:
    """A used-up limit says when it is renewed, and then it is."""
    world.fake.gate.rate_limit = 2
    client = world.client()
    await client.list_apps()

    with pytest.raises(RealtimeKitBusy) as raised:
        await client.list_apps()
    world.now += timedelta(minutes=5)

    assert raised.value.retry_after == 300
    assert len(await client.list_apps()) == 1


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (gateway_refusal(429, 10, Retry_After="2"), RealtimeKitBusy),
        (backend_refusal(404), SummaryNotReady),
        (edge_page(524), RealtimeKitUnavailable),
        (json_reply(200, {"success": False}), UnexpectedReply),
        (Scripted(status=302, headers={"Location": "https://evil.example/"}), UnexpectedReply),
    ],
)
async def test_gives_scripted_replies_first(
    world: World, reply: Scripted, error: type[RealtimeKitError]
) -> None:
    """A scripted reply is given once, then all is well again."""
    session = world.state.add_session(world.app)
    world.state.add_summary(session, TEXT)
    world.fake.script.add("summary", reply)

    with pytest.raises(error):
        await world.client().fetch_summary(world.app, session)
    assert (await world.client().fetch_summary(world.app, session)).url


async def test_gives_a_scripted_reply_for_good(world: World) -> None:
    """A lasting reply holds until it is taken back; single ones come before it."""
    world.fake.script.always("apps", edge_page(502))
    world.fake.script.add("apps", gateway_refusal(403, 10000))

    with pytest.raises(PermissionMissing):
        await world.client().list_apps()
    for _ in range(2):
        with pytest.raises(RealtimeKitUnavailable):
            await world.client().list_apps()
    world.fake.script.always("apps", None)

    assert len(await world.client().list_apps()) == 1


@pytest.mark.parametrize(
    ("ratio", "fails"), [(0.0, False), (0.5, False), (0.51, True), (1.0, True)]
)
async def test_fails_by_chance(world: World, ratio: float, *, fails: bool) -> None:
    """The share of failures is the share of chances below it."""
    world.fake.fail_ratio = ratio

    reply = await world.get(world.url("sessions"))

    assert (reply.status_code == 502) is fails


async def test_scripts_the_store_too(world: World) -> None:
    """A download can be spoiled like any call."""
    url = await signed_link(world)
    world.fake.script.add("download", Scripted(status=503), Scripted(status=200, body=b"<html>"))

    statuses = [(await world.http.get(url)).status_code for _ in range(3)]

    assert statuses == [503, 200, 200]


async def test_remembers_every_request(world: World) -> None:
    """Endpoint, method, path and query are kept, refused requests included."""
    await world.http.post(world.url("sessions/some-session/summary"))
    await world.get(world.url("sessions?status=ENDED&page_no=1"))

    assert [(seen.endpoint, seen.method, seen.query) for seen in world.fake.requests] == [
        ("generate_summary", "POST", ""),
        ("sessions", "GET", "status=ENDED&page_no=1"),
    ]
    assert world.fake.calls("sessions")[0].path.endswith(f"{world.app}/sessions")
    assert TOKEN not in repr(world.fake.requests)


@pytest.mark.parametrize(
    ("spoil", "error"),
    [("expired", LinkExpired), ("deleted", SummaryExpired)],
)
async def test_the_downloader_understands_the_store(
    spoil: str, error: type[RealtimeKitError]
) -> None:
    """The store's refusals mean to the real downloader what they should."""
    now = [NOON]
    fake = FakeRealtimeKit(now=lambda: now[0])
    account = fake.state.add_account(Token(value=TOKEN))
    app = fake.state.add_app(account, "Production")
    session = fake.state.add_session(app)
    written = fake.state.add_summary(session, TEXT, expires_at=NOON + timedelta(hours=1))

    async with serve(fake) as base_url, open_api_client() as http:
        client = RealtimeKitClient(
            http,
            base_url=base_url + API,
            account_id=account.id,
            api_token=TOKEN,
            observe=unobserved,
        )
        link = await client.fetch_summary(app, session)
        written.deleted = spoil == "deleted"
        now[0] += timedelta(hours=2 if spoil == "expired" else 0)
        downloader = Downloader(allow_local=True, observe=unobserved)
        with pytest.raises(error):
            await downloader.download(link)
        await downloader.aclose()
