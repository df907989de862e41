"""The receiver with the real key, the real reader and the real use case: genuine and forged."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from unittest.mock import create_autospec

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import SessionId, SubscriptionId, UserId, WorkspaceId
from bot.domain.subscription import Subscription
from bot.realtimekit.events import read_event
from bot.realtimekit.webhook_keys import SigningKeys
from bot.realtimekit.webhook_signature import signature_of
from bot.usecases.subscription_ports import Expectations, Subscriptions, WatchedApps, WebhookKeys
from bot.usecases.take_event import TakeEvent
from bot.web.app import build_web_app
from bot.web.webhooks import WebhookEndpoint
from tests.clock import ManualClock
from tests.fakes import APP, CHANNEL, MEETING, NOON, OTHER_APP, SESSION, WORKSPACE
from tests.realtimekit.signing import RSA_512, elliptic_key, key_number, pem_of, published, signed
from tests.scraping import scraped

KEY = "n0b0dy-gu3sses-th1s"
PATH = f"/realtimekit/webhooks/{KEY}"
OURS, ANOTHER = key_number(0), key_number(1)


def encoded(content: object) -> bytes:
    """An event's bytes."""
    return json.dumps(content, separators=(",", ":")).encode()


def event(name: str, **changes: object) -> dict[str, object]:
    """An event about our app's session; a change to `None` leaves a part out."""
    meeting = {"id": MEETING, "sessionId": SESSION, "organizedBy": {"id": APP}} | changes
    return {
        "event": name,
        "meeting": {key: value for key, value in meeting.items() if value is not None},
    }


ENDED = encoded(event("meeting.ended", title="Weekly planning", status="LIVE"))
SUMMARY = encoded(event("meeting.summary", title="Weekly planning", status="LIVE"))
SHORT = encoded(event("meeting.summary"))
FLAT = encoded({"event": "meeting.summary", "meetingId": MEETING, "sessionId": SESSION})


@dataclass
class Place:
    """A workspace with one subscription, and the address that the signing key is read from."""

    client: httpx.AsyncClient = field(init=False)
    clock: ManualClock = field(default_factory=ManualClock)
    published: bytes = published(pem_of(OURS))
    key_status: int = 200
    key_is_away: bool = False
    expected: dict[SessionId, Delivery] = field(default_factory=dict)

    async def post(self, body: bytes, *, path: str = PATH, **headers: str) -> int:
        """Send a body, signed unless headers are given; returns the status."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.client.post(
            path, content=body, headers=given or {"rtk-signature": signed(body, OURS)}
        )
        return answer.status_code

    def answer_key(self, _: httpx.Request) -> httpx.Response:
        """What the key's address answers."""
        if self.key_is_away:
            raise httpx.ConnectTimeout("")
        return httpx.Response(self.key_status, content=self.published)

    async def expect(self, deliveries: Sequence[Delivery], *, ready: bool) -> Sequence[Delivery]:
        """Keep what is new, or due now."""
        news = [
            each
            for each in deliveries
            if each.session not in self.expected
            or (ready and self.expected[each.session].state is DeliveryState.WAITING)
        ]
        self.expected |= {each.session: each for each in news}
        return news

    @property
    def states(self) -> list[DeliveryState]:
        """How the deliveries stand."""
        return [each.state for each in self.expected.values()]


def taking(place: Place) -> TakeEvent:
    """The use case over a store with one watched app and one subscription."""
    watched = create_autospec(WatchedApps, instance=True)
    watched.heard_from.side_effect = lambda workspace, app, _: (workspace, app) == (WORKSPACE, APP)
    subscriptions = create_autospec(Subscriptions, instance=True)
    subscriptions.of_app.return_value = [
        Subscription(
            id=SubscriptionId("SUBSCR2345"),
            workspace=WORKSPACE,
            channel=CHANNEL,
            app=APP,
            name="Standups",
            created_by=UserId("U0MAKER"),
            created_at=NOON - timedelta(days=1),
        )
    ]
    expectations = create_autospec(Expectations, instance=True)
    expectations.expect.side_effect = place.expect
    return TakeEvent(watched, subscriptions, expectations, place.clock)


