"""Every reply RealtimeKit may give when asked for a summary, as the asker lives through it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from bot.demo.fake_realtimekit.scripted import (
    Scripted,
    backend_refusal,
    dropped,
    edge_page,
    gateway_refusal,
    json_reply,
)
from bot.demo.stage import API_TOKEN
from bot.domain.delivery import DeliveryState
from bot.domain.ids import SessionId
from tests.scenarios.private import assert_plain, assert_token_stays_home
from tests.scenarios.world import World, read

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOTHING_READY = "The summary of that meeting is not ready yet."
OTHER = "99999999-90cd-4e8f-a7b2-c3d4e5f60718"
V4_ERRORS = [{"code": 1, "message": "x"}]


def link_to(world: World, session: SessionId) -> str:
    """A fresh link to a session's summary, as the API would say it."""
    kit = world.stage.kit
    return kit.store.sign(world.stage.kit_url, kit.state.summaries[session])


def granted(data: object) -> Scripted:
    """A success with its payload."""
    return json_reply(200, {"success": True, "data": data})


def raw(status: int, body: bytes = b"", **headers: str) -> Scripted:
    """Any reply at all; `_` in header names stands for `-`."""
    return Scripted(
        status=status, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def notice_of(world: World) -> str:
    """What stands under the only thread's last message."""
    [(_, replies)] = world.threads()
    return read(replies[-1]).partition("│ ")[2]


UNKNOWN = "Cloudflare did not say until when"


@pytest.mark.parametrize(
    ("said", "notice"),
    [
        pytest.param("2027-05-06T07:08:09.000Z", "until May 6, 2027 at 7:08 AM", id="milliseconds"),
        pytest.param("2027-05-06T07:08:09Z", "until May 6, 2027 at 7:08 AM", id="no-fraction"),
        pytest.param("2027-05-06T09:08:09+02:00", "until May 6, 2027 at 7:08 AM", id="offset"),
        pytest.param("2027-05-06T07:08:09.123456789Z", "until May 6, 2027", id="nanoseconds"),
        pytest.param(1_809_500_000, "until May 5, 2027", id="epoch-seconds"),
        pytest.param("9999-12-31T23:59:59Z", "until Dec 31, 9999 at 11:59 PM", id="end-of-time"),
        pytest.param("2020-01-01T00:00:00Z", "can no longer be downloaded", id="in-the-past"),
        pytest.param("", UNKNOWN, id="empty"),
        pytest.param(None, UNKNOWN, id="null"),
        pytest.param("soon", UNKNOWN, id="words"),
        pytest.param({"at": 5}, UNKNOWN, id="object"),
    ],
)
async def test_posts_whatever_the_expiry_says(shared: World, said: object, notice: str) -> None:
    """An expiry is read in every form, and one that cannot be read never stops a post."""
    session = shared.meeting(None)
    shared.stage.kit.state.add_summary(session, "We ship on Thursday.", said_expiry=said)

    await shared.ask(session)

    assert (await shared.delivery(session)).state is DeliveryState.POSTED
    assert notice in notice_of(shared)
    assert ("[Get the file]" in notice_of(shared)) is ("no longer" not in notice)


LINKS: dict[str, Callable[[SessionId, str], object]] = {
    "snake-case": lambda session, url: {
        "session_id": session,
        "summary_download_url": url,
        "summary_download_url_expiry": "2027-05-06T07:08:09Z",
    },
    "unknown-keys": lambda session, url: {
        "sessionId": session,
        "summaryDownloadUrl": url,
        "summaryDownloadUrlExpiry": "2027-05-06T07:08:09Z",
        "status": {"deep": [1, 2]},
    },
    "no-expiry": lambda session, url: {"sessionId": session, "summaryDownloadUrl": url},
    "no-session": lambda _, url: {"summaryDownloadUrl": url},
    "session-in-capitals": lambda session, url: {
        "sessionId": session.upper(),
        "summaryDownloadUrl": url,
    },
}


@pytest.mark.parametrize("shape", LINKS)
async def test_reads_the_link_in_every_shape(shared: World, shape: str) -> None:
    """One quiet thread, whatever the naming."""
    session = shared.meeting()
    data = LINKS[shape](session, link_to(shared, session))
    shared.stage.kit.script.add("summary", granted(data))

    await shared.ask(session)

    [(_, replies)] = shared.threads()
    assert len(replies) == 1
    assert "We ship on Thursday." in read(replies[0])
    assert len(shared.private()) == 1
    assert_token_stays_home(shared)


async def test_takes_a_compressed_reply(shared: World) -> None:
    """Gzip, though it was not asked for, is read."""
    session = shared.meeting()
    data = {"sessionId": session, "summaryDownloadUrl": link_to(shared, session)}
    body = gzip.compress(json.dumps({"success": True, "data": data}).encode())
    shared.stage.kit.script.add("summary", raw(200, body, Content_Encoding="gzip"))

    await shared.ask(session)

    assert len(shared.threads()) == 1


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(json_reply(200, {"success": True}), id="no-data"),
        pytest.param(granted(None), id="null"),
        pytest.param(granted({}), id="empty-object"),
        pytest.param(granted([]), id="empty-list"),
        pytest.param(granted({"summaryDownloadUrl": None}), id="null-link"),
        pytest.param(granted({"summaryDownloadUrl": ""}), id="empty-link"),
        pytest.param(raw(204), id="204"),
        pytest.param(
            json_reply(200, {"success": False, "error": {"code": 404, "message": "x"}}),
            id="404-under-200",
        ),
        pytest.param(backend_refusal(404), id="404-backend"),
        pytest.param(json_reply(404, {"success": False, "errors": V4_ERRORS}), id="404-gateway"),
        pytest.param(json_reply(404, {"message": "nope"}), id="404-message"),
        pytest.param(json_reply(404, {"success": False}), id="404-bare"),
        pytest.param(raw(404), id="404-empty"),
        pytest.param(edge_page(404), id="404-page"),
        pytest.param(backend_refusal(400, "transcript not found"), id="400-no-transcript-yet"),
        pytest.param(backend_refusal(409, "Transcript is not ready"), id="409-no-transcript-yet"),
        pytest.param(backend_refusal(422, "transcript not found"), id="422-no-transcript-yet"),
        pytest.param(backend_refusal(409, "summary in progress"), id="409-in-progress"),
    ],
)
async def test_waits_when_there_is_nothing_yet(shared: World, reply: Scripted) -> None:
    """Of a meeting that has just ended: told once, and posted once when it appears."""
    session = shared.meeting()
    shared.stage.kit.script.add("summary", reply, reply)

    await shared.ask(session)

    waiting = await shared.delivery(session)
    assert (waiting.state, waiting.reason) == (DeliveryState.WAITING, "summary_not_ready")
    assert shared.threads() == []
    [_, told] = shared.private()
    assert told.startswith(NOTHING_READY)
    assert_plain(shared)

    await shared.until_settled(session)

    assert len(shared.threads()) == 1
    assert len(shared.private()) == 2


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(backend_refusal(400, "transcript not found"), id="400"),
        pytest.param(backend_refusal(409, "No transcript available for this session"), id="409"),
        pytest.param(backend_refusal(422, "Transcript not found for this session"), id="422"),
    ],
)
async def test_says_that_nothing_was_transcribed(shared: World, reply: Scripted) -> None:
    """Long after the meeting, a missing transcript is an end and not a wait."""
    session = shared.meeting(
        None, started_at=shared.clock() - timedelta(hours=5), lasted=timedelta(hours=1)
    )
    shared.stage.kit.script.add("summary", reply)

    await shared.ask(session)

    ended = await shared.delivery(session)
    assert (ended.state, ended.reason) == (DeliveryState.SKIPPED, "no_transcript")
    assert shared.private()[-1].startswith("That meeting has no transcript")
    assert shared.threads() == []
    assert_plain(shared)


