"""What RealtimeKit's replies mean."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import MeetingId, SessionId
from bot.domain.summary import App, SessionDetails, SummaryLink
from bot.errors import (
    AccountNotFound,
    AppNotFound,
    NoTranscript,
    PermissionMissing,
    RealtimeKitBusy,
    RealtimeKitError,
    RealtimeKitUnavailable,
    SessionNotFound,
    SummaryNotReady,
    TokenRefused,
    UnexpectedReply,
)
from bot.realtimekit import wire
from bot.realtimekit.reply import Reply
from tests.realtimekit.replies import (
    APP,
    LINK,
    OTHER,
    PAGE,
    SESSION,
    backend,
    gateway,
    granted,
    json_reply,
    raw,
)

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
LATER = datetime(2026, 3, 10, 10, 30, tzinfo=UTC)
TRUNCATED = b'{"success":true,"data":{"sessionId":"2b1f'


def summary_data(**changes: object) -> dict[str, object]:
    """The payload of GET summary."""
    data: dict[str, object] = {
        "sessionId": SESSION,
        "summaryDownloadUrl": LINK,
        "summaryDownloadUrlExpiry": "2026-03-10T10:30:00.000Z",
    }
    return data | changes


def read_summary(reply: Reply) -> SummaryLink:
    """Read it as the answer about `SESSION`."""
    return wire.read_summary(reply, session=SESSION, now=NOW)


@pytest.mark.parametrize(
    "data",
    [
        summary_data(),
        {
            "session_id": SESSION,
            "summary_download_url": LINK,
            "summary_download_url_expiry": "2026-03-10T10:30:00Z",
        },
        summary_data(model="x", nested={"a": [1]}, summaryType=None),
        summary_data(sessionId=SESSION.upper()),
        summary_data(sessionId=None),
        {"summaryDownloadUrl": LINK, "summaryDownloadUrlExpiry": LATER.timestamp()},
    ],
)
def test_reads_a_summary_in_either_case(data: dict[str, object]) -> None:
    """camelCase, snake_case, unknown keys and an unnamed session all give the same link."""
    assert read_summary(granted(data)) == SummaryLink(SESSION, LINK, LATER)


def test_reads_a_summary_without_success() -> None:
    """`success` may be missing, and a byte order mark may come first."""
    reply = raw(200, b"\xef\xbb\xbf" + json_reply(200, {"data": summary_data()}).body)

    assert read_summary(reply) == SummaryLink(SESSION, LINK, LATER)


@pytest.mark.parametrize("expiry", ["", None, "soon", [], {}, True, "2026-99-99T00:00:00Z"])
def test_an_unreadable_expiry_is_unknown(expiry: object) -> None:
    """The link counts; an expiry that cannot be read never stops it."""
    link = read_summary(granted(summary_data(summaryDownloadUrlExpiry=expiry)))

    assert link == SummaryLink(SESSION, LINK, None)


@pytest.mark.parametrize(
    ("expiry", "moment"),
    [
        ("2020-01-01T00:00:00Z", datetime(2020, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_an_expiry_is_not_judged(expiry: str, moment: datetime) -> None:
    """A past or absurdly late expiry is passed on as it is."""
    link = read_summary(granted(summary_data(summaryDownloadUrlExpiry=expiry)))

    assert link.expires_at == moment


@pytest.mark.parametrize(
    "reply",
    [
        json_reply(200, {"success": True}),
        granted(None),
        granted({}),
        granted([]),
        granted(""),
        granted(summary_data(summaryDownloadUrl=None)),
        granted(summary_data(summaryDownloadUrl="")),
        granted(summary_data(summaryDownloadUrl="  ")),
        granted({"sessionId": SESSION}),
        raw(204),
        backend(404),
        gateway(404, 10),
        json_reply(404, {"message": "x"}),
        json_reply(404, {"success": False}),
        raw(404),
        raw(404, PAGE),
        backend(404, "Transcript not found"),
        json_reply(200, {"success": False, "error": {"code": 404, "message": "x"}}),
        backend(400, "Summary not found"),
        backend(422, "No summary for this session"),
        backend(409, "conflict"),
        backend(409, "Summary generation is in progress"),
        backend(422, "Transcript is not ready yet"),
        backend(400, "Transcript is being processed"),
        backend(422, "The transcript isn't ready"),
    ],
)
def test_nothing_there_is_not_ready(reply: Reply) -> None:
    """Every way of saying that there is no link, or none yet, reads as not ready."""
    with pytest.raises(SummaryNotReady):
        read_summary(reply)


@pytest.mark.parametrize("status", [400, 409, 422])
@pytest.mark.parametrize(
    "words",
    [
        "Transcript not found",
        "No transcript available",
        "transcription is missing",
        "TRANSCRIPT EMPTY",
    ],
)
def test_a_missing_transcript_is_told_apart(status: int, words: str) -> None:
    """A refusal that blames the transcript says so, for the use case to weigh."""
    with pytest.raises(NoTranscript):
        read_summary(backend(status, words))


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (granted(summary_data(sessionId=OTHER)), UnexpectedReply),
        (granted(summary_data(sessionId=OTHER, summaryDownloadUrl=None)), UnexpectedReply),
        (granted(summary_data(sessionId=7)), UnexpectedReply),
        (granted(summary_data(summaryDownloadUrl=42)), UnexpectedReply),
        (granted([1]), UnexpectedReply),
        (granted("text"), UnexpectedReply),
        (raw(200, b"[]"), UnexpectedReply),
        (raw(200, b"null"), UnexpectedReply),
        (raw(200, TRUNCATED), UnexpectedReply),
        (raw(200), UnexpectedReply),
        (raw(200, PAGE), RealtimeKitUnavailable),
        (raw(200, b"[" * 5_000), UnexpectedReply),
        (json_reply(200, {"success": False}), UnexpectedReply),
        (gateway(200, 1), UnexpectedReply),
        (backend(422, '"foo" is not allowed'), UnexpectedReply),
        (raw(302, location="https://evil.example/"), UnexpectedReply),
        (gateway(400, 6003), TokenRefused),
        (gateway(401, 1000), TokenRefused),
        (gateway(403, 10000), PermissionMissing),
        (gateway(404, 7003, 7000), AccountNotFound),
        (gateway(429, 10), RealtimeKitBusy),
        (backend(500), RealtimeKitUnavailable),
    ],
)
def test_all_else_is_refused(reply: Reply, error: type[RealtimeKitError]) -> None:
    """Another session's link, an unknown shape and a refusal each raise what they mean."""
    with pytest.raises(RealtimeKitError) as raised:
        read_summary(reply)

    assert type(raised.value) is error


