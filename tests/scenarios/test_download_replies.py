"""Everything a link may lead to, as the asker lives through it."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.demo.fake_realtimekit.scripted import Scripted, dropped, json_reply
from bot.demo.stage import API_TOKEN
from bot.domain.delivery import DeliveryState
from bot.domain.ids import SessionId
from tests.realtimekit.raw_server import Act, endless, raw_server, says
from tests.realtimekit.raw_server import reply as raw_reply
from tests.scenarios.private import assert_plain, assert_token_stays_home
from tests.scenarios.world import World, open_world, read

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = "We ship on Thursday."
FAILED, SKIPPED = DeliveryState.FAILED, DeliveryState.SKIPPED


def raw(status: int, body: bytes = b"", **headers: str) -> Scripted:
    """Any reply at all; `_` in header names stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Scripted(status=status, body=body, headers=named)


def xml(status: int, code: str) -> Scripted:
    """A store's refusal."""
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code></Error>'
    return raw(status, body.encode(), Content_Type="application/xml")


async def assert_posted_once(world: World, session: SessionId, *, answers: int = 1) -> str:
    """One thread with one reply, whose words are returned; nobody heard more than they should."""
    assert (await world.delivery(session)).state is DeliveryState.POSTED
    [(_, replies)] = world.threads()
    assert len(replies) == 1
    assert len(world.private()) == answers
    assert_token_stays_home(world)
    return read(replies[0])


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain; charset=utf-8",
        "text/markdown",
        "application/octet-stream",
        "binary/octet-stream",
        None,
    ],
)
async def test_posts_whatever_type_is_declared(shared: World, content_type: str | None) -> None:
    """Text is text, however the store calls it."""
    session = shared.meeting(None)
    shared.stage.kit.state.add_summary(session, TEXT, content_type=content_type)

    await shared.ask(session)

    assert TEXT in await assert_posted_once(shared, session)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        pytest.param(b"\xef\xbb\xbfWe ship.", "We ship.", id="byte-order-mark"),
        pytest.param(b"One.\r\n\r\nTwo.\r\n", "One.\n\nTwo.", id="crlf"),
        pytest.param(b"One.\r\rTwo.\r", "One.\n\nTwo.", id="cr"),
        pytest.param(b"We\x00 ship.", "We ship.", id="nul"),
        pytest.param("We \u202eship\u200b.".encode(), "We ship.", id="override-and-zero-width"),
        pytest.param("Café à la carte".encode("latin-1"), "Café à la carte", id="latin-1"),
        pytest.param(b"caf\xc3\xa9 \xff ok", "café \ufffd ok", id="lone-ff"),
        pytest.param("café né".encode()[:-1], "café n", id="cut-short"),
        pytest.param("Wir fahren.".encode("utf-16"), "Wir fahren.", id="utf-16"),
        pytest.param(
            "ההחלטה: להשיק. 会议纪要。".encode(), "ההחלטה: להשיק. 会议纪要。", id="scripts"
        ),
    ],
)
async def test_posts_odd_bytes_as_they_were_meant(shared: World, body: bytes, shown: str) -> None:
    """Whatever its encoding, the text arrives readable and without what is invisible."""
    session = shared.meeting(body)

    await shared.ask(session)

    assert (await assert_posted_once(shared, session)).startswith(shown)


async def test_takes_a_compressed_file(shared: World) -> None:
    """Gzip is unpacked."""
    session = shared.meeting()
    body = gzip.compress(TEXT.encode())
    shared.stage.kit.script.add("download", raw(200, body, Content_Encoding="gzip"))

    await shared.ask(session)

    assert TEXT in await assert_posted_once(shared, session)


@dataclass(frozen=True)
class End:
    """What ends a delivery at once: its state, the reason kept and the sentence told."""

    reply: Scripted
    state: DeliveryState
    reason: str
    told: str


_EMPTY = "The summary of that meeting is empty"
_OTHER = "What Cloudflare delivered was not a summary"
_LARGE = "The summary is larger than 1 MB"
_LATE = "The download from Cloudflare expired"
_UNSAFE = "Cloudflare's download address did not look safe"

