"""What a webhook's body says."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import AppId, is_resource_id
from bot.domain.webhook import Event, EventKind
from bot.realtimekit.events import EventUnreadable, read_event
from tests.realtimekit.replies import APP, LINK, OTHER, SESSION

MEETING = "11111111-90cd-4e8f-a7b2-c3d4e5f60718"
ORGANIZER = {"id": APP, "name": "Standups"}


def body_of(content: object) -> bytes:
    """As RealtimeKit sends it."""
    return json.dumps(content, ensure_ascii=False).encode()


def meeting(**changes: object) -> dict[str, object]:
    """A meeting with all that is documented, LIVE as in every sample."""
    fields: dict[str, object] = {
        "id": MEETING,
        "sessionId": SESSION,
        "title": "Caf\u00e9 <!channel>",
        "roomName": "abcdef-ghijkl",
        "status": "LIVE",
        "createdAt": "2026-03-01T10:00:00.000Z",
        "startedAt": "2026-03-01T10:00:00.000Z",
        "endedAt": "2026-03-01T11:00:00.000Z",
        "organizedBy": ORGANIZER,
    }
    return fields | changes


def summary(**changes: object) -> dict[str, object]:
    """A `meeting.summary` in its full form."""
    content: dict[str, object] = {
        "event": "meeting.summary",
        "meeting": meeting(),
        "summaryDownloadUrl": LINK,
        "summaryDownloadUrlExpiry": "2026-03-08T11:00:00.000Z",
    }
    return content | changes


SHORT_MEETING = {"id": MEETING, "sessionId": SESSION, "organizedBy": {"id": APP}}


@pytest.mark.parametrize(
    "content",
    [
        summary(),
        summary(meeting=SHORT_MEETING),
        summary(meeting=None, sessionId=SESSION, organizedBy=ORGANIZER),
        summary(sessionId=SESSION, organizedBy=ORGANIZER),
        summary(recording=None, organizedBy=None, sessionId=None),
        summary(meeting=meeting(sessionId=SESSION.upper(), organizedBy={"id": APP.upper()})),
        summary(unknown={"nested": [1, None]}),
    ],
)
def test_reads_a_summary_in_every_form_that_names_its_app(content: dict[str, object]) -> None:
    """All of the meeting, a part of it, or flat; ids count in any case of letters."""
    assert read_event(body_of(content)) == Event(EventKind.SUMMARY, APP, SESSION)


@pytest.mark.parametrize("reason", ["HOST_ENDED_MEETING", "ALL_PARTICIPANTS_LEFT", None])
def test_reads_the_end_of_a_meeting(reason: str | None) -> None:
    """The end is told by the event's name alone: `status` says LIVE."""
    content = {"event": "meeting.ended", "meeting": meeting(), "reason": reason}

    assert read_event(body_of(content)) == Event(EventKind.ENDED, APP, SESSION)


CHAT = {
    "event": "meeting.chatSynced",
    "meetingId": MEETING,
    "sessionId": SESSION,
    "title": "Weekly",
    "chatDownloadUrl": LINK,
    "organizedBy": ORGANIZER,
}
RECORDING = {"recordingId": "x", "roomUUID": SESSION, "organizationId": APP, "meetingId": "other"}


@pytest.mark.parametrize(
    ("content", "session"),
    [
        ({"event": "meeting.started", "meeting": meeting()}, SESSION),
        ({"event": "meeting.participantJoined", "meeting": meeting(), "participant": {}}, SESSION),
        ({"event": "meeting.transcript", "meeting": meeting()}, SESSION),
        (CHAT, SESSION),
        ({"event": "recording.statusUpdate", "recording": RECORDING}, SESSION),
        (
            {
                "event": "recording.statusUpdate",
                "recording": RECORDING,
                "meeting": meeting(sessionId=OTHER),
            },
            SESSION,
        ),
        (
            {
                "event": "recording.statusUpdate",
                "recording": {"organizationId": APP},
                "meeting": meeting(sessionId=OTHER),
            },
            OTHER,
        ),
        (
            {
                "event": "livestreaming.statusUpdate",
                "streamKey": "secret",
                "meeting": {"id": MEETING, "organizedBy": ORGANIZER},
            },
            "",
        ),
        ({"event": "meeting.Summary", "meeting": meeting()}, SESSION),
        ({"event": "a thing of tomorrow", "organizedBy": ORGANIZER}, ""),
        ({"event": "", "organizedBy": ORGANIZER}, ""),
    ],
)
def test_knows_whose_the_other_events_are(content: dict[str, object], session: str) -> None:
    """What is of no use, known or not, is read as such, from the places each event has."""
    event = read_event(body_of(content))

    assert event.kind is None
    assert (event.app, event.session) == (APP, session)


FLAT = {
    "event": "meeting.summary",
    "meetingId": MEETING,
    "sessionId": SESSION,
    "summaryDownloadUrl": LINK,
}


ENDED = {"event": "meeting.ended", "meeting": meeting()}


