"""The JSON that RealtimeKit sends when it grants a request, as loosely as it must be read.

Sources: https://developers.cloudflare.com/api/resources/realtime_kit/ and the official Python
and Go clients, which disagree with each other about several of these.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from bot.domain.ids import is_uuid
from bot.realtimekit.moments import read_moment


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _object_or_none(value: object) -> object:
    """Let an empty list, object or string stand for nothing: all are sent for what is absent."""
    return value or None


def _inner(value: object, key: str) -> object:
    if isinstance(value, dict) and key in value:
        value = value[key]
    return value or None


def _strings(value: object) -> list[object]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _objects(value: object, key: str) -> list[object]:
    found = value.get(key) if isinstance(value, dict) else value
    if not isinstance(found, list | None):
        raise ValueError(f"neither a list nor an object with {key}")  # noqa: TRY004 - pydantic's signal
    return [item for item in found or () if isinstance(item, dict)]


def canonical(resource_id: str) -> str:
    """An id in the one form that is compared and stored here: a UUID in lower case."""
    return resource_id.lower() if is_uuid(resource_id) else resource_id


Text = Annotated[str | None, BeforeValidator(_text)]
Number = Annotated[float | None, BeforeValidator(_number)]
Moment = Annotated[datetime | None, BeforeValidator(read_moment)]


class Shape(BaseModel):
    """Extra keys are ignored; no value shows in an error, for one may be a presigned link."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class SummaryData(Shape):
    """A session's summary; the URL and the session are read strictly, the expiry never fails."""

    session_id: str | None = Field(
        default=None, validation_alias=AliasChoices("sessionId", "session_id")
    )
    url: str | None = Field(
        default=None, validation_alias=AliasChoices("summaryDownloadUrl", "summary_download_url")
    )
    expires_at: Moment = Field(
        default=None,
        validation_alias=AliasChoices("summaryDownloadUrlExpiry", "summary_download_url_expiry"),
    )


class SummaryReply(Shape):
    """GET …/sessions/{session_id}/summary."""

    data: Annotated[SummaryData | None, BeforeValidator(_object_or_none)] = None


class TranscriptData(Shape):
    """A session's transcript: `sessionId` beside `transcript_download_url`, really."""

    session_id: str | None = Field(
        default=None, validation_alias=AliasChoices("sessionId", "session_id")
    )
    url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("transcript_download_url", "transcriptDownloadUrl"),
    )


class TranscriptReply(Shape):
    """GET …/sessions/{session_id}/transcript."""

    data: Annotated[TranscriptData | None, BeforeValidator(_object_or_none)] = None


class SessionRow(Shape):
    """One session, in a list or alone."""

    id: Text = Field(default=None, validation_alias=AliasChoices("id", "session_id", "sessionId"))
    meeting_id: Text = Field(
        default=None, validation_alias=AliasChoices("associated_id", "associatedId")
    )
    title: Text = Field(
        default=None, validation_alias=AliasChoices("meeting_display_name", "meetingDisplayName")
    )
    status: Text = None
    created_at: Moment = Field(
        default=None, validation_alias=AliasChoices("created_at", "createdAt")
    )
    started_at: Moment = Field(
        default=None, validation_alias=AliasChoices("started_at", "startedAt")
    )
    ended_at: Moment = Field(default=None, validation_alias=AliasChoices("ended_at", "endedAt"))
    parent_session_id: Text = Field(
        default=None, validation_alias=AliasChoices("parent_session_id", "parentSessionId")
    )
    transcribed_minutes: Number = Field(
        default=None,
        validation_alias=AliasChoices(
            "transcription_minutes_consumed", "transcriptionMinutesConsumed"
        ),
    )


class SessionReply(Shape):
    """GET …/sessions/{session_id}: the session stands in `data` or in `data.session`."""

    data: Annotated[SessionRow | None, BeforeValidator(lambda value: _inner(value, "session"))] = (
        None
    )


class Paging(Shape):
    """Where a page lies in its list; counts are not to be relied on."""

    start_offset: Number = Field(
        default=None, validation_alias=AliasChoices("start_offset", "startOffset")
    )


PagingOrNot = Annotated[
    Paging, BeforeValidator(lambda value: value if isinstance(value, dict) else {})
]


class SessionsReply(Shape):
    """GET …/sessions: the list stands in `data.sessions` or in `data`."""

    data: Annotated[
        list[SessionRow], BeforeValidator(lambda value: _objects(value, "sessions"))
    ] = Field(default=[])
    paging: PagingOrNot = Paging()


class AppRow(Shape):
    """One app."""

    id: Text = None
    name: Text = None


class AppsReply(Shape):
    """GET …/apps: the list stands in `data`, or in `data.apps`."""

    data: Annotated[list[AppRow], BeforeValidator(lambda value: _objects(value, "apps"))] = Field(
        default=[]
    )
    paging: PagingOrNot = Paging()


class WebhookRow(Shape):
    """One registered webhook; unless it says otherwise, it is enabled."""

    id: Text = None
    url: Text = None
    events: Annotated[list[str], BeforeValidator(_strings)] = Field(default=[])
    enabled: Annotated[bool, BeforeValidator(lambda value: value is not False)] = True


class WebhooksReply(Shape):
    """GET …/webhooks: the list stands in `data`, or in `data.webhooks`."""

    data: Annotated[
        list[WebhookRow], BeforeValidator(lambda value: _objects(value, "webhooks"))
    ] = Field(default=[])


class WebhookReply(Shape):
    """POST …/webhooks and PUT …/webhooks/{webhook_id}: it stands in `data` or `data.webhook`."""

    data: Annotated[WebhookRow | None, BeforeValidator(lambda value: _inner(value, "webhook"))] = (
        None
    )