ENDS = {
    "nothing": End(raw(200), SKIPPED, "summary_empty", _EMPTY),
    "blanks": End(raw(200, b" \r\n\t\n"), SKIPPED, "summary_empty", _EMPTY),
    "invisible": End(raw(200, "\ufeff\u200b\u202e".encode()), SKIPPED, "summary_empty", _EMPTY),
    "204": End(raw(204), SKIPPED, "summary_empty", _EMPTY),
    "page": End(
        raw(200, b"<!DOCTYPE html><h1>Error</h1>", Content_Type="text/html"),
        FAILED,
        "not_a_summary",
        _OTHER,
    ),
    "page-as-text": End(
        raw(200, b"<html>Oops</html>", Content_Type="text/plain"), FAILED, "not_a_summary", _OTHER
    ),
    "xml": End(xml(200, "InternalError"), FAILED, "not_a_summary", _OTHER),
    "json": End(raw(200, b'{"summary": "Hi"}'), FAILED, "not_a_summary", _OTHER),
    "pdf": End(raw(200, b"%PDF-1.7 ..."), FAILED, "not_a_summary", _OTHER),
    "brotli": End(
        raw(200, b"\x0b\x02\x80", Content_Encoding="br"), FAILED, "not_a_summary", _OTHER
    ),
    "400-argument": End(xml(400, "InvalidArgument"), FAILED, "not_a_summary", _OTHER),
    "416": End(xml(416, "InvalidRange"), FAILED, "not_a_summary", _OTHER),
    "redirect-to-nowhere": End(raw(302), FAILED, "not_a_summary", _OTHER),
    "10-MB": End(raw(200, b"x" * 10_000_000), FAILED, "summary_too_large", _LARGE),
    "bomb": End(
        raw(200, gzip.compress(b"x" * 100_000_000), Content_Encoding="gzip"),
        FAILED,
        "summary_too_large",
        _LARGE,
    ),
    "403-expired": End(xml(403, "ExpiredRequest"), FAILED, "link_expired", _LATE),
    "400-expired": End(xml(400, "ExpiredRequest"), FAILED, "link_expired", _LATE),
    "403-denied": End(xml(403, "AccessDenied"), FAILED, "link_expired", _LATE),
    "redirect-loop": End(raw(302, Location="/store/again"), FAILED, "link_refused", _UNSAFE),
    "redirect-private": End(
        raw(302, Location="https://10.1.2.3/store"), FAILED, "link_refused", _UNSAFE
    ),
    "redirect-metadata": End(
        raw(307, Location="http://169.254.169.254/latest"), FAILED, "link_refused", _UNSAFE
    ),
    "redirect-file": End(raw(301, Location="file:///etc/passwd"), FAILED, "link_refused", _UNSAFE),
}


@pytest.mark.parametrize("case", ENDS)
async def test_says_what_was_found_instead(shared: World, case: str) -> None:
    """No junk in the channel: the asker alone hears what is wrong and what to do."""
    session = shared.meeting()
    end = ENDS[case]
    shared.stage.kit.script.always("download", end.reply)

    await shared.ask(session)

    ended = await shared.delivery(session)
    assert (ended.state, ended.reason) == (end.state, end.reason)
    [_, told] = shared.private()
    assert told.startswith(end.told)
    assert ended.id in told
    assert shared.channel().messages == []
    assert_plain(shared)
    assert_token_stays_home(shared)


async def test_a_file_that_is_not_there_yet_is_waited_for(shared: World) -> None:
    """A link may come before its file: of a new meeting that means "not ready", not "deleted"."""
    session = shared.meeting()
    shared.stage.kit.script.add("download", xml(404, "NoSuchKey"))

    await shared.ask(session)

    assert (await shared.delivery(session)).state is DeliveryState.WAITING
    assert shared.private()[-1].startswith("The summary of that meeting is not ready yet.")
    assert shared.channel().messages == []

    await shared.until_settled(session)

    await assert_posted_once(shared, session, answers=2)


async def test_a_file_of_an_old_meeting_is_said_to_be_deleted(shared: World) -> None:
    """After the seven days Cloudflare keeps it, a link without a file is the end."""
    session = shared.meeting(None, started_at=shared.clock() - timedelta(days=8))
    url = f"{shared.stage.kit_url}/store/gone"
    link = {"success": True, "data": {"sessionId": session, "summaryDownloadUrl": url}}
    shared.stage.kit.script.add("summary", json_reply(200, link))
    shared.stage.kit.script.add("download", xml(404, "NoSuchKey"))

    await shared.ask(session)

    ended = await shared.delivery(session)
    assert (ended.state, ended.reason) == (SKIPPED, "summary_expired")
    assert shared.private()[-1].startswith("That meeting is more than 7 days old")
    assert shared.channel().messages == []


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(xml(403, "ExpiredRequest"), id="403-expired"),
        pytest.param(xml(400, "ExpiredRequest"), id="400-expired"),
        pytest.param(xml(403, "SignatureDoesNotMatch"), id="403-signature"),
    ],
)
async def test_asks_for_a_fresh_link_once(shared: World, reply: Scripted) -> None:
    """An expired link is replaced at once, and nobody notices."""
    session = shared.meeting()
    shared.stage.kit.script.add("download", reply)

    await shared.ask(session)

    await assert_posted_once(shared, session)
    first, second = shared.stage.kit.calls("download")
    assert first.query != second.query
    assert len(shared.stage.kit.calls("summary")) == 2