@dataclass(frozen=True)
class End:
    """A reply that ends a delivery at once: the reason kept and the sentence told."""

    reply: Scripted
    reason: str
    told: str


_TOKEN = "Cloudflare did not accept this bot's API token."
_PERMISSION = "This bot's Cloudflare API token may not read RealtimeKit meetings."
_ACCOUNT = "Cloudflare does not know the account that this bot is set up with."
_CHAIN = [{"code": 6111, "message": "Invalid format for Authorization header"}]
_MALFORMED = [{"code": 6003, "message": "Invalid request headers", "error_chain": _CHAIN}]
_ROUTE = [{"code": 7003, "message": "Could not route"}, {"code": 7000, "message": "No route"}]
_AUTH = [{"code": 10000, "message": "Authentication error"}]

ENDS = {
    "400-malformed-header": End(
        json_reply(400, {"success": False, "errors": _MALFORMED}), "token_refused", _TOKEN
    ),
    "400-authentication": End(
        backend_refusal(400, "Authentication failed"), "token_refused", _TOKEN
    ),
    "401": End(gateway_refusal(401, 1000, "Invalid API Token"), "token_refused", _TOKEN),
    "401-empty": End(raw(401), "token_refused", _TOKEN),
    "403": End(gateway_refusal(403, 10000), "permission_missing", _PERMISSION),
    "403-short": End(
        json_reply(403, {"success": False, "errors": _AUTH}), "permission_missing", _PERMISSION
    ),
    "403-bare": End(json_reply(403, {"success": False}), "permission_missing", _PERMISSION),
    "404-route": End(
        json_reply(404, {"success": False, "errors": _ROUTE}), "account_not_found", _ACCOUNT
    ),
    "400-route": End(
        json_reply(400, {"success": False, "errors": _ROUTE[:1]}), "account_not_found", _ACCOUNT
    ),
}