def test_no_error_quotes_the_link() -> None:
    """A link in a reply that cannot be read stays out of the error and of its cause."""
    with pytest.raises(UnexpectedReply) as raised:
        read_summary(granted(summary_data(sessionId=[LINK])))

    assert "store.example" not in f"{raised.value} {raised.value.__cause__}"


@pytest.mark.parametrize(
    "reply",
    [
        granted({"session_id": SESSION, "status": "anything"}),
        raw(202),
        raw(200),
        raw(204),
        raw(200, TRUNCATED),
        backend(409),
        backend(409, "Summary already requested for this transcript"),
    ],
)
def test_generation_is_under_way(reply: Reply) -> None:
    """Any success counts, and so does a conflict with a generation already running."""
    wire.read_generation(reply, now=NOW)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (backend(422, "Transcript not found"), NoTranscript),
        (backend(400, "no transcript"), NoTranscript),
        (backend(409, "no transcript"), NoTranscript),
        (backend(404, "Transcript not found"), NoTranscript),
        (backend(404), SessionNotFound),
        (backend(422, "bad body"), UnexpectedReply),
        (gateway(429, 10), RealtimeKitBusy),
        (gateway(403, 10000), PermissionMissing),
        (json_reply(200, {"success": False}), UnexpectedReply),
        (raw(200, PAGE), RealtimeKitUnavailable),
        (raw(503), RealtimeKitUnavailable),
    ],
)
def test_generation_is_refused(reply: Reply, error: type[RealtimeKitError]) -> None:
    """What prevents a generation is told apart."""
    with pytest.raises(RealtimeKitError) as raised:
        wire.read_generation(reply, now=NOW)

    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("reply", "written"),
    [
        (granted({"sessionId": SESSION, "transcript_download_url": LINK}), True),
        (granted({"session_id": SESSION, "transcriptDownloadUrl": LINK}), True),
        (granted({"sessionId": SESSION, "transcript_download_url": None}), False),
        (granted({"sessionId": SESSION, "transcript_download_url": ""}), False),
        (granted(None), False),
        (granted([]), False),
        (raw(204), False),
        (backend(404), False),
        (raw(404, PAGE), False),
        (backend(422, "Transcript not found"), False),
        (backend(400, "no transcript for this session"), False),
    ],
)
def test_tells_whether_there_is_a_transcript(reply: Reply, *, written: bool) -> None:
    """A link is a transcript; every way of having none is none."""
    assert wire.read_transcript(reply, session=SESSION, now=NOW) is written


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (granted({"sessionId": OTHER, "transcript_download_url": LINK}), UnexpectedReply),
        (granted({"transcript_download_url": 5}), UnexpectedReply),
        (backend(422, '"format" must be one of'), UnexpectedReply),
        (gateway(403, 10000), PermissionMissing),
        (raw(500), RealtimeKitUnavailable),
    ],
)
def test_a_transcript_that_cannot_be_told(reply: Reply, error: type[RealtimeKitError]) -> None:
    """What decides nothing about a transcript is raised, never read as "none"."""
    with pytest.raises(RealtimeKitError) as raised:
        wire.read_transcript(reply, session=SESSION, now=NOW)

    assert type(raised.value) is error


