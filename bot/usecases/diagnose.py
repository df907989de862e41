"""Find out what a refused summary means: 403 and 404 stand for several things each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.ids import AppId, MeetingId, SessionId
from bot.domain.summary import SessionDetails
from bot.errors import (
    AppNotFound,
    BotError,
    MeetingNotSession,
    NoTranscript,
    PermissionMissing,
    SessionNotFound,
    SummaryExpired,
    SummaryNotReady,
)
from bot.usecases.app_directory import AppDirectory
from bot.usecases.ports import Clock, Meetings, Workspace

TRANSCRIPT_GRACE = timedelta(hours=1)
"""How long after a meeting a missing transcript still means "not yet".

Cloudflare publishes no figure; an hour is many times what its users report.
"""

SESSIONS_TO_CHOOSE_FROM = 5
"""How many runs of a meeting are offered when its id was given for a session's."""


@dataclass(frozen=True, slots=True)
class Diagnose:
    """Tell which of token, account, app, session and time is to blame."""

    apps: AppDirectory
    connect: Callable[[Workspace], Meetings]
    now: Clock

    async def __call__(
        self,
        workspace: Workspace,
        app: AppId,
        session: SessionId,
        refusal: BotError,
        details: SessionDetails | BotError,
    ) -> BotError:
        """The error to tell the asker, given how the summary and the details were refused."""
        try:
            if isinstance(refusal, PermissionMissing):
                await self._check_app(workspace, app)
                return refusal
            if not isinstance(refusal, SummaryNotReady | NoTranscript):
                return refusal
            if isinstance(details, SessionDetails):
                return await self._why_no_summary(workspace, app, refusal, details)
            if not isinstance(details, SessionNotFound):
                return details
            return await self._why_no_session(workspace, app, session)
        except BotError as closer:
            return closer

    async def _check_app(self, workspace: Workspace, app: AppId) -> None:
        self.apps.forget(workspace.id)
        if all(known.id.lower() != app.lower() for known in await self.apps.apps(workspace)):
            raise AppNotFound

    async def _why_no_session(
        self, workspace: Workspace, app: AppId, session: SessionId
    ) -> BotError:
        await self._check_app(workspace, app)
        runs = await self.connect(workspace).list_sessions(
            app, meeting=MeetingId(session), limit=SESSIONS_TO_CHOOSE_FROM
        )
        return MeetingNotSession(app, tuple(runs)) if runs else SessionNotFound()

    async def _why_no_summary(
        self, workspace: Workspace, app: AppId, refusal: BotError, details: SessionDetails
    ) -> BotError:
        now = self.now()
        if details.is_past_keeping(now):
            return SummaryExpired()
        if details.ended_at is None or now - details.ended_at < TRANSCRIPT_GRACE:
            return SummaryNotReady(refusal.detail)
        if isinstance(refusal, NoTranscript) or details.transcribed_minutes:
            return refusal
        written = await self.connect(workspace).has_transcript(app, details.session_id)
        return refusal if written else NoTranscript()