async def slack(_: Request) -> Response:
    """Nobody asks here."""
    return PlainTextResponse("slack")


def workspace_of(key: str) -> WorkspaceId | None:
    """There is one key."""
    return WORKSPACE if key == KEY else None


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    """Everything in its place."""
    place = Place()
    keys = create_autospec(WebhookKeys, instance=True)
    keys.of_webhook_key.side_effect = workspace_of
    async with httpx.AsyncClient(transport=httpx.MockTransport(place.answer_key)) as http:
        signing = SigningKeys(http, "https://keys.test/webhooks.json", place.clock, lambda *_: None)
        endpoint = WebhookEndpoint(
            keys=keys,
            signature_of=signature_of,
            verify=signing.verify,
            read=read_event,
            take=taking(place),
            count=lambda *_: None,
        )
        app = build_web_app(slack=slack, webhooks=endpoint, probes={}, scrape=scraped(b"", "x"))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bot.test") as client:
            place.client = client
            yield place


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (ENDED, DeliveryState.WAITING),
        (SUMMARY, DeliveryState.DUE),
        (SHORT, DeliveryState.DUE),
        (encoded(event("meeting.summary", sessionId=SESSION.upper())), DeliveryState.DUE),
    ],
)
async def test_a_genuine_event_is_stored(place: Place, body: bytes, state: DeliveryState) -> None:
    """Every shape that names its app, whole or short."""
    status = await place.post(body)

    assert status == 200
    assert list(place.expected) == [SESSION]
    assert place.states == [state]


@pytest.mark.parametrize("body", [FLAT, encoded(event("meeting.summary", organizedBy=None))])
async def test_a_genuine_summary_of_no_app_is_a_hint(place: Place, body: bytes) -> None:
    """It is answered like any good event, and nothing is stored on its word alone."""
    status = await place.post(body)

    assert status == 200
    assert place.expected == {}


@pytest.mark.parametrize("name", ["rtk_signature", "dyte_signature", "RTK_Signature"])
async def test_the_signature_comes_under_two_names(place: Place, name: str) -> None:
    """The product's, and that of the one it was made from."""
    assert await place.post(SUMMARY, **{name: signed(SUMMARY, OURS)}) == 200


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (SUMMARY, signed(SUMMARY, ANOTHER)),
        (SUMMARY.replace(b"Weekly", b"weekly"), signed(SUMMARY, OURS)),
        (json.dumps(json.loads(SUMMARY)).encode(), signed(SUMMARY, OURS)),
        (SUMMARY, signed(SUMMARY, OURS, pad=PSS(MGF1(SHA256()), PSS.MAX_LENGTH))),
        (SUMMARY, signed(SUMMARY, OURS, digest=SHA1())),  # noqa: S303 - it is to be refused
        (SUMMARY, "not Base64!"),
        (SUMMARY, "sha256=" + "0" * 64),
        (gzip.compress(SUMMARY), signed(SUMMARY, OURS)),
        (b"", signed(SUMMARY, OURS)),
    ],
)
async def test_a_forged_event_is_refused_for_good(
    place: Place, body: bytes, signature: str
) -> None:
    """Another key, other bytes, another way to sign."""
    status = await place.post(body, rtk_signature=signature)

    assert status == 401
    assert place.expected == {}


