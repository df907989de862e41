"""Every way a call fails, made to happen on a real connection of this machine."""

from __future__ import annotations

import asyncio
import logging
import socket
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.errors import (
    ChannelClosed,
    SendUnconfirmed,
    SlackBusy,
    SlackError,
    SlackUnavailable,
)
from bot.slack.failures import read_failure, read_retry_after
from bot.slack.sessions import open_session
from bot.slack.web_api import WebApi
from tests.clock import ManualClock
from tests.fakes import NOON
from tests.served_slack import Observations

SECRETS = ("xoxb-very-secret", "the summary's text", "https://hooks.slack.com/secret")


def http(status: str, body: bytes, content_type: str = "application/json", *more: str) -> bytes:
    """An answer as bytes, with the connection closed after it."""
    head = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *more]
    head += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(head).encode() + body


class Peer:
    """A server that reads one request and answers with the same bytes each time."""

    def __init__(self, reply: bytes | None) -> None:
        self.reply = reply
        self.requests = 0
        self.asked = asyncio.Event()
        self.serving: list[asyncio.Task[None]] = []

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection in a task of its own, to be waited for."""
        self.serving.append(asyncio.create_task(self.serve(reader, writer)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read the request whole; with no reply at all, wait until the caller is gone."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        await reader.readexactly(length)
        self.requests += 1
        self.asked.set()
        with suppress(ConnectionError):
            if self.reply is None:
                await reader.read()
            else:
                writer.write(self.reply)
                await writer.drain()
            writer.close()
            await writer.wait_closed()


@asynccontextmanager
async def a_peer(reply: bytes | None) -> AsyncIterator[tuple[Peer, str]]:
    """A peer and the API's address on it."""
    peer = Peer(reply)
    server = await asyncio.start_server(peer.accept, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield peer, f"http://127.0.0.1:{port}/api/"
        await asyncio.gather(*peer.serving)


def an_api(session: aiohttp.ClientSession, base_url: str, observed: Observations) -> WebApi:
    """The way to the Web API at that address."""
    return WebApi(session, token=SECRETS[0], base_url=base_url, now=lambda: NOON, observe=observed)


async def fail(api: WebApi, *, sending: bool) -> SlackError:
    """Make a call that must fail, and return its error."""
    with pytest.raises(SlackError) as caught:
        await api.call("chat.postMessage", json={"text": SECRETS[1]}, sending=sending)
    return caught.value


ECHO = b'{"ok": false, "text": "the summary\'s text"}'
NO_VERDICT = {
    "an error page": http("502 Bad Gateway", b"<html>the summary's text</html>", "text/html"),
    "an unfinished answer": http("200 OK", b"{}").replace(b"Length: 2", b"Length: 90"),
    "broken JSON": http("200 OK", b'{"ok": tr the summary\'s text'),
    "broken JSON in a 5xx": http("500 Error", b"{the summary's text"),
    "no code": http("200 OK", ECHO),
    "nothing": http("200 OK", b""),
    "a list": http("200 OK", b'["the summary\'s text"]'),
    "null": http("200 OK", b"null"),
    "a plain text": http("200 OK", b"the summary's text", "text/plain"),
    "not UTF-8": http("200 OK", b'{"ok": true, "x": "\xff\xfe"}'),
    "an archive": http("200 OK", b"\x1f\x8b", "application/gzip"),
    "a hang-up": b"",
    "a broken head": b"HTTP/1.1 what\r\n\r\n",
    "no answer": None,
}


@pytest.mark.parametrize("sending", [True, False])
@pytest.mark.parametrize("way", NO_VERDICT)
async def test_a_call_without_a_verdict(way: str, *, sending: bool) -> None:
    """What does not say whether Slack acted is in doubt for a send, and tried exactly once."""
    observed = Observations()
    async with (
        a_peer(NO_VERDICT[way]) as (peer, base_url),
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.3)) as session,
    ):
        error = await fail(an_api(session, base_url, observed), sending=sending)

    assert type(error) is (SendUnconfirmed if sending else SlackUnavailable)
    assert peer.requests == 1
    assert observed.seen == [("chat.postMessage", error.detail)]


