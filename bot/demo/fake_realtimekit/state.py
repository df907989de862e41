"""The make-believe RealtimeKit's memory, filled by plain method calls."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.demo.fake_realtimekit.records import (
    Account,
    AppRecord,
    SessionRecord,
    SummaryRecord,
    Token,
    WebhookRecord,
    iso,
    new_uuid,
)
from bot.domain.ids import AppId, MeetingId, SessionId
from bot.domain.summary import SUMMARY_KEPT_FOR

_AS_IT_IS = object()

MEETING_EVENTS = ("meeting.ended", "meeting.summary")


class State:
    """Accounts, apps, sessions and summaries. Ids are made up where none is given."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Tell the time by `now`, in UTC."""
        self.now = now
        self.accounts: dict[str, Account] = {}
        self.apps: dict[AppId, AppRecord] = {}
        self.sessions: dict[SessionId, SessionRecord] = {}
        self.summaries: dict[SessionId, SummaryRecord] = {}
        self.webhooks: dict[AppId, dict[str, WebhookRecord]] = {}
        """The webhooks of each app, by their ids."""
        self.generated_text = "## Summary\n\nWritten on request."
        """What a summary asked for with POST will say."""
        self.writing_takes = timedelta(0)
        """How long such a summary takes to appear."""

    def add_account(self, *tokens: Token, account_id: str | None = None) -> Account:
        """Open an account with these tokens."""
        account = Account(account_id or secrets.token_hex(16), list(tokens))
        self.accounts[account.id] = account
        return account

    def add_app(self, account: Account, name: str, *, app: str | None = None) -> AppId:
        """Create an app in an account."""
        app_id = AppId(app or new_uuid())
        self.apps[app_id] = AppRecord(
            id=app_id, account_id=account.id, name=name, created_at=self.now()
        )
        return app_id

    def add_session(
        self,
        app: AppId,
        *,
        title: str | None = "",
        session: str | None = None,
        meeting: str | None = None,
        started_at: datetime | None = None,
        lasted: timedelta | None = timedelta(minutes=30),
        transcript_minutes: float = 30.0,
        parent: SessionId | None = None,
    ) -> SessionId:
        """Hold one run of a meeting.

        Args:
            app: whose app it is.
            title: the meeting's; Cloudflare's are often empty.
            session: its id.
            meeting: its meeting's id, for several runs of one meeting.
            started_at: in UTC; without it the session has just ended.
            lasted: `None` for a session that still runs.
            transcript_minutes: 0 for a session nothing was transcribed of.
            parent: the main room's session, when this one was a breakout room.
        """
        begun = started_at or self.now() - (lasted or timedelta(minutes=5))
        session_id = SessionId(session or new_uuid())
        self.sessions[session_id] = SessionRecord(
            id=session_id,
            app_id=app,
            meeting_id=MeetingId(meeting or new_uuid()),
            title=title,
            created_at=begun,
            started_at=begun,
            ended_at=None if lasted is None else begun + lasted,
            live=lasted is None,
            transcript_minutes=transcript_minutes,
            parent_id=parent,
        )
        return session_id

    def end_session(self, session: SessionId, *, at: datetime | None = None) -> SessionRecord:
        """End a session that runs: at a moment in UTC, or now."""
        record = self.sessions[session]
        record.live, record.ended_at = False, at or self.now()
        return record

    def add_webhook(
        self,
        app: AppId,
        url: str,
        events: Sequence[str] = MEETING_EVENTS,
        *,
        name: str = "Meeting summaries",
        enabled: bool = True,
    ) -> WebhookRecord:
        """Register an address, as somebody at the dashboard would; nothing is checked."""
        moment = self.now()
        record = WebhookRecord(
            id=new_uuid(),
            app_id=app,
            name=name,
            url=url,
            events=list(events),
            enabled=enabled,
            created_at=moment,
            updated_at=moment,
        )
        self.webhooks.setdefault(app, {})[record.id] = record
        return record

    def webhooks_of(self, app: AppId) -> list[WebhookRecord]:
        """An app's webhooks, oldest first."""
        return list(self.webhooks.get(app, {}).values())

    def add_summary(
        self,
        session: SessionId,
        text: str | bytes,
        *,
        content_type: str | None = "text/plain; charset=utf-8",
        expires_at: datetime | None = None,
        said_expiry: object = _AS_IT_IS,
        ready_at: datetime | None = None,
        url: str | None = None,
    ) -> SummaryRecord:
        """Write a session's summary, in place of an older one.

        Args:
            session: whose summary it is.
            text: the file's content.
            content_type: what the store says it is; `None` to say nothing.
            expires_at: when links to it die, in UTC; without it, 7 days after now.
            said_expiry: what the API says of that instead; any JSON value.
            ready_at: when it appears, in UTC; without it, at once.
            url: a link to say instead of one to the store.
        """
        expires_at = expires_at or self.now() + SUMMARY_KEPT_FOR
        record = SummaryRecord(
            body=text.encode() if isinstance(text, str) else text,
            content_type=content_type,
            ready_at=ready_at or self.now(),
            expires_at=expires_at,
            said_expiry=iso(expires_at) if said_expiry is _AS_IT_IS else said_expiry,
            url=url,
        )
        self.summaries[session] = record
        return record

    def summary_of(self, session: SessionId) -> SummaryRecord | None:
        """A session's summary, if it is written by now and not past keeping."""
        record = self.summaries.get(session)
        if record is None or record.ready_at > self.now() or self._past_keeping(session):
            return None
        return record

    def has_transcript(self, session: SessionId) -> bool:
        """Whether a session's transcript exists and is not past keeping."""
        record = self.sessions[session]
        return record.transcript_minutes > 0 and not record.live and not self._past_keeping(session)

    def _past_keeping(self, session: SessionId) -> bool:
        ended_at = self.sessions[session].ended_at
        return ended_at is not None and self.now() - ended_at > SUMMARY_KEPT_FOR
