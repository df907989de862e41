"""Every documented way in which a webhook can come, sent to a real address of a real bot.

Genuine and odd, forged, foreign, twice, in any order, and with a signing key that cannot be had;
on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from bot.demo.fake_realtimekit.records import Token
from bot.demo.fake_realtimekit.scripted import Scripted, dropped
from bot.demo.stage import APP_NAME, CHANNEL
from bot.domain.ids import AppId, SessionId
from tests.databases import database_url
from tests.realtimekit.signing import RSA_512, elliptic_key, key_number, pem_of, published, signed
from tests.scenarios.world import World, open_world, until

__all__ = ["database_url"]

PUBLIC_URL = "https://bot.example.com"
OURS, ANOTHER = key_number(0), key_number(1)
MEETING = "11111111-90cd-4e8f-a7b2-c3d4e5f60718"


def key_reply(pem: object, *, status: int = 200) -> Scripted:
    """What the key's address answers."""
    return Scripted(
        status=status, body=published(pem), headers={"content-type": "application/json"}
    )


@dataclass
class Place:
    """A channel that subscribes to an app, and the address its events come to."""

    world: World

    @property
    def path(self) -> str:
        """The registered address, on this machine."""
        (registered,) = self.world.stage.kit.state.webhooks_of(self.world.stage.app)
        return registered.url.removeprefix(PUBLIC_URL)

    def meet(self) -> SessionId:
        """Hold a meeting with a summary, after the channel subscribed."""
        began = self.world.clock()
        self.world.clock.advance(minutes=31)
        return self.world.meeting(started_at=began, lasted=timedelta(minutes=30))

    def event(
        self, session: object, name: str = "meeting.summary", **changes: object
    ) -> dict[str, object]:
        """An event of our app; a change to `None` leaves a part of the meeting out."""
        meeting = {
            "id": MEETING,
            "sessionId": session,
            "status": "LIVE",
            "organizedBy": {"id": self.world.stage.app},
        } | changes
        present = {key: value for key, value in meeting.items() if value is not None}
        return {"event": name, "meeting": present}

    async def send(
        self, body: bytes, headers: Mapping[str, str] | None = None, *, path: str | None = None
    ) -> int:
        """Send bytes, signed in the right way unless headers are given."""
        own = {"rtk-signature": signed(body, OURS)} if headers is None else dict(headers)
        reply = await self.world.served.http.post(path or self.path, content=body, headers=own)
        await self.world.rest()
        return reply.status_code

    def publish(self, reply: Scripted) -> None:
        """What the address of the signing key answers from now on."""
        self.world.stage.kit.script.always("webhook_key", reply)

    @property
    def posts(self) -> int:
        """How many threads there are."""
        return len(self.world.threads())


