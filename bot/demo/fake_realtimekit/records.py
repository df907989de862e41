"""What the make-believe RealtimeKit knows: accounts, tokens, apps, sessions, summaries."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.domain.ids import AppId, MeetingId, SessionId


@dataclass(slots=True, kw_only=True)
class Token:
    """An API token. Account-owned ones are not known to `/user/tokens/verify`."""

    value: str = field(repr=False)
    kind: Literal["user", "account"] = "account"
    status: Literal["active", "disabled", "expired"] = "active"
    may_use_realtime: bool = True


@dataclass(slots=True)
class Account:
    """A Cloudflare account."""

    id: str
    tokens: list[Token] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class AppRecord:
    """An app of an account."""

    id: AppId
    account_id: str
    name: str
    created_at: datetime


@dataclass(slots=True, kw_only=True)
class SessionRecord:
    """One run of a meeting."""

    id: SessionId
    app_id: AppId
    meeting_id: MeetingId
    title: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    live: bool
    transcript_minutes: float
    parent_id: SessionId | None


@dataclass(slots=True, kw_only=True)
class SummaryRecord:
    """A written summary, and how its link and its file are handed out."""

    body: bytes = field(repr=False)
    content_type: str | None
    ready_at: datetime
    expires_at: datetime
    said_expiry: object
    """What the API says of the expiry, true or not."""
    url: str | None
    """Said instead of a link to the store."""
    deleted: bool = False


@dataclass(slots=True, kw_only=True)
class WebhookRecord:
    """An address that an app has its events sent to."""

    id: str
    app_id: AppId
    name: str
    url: str
    events: list[str]
    enabled: bool
    created_at: datetime
    updated_at: datetime


def new_uuid() -> str:
    """An id as RealtimeKit makes them."""
    return str(uuid.uuid4())


def iso(moment: datetime | None) -> str | None:
    """A time as RealtimeKit writes it: UTC with milliseconds and a `Z`."""
    if moment is None:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