SESSION_ROW: dict[str, object] = {
    "id": SESSION,
    "associated_id": "abcdef-ghijkl",
    "meeting_display_name": "Weekly <!channel>",
    "status": "ENDED",
    "type": "meeting",
    "created_at": "2026-03-04T09:00:00.000Z",
    "started_at": "2026-03-04T09:00:05.000Z",
    "ended_at": "2026-03-04T09:30:00.000Z",
    "parent_session_id": OTHER,
    "transcription_minutes_consumed": 12.5,
}
SESSION_DETAILS = SessionDetails(
    session_id=SESSION,
    meeting_id=MeetingId("abcdef-ghijkl"),
    title="Weekly <!channel>",
    created_at=datetime(2026, 3, 4, 9, tzinfo=UTC),
    started_at=datetime(2026, 3, 4, 9, 0, 5, tzinfo=UTC),
    ended_at=datetime(2026, 3, 4, 9, 30, tzinfo=UTC),
    parent_session_id=OTHER,
    transcribed_minutes=12.5,
)


@pytest.mark.parametrize("data", [SESSION_ROW, {"session": SESSION_ROW}])
def test_reads_a_session_in_either_place(data: dict[str, object]) -> None:
    """The session stands in `data` or one level deeper."""
    details = wire.read_session(granted(data), session=SESSION, now=NOW)

    assert details == SESSION_DETAILS


@pytest.mark.parametrize(
    "row",
    [
        {"id": SESSION},
        {"title": "not this key"},
        dict.fromkeys(SESSION_ROW),
        {"id": SESSION, "meeting_display_name": 7, "transcription_minutes_consumed": "many"},
        {"id": SESSION, "transcription_minutes_consumed": -1, "ended_at": "soon"},
        {"id": SESSION, "transcription_minutes_consumed": 10**400},
        {"id": SESSION, "transcription_minutes_consumed": True},
    ],
)
def test_a_session_may_lack_everything(row: dict[str, object]) -> None:
    """Null, absent and strange values are unknown, not errors."""
    details = wire.read_session(granted(row), session=SESSION, now=NOW)

    assert details == SessionDetails(session_id=SESSION)


@pytest.mark.parametrize("status", ["LIVE", "live"])
def test_a_session_may_be_running(status: str) -> None:
    """The status tells a running session, in any case."""
    reply = granted({"id": SESSION, "status": status, "ended_at": None})

    assert wire.read_session(reply, session=SESSION, now=NOW).live


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (backend(404), SessionNotFound),
        (granted(None), SessionNotFound),
        (granted({}), SessionNotFound),
        (granted({"session": None}), SessionNotFound),
        (granted({"id": OTHER}), UnexpectedReply),
        (granted("x"), UnexpectedReply),
        (raw(200, TRUNCATED), UnexpectedReply),
        (raw(200, PAGE), RealtimeKitUnavailable),
        (gateway(403, 10000), PermissionMissing),
    ],
)
def test_a_session_that_is_not_had(reply: Reply, error: type[RealtimeKitError]) -> None:
    """A missing session, another session and a refusal are told apart."""
    with pytest.raises(RealtimeKitError) as raised:
        wire.read_session(reply, session=SESSION, now=NOW)

    assert type(raised.value) is error


