"""Get a session's summary and details, or find out what exactly stands in the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.domain.ids import AppId, SessionId
from bot.domain.summary import SessionDetails, Summary, SummaryLink
from bot.errors import BotError, LinkExpired, SummaryExpired, SummaryNotReady
from bot.usecases.app_directory import AppDirectory
from bot.usecases.diagnose import Diagnose
from bot.usecases.ports import Downloads, Meetings, Workspace

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FetchedSummary:
    """A summary with what is known of its session; details are a courtesy and may be missing."""

    summary: Summary
    details: SessionDetails | None


@dataclass(frozen=True, slots=True)
class FetchSummary:
    """Fetch, download, and say precisely what is wrong when it fails."""

    apps: AppDirectory
    connect: Callable[[Workspace], Meetings]
    downloads: Downloads
    diagnose: Diagnose

    async def __call__(
        self,
        workspace: Workspace,
        app: str,
        session: SessionId,
        *,
        check: Callable[[SessionDetails], None] | None = None,
    ) -> FetchedSummary:
        """The summary of one session of an app named by id, by alias, or not at all.

        Args:
            workspace: whose credentials are used.
            app: an id, an alias or a name.
            session: which session.
            check: raises if the session is not wanted; then its summary is not downloaded, and it
                is not wanted either while it cannot be looked up.

        Raises:
            UserError, RealtimeKitError: the diagnosed reason, fit to be told to the asker.
        """
        meetings = self.connect(workspace)
        app_id = await self.apps.resolve(workspace, app)
        link, details = await self._ask_for_both(meetings, app_id, session)
        if check is not None:
            if isinstance(details, SessionDetails):
                check(details)
            elif not isinstance(link, BotError):
                raise details
        if isinstance(link, BotError):
            raise await self.diagnose(workspace, app_id, session, link, details) from link
        try:
            link, text = await self._download(meetings, app_id, link)
        except (SummaryExpired, SummaryNotReady) as gone:
            # A link to no file: of an old meeting it is deleted, of a new one not written yet.
            missing = SummaryNotReady(gone.detail)
            raise await self.diagnose(workspace, app_id, session, missing, details) from gone
        known = details if isinstance(details, SessionDetails) else None
        return FetchedSummary(Summary(text, link.expires_at), known)

    async def link(self, workspace: Workspace, app: str, session: SessionId) -> SummaryLink:
        """A fresh link alone, fit to be opened in a browser. Raises as a call does."""
        app_id = await self.apps.resolve(workspace, app)
        link, details = await self._ask_for_both(self.connect(workspace), app_id, session)
        if isinstance(link, BotError):
            raise await self.diagnose(workspace, app_id, session, link, details) from link
        self.downloads.check(link)
        return link

    @staticmethod
    async def _ask_for_both(
        meetings: Meetings, app: AppId, session: SessionId
    ) -> tuple[SummaryLink | BotError, SessionDetails | BotError]:
        # Together, because the details are wanted in every case: for the parent when there is a
        # summary, for the diagnosis when there is none.
        return await asyncio.gather(
            outcome(meetings.fetch_summary(app, session)),
            outcome(meetings.fetch_session(app, session)),
        )

    async def _download(
        self, meetings: Meetings, app: AppId, link: SummaryLink
    ) -> tuple[SummaryLink, str]:
        try:
            return link, await self.downloads.download(link)
        except LinkExpired:
            fresh = await meetings.fetch_summary(app, link.session_id)
            return fresh, await self.downloads.download(fresh)


async def outcome(call: Awaitable[T]) -> T | BotError:
    """What a call returned, or why it failed, for whoever waits for several."""
    try:
        return await call
    except BotError as error:
        return error