PASSING = {
    "503-slow-down": xml(503, "SlowDown"),
    "500": xml(500, "InternalError"),
    "429": raw(429, Retry_After="20"),
    "502-page": raw(502, b"<html>Bad gateway</html>"),
    "corrupt-gzip": raw(200, b"\x1f\x8bnonsense", Content_Encoding="gzip"),
    "dropped": dropped(),
}


@pytest.mark.parametrize("case", PASSING)
async def test_gets_over_a_passing_fault(shared: World, case: str) -> None:
    """Two bad replies and then the file: one thread, and nobody hears of it."""
    session = shared.meeting()
    shared.stage.kit.script.add("download", PASSING[case], PASSING[case])

    await shared.ask(session)
    assert shared.channel().messages == []
    assert (await shared.delivery(session)).reason == "realtimekit_unavailable"
    await shared.until_settled(session)

    await assert_posted_once(shared, session)


async def test_follows_a_redirect_of_the_store(shared: World) -> None:
    """One hop to the same place is nothing to speak of."""
    session = shared.meeting()
    kit = shared.stage.kit
    url = kit.store.sign(shared.stage.kit_url, kit.state.summaries[session])
    kit.script.add("download", raw(302, Location=url))

    await shared.ask(session)

    await assert_posted_once(shared, session)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"

RAW: dict[str, tuple[Act, str]] = {
    "endless-chunks": (
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", CHUNK),
        "summary_too_large",
    ),
    "endless-without-length": (endless(HEAD + b"\r\n", b"x" * 0x10000), "summary_too_large"),
    "length-too-long": (says(HEAD + b"Content-Length: 50\r\n\r\nWe"), "realtimekit_unavailable"),
    "length-too-large": (says(HEAD + b"Content-Length: 9999999999\r\n\r\n"), "summary_too_large"),
    "not-http": (says(b"SSH-2.0-OpenSSH_9.6\r\n"), "realtimekit_unavailable"),
    "ok": (raw_reply("200 OK", TEXT.encode()), ""),
}


@pytest.mark.parametrize("case", RAW)
async def test_another_host_gets_no_token(shared: World, case: str) -> None:
    """A file elsewhere is fetched with nothing but the link; a bad host posts no junk."""
    act, reason = RAW[case]
    async with raw_server(act) as server:
        session = shared.meeting(None)
        url = f"http://127.0.0.1:{server.port}/s%2Fa+b~c?X-Amz-Signature=k%2f&b=&a=1"
        shared.stage.kit.state.add_summary(session, TEXT, url=url)

        await shared.ask(session)

    delivery = await shared.delivery(session)
    assert (delivery.reason or "") == reason
    assert bool(shared.channel().messages) is (not reason)
    assert len(server.heads) == 1
    assert server.heads[0].startswith(b"GET /s%2Fa+b~c?X-Amz-Signature=k%2f&b=&a=1 HTTP/1.1\r\n")
    assert API_TOKEN.encode() not in server.heads[0]
    assert b"authorization" not in server.heads[0].lower()
    assert b"cookie" not in server.heads[0].lower()
    assert_plain(shared)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guarded_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A bot as it is deployed: public addresses alone."""
    folder = tmp_path_factory.mktemp("guarded")
    async with open_world(folder, ALLOW_LOCAL_DOWNLOADS="false") as opened:
        yield opened


UNSAFE = [
    "http://files.example.com/s",
    "ftp://files.example.com/s",
    "file:///etc/passwd",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "/store/s",
    "https://user@files.example.com/s",
    "https://files.example.com:22/s",
    "https://localhost/s",
    "https://127.0.0.1/s",
    "https://[::1]/s",
    "https://0.0.0.0/s",
    "https://10.0.0.1/s",
    "https://169.254.169.254/latest/meta-data",
    "https://[fd00::1]/s",
    "https://[::ffff:127.0.0.1]/s",
    "https://2130706433/s",
    "https://0x7f.1/s",
    "https://localhost./s",
    "https://files.example.com/" + "x" * 9_000,
    "https://files.example.com/a b",
    "https://files.example.com/a%0d%0aHost:%20evil",
]


@pytest.mark.parametrize("url", UNSAFE, ids=lambda url: url[:40])
async def test_opens_no_unsafe_address(guarded_world: World, url: str) -> None:
    """It is not opened, not shown and not repeated: the asker hears that it did not look safe."""
    guarded_world.forget()
    session = guarded_world.meeting(None)
    guarded_world.stage.kit.state.add_summary(session, TEXT, url=url)

    await guarded_world.ask(session)

    ended = await guarded_world.delivery(session)
    assert (ended.state, ended.reason) == (FAILED, "link_refused")
    [_, told] = guarded_world.private()
    assert told.startswith(_UNSAFE)
    assert guarded_world.channel().messages == []
    assert guarded_world.stage.kit.calls("download") == []
    assert_plain(guarded_world)
