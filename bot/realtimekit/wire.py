"""What RealtimeKit's replies mean: a reply in, a value or an error out. No network, no clock.

RealtimeKit pays out in `data`, in camelCase, snake_case or both in one object; nearly everything
may be null or absent. A refusal that stands for several things is read plainly here, for the
use cases to find out which it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Generic, TypeVar

from pydantic import ValidationError

from bot.domain.ids import AppId, MeetingId, SessionId, is_resource_id
from bot.domain.summary import App, SessionDetails, SummaryLink
from bot.errors import (
    AccountNotFound,
    AppNotFound,
    NoTranscript,
    RealtimeKitError,
    RealtimeKitUnavailable,
    SessionNotFound,
    SummaryNotReady,
    UnexpectedReply,
)
from bot.realtimekit import shapes
from bot.realtimekit.refusals import Refusal, judge, read_refusal
from bot.realtimekit.reply import Reply

T = TypeVar("T")
S = TypeVar("S", bound=shapes.Shape)

_ABOUT_THE_CONTENT = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.CONFLICT,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
"""Statuses under which a server could say that there is no transcript or no summary."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, and where it says it begins (0 or 1 for the first, or unsaid)."""

    items: tuple[T, ...]
    start_offset: float | None = None


def read_summary(reply: Reply, *, session: SessionId, now: datetime) -> SummaryLink:
    """Read where a session's summary is.

    Cloudflare documents no reply for a summary that does not exist. A 404, no content, and a 200
    without a link are `SummaryNotReady`; so are 400, 409 and 422 that speak of a summary or of
    work under way; one that misses the transcript is `NoTranscript`, which the use case weighs
    against the meeting's age, since a transcript may still be written after the end.

    Raises:
        SummaryNotReady, NoTranscript: there is no link.
        UnexpectedReply: the link is another session's, or the reply is no documented one.
        RealtimeKitError: as `judge` reads the refusal.
    """
    if refusal := read_refusal(reply):
        raise _judge_summary(refusal, reply, now)
    if reply.status == HTTPStatus.NO_CONTENT:
        raise SummaryNotReady(str(reply.status))
    data = payload(reply, shapes.SummaryReply).data
    if data is not None:
        _insist(session, data.session_id)
    if data is None or not (data.url and data.url.strip()):
        raise SummaryNotReady("no link")
    return SummaryLink(session, data.url, data.expires_at)


def read_generation(reply: Reply, *, now: datetime) -> None:
    """Read whether the summary will be written; a 409 that does not say why not means it will.

    Any success counts, with or without a body: older and newer schemas disagree about it.

    Raises:
        NoTranscript: there is nothing to write a summary from.
        SessionNotFound: plainly a 404; it may also mean that there is no transcript.
        RealtimeKitError: as `judge` reads the refusal.
    """
    if refusal := read_refusal(reply):
        if refusal.status == HTTPStatus.CONFLICT and not refusal.misses_transcript:
            return
        raise _judge_about_transcript(refusal, reply, SessionNotFound, now)
    refuse_markup(reply)


def read_transcript(reply: Reply, *, session: SessionId, now: datetime) -> bool:
    """Read whether a session has a transcript. Raises `RealtimeKitError`."""
    if refusal := read_refusal(reply):
        error = _judge_about_transcript(refusal, reply, NoTranscript, now)
        if isinstance(error, NoTranscript):
            return False
        raise error
    if reply.status == HTTPStatus.NO_CONTENT:
        return False
    data = payload(reply, shapes.TranscriptReply).data
    if data is not None:
        _insist(session, data.session_id)
    return data is not None and bool(data.url and data.url.strip())


def read_session(reply: Reply, *, session: SessionId, now: datetime) -> SessionDetails:
    """Read a session, whether it stands in `data` or in `data.session`.

    Raises:
        SessionNotFound: a 404, or nothing where the session should be.
        UnexpectedReply: another session than the one asked for.
        RealtimeKitError: as `judge` reads the refusal.
    """
    raise_refusal(reply, now=now, not_found=SessionNotFound)
    row = payload(reply, shapes.SessionReply).data
    if row is None:
        raise SessionNotFound("no session")
    _insist(session, row.id)
    return _details(row, session)