@pytest.mark.parametrize("case", ENDS)
async def test_says_what_an_administrator_must_mend(shared: World, case: str) -> None:
    """Refusals that time does not mend end at once, with one sentence and one next step."""
    session = shared.meeting()
    end = ENDS[case]
    shared.stage.kit.script.always("summary", end.reply)

    await shared.ask(session)

    ended = await shared.delivery(session)
    assert (ended.state, ended.reason) == (DeliveryState.FAILED, end.reason)
    told = shared.private()[-1]
    assert told.startswith(end.told)
    assert "Ask whoever runs this bot to" in told
    assert ended.id in told
    assert shared.threads() == []
    assert len(shared.stage.kit.calls("summary")) == 1
    assert_plain(shared)


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        pytest.param({"Retry-After": "2"}, 2, 3, id="2-seconds"),
        pytest.param({"Retry-After": "300"}, 300, 301, id="300-seconds"),
        pytest.param({"Retry-After": "DATE"}, 89, 91, id="date"),
        pytest.param({"Retry-After": "soon"}, 1, 2, id="garbage"),
        pytest.param({"Retry-After": "-7"}, 1, 2, id="negative"),
        pytest.param({}, 1, 2, id="absent"),
        pytest.param({"Ratelimit": '"default";r=0;t=30'}, 30, 31, id="ratelimit"),
    ],
)
async def test_waits_as_long_as_it_is_asked_to(
    shared: World, headers: dict[str, str], least: float, most: float
) -> None:
    """After a 429 nothing is asked before its time; then the summary is posted once.

    Whoever would wait for more than a minute is told.
    """
    session = shared.meeting()
    date = format_datetime(shared.clock() + timedelta(seconds=90), usegmt=True)
    named = {name: value.replace("DATE", date) for name, value in headers.items()}
    shared.stage.kit.script.add("summary", raw(429, b"{}", **named))

    await shared.ask(session)

    busy = await shared.delivery(session)
    assert busy.state.is_open
    assert busy.reason == "realtimekit_busy"
    assert busy.run_at is not None
    ahead = (busy.run_at - shared.clock()).total_seconds()
    assert least <= ahead <= most

    shared.clock.advance(seconds=ahead - 0.1)
    await shared.rest()

    assert len(shared.stage.kit.calls("summary")) == 1

    await shared.later(seconds=0.2)

    assert len(shared.threads()) == 1
    assert len(shared.private()) == (1 if least < 60 else 2)
    assert_plain(shared)


