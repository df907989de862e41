"""What the make-believe RealtimeKit's events say.

Source: https://developers.cloudflare.com/realtime/realtimekit/webhooks, which shows the summary's
event in two shapes and showed it in a third one before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from bot.demo.fake_realtimekit.records import AppRecord, SessionRecord, SummaryRecord, iso

Shape: TypeAlias = Literal["full", "short", "flat"]
EndReason: TypeAlias = Literal["HOST_ENDED_MEETING", "ALL_PARTICIPANTS_LEFT"]


def encode(content: Mapping[str, Any]) -> bytes:
    """An event as the bytes that are signed and sent."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def meeting_ended(app: AppRecord, session: SessionRecord, reason: EndReason) -> dict[str, Any]:
    """`meeting.ended`."""
    return {"event": "meeting.ended", "meeting": _meeting(app, session), "reason": reason}


def summary_ready(
    app: AppRecord, session: SessionRecord, written: SummaryRecord, link: str, shape: Shape
) -> dict[str, Any]:
    """`meeting.summary`, in one of its shapes."""
    file = {"summaryDownloadUrl": link, "summaryDownloadUrlExpiry": written.said_expiry}
    ids = {"meetingId": session.meeting_id, "sessionId": session.id}
    if shape == "flat":
        return {"event": "meeting.summary", **ids, **file}
    meeting = _meeting(app, session)
    if shape == "short":
        meeting = {name: meeting[name] for name in ("id", "sessionId", "organizedBy")}
    return {"event": "meeting.summary", "meeting": meeting, **file}


def _meeting(app: AppRecord, session: SessionRecord) -> dict[str, Any]:
    ended = {} if session.ended_at is None else {"endedAt": iso(session.ended_at)}
    return {
        "id": session.meeting_id,
        "sessionId": session.id,
        "title": session.title,
        "roomName": session.meeting_id,
        "status": "LIVE",  # in every event, even when it is over
        "createdAt": iso(session.created_at),
        "startedAt": iso(session.started_at),
        **ended,
        "organizedBy": {"id": app.id, "name": app.name},
    }