@pytest.mark.parametrize("content", [FLAT, summary(meeting=meeting(organizedBy=None))])
def test_a_summary_may_name_no_app(content: dict[str, object]) -> None:
    """As the flat one of January 2026; whose it is has to be found out in another way."""
    assert read_event(body_of(content)) == Event(EventKind.SUMMARY, AppId(""), SESSION)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (FLAT | {"event": "meeting.ended"}, "no app"),
        (ENDED | {"meeting": meeting(organizedBy=None)}, "no app"),
        (ENDED | {"meeting": meeting(organizedBy={})}, "no app"),
        (ENDED | {"meeting": meeting(organizedBy={"id": None})}, "no app"),
        (ENDED | {"meeting": meeting(organizedBy={"id": ""})}, "no app"),
        (ENDED | {"meeting": None}, "no app"),
        (summary(meeting=None), "no session"),
        ({"event": "a thing of tomorrow"}, "no app"),
        (summary(organizedBy={"id": OTHER}), "contradicting apps"),
        (summary(recording={"organizationId": OTHER}), "contradicting apps"),
        (summary(meeting=meeting(sessionId=None)), "no session"),
        (summary(meeting=meeting(sessionId="")), "no session"),
        ({"event": "meeting.ended", "organizedBy": ORGANIZER}, "no session"),
        (summary(sessionId=OTHER), "contradicting sessions"),
        (summary(recording={"roomUUID": OTHER}), "contradicting sessions"),
        (summary(meeting=meeting(sessionId="../x")), "a malformed id"),
        (summary(meeting=meeting(sessionId=f"{SESSION}\n")), "a malformed id"),
        (summary(meeting=meeting(organizedBy={"id": "a"})), "a malformed id"),
        (summary(meeting=meeting(organizedBy={"id": "\u0430" * 36})), "a malformed id"),
        (summary(meeting=meeting(organizedBy={"id": "x" * 65})), "a malformed id"),
        (CHAT | {"sessionId": "a b"}, "a malformed id"),
        (summary(meeting=meeting(sessionId=5)), "no event"),
        (summary(meeting=meeting(organizedBy={"id": 5})), "no event"),
        (summary(meeting=meeting(organizedBy=APP)), "no event"),
        (summary(meeting=[meeting()]), "no event"),
        (summary(meeting="meeting"), "no event"),
        (summary(event=None), "no event"),
        (summary(event=["meeting.summary"]), "no event"),
        ({"meeting": meeting()}, "no event"),
        ([summary()], "no event"),
        ({}, "no event"),
        ([], "no event"),
        (None, "no event"),
        ("meeting.summary", "no event"),
        (5, "no event"),
    ],
)
def test_refuses_what_does_not_say_whose_it_is(content: object, why: str) -> None:
    """Without one app and, where it counts, one session, nothing can be done safely."""
    with pytest.raises(EventUnreadable) as raised:
        read_event(body_of(content))

    assert str(raised.value) == why


GOOD = body_of(summary())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"event=meeting.summary",
        b"\xef\xbb\xbf" + GOOD,
        GOOD[:-1],
        GOOD + GOOD,
        GOOD + b"x",
        GOOD.decode().encode("utf-16"),
        GOOD.decode().encode("latin-1"),
        b"\x1f\x8b\x08" + GOOD,
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"event": ' + b"9" * 200_000 + b"}",
    ],
    ids=range(13),
)
def test_refuses_what_is_no_json(body: bytes) -> None:
    """Nothing, something else, cut, doubled, marked, in another encoding, or far too deep."""
    with pytest.raises(EventUnreadable) as raised:
        read_event(body)

    assert str(raised.value) == "not JSON"


@pytest.mark.parametrize(
    "body",
    [
        GOOD.replace(b'{"event"', b'{"event": "meeting.ended", "event"', 1),
        GOOD.replace(b'{"id"', b'{"sessionId": "' + OTHER.encode() + b'", "id"', 1),
        GOOD.replace(b'"name"', b'"id": "' + OTHER.encode() + b'", "name"', 1),
        GOOD.replace(b'"name"', b'"i\\u0064": "x", "name"', 1),
        GOOD.replace(b'"event"', b'"x": {"y": 1, "y": 1}, "event"', 1),
    ],
)
def test_refuses_a_key_that_comes_twice(body: bytes) -> None:
    """Which of the two counts is a matter of taste, so neither does, wherever it stands."""
    assert body != GOOD
    with pytest.raises(EventUnreadable) as raised:
        read_event(body)

    assert str(raised.value) == "a key twice"


def test_tells_nothing_of_the_body() -> None:
    """The body holds a link that opens the summary: no part of it is in the error."""
    with pytest.raises(EventUnreadable) as raised:
        read_event(GOOD[:-1])

    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(APP),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
IDS = st.sampled_from([APP, APP.upper(), SESSION, OTHER, "", "x"]) | JSON
ORGANIZERS = st.fixed_dictionaries({"id": IDS}) | JSON
EVENTS = st.fixed_dictionaries(
    {"event": st.sampled_from(["meeting.summary", "meeting.ended", "x"]) | JSON},
    optional={
        "meeting": st.fixed_dictionaries({}, optional={"sessionId": IDS, "organizedBy": ORGANIZERS})
        | JSON,
        "recording": st.fixed_dictionaries({}, optional={"roomUUID": IDS, "organizationId": IDS})
        | JSON,
        "organizedBy": ORGANIZERS,
        "sessionId": IDS,
    },
)


@given(body=st.binary() | EVENTS.map(lambda content: json.dumps(content).encode()))
def test_any_bytes_are_an_event_or_refused(body: bytes) -> None:
    """There is no third outcome, and an event that is of use names an app and a session."""
    try:
        event = read_event(body)
    except EventUnreadable:
        return

    assert is_resource_id(event.app)
    assert is_resource_id(event.session) or (event.kind is None and event.session == "")
