"""Events on their way to those who registered for them."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.demo.fake_realtimekit import FakeRealtimeKit
from bot.demo.fake_realtimekit.events import QUICKLY
from bot.demo.serving import DROP, serve
from bot.domain.ids import AppId, SessionId
from tests.clock import ManualClock
from tests.demo.fake_realtimekit.calling import NOWHERE

PUBLIC = "https://bot.example"
HOOK = f"{PUBLIC}/hook/key"


class Receiver:
    """An app that takes everything, unless told what to answer first; -1 breaks the connection."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.app = Starlette(routes=[Route("/{path:path}", self.hear, methods=["POST"])])

    async def hear(self, request: Request) -> Response:
        """Remember a request, and answer as told."""
        body = await request.body()
        self.got.append((request.url.path, dict(request.headers), body))
        status = self.answers.pop(0) if self.answers else 200
        if status < 0:
            request.scope["extensions"][DROP]()
        headers = {"Location": "/elsewhere"} if 300 <= status < 400 else {}
        return Response(status_code=max(200, status), headers=headers)


@pytest.fixture
async def receiver(kit: FakeRealtimeKit) -> AsyncIterator[Receiver]:
    """Somebody who is registered under a public address, and served on this machine."""
    receiver = Receiver()
    async with serve(receiver.app) as address:
        kit.events.reach[PUBLIC] = address
        yield receiver


@pytest.fixture
def session(kit: FakeRealtimeKit, app: AppId) -> SessionId:
    """A meeting that is over and summed up."""
    session = kit.state.add_session(app, title="Größe")
    kit.state.add_summary(session, "Text.")
    return session


async def test_posts_a_signed_event(
    kit: FakeRealtimeKit, app: AppId, receiver: Receiver, session: SessionId
) -> None:
    """To the registered path, in UTF-8, with a signature of exactly these bytes."""
    webhook = kit.state.add_webhook(app, HOOK)

    [attempt] = await kit.events.meeting_ended(session)

    [(path, headers, body)] = receiver.got
    assert (path, headers["content-type"]) == ("/hook/key", "application/json")
    assert "Größe".encode() in body
    public = kit.events.key.private.public_key()
    public.verify(base64.b64decode(headers["rtk-signature"]), body, PKCS1v15(), SHA256())
    assert headers["rtk-webhook-id"] == webhook.id
    assert headers["rtk-uuid"]
    assert (attempt.url, attempt.event, attempt.status) == (HOOK, "meeting.ended", 200)
    assert attempt.is_taken
    assert kit.events.attempts == [attempt]


async def test_the_older_names_of_the_headers(
    kit: FakeRealtimeKit, app: AppId, receiver: Receiver, session: SessionId
) -> None:
    """All three begin with the service's name of before."""
    kit.state.add_webhook(app, HOOK)
    kit.events.headers_begin = "dyte"

    await kit.events.meeting_ended(session)

    [(_, headers, _)] = receiver.got
    assert {"dyte-signature", "dyte-uuid", "dyte-webhook-id"} <= headers.keys()
    assert "rtk-signature" not in headers


async def test_the_end_of_a_meeting(kit: FakeRealtimeKit, app: AppId, session: SessionId) -> None:
    """As documented: the status says LIVE although the meeting is over."""
    meeting = kit.state.sessions[session].meeting_id

    said = kit.events.ended(session, reason="HOST_ENDED_MEETING")

    assert said == {
        "event": "meeting.ended",
        "meeting": {
            "id": meeting,
            "sessionId": session,
            "title": "Größe",
            "roomName": meeting,
            "status": "LIVE",
            "createdAt": "2026-11-23T11:30:00.000Z",
            "startedAt": "2026-11-23T11:30:00.000Z",
            "endedAt": "2026-11-23T12:00:00.000Z",
            "organizedBy": {"id": app, "name": "standups"},
        },
        "reason": "HOST_ENDED_MEETING",
    }


async def test_a_running_meeting_has_no_end(kit: FakeRealtimeKit, app: AppId) -> None:
    """An event sent too early does not make one up."""
    session = kit.state.add_session(app, lasted=None)

    assert "endedAt" not in kit.events.ended(session)["meeting"]


async def test_a_written_summary_in_three_shapes(
    kit: FakeRealtimeKit, app: AppId, session: SessionId
) -> None:
    """One says everything of the meeting, one its ids and owner, one not even the owner."""
    full, short, flat = (kit.events.summary(session, shape) for shape in SHAPES)

    meeting = kit.state.sessions[session].meeting_id
    assert full["meeting"] == kit.events.ended(session)["meeting"]
    owner = {"id": app, "name": "standups"}
    assert short["meeting"] == {"id": meeting, "sessionId": session, "organizedBy": owner}
    assert (flat["meetingId"], flat["sessionId"]) == (meeting, session)
    assert "meeting" not in flat
    for said in (full, short, flat):
        assert said["event"] == "meeting.summary"
        assert said["summaryDownloadUrl"].startswith(f"{NOWHERE}/store/")
        assert said["summaryDownloadUrlExpiry"] == "2026-11-30T12:00:00.000Z"


SHAPES: tuple[Any, ...] = ("full", "short", "flat")


async def test_a_summary_must_be_written_before_it_is_told_of(
    kit: FakeRealtimeKit, app: AppId
) -> None:
    """An event about nothing is a mistake of the scenario."""
    with pytest.raises(KeyError):
        await kit.events.summary_ready(kit.state.add_session(app))