PASSING = {
    **{f"{status}-json": backend_refusal(status) for status in (500, 502, 503, 504)},
    **{f"{status}-page": edge_page(status) for status in (502, 520, 524)},
    "200-page": edge_page(200),
    "200-cut-short": raw(200, b'{"success": true, "data": {"summaryDown'),
    "200-empty": raw(200),
    "200-text": raw(200, b"ok"),
    "200-list": json_reply(200, [1, 2]),
    "200-number-for-link": granted({"summaryDownloadUrl": 7}),
    "200-refuses": json_reply(200, {"success": False}),
    "200-refuses-with-code": json_reply(200, {"success": False, "errors": V4_ERRORS}),
    "another-session": granted({"sessionId": OTHER, "summaryDownloadUrl": "https://a.example/s"}),
    "10-MB": raw(200, b'{"data": "' + b"x" * 10_000_000 + b'"}'),
    "corrupt-gzip": raw(200, b"\x1f\x8bnonsense", Content_Encoding="gzip"),
    "403-page": edge_page(403),
    "dropped": dropped(),
}


@pytest.mark.parametrize("case", PASSING)
async def test_gets_over_a_passing_fault(shared: World, case: str) -> None:
    """Two bad replies and then the right one: one thread, and nobody hears of it."""
    session = shared.meeting()
    shared.stage.kit.script.add("summary", PASSING[case], PASSING[case])

    await shared.ask(session)
    assert shared.threads() == []
    await shared.until_settled(session)

    [(_, replies)] = shared.threads()
    assert len(replies) == 1
    assert len(shared.private()) == 1
    assert len(shared.stage.kit.calls("summary")) == 3


async def test_gets_over_a_reply_that_does_not_come(shared: World) -> None:
    """A server that says nothing is given up on, and asked again."""
    session = shared.meeting()
    shared.stage.kit.script.add("summary", Scripted(delay=1.0))
    http = shared.served.bot.connections.http
    usual, http.timeout = http.timeout, httpx.Timeout(0.1)

    await shared.ask(session)
    http.timeout = usual
    assert (await shared.delivery(session)).reason == "realtimekit_unavailable"
    await shared.until_settled(session)

    assert len(shared.threads()) == 1


@pytest.mark.parametrize(
    "case", ["another-session", "200-refuses", "200-cut-short", "200-number-for-link"]
)
async def test_gives_up_a_reply_that_makes_no_sense(shared: World, case: str) -> None:
    """After a dozen tries the asker is told so in words, with the line to run again."""
    session = shared.meeting()
    shared.stage.kit.script.always("summary", PASSING[case])

    await shared.ask(session)
    ended = await shared.until_settled(session)

    assert (ended.state, ended.reason) == (DeliveryState.FAILED, "unexpected_reply")
    assert 8 <= len(shared.stage.kit.calls("summary")) <= 12
    last = shared.private()[-1]
    assert last.startswith("Cloudflare answered in a way this bot does not understand.")
    assert f"/meeting-summary standups {session}" in last
    assert shared.threads() == []
    assert_plain(shared)


async def test_an_outage_is_told_and_given_up_after_a_day(shared: World) -> None:
    """The asker hears early that it takes longer, and a day later that it is over."""
    session = shared.meeting()
    shared.stage.kit.script.always("summary", PASSING["503-json"])

    await shared.ask(session)
    await shared.until_settled(session, most=8)

    told = shared.private()[-1]
    assert told.startswith("Cloudflare could not be reached, or had a problem of its own.")
    assert "will be posted" in told

    await shared.later(hours=24)

    ended = await shared.delivery(session)
    assert (ended.state, ended.reason) == (DeliveryState.FAILED, "realtimekit_unavailable")
    last = shared.direct()[-1]
    assert last.startswith("Cloudflare could not be reached")
    assert f"/meeting-summary standups {session}" in last
    assert shared.threads() == []
    assert_plain(shared)


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_follows_no_redirect_with_the_token(shared: World, status: int) -> None:
    """Another host is never asked; when the API answers properly the summary is posted."""
    session = shared.meeting()
    elsewhere = shared.stage.kit_url.replace("127.0.0.1", "localhost")
    reply = raw(status, Location=f"{elsewhere}/store/elsewhere")
    shared.stage.kit.script.add("summary", reply)

    await shared.ask(session)

    assert shared.stage.kit.calls("download") == []
    assert (await shared.delivery(session)).reason == "unexpected_reply"
    await shared.until_settled(session)
    assert len(shared.threads()) == 1
    assert all(API_TOKEN in r.headers["authorization"] for r in shared.stage.kit.calls("summary"))
    assert_token_stays_home(shared)
