"""What RealtimeKit knows of a meeting: apps, sessions, the summary and the link to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.ids import AppId, MeetingId, SessionId

SUMMARY_KEPT_FOR = timedelta(days=7)
"""How long Cloudflare keeps a summary after the meeting's end.

Source: Cloudflare's RealtimeKit documentation, AI summary and data retention pages.
"""

CLOCK_SKEW = timedelta(hours=1)
"""How far two honest clocks may differ before a session counts as too old."""


@dataclass(frozen=True, slots=True)
class App:
    """A RealtimeKit app of the account. The name is untrusted text."""

    id: AppId
    name: str


@dataclass(frozen=True, slots=True)
class SummaryLink:
    """Where one session's summary can be downloaded, and until when.

    The URL is a bearer secret and does not show in a `repr`. The expiry is unknown when
    Cloudflare sent none or none that can be read.
    """

    session_id: SessionId
    url: str = field(repr=False)
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Summary:
    """The text of a summary (untrusted, never stored) and until when its file can be had."""

    text: str = field(repr=False)
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDetails:
    """One run of a meeting. The title is untrusted text; every time is in UTC."""

    session_id: SessionId
    meeting_id: MeetingId | None = None
    title: str = ""
    live: bool = False
    created_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    parent_session_id: SessionId | None = None
    transcribed_minutes: float | None = None

    @property
    def length(self) -> timedelta | None:
        """How long the meeting ran, if both ends are known and in order."""
        if self.started_at is None or self.ended_at is None or self.ended_at < self.started_at:
            return None
        return self.ended_at - self.started_at

    def is_past_keeping(self, now: datetime) -> bool:
        """Whether Cloudflare has deleted what it wrote about this session."""
        return self.ended_at is not None and now - self.ended_at > SUMMARY_KEPT_FOR + CLOCK_SKEW