async def test_only_who_is_registered_hears_of_it(
    kit: FakeRealtimeKit, app: AppId, receiver: Receiver, session: SessionId
) -> None:
    """Neither other events' webhooks, nor disabled ones, nor those of other apps."""
    other = kit.state.add_app(kit.state.accounts[kit.state.apps[app].account_id], "other")
    kit.state.add_webhook(app, f"{PUBLIC}/summaries", ["meeting.summary"])
    kit.state.add_webhook(app, f"{PUBLIC}/ends", ["meeting.ended"])
    kit.state.add_webhook(app, f"{PUBLIC}/disabled", enabled=False)
    kit.state.add_webhook(other, f"{PUBLIC}/other")

    await kit.events.summary_ready(session)

    assert [path for path, _, _ in receiver.got] == ["/summaries"]
    assert json.loads(receiver.got[0][2])["event"] == "meeting.summary"


@pytest.mark.parametrize("failure", [500, 503, 520, -1])
async def test_tries_again_after_a_failure(
    failure: int, kit: FakeRealtimeKit, app: AppId, receiver: Receiver, session: SessionId
) -> None:
    """The same bytes, with another id, until they are taken."""
    kit.state.add_webhook(app, HOOK)
    receiver.answers = [failure]

    [first] = await kit.events.meeting_ended(session)
    [second] = await kit.events.retry()

    assert (first.is_taken, second.is_taken) == (False, True)
    assert first.status == (None if failure < 0 else failure)
    assert first.body == second.body
    assert first.headers["rtk-uuid"] != second.headers["rtk-uuid"]
    assert await kit.events.retry() == []


@pytest.mark.parametrize("answer", [302, 400, 401, 404, 429])
async def test_does_not_try_again_after_a_refusal(
    answer: int, kit: FakeRealtimeKit, app: AppId, receiver: Receiver, session: SessionId
) -> None:
    """A refusal and a redirection, which is not followed, are final."""
    kit.state.add_webhook(app, HOOK)
    receiver.answers = [answer]

    [attempt] = await kit.events.meeting_ended(session)

    assert (attempt.status, attempt.is_taken) == (answer, False)
    assert kit.events.waiting == 0
    assert len(receiver.got) == 1


async def test_gives_up_in_the_end(
    kit: FakeRealtimeKit, app: AppId, receiver: Receiver, session: SessionId
) -> None:
    """After the first try, as many as the schedule has."""
    kit.state.add_webhook(app, HOOK)
    receiver.answers = [503] * 100
    await kit.events.meeting_ended(session)

    while kit.events.waiting:
        await kit.events.retry()

    assert len(receiver.got) == 1 + len(QUICKLY)


async def test_a_schedule(
    kit: FakeRealtimeKit,
    app: AppId,
    receiver: Receiver,
    session: SessionId,
    clock: ManualClock,
) -> None:
    """Each try is due its time after the one before."""
    kit.state.add_webhook(app, HOOK)
    kit.events.schedule = (timedelta(minutes=1), timedelta(minutes=5))
    receiver.answers = [500, 500, 500]
    await kit.events.meeting_ended(session)

    tried = []
    for _ in range(7):
        tried.append(len(await kit.events.retry()))
        clock.advance(minutes=1)

    assert tried == [0, 1, 0, 0, 0, 0, 1]
    assert kit.events.waiting == 0


async def test_an_id_can_be_kept(
    kit: FakeRealtimeKit, app: AppId, receiver: Receiver, session: SessionId
) -> None:
    """Nobody knows whether the real service does, so both can be tried."""
    kit.state.add_webhook(app, HOOK)
    kit.events.same_uuid = True
    receiver.answers = [500]

    [first] = await kit.events.meeting_ended(session)
    [second] = await kit.events.retry()

    assert first.headers["rtk-uuid"] == second.headers["rtk-uuid"]


async def test_never_posts_to_the_world(
    kit: FakeRealtimeKit, app: AppId, session: SessionId
) -> None:
    """An address that leads nowhere on this machine counts as a broken connection."""
    kit.state.add_webhook(app, "https://elsewhere.example/hook")

    [attempt] = await kit.events.meeting_ended(session)

    assert (attempt.status, attempt.is_retried) == (None, True)


async def test_nobody_there(kit: FakeRealtimeKit, app: AppId, session: SessionId) -> None:
    """A closed port is a broken connection too."""
    async with serve(Receiver().app) as address:
        pass
    kit.state.add_webhook(app, f"{address}/hook")

    [attempt] = await kit.events.meeting_ended(session)

    assert attempt.status is None


async def test_any_post_can_be_made_up(kit: FakeRealtimeKit, receiver: Receiver) -> None:
    """With a wrong signature, a body that is no event, or none; all are remembered."""
    made_up = kit.events.headers(b"{}", webhook="W", uuid="U", signature="forged")

    for body in (b"{}", b"nonsense", b"[]", b""):
        await kit.events.post(HOOK, body, made_up)

    assert [body for _, _, body in receiver.got] == [b"{}", b"nonsense", b"[]", b""]
    _, headers, _ = receiver.got[0]
    names = ("rtk-signature", "rtk-uuid", "rtk-webhook-id")
    assert [headers[name] for name in names] == ["forged", "U", "W"]
    assert [attempt.event for attempt in kit.events.attempts] == [""] * 4
    assert "forged" not in repr(kit.events.attempts)


async def test_a_post_can_be_repeated(
    kit: FakeRealtimeKit, app: AppId, receiver: Receiver, session: SessionId
) -> None:
    """What somebody overheard arrives once more, byte for byte, under a new id."""
    kit.state.add_webhook(app, HOOK)
    [heard] = await kit.events.meeting_ended(session)

    await kit.events.post(heard.url, heard.body, {**heard.headers, "rtk-uuid": "another"})

    (_, first, once), (_, second, twice) = receiver.got
    assert once == twice
    assert first["rtk-signature"] == second["rtk-signature"]
    assert second["rtk-uuid"] == "another"
