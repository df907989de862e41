"""The key that webhooks are signed with: when it is asked for, kept and replaced."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.errors import RealtimeKitUnavailable
from bot.realtimekit.client import open_api_client
from bot.realtimekit.webhook_keys import ASK_EVERY, FRESH_FOR, KEPT_FOR, SigningKeys
from tests.realtimekit.cloudflare import TOKEN, Observed, client_of
from tests.realtimekit.raw_server import Act, RawServer, endless, raw_server, reset, silent
from tests.realtimekit.raw_server import reply as raw_reply
from tests.realtimekit.replies import PAGE
from tests.realtimekit.signing import elliptic_key, key_number, pem_of, published, signed

BODY = b'{"event": "meeting.summary"}'
SIGNATURE = signed(BODY, key_number(0))
NEWER = signed(BODY, key_number(1))
FORGED = signed(BODY, key_number(2))
MOMENT = timedelta(seconds=1)


class Watch:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        """Begin somewhere."""
        self.now = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now


class KeyUrl:
    """A key's address: what it answers with, and what it was asked."""

    def __init__(self) -> None:
        """Answer with the first key."""
        self.number = 0
        self.broken = False
        self.requests: list[httpx.Request] = []
        self.asked = asyncio.Event()
        self.answering = asyncio.Event()
        self.answering.set()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer when it is time to."""
        self.requests.append(request)
        self.asked.set()
        await self.answering.wait()
        if self.broken:
            return httpx.Response(503)
        return httpx.Response(200, content=published(pem_of(key_number(self.number))))

    def hold_back(self) -> None:
        """Answer nothing more until `answering` is set."""
        self.asked.clear()
        self.answering.clear()


def keys_at(url: KeyUrl, watch: Watch) -> SigningKeys:
    """Keys that come from `url`."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(url))
    return SigningKeys(http, "https://keys.example/webhooks.json", watch, Observed())


async def test_asks_once_an_hour() -> None:
    """The key is fetched with the first webhook, kept for an hour, then fetched again."""
    url, watch = KeyUrl(), Watch()
    keys = keys_at(url, watch)

    assert await keys.verify(BODY, SIGNATURE)
    watch.now += FRESH_FOR - MOMENT
    assert await keys.verify(BODY, SIGNATURE)
    assert len(url.requests) == 1
    watch.now += MOMENT
    assert await keys.verify(BODY, SIGNATURE)

    assert [str(request.url) for request in url.requests] == [
        "https://keys.example/webhooks.json"
    ] * 2


async def test_asks_nothing_before_the_first_webhook() -> None:
    """Opening costs nothing."""
    url = KeyUrl()

    keys_at(url, Watch())

    assert url.requests == []


async def test_finds_a_replaced_key() -> None:
    """A signature that does not fit sends for the new key, which then counts alone."""
    url, watch = KeyUrl(), Watch()
    keys = keys_at(url, watch)
    await keys.verify(BODY, SIGNATURE)
    url.number = 1
    watch.now += ASK_EVERY

    assert await keys.verify(BODY, NEWER)

    assert not await keys.verify(BODY, SIGNATURE)
    assert len(url.requests) == 2


async def test_a_withdrawn_key_is_good_for_an_hour_at_most() -> None:
    """Even if nothing but the old key's signatures comes, it is asked whether it still counts."""
    url, watch = KeyUrl(), Watch()
    keys = keys_at(url, watch)
    await keys.verify(BODY, SIGNATURE)
    url.number = 1
    watch.now += FRESH_FOR

    assert not await keys.verify(BODY, SIGNATURE)


async def test_forgeries_cannot_hammer_the_address() -> None:
    """However many come, the key is asked for once a minute."""
    url, watch = KeyUrl(), Watch()
    keys = keys_at(url, watch)
    for _ in range(181):
        assert not await keys.verify(BODY, FORGED)
        watch.now += MOMENT

    assert len(url.requests) == 4


@pytest.mark.parametrize("forgery", ["", "not base64", FORGED, SIGNATURE[:-4]])
async def test_refuses_a_forgery(forgery: str) -> None:
    """No signature, no Base64, another key's signature and a cut one are all `False`."""
    assert not await keys_at(KeyUrl(), Watch()).verify(BODY, forgery)


async def test_forgeries_at_once_ask_once() -> None:
    """Those that come while the key is being asked for wait for the same answer."""
    url, watch = KeyUrl(), Watch()
    keys = keys_at(url, watch)
    await keys.verify(BODY, SIGNATURE)
    watch.now += ASK_EVERY
    url.hold_back()
    url.number = 1

    waiting = [asyncio.create_task(keys.verify(BODY, each)) for each in (FORGED, NEWER) * 20]
    await url.asked.wait()
    url.answering.set()

    assert await asyncio.gather(*waiting) == [False, True] * 20
    assert len(url.requests) == 2


async def test_a_genuine_webhook_does_not_wait_for_a_forgery() -> None:
    """While a forgery has the key asked for, what fits the known key is taken at once."""
    url, watch = KeyUrl(), Watch()
    keys = keys_at(url, watch)
    await keys.verify(BODY, SIGNATURE)
    watch.now += ASK_EVERY
    url.hold_back()
    forgery = asyncio.create_task(keys.verify(BODY, FORGED))
    await url.asked.wait()

    assert await keys.verify(BODY, SIGNATURE)

    assert not forgery.done()
    url.answering.set()
    assert not await forgery


