"""The make-believe API's answers: a request that passed the gate in, JSON out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

from starlette.requests import Request

from bot.demo.fake_realtimekit.presigned import PresignedStore
from bot.demo.fake_realtimekit.records import AppRecord, SessionRecord, SummaryRecord, iso
from bot.demo.fake_realtimekit.refused import invalid, not_found
from bot.demo.fake_realtimekit.scripted import Scripted, json_reply
from bot.demo.fake_realtimekit.state import State
from bot.domain.ids import AppId, SessionId

T = TypeVar("T")

PER_PAGE = 20
_MOST_PER_PAGE = 100
_CHOICES = {
    "status": ("LIVE", "ENDED"),
    "sort_by": ("createdAt", "minutesConsumed"),
    "sort_order": ("ASC", "DESC"),
}


class Api:
    """One method per endpoint. Raises `Refused`."""

    def __init__(self, state: State, store: PresignedStore) -> None:
        """Answer from `state`, with links to `store`."""
        self._state = state
        self._store = store

    def apps(self, request: Request) -> Scripted:
        """GET apps."""
        account = request.path_params["account_id"]
        rows = [a for a in self._state.apps.values() if a.account_id == account]
        page, paging = _page(request, rows)
        return json_reply(
            200, {"success": True, "data": [_app_json(a) for a in page], "paging": paging}
        )

    def sessions(self, request: Request) -> Scripted:
        """GET sessions. Unknown parameters are ignored, as the real service seems to do."""
        app = named_app(self._state, request)
        choices = {name: _choice(request, name) for name in _CHOICES}
        meeting = request.query_params.get("associated_id")
        rows = [
            session
            for session in self._state.sessions.values()
            if session.app_id == app.id
            and meeting in (None, session.meeting_id)
            and choices["status"] in (None, _status(session))
        ]
        key = _minutes if choices["sort_by"] == "minutesConsumed" else _created_at
        rows.sort(key=key, reverse=choices["sort_order"] != "ASC")
        page, paging = _page(request, rows)
        data = {"sessions": [_session_json(s) for s in page]}
        return json_reply(200, {"success": True, "data": data, "paging": paging})

    def session(self, request: Request) -> Scripted:
        """GET sessions/{session_id}."""
        return data_reply(_session_json(self._session(request)))

    def summary(self, request: Request) -> Scripted:
        """GET sessions/{session_id}/summary."""
        session = self._session(request)
        written = self._state.summary_of(session.id)
        if written is None:
            raise not_found("Summary")
        link = written.url or self._store.sign(str(request.base_url).rstrip("/"), written)
        return data_reply(_summary_json(session, written, link))

    def generate_summary(self, request: Request) -> Scripted:
        """POST sessions/{session_id}/summary."""
        session = self._session(request)
        if not self._state.has_transcript(session.id):
            raise invalid("Transcript not found for this session")
        ready_at = self._state.now() + self._state.writing_takes
        self._state.add_summary(session.id, self._state.generated_text, ready_at=ready_at)
        return data_reply({"session_id": session.id, "status": "INITIATED"})

    def transcript(self, request: Request) -> Scripted:
        """GET sessions/{session_id}/transcript. The link leads nowhere: nobody downloads it."""
        session = self._session(request)
        if not self._state.has_transcript(session.id):
            raise not_found("Transcript")
        return data_reply(
            {
                "sessionId": session.id,
                "transcript_download_url": f"{request.base_url}store/transcript.csv",
                "transcript_download_url_expiry": iso(self._state.now() + timedelta(days=7)),
            }
        )

    def _session(self, request: Request) -> SessionRecord:
        app = named_app(self._state, request)
        session = self._state.sessions.get(SessionId(request.path_params["session_id"]))
        if session is None or session.app_id != app.id:
            raise not_found("Session")
        return session


def named_app(state: State, request: Request) -> AppRecord:
    """The app a request's path names. Raises `Refused` when the account has none such."""
    app = state.apps.get(AppId(request.path_params["app_id"]))
    if app is None or app.account_id != request.path_params["account_id"]:
        raise not_found("App")
    return app


def data_reply(data: object) -> Scripted:
    """A success, with its result under `data`."""
    return json_reply(200, {"success": True, "data": data})


def _choice(request: Request, name: str) -> str | None:
    value = request.query_params.get(name)
    if value is not None and value not in _CHOICES[name]:
        raise invalid(f'"{name}" must be one of [{", ".join(_CHOICES[name])}]')
    return value


def _number(request: Request, name: str, default: int) -> int:
    value = request.query_params.get(name, str(default))
    if not value.isdigit():
        raise invalid(f'"{name}" must be a number')
    return int(value)


def _page(request: Request, rows: Sequence[T]) -> tuple[Sequence[T], dict[str, int]]:
    """Cut a page out; pages count from 1, and 0 is the first one too."""
    number = max(1, _number(request, "page_no", 1))
    size = min(_number(request, "per_page", PER_PAGE) or PER_PAGE, _MOST_PER_PAGE)
    start = (number - 1) * size
    page = rows[start : start + size]
    offsets = {"start_offset": start + bool(page), "end_offset": start + len(page)}
    return page, {"total_count": len(rows), **offsets}


def _app_json(app: AppRecord) -> dict[str, object]:
    return {"id": app.id, "name": app.name, "created_at": iso(app.created_at)}


def _summary_json(session: SessionRecord, written: SummaryRecord, link: str) -> dict[str, object]:
    return {
        "sessionId": session.id,
        "summaryDownloadUrl": link,
        "summaryDownloadUrlExpiry": written.said_expiry,
    }


def _session_json(session: SessionRecord) -> dict[str, object]:
    return {
        "id": session.id,
        "associated_id": session.meeting_id,
        "meeting_display_name": session.title,
        "organization_id": session.app_id,
        "type": "meeting",
        "status": _status(session),
        "created_at": iso(session.created_at),
        "started_at": iso(session.started_at),
        "updated_at": iso(session.ended_at or session.created_at),
        "ended_at": iso(session.ended_at),
        "minutes_consumed": _minutes(session),
        "transcription_minutes_consumed": session.transcript_minutes,
        "parent_session_id": session.parent_id,
        "live_participants": 2 if session.live else 0,
        "max_concurrent_participants": 2,
    }


def _status(session: SessionRecord) -> str:
    return "LIVE" if session.live else "ENDED"


def _created_at(session: SessionRecord) -> float:
    return session.created_at.timestamp()


def _minutes(session: SessionRecord) -> float:
    if session.started_at is None or session.ended_at is None:
        return 0.0
    return (session.ended_at - session.started_at) / timedelta(minutes=1)