@pytest.fixture
async def place(database_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    """A deployment at a public address, one subscription, and a signing key of our own."""
    async with open_world(tmp_path, database_url=database_url, PUBLIC_URL=PUBLIC_URL) as world:
        world.channel().members.add(world.stage.slack.team.bot_user_id)
        opened = Place(world)
        opened.publish(key_reply(pem_of(OURS)))
        await world.dana.command(f"subscribe {APP_NAME}", CHANNEL)
        await until(lambda: bool(world.stage.kit.state.webhooks_of(world.stage.app)))
        await until(lambda: len(world.private()) > 0)
        yield opened


def encoded(content: object) -> bytes:
    """An event's bytes."""
    return json.dumps(content, separators=(",", ":")).encode()


Shape = Callable[[Place, SessionId], object]

GENUINE: Mapping[str, Shape] = {
    "all of the meeting": lambda place, session: place.event(
        session, title="Weekly planning", roomName="abc", startedAt="2026-01-01T00:00:00Z"
    ),
    "a part of the meeting": lambda place, session: place.event(session),
    "with an address nobody may use": lambda place, session: (
        place.event(session) | {"summaryDownloadUrl": "http://169.254.169.254/", "streamKey": "s"}
    ),
    "a session in capitals": lambda place, session: place.event(session.upper()),
    "the app beside the meeting": lambda place, session: {
        "event": "meeting.summary",
        "sessionId": session,
        "organizedBy": {"id": place.world.stage.app},
    },
}


@pytest.mark.parametrize("shape", GENUINE)
async def test_a_genuine_event_is_posted_once(place: Place, shape: str) -> None:
    """In each shape; where the summary is, RealtimeKit is asked, whatever the event says."""
    session = place.meet()

    status = await place.send(encoded(GENUINE[shape](place, session)))

    assert status == 200
    assert place.posts == 1


async def test_a_flat_event_brings_on_what_the_end_announced(place: Place) -> None:
    """It names no app, so it is a hint to look; the meeting's end did name it."""
    session = place.meet()
    await place.send(encoded(place.event(session, "meeting.ended")))
    flat = {"event": "meeting.summary", "meetingId": MEETING, "sessionId": session}

    status = await place.send(encoded(flat))

    assert status == 200
    assert place.posts == 1


@pytest.mark.parametrize(
    "name", ["rtk-signature", "RTK-Signature", "dyte-signature", "Dyte-Signature"]
)
async def test_the_header_has_two_names_in_any_case(place: Place, name: str) -> None:
    """The service was called Dyte before."""
    body = encoded(place.event(place.meet()))

    status = await place.send(body, {name: signed(body, OURS)})

    assert status == 200
    assert place.posts == 1


Forge = Callable[[bytes], tuple[bytes, Mapping[str, str]]]


def _with(signature: str) -> dict[str, str]:
    return {"rtk-signature": signature}


def _in_two_lines(signature: str) -> str:
    """As some encoders write it; a header's value continues on no second line, so a space."""
    return f"{signature[:76]} {signature[76:]}"


FORGED: Mapping[str, tuple[Forge, int]] = {
    "no signature": (lambda body: (body, {}), 401),
    "an invented secret": (lambda body: (body, {"x-webhook-secret": "s3cr3t"}), 401),
    "not Base64": (lambda body: (body, _with("not Base64!")), 401),
    "an HMAC": (lambda body: (body, _with("sha256=" + "0" * 64)), 401),
    "Base64 of nothing": (lambda body: (body, _with(base64.b64encode(b"").decode())), 401),
    "Base64 in two pieces": (lambda body: (body, _with(_in_two_lines(signed(body, OURS)))), 401),
    "another key": (lambda body: (body, _with(signed(body, ANOTHER))), 401),
    "one byte changed": (
        lambda body: (body.replace(b"LIVE", b"LIVe"), _with(signed(body, OURS))),
        401,
    ),
    "written anew": (
        lambda body: (json.dumps(json.loads(body)).encode(), _with(signed(body, OURS))),
        401,
    ),
    "PSS": (
        lambda body: (
            body,
            _with(signed(body, OURS, pad=PSS(MGF1(SHA256()), PSS.MAX_LENGTH))),
        ),
        401,
    ),
    "SHA-1": (lambda body: (body, _with(signed(body, OURS, digest=SHA1()))), 401),  # noqa: S303
    "compressed": (lambda body: (gzip.compress(body), _with(signed(body, OURS))), 401),
    "empty": (lambda body: (b"", _with(signed(body, OURS))), 401),
    "too large": (lambda body: (body + b" " * 262_144, _with(signed(body, OURS))), 413),
}


@pytest.mark.parametrize("way", FORGED)
async def test_what_is_forged_is_refused_for_good(place: Place, way: str) -> None:
    """With a status after which Cloudflare does not come again."""
    forge, expected = FORGED[way]

    status = await place.send(*forge(encoded(place.event(place.meet()))))

    assert status == expected
    assert place.posts == 0


UNREADABLE: Mapping[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "not JSON": lambda _: b"event=meeting.summary",
    "an array": lambda body: b"[" + body + b"]",
    "a key twice": lambda body: b'{"event":"meeting.ended",' + body[1:],
    "a byte order mark": lambda body: b"\xef\xbb\xbf" + body,
    "compressed and signed so": gzip.compress,
    "no session": lambda body: body.replace(b"sessionId", b"sessionID"),
    "an end of no app": lambda body: body.replace(b"organizedBy", b"organisedBy").replace(
        b"meeting.summary", b"meeting.ended"
    ),
}


@pytest.mark.parametrize("way", UNREADABLE)
async def test_what_is_signed_but_unreadable_is_refused_for_good(place: Place, way: str) -> None:
    """The same bytes would say no more the next time."""
    body = UNREADABLE[way](encoded(place.event(place.meet())))

    status = await place.send(body)

    assert status == 400
    assert place.posts == 0


async def test_another_customers_event_is_refused(place: Place) -> None:
    """A good signature, and the app of somebody else: one key signs for all."""
    state = place.world.stage.kit.state
    stranger = state.add_account(Token(value="cfat_strangers-token-0123456789abcdef"))
    theirs: AppId = state.add_app(stranger, "theirs")

    status = await place.send(encoded(place.event(place.meet(), organizedBy={"id": theirs})))

    assert status == 403
    assert place.posts == 0


async def test_an_unknown_event_is_done_with(place: Place) -> None:
    """Nobody needs it, and nobody shall send it again."""
    assert await place.send(encoded(place.event(place.meet(), "meeting.of.tomorrow"))) == 200

    assert place.posts == 0


async def test_ids_in_headers_prove_nothing(place: Place) -> None:
    """An unknown webhook, the same body under another id, another body under the same id."""
    first, second = place.meet(), place.meet()
    one, other = (encoded(place.event(session)) for session in (first, second))
    ids = {"rtk-webhook-id": "unknown", "rtk-uuid": "1"}

    statuses = [
        await place.send(one, ids | _with(signed(one, OURS))),
        await place.send(one, ids | _with(signed(one, OURS)) | {"rtk-uuid": "2"}),
        await place.send(other, ids | _with(signed(other, OURS))),
    ]

    assert statuses == [200, 200, 200]
    assert place.posts == 2


async def test_a_replay_after_the_summary_is_gone(place: Place) -> None:
    """Eight days later the body still verifies: there is nothing in it that says when."""
    body = encoded(place.event(place.meet()))
    await place.send(body)
    place.world.clock.advance(days=8)

    assert await place.send(body) == 200

    assert place.posts == 1
    assert place.world.direct() == []


async def test_twins_at_the_same_moment(place: Place) -> None:
    """Five of them: one thread."""
    body = encoded(place.event(place.meet()))
    headers = {"rtk-signature": signed(body, OURS)}
    http, path = place.world.served.http, place.path

    replies = await asyncio.gather(
        *(http.post(path, content=body, headers=headers) for _ in range(5))
    )
    await place.world.rest()

    assert [reply.status_code for reply in replies] == [200] * 5
    assert place.posts == 1


@pytest.mark.parametrize("order", [("ended", "summary"), ("summary", "ended")])
async def test_in_any_order(place: Place, order: tuple[str, str]) -> None:
    """The summary may be told of before the end."""
    session = place.meet()

    statuses = [
        await place.send(encoded(place.event(session, f"meeting.{name}"))) for name in order
    ]

    assert statuses == [200, 200]
    assert place.posts == 1


async def test_an_event_for_a_workspace_that_is_gone(place: Place) -> None:
    """Its address is no longer one."""
    path, body = place.path, encoded(place.event(place.meet()))
    await place.world.served.bot.stores.workspaces.forget(place.world.served.bot.who.id)

    assert await place.send(body, path=path) == 404

    assert place.posts == 0


KEYS: Mapping[str, Scripted] = {
    "an error": Scripted(status=500),
    "no answer": dropped(),
    "a page": Scripted(body=b"<html></html>", headers={"content-type": "text/html"}),
    "no key": Scripted(body=b'{"success":true,"data":null}'),
    "a key of another kind": key_reply(pem_of(elliptic_key())),
    "a key too short": key_reply(RSA_512),
}


@pytest.mark.parametrize("way", KEYS)
async def test_without_a_signing_key_the_event_is_to_come_again(place: Place, way: str) -> None:
    """Nothing is taken on trust and nothing is lost: 503, and a minute later it is posted."""
    place.publish(KEYS[way])
    body = encoded(place.event(place.meet()))

    before = await place.send(body)
    place.publish(key_reply(pem_of(OURS).replace("\n", "\\n")))
    place.world.clock.advance(minutes=1)
    after = await place.send(body)

    assert (before, after) == (503, 200)
    assert place.posts == 1


async def test_a_key_that_was_replaced(place: Place) -> None:
    """What the new one signs is taken as soon as it can be known; the old one no longer."""
    await place.send(encoded(place.event(place.meet())))
    place.publish(key_reply(pem_of(ANOTHER)))
    place.world.clock.advance(minutes=1)
    body, old = (encoded(place.event(place.meet())) for _ in range(2))

    statuses = [
        await place.send(body, _with(signed(body, ANOTHER))),
        await place.send(old, _with(signed(old, OURS))),
    ]

    assert statuses == [200, 401]
    assert place.posts == 2