def read_sessions(reply: Reply, *, now: datetime) -> Page[SessionDetails]:
    """Read a page of sessions. Rows without a usable id are skipped.

    Raises:
        AppNotFound: plainly a 404.
        RealtimeKitError: as `judge` reads the refusal.
    """
    raise_refusal(reply, now=now, not_found=AppNotFound)
    body = payload(reply, shapes.SessionsReply)
    rows = tuple(
        _details(row, SessionId(shapes.canonical(row.id)))
        for row in body.data
        if row.id is not None and is_resource_id(row.id)
    )
    return Page(rows, body.paging.start_offset)


def read_apps(reply: Reply, *, now: datetime) -> Page[App]:
    """Read a page of the account's apps. Rows without a usable id are skipped.

    Raises:
        AccountNotFound: plainly a 404.
        RealtimeKitError: as `judge` reads the refusal.
    """
    raise_refusal(reply, now=now, not_found=AccountNotFound)
    body = payload(reply, shapes.AppsReply)
    rows = tuple(
        App(AppId(row.id), row.name or "")
        for row in body.data
        if row.id is not None and is_resource_id(row.id)
    )
    return Page(rows, body.paging.start_offset)


def _judge_summary(refusal: Refusal, reply: Reply, now: datetime) -> RealtimeKitError:
    error = judge(refusal, reply, not_found=SummaryNotReady, now=now)
    if not isinstance(error, UnexpectedReply) or refusal.status not in _ABOUT_THE_CONTENT:
        return error
    if refusal.misses_transcript:
        return NoTranscript(refusal.detail)
    if refusal.says_wait or refusal.misses_summary or refusal.status == HTTPStatus.CONFLICT:
        return SummaryNotReady(refusal.detail)
    return error


def _judge_about_transcript(
    refusal: Refusal, reply: Reply, not_found: type[RealtimeKitError], now: datetime
) -> RealtimeKitError:
    error = judge(refusal, reply, not_found=not_found, now=now)
    undecided = isinstance(error, UnexpectedReply | SessionNotFound)
    if undecided and refusal.misses_transcript:
        return NoTranscript(refusal.detail)
    return error


def raise_refusal(reply: Reply, *, not_found: type[RealtimeKitError], now: datetime) -> None:
    """Do nothing about a granted request; raise what a refusal plainly means."""
    if refusal := read_refusal(reply):
        raise judge(refusal, reply, not_found=not_found, now=now)


def refuse_markup(reply: Reply) -> None:
    """Raise `RealtimeKitUnavailable` for a page, under whatever status it comes."""
    if reply.is_markup:
        raise RealtimeKitUnavailable(f"{reply.status} with a page for JSON")


def payload(reply: Reply, shape: type[S]) -> S:
    """Read a granted reply's JSON. Raises `UnexpectedReply`, `RealtimeKitUnavailable`."""
    refuse_markup(reply)
    try:
        return shape.model_validate_json(reply.body.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as error:
        raise UnexpectedReply(f"{reply.status} with an unknown body") from error


def _insist(asked: SessionId, answered: str | None) -> None:
    """Refuse another session's data; a reply that names no session is taken at its address."""
    if answered is not None and answered.lower() != asked.lower():
        raise UnexpectedReply("another session")


def _details(row: shapes.SessionRow, session: SessionId) -> SessionDetails:
    return SessionDetails(
        session_id=session,
        meeting_id=MeetingId(row.meeting_id) if row.meeting_id else None,
        title=row.title or "",
        live=(row.status or "").upper() == "LIVE",
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        parent_session_id=SessionId(row.parent_session_id) if row.parent_session_id else None,
        transcribed_minutes=row.transcribed_minutes,
    )