async def test_first_webhooks_at_once_ask_once() -> None:
    """A burst on a process that has just started costs one call."""
    url = KeyUrl()
    keys = keys_at(url, Watch())

    taken = await asyncio.gather(*(keys.verify(BODY, SIGNATURE) for _ in range(20)))

    assert taken == [True] * 20
    assert len(url.requests) == 1


async def test_a_known_key_outlasts_an_outage() -> None:
    """While the address is down, the last key is used for a day, and asked for once a minute."""
    url, watch = KeyUrl(), Watch()
    keys = keys_at(url, watch)
    await keys.verify(BODY, SIGNATURE)
    url.broken = True
    watch.now += KEPT_FOR - MOMENT

    assert await keys.verify(BODY, SIGNATURE)
    assert await keys.verify(BODY, SIGNATURE)
    assert len(url.requests) == 2
    watch.now += MOMENT
    with pytest.raises(RealtimeKitUnavailable) as raised:
        await keys.verify(BODY, SIGNATURE)

    assert raised.value.detail == "503"


async def test_after_an_outage_everything_is_as_before() -> None:
    """The first answer ends it."""
    url, watch = KeyUrl(), Watch()
    keys = keys_at(url, watch)
    url.broken = True
    with pytest.raises(RealtimeKitUnavailable):
        await keys.verify(BODY, SIGNATURE)
    url.broken = False

    with pytest.raises(RealtimeKitUnavailable):
        await keys.verify(BODY, SIGNATURE)
    assert len(url.requests) == 1
    watch.now += ASK_EVERY
    assert await keys.verify(BODY, SIGNATURE)
    assert not await keys.verify(BODY, FORGED)


async def test_what_cannot_be_decided_is_not_refused() -> None:
    """What does not fit the known key while a newer one cannot be had is to be sent again."""
    url, watch = KeyUrl(), Watch()
    keys = keys_at(url, watch)
    await keys.verify(BODY, SIGNATURE)
    url.broken, url.number = True, 1
    watch.now += ASK_EVERY

    with pytest.raises(RealtimeKitUnavailable):
        await keys.verify(BODY, NEWER)
    with pytest.raises(RealtimeKitUnavailable):
        await keys.verify(BODY, NEWER)
    assert len(url.requests) == 2
    url.broken = False
    watch.now += ASK_EVERY
    assert await keys.verify(BODY, NEWER)


async def test_a_call_given_up_counts_as_one_that_failed() -> None:
    """Neither the lock nor the answer is lost with whoever waited for it."""
    url, watch = KeyUrl(), Watch()
    keys = keys_at(url, watch)
    await keys.verify(BODY, SIGNATURE)
    watch.now += ASK_EVERY
    url.number = 1
    url.hold_back()
    given_up = asyncio.create_task(keys.verify(BODY, NEWER))
    await url.asked.wait()
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    url.answering.set()

    with pytest.raises(RealtimeKitUnavailable):
        await keys.verify(BODY, NEWER)
    watch.now += ASK_EVERY
    assert await keys.verify(BODY, NEWER)


async def test_a_clock_put_back_stops_nothing() -> None:
    """A key from the future is asked for again."""
    url, watch = KeyUrl(), Watch()
    keys = keys_at(url, watch)
    await keys.verify(BODY, SIGNATURE)
    watch.now -= timedelta(days=30)
    url.number = 1

    assert await keys.verify(BODY, NEWER)


def keys_of(server: RawServer, http: httpx.AsyncClient, observed: Observed) -> SigningKeys:
    """Keys that come from a real socket, in a hurry."""
    return SigningKeys(
        http, f"http://127.0.0.1:{server.port}/webhooks.json", Watch(), observed, deadline=0.3
    )


GOOD = raw_reply("200 OK", published(pem_of(key_number(0))), "Content-Type: application/json")


async def test_sends_no_credentials() -> None:
    """The key is public: what the shared connections carried for an account stays out of it."""
    async with raw_server(GOOD) as server, open_api_client() as http:
        await client_of(http, base_url=f"http://127.0.0.1:{server.port}").list_apps()
        server.heads.clear()

        assert await keys_of(server, http, Observed()).verify(BODY, SIGNATURE)

    (head,) = server.heads
    assert head.startswith(b"GET /webhooks.json HTTP/1.1\r\n")
    assert b"authorization" not in head.lower()
    assert b"cookie" not in head.lower()
    assert TOKEN.encode() not in head


@pytest.mark.parametrize(
    ("act", "outcome"),
    [
        (reset, "connection"),
        (silent(), "timeout"),
        (silent(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"), "timeout"),
        (endless(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 4_096), "unreadable"),
        (raw_reply("200 OK", b" " * 65_537), "unreadable"),
        (raw_reply("200 OK", PAGE, "Content-Type: text/html"), "200"),
        (raw_reply("200 OK", b'{"success":true,"data":null}'), "200"),
        (raw_reply("200 OK", published(pem_of(elliptic_key()))), "200"),
        (raw_reply("500 Internal Server Error"), "500"),
        (raw_reply("302 Found", b"", "Location: /elsewhere"), "302"),
    ],
)
async def test_no_key_to_be_had(act: Act, outcome: str) -> None:
    """Whatever comes instead of a key, in time and bounded: whoever posts should try again."""
    observed, no_timeout = Observed(), httpx.Timeout(None)
    async with raw_server(act) as server, open_api_client(timeout=no_timeout) as http:
        keys = keys_of(server, http, observed)
        with pytest.raises(RealtimeKitUnavailable) as raised:
            await keys.verify(BODY, SIGNATURE)

    assert raised.value.detail
    assert raised.value.retryable
    assert observed.calls == [("webhook_key", outcome)]
    assert len(server.heads) == 1