@pytest.mark.parametrize(
    "reply",
    [
        granted({"sessions": [SESSION_ROW]}),
        granted([SESSION_ROW]),
        granted({"sessions": [SESSION_ROW]}, paging=None),
        granted({"sessions": [SESSION_ROW]}, paging=[]),
        granted({"sessions": [SESSION_ROW]}, paging={"total_count": 0.0, "start_offset": "x"}),
        granted({"sessions": [None, 5, {}, {"id": 7}, {"id": "../../x"}, SESSION_ROW]}),
    ],
)
def test_reads_a_page_of_sessions(reply: Reply) -> None:
    """The list stands in either place; paging may be missing or lie; broken rows are skipped."""
    assert wire.read_sessions(reply, now=NOW) == wire.Page((SESSION_DETAILS,), None)


def test_reads_where_a_page_begins() -> None:
    """The offset may be a fraction and is kept."""
    reply = granted({"sessions": []}, paging={"total_count": 3.0, "start_offset": 51.0})

    assert wire.read_sessions(reply, now=NOW) == wire.Page((), 51.0)


@pytest.mark.parametrize("data", [None, {}, [], {"sessions": None}, {"sessions": []}])
def test_a_page_may_be_empty(data: object) -> None:
    """Every way of sending no rows is an empty page."""
    assert wire.read_sessions(granted(data), now=NOW).items == ()


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (backend(404), AppNotFound),
        (granted("x"), UnexpectedReply),
        (granted({"sessions": 5}), UnexpectedReply),
        (raw(200), UnexpectedReply),
        (raw(200, PAGE), RealtimeKitUnavailable),
        (gateway(403, 10000), PermissionMissing),
    ],
)
def test_a_page_of_sessions_that_is_not_had(reply: Reply, error: type[RealtimeKitError]) -> None:
    """A 404 blames the app; an unknown shape is not taken for an empty list."""
    with pytest.raises(RealtimeKitError) as raised:
        wire.read_sessions(reply, now=NOW)

    assert type(raised.value) is error


@pytest.mark.parametrize(
    "data",
    [
        [{"id": APP, "name": "Production", "created_at": "x"}],
        {"apps": [{"id": APP, "name": "Production"}]},
        [{"name": "no id"}, {"id": "a/b", "name": "bad id"}, {"id": APP, "name": "Production"}],
    ],
)
def test_reads_a_page_of_apps(data: object) -> None:
    """Apps come as a bare list, or one level deeper; rows without a usable id are skipped."""
    assert wire.read_apps(granted(data), now=NOW).items == (App(APP, "Production"),)


def test_an_app_may_have_no_name() -> None:
    """A null name is an empty one, and upper case in an id is kept."""
    reply = granted([{"id": APP.upper(), "name": None}])

    assert [(app.id, app.name) for app in wire.read_apps(reply, now=NOW).items] == [
        (APP.upper(), "")
    ]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (backend(404), AccountNotFound),
        (gateway(404, 7003), AccountNotFound),
        (gateway(403, 10000), PermissionMissing),
        (granted(5), UnexpectedReply),
    ],
)
def test_apps_that_are_not_had(reply: Reply, error: type[RealtimeKitError]) -> None:
    """At this endpoint a 404 blames the account."""
    with pytest.raises(RealtimeKitError) as raised:
        wire.read_apps(reply, now=NOW)

    assert type(raised.value) is error


READERS: list[Callable[[Reply], object]] = [
    read_summary,
    lambda reply: wire.read_generation(reply, now=NOW),
    lambda reply: wire.read_transcript(reply, session=SESSION, now=NOW),
    lambda reply: wire.read_session(reply, session=SESSION, now=NOW),
    lambda reply: wire.read_sessions(reply, now=NOW),
    lambda reply: wire.read_apps(reply, now=NOW),
]
KEYS = [
    "success",
    "data",
    "error",
    "errors",
    "code",
    "message",
    "session",
    "sessions",
    "sessionId",
    "summaryDownloadUrl",
    "summaryDownloadUrlExpiry",
    "transcript_download_url",
    "id",
    "paging",
    "start_offset",
    "ended_at",
]
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just(SessionId(SESSION))
)
CONTENT = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(KEYS), inner)
    ),
)