@pytest.mark.parametrize("way", NO_VERDICT)
async def test_failures_keep_nothing_of_what_was_said(
    way: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the error, nor what hangs on it, nor any log at DEBUG has the token or the text."""
    caplog.set_level(logging.DEBUG)
    for name in ("slack_sdk", "slack_sdk.web.async_base_client", "aiohttp.client"):
        caplog.set_level(logging.DEBUG, logger=name)
    async with (
        a_peer(NO_VERDICT[way]) as (_, base_url),
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.3)) as session,
    ):
        error = await fail(an_api(session, base_url, Observations()), sending=True)

    said = "".join(traceback.format_exception(error)) + repr(error) + caplog.text
    assert (error.__cause__, error.__context__) == (None, None)
    assert [secret for secret in SECRETS if secret in said] == []


async def test_a_refusal_is_read_whatever_its_status() -> None:
    """A code counts, also when it comes with a 5xx."""
    reply = http("503 Unavailable", b'{"ok": false, "error": "is_archived"}')
    async with a_peer(reply) as (_, base_url), open_session() as session:
        error = await fail(an_api(session, base_url, Observations()), sending=True)

    assert (type(error), error.detail) == (ChannelClosed, "is_archived")


@pytest.mark.parametrize("body", [b'{"ok": false, "error": "ratelimited"}', b"", b"{broken"])
async def test_too_many_calls(body: bytes) -> None:
    """A 429 says how long to wait, whatever its body."""
    reply = http("429 Too Many", body, "application/json", "Retry-After: 30")
    async with a_peer(reply) as (peer, base_url), open_session() as session:
        error = await fail(an_api(session, base_url, Observations()), sending=True)

    assert (type(error), error.retry_after) == (SlackBusy, 30.0)
    assert peer.requests == 1


@pytest.mark.parametrize("sending", [True, False])
async def test_nobody_listens(*, sending: bool) -> None:
    """A refused connection is sure to have done nothing, also for a send."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with open_session() as session:
        api = an_api(session, f"http://127.0.0.1:{port}/api/", Observations())
        error = await fail(api, sending=sending)

    assert (type(error), error.detail) == (SlackUnavailable, "no_connection")


async def test_the_name_is_unknown() -> None:
    """A name that cannot be looked up is sure to have done nothing."""

    class NoNames(aiohttp.abc.AbstractResolver):
        async def resolve(self, *_: object, **__: object) -> list[aiohttp.abc.ResolveResult]:
            raise OSError("no such name")

        async def close(self) -> None:
            pass

    connector = aiohttp.TCPConnector(resolver=NoNames())
    async with aiohttp.ClientSession(connector=connector) as session:
        api = an_api(session, "https://slack.example/api/", Observations())
        error = await fail(api, sending=True)

    assert (type(error), error.detail) == (SlackUnavailable, "no_connection")


async def test_no_connection_in_time() -> None:
    """Running out of time before there is a connection is sure to have done nothing."""
    connector = aiohttp.TCPConnector(limit=1)
    timeout = aiohttp.ClientTimeout(total=5, connect=0.05)
    async with (
        a_peer(None) as (peer, base_url),
        aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
    ):
        api = an_api(session, base_url, Observations())
        first = asyncio.create_task(api.call("auth.test"))
        await peer.asked.wait()
        error = await fail(api, sending=True)
        first.cancel()
        await asyncio.wait([first])

    assert (type(error), error.detail) == (SlackUnavailable, "no_connection")


async def test_a_call_that_is_called_off_is_reported() -> None:
    """A cancelled call is counted as that, and the cancellation goes on."""
    observed = Observations()
    async with a_peer(None) as (peer, base_url), open_session() as session:
        call = asyncio.create_task(an_api(session, base_url, observed).call("auth.test"))
        await peer.asked.wait()
        call.cancel()
        await asyncio.wait([call])

    assert call.cancelled()
    assert observed.seen == [("auth.test", "cancelled")]


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (SlackRequestError("a body"), "unreadable_answer"),
        (SlackApiError("no answer", None), "unreadable_answer"),  # type: ignore[no-untyped-call]
        (ConnectionResetError("by peer"), "disconnected"),
        (aiohttp.SocketTimeoutError("reading"), "timeout"),
        (aiohttp.ClientPayloadError("cut short"), "disconnected"),
    ],
)
def test_rarer_failures_are_in_doubt(error: Exception, detail: str) -> None:
    """What cannot easily be made to happen is read by its kind."""
    failure = read_failure(error, sending=True, now=NOON)

    assert (type(failure), failure.detail) == (SendUnconfirmed, detail)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30.0),
        ("0.5", 0.5),
        (" 7 ", 7.0),
        ("-3", 0.0),
        ("Mon, 23 Nov 2026 12:01:30 GMT", 90.0),
        ("Mon, 23 Nov 2026 12:01:30", 90.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_any_form_of_retry_after(value: str | None, seconds: float | None) -> None:
    """Seconds, whole or not, or a date; never a negative wait, never an endless one."""
    assert read_retry_after(value, now=NOON) == seconds


async def test_the_session_has_a_timeout_of_its_own() -> None:
    """The SDK's timeout does not reach a shared session, so the session must have one."""
    async with open_session() as session:
        timeout = session.timeout

    assert (timeout.total, timeout.connect) == (10, 3)


async def test_the_session_keeps_no_cookies() -> None:
    """A cookie of one workspace must not go along with another's call."""
    reply = http("200 OK", b'{"ok": true}', "application/json", "Set-Cookie: b=1; Path=/")
    async with a_peer(reply) as (_, base_url), open_session() as session:
        await an_api(session, base_url, Observations()).call("auth.test")

        assert len(session.cookie_jar) == 0


def test_clocks_may_be_moved() -> None:
    """A date is read against the clock that is given."""
    clock = ManualClock()
    clock.advance(seconds=60)

    wait = read_retry_after("Mon, 23 Nov 2026 12:01:30 GMT", now=clock())

    assert wait == timedelta(seconds=30).total_seconds()