async def test_an_unsigned_event_is_refused_for_good(place: Place) -> None:
    """The address alone is no proof."""
    assert await place.post(SUMMARY, x_webhook_secret="s3cr3t") == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not JSON",
        b"[]",
        b"\xef\xbb\xbf" + SUMMARY,
        gzip.compress(SUMMARY),
        b'{"event":"meeting.ended",' + SUMMARY[1:],
        encoded(event("meeting.ended", organizedBy=None)),
        encoded(event("meeting.summary", sessionId=None)),
        encoded({"meeting": {}}),
        b"[" * 100_000,
    ],
)
async def test_a_genuine_body_that_cannot_be_read_is_refused_for_good(
    place: Place, body: bytes
) -> None:
    """The same bytes would say no more the next time."""
    status = await place.post(body)

    assert status == 400
    assert place.expected == {}


@pytest.mark.parametrize("name", ["meeting.ended", "meeting.summary"])
async def test_another_customer_s_event_is_refused_for_good(place: Place, name: str) -> None:
    """It is genuine, and somebody else's."""
    status = await place.post(encoded(event(name, organizedBy={"id": OTHER_APP})))

    assert status == 403
    assert place.expected == {}


async def test_an_address_that_is_no_longer_one(place: Place) -> None:
    """Of a workspace that was deleted, say."""
    assert await place.post(SUMMARY, path="/realtimekit/webhooks/another") == 404


async def test_other_events_are_done_with(place: Place) -> None:
    """Nobody needs them, and nobody shall send them again."""
    status = await place.post(encoded(event("meeting.participantJoined")))

    assert status == 200
    assert place.expected == {}


async def test_headers_are_no_proof_and_no_hindrance(place: Place) -> None:
    """They are not signed: neither a webhook nor a delivery is told by them."""
    signature = signed(SUMMARY, OURS)

    first = await place.post(SUMMARY, rtk_signature=signature, rtk_uuid="1", rtk_webhook_id="w")
    again = await place.post(SUMMARY, rtk_signature=signature, rtk_uuid="2", rtk_webhook_id="v")
    other = await place.post(ENDED, rtk_signature=signed(ENDED, OURS), rtk_uuid="2")

    assert (first, again, other) == (200, 200, 200)
    assert place.states == [DeliveryState.DUE]


async def test_twins_are_one(place: Place) -> None:
    """Also when they come at the same moment."""
    statuses = await asyncio.gather(*(place.post(SUMMARY) for _ in range(5)))

    assert statuses == [200] * 5
    assert len(place.expected) == 1


@pytest.mark.parametrize("bodies", [(ENDED, SUMMARY), (SUMMARY, ENDED)])
async def test_the_order_does_not_matter(place: Place, bodies: Sequence[bytes]) -> None:
    """A summary that was told of stays due, whatever is told later."""
    statuses = [await place.post(body) for body in bodies]

    assert statuses == [200, 200]
    assert place.states == [DeliveryState.DUE]


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (500, b""),
        (200, b"<html></html>"),
        (200, b'{"success":true,"data":null}'),
        (200, published(pem_of(elliptic_key()))),
        (200, published(RSA_512)),
    ],
)
async def test_without_a_key_the_event_is_to_come_again(
    place: Place, status: int, content: bytes
) -> None:
    """Nothing is taken on trust, and nothing is lost; a minute later the key is asked for again."""
    place.key_status, place.published = status, content
    before = await place.post(SUMMARY)
    place.key_status, place.published = 200, published(pem_of(OURS).replace("\n", "\\n"))
    place.clock.advance(minutes=1)

    after = await place.post(SUMMARY)

    assert (before, after) == (503, 200)


async def test_a_key_that_does_not_come_is_no_forgery(place: Place) -> None:
    """A timeout at Cloudflare says nothing of the event."""
    place.key_is_away = True

    assert await place.post(SUMMARY) == 503


async def test_a_key_is_replaced(place: Place) -> None:
    """What the new key signed is genuine as soon as it can be known."""
    await place.post(ENDED)
    place.published = published(pem_of(ANOTHER))
    place.clock.advance(minutes=1)

    status = await place.post(SUMMARY, rtk_signature=signed(SUMMARY, ANOTHER))

    assert status == 200
    assert place.states == [DeliveryState.DUE]