@pytest.mark.parametrize("read", READERS)
@given(
    status=st.one_of(st.sampled_from([200, 404, 422]), st.integers(min_value=100, max_value=599)),
    body=st.one_of(st.binary(), CONTENT.map(lambda content: json_reply(0, content).body)),
)
def test_only_our_own_errors_come_out(
    read: Callable[[Reply], object], status: int, body: bytes
) -> None:
    """Whatever a server sends, a reader answers with a value or with a `RealtimeKitError`."""
    try:
        read(raw(status, body))
    except RealtimeKitError:
        return


@pytest.mark.parametrize(
    "read",
    [
        read_summary,
        lambda reply: wire.read_generation(reply, now=NOW),
        lambda reply: wire.read_transcript(reply, session=SESSION, now=NOW),
        lambda reply: wire.read_session(reply, session=SESSION, now=NOW),
        lambda reply: wire.read_sessions(reply, now=NOW),
        lambda reply: wire.read_apps(reply, now=NOW),
    ],
    ids=["summary", "generation", "transcript", "session", "sessions", "apps"],
)
def test_every_reader_knows_a_wait_until_a_date(read: Callable[[Reply], object]) -> None:
    """By the present moment it was given."""
    with pytest.raises(RealtimeKitBusy) as busy:
        read(raw(429, retry_after="Wed, 04 Mar 2026 10:30:45 GMT"))

    assert busy.value.retry_after == 45.0


@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        (raw(204), "204"),
        (granted({"sessionId": SESSION}), "no link"),
        (granted(summary_data(sessionId=OTHER)), "another session"),
        (backend(409, "transcript not found"), "409 409"),
        (backend(409), "409 409"),
        (raw(200, PAGE), "200 with a page for JSON"),
        (raw(200, TRUNCATED), "200 with an unknown body"),
    ],
)
def test_the_log_learns_what_was_wrong_with_a_summarys_reply(reply: Reply, detail: str) -> None:
    """Numbers and words of ours, nothing of the reply's."""
    with pytest.raises(RealtimeKitError) as error:
        read_summary(reply)

    assert error.value.detail == detail


def test_the_log_learns_that_there_was_no_session() -> None:
    """A success without what was asked for."""
    with pytest.raises(SessionNotFound) as error:
        wire.read_session(granted(None), session=SESSION, now=NOW)

    assert error.value.detail == "no session"


def test_the_log_learns_that_there_is_no_transcript_to_write_from() -> None:
    """The status, and the code where there is one."""
    with pytest.raises(NoTranscript) as error:
        wire.read_generation(backend(404, "transcript not found"), now=NOW)

    assert error.value.detail == "404 404"


def test_words_count_only_where_the_content_is_spoken_of() -> None:
    """A status nobody documented stays unexpected, whatever it says."""
    with pytest.raises(UnexpectedReply):
        read_summary(backend(418, "transcript not found"))


def test_a_page_of_apps_says_where_it_begins() -> None:
    """So that a first page that is none is noticed."""
    reply = granted([{"id": APP, "name": "Standups"}], paging={"start_offset": 50})

    assert wire.read_apps(reply, now=NOW).start_offset == 50


def test_an_empty_id_is_no_id() -> None:
    """A session of no meeting and of no other room."""
    reply = granted({"id": SESSION, "associated_id": "", "parent_session_id": ""})

    details = wire.read_session(reply, session=SESSION, now=NOW)

    assert (details.meeting_id, details.parent_session_id) == (None, None)


@pytest.mark.parametrize("minutes", [0, 0.5])
def test_little_that_was_transcribed_is_known(minutes: float) -> None:
    """Nothing is not the same as not told."""
    reply = granted({"id": SESSION, "transcription_minutes_consumed": minutes})

    assert wire.read_session(reply, session=SESSION, now=NOW).transcribed_minutes == minutes
