"""`fetch`: one summary and its notice in the terminal."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TypeAlias

from bot.cli.arguments import ExitCode
from bot.cli.terminal import Terminal
from bot.domain.ids import SessionId, is_resource_id
from bot.errors import (
    AccountNotFound,
    AppNotFound,
    BotError,
    NeverReady,
    NotConnected,
    NoTranscript,
    PermissionMissing,
    RealtimeKitBusy,
    RealtimeKitUnavailable,
    SessionNotFound,
    SummaryEmpty,
    SummaryExpired,
    SummaryNotReady,
    TokenRefused,
    UserError,
)
from bot.usecases.fetch_summary import FetchedSummary
from bot.usecases.ports import Clock

Fetch: TypeAlias = Callable[[str, SessionId], Awaitable[FetchedSummary]]
"""Takes an app (an id, a name or nothing) and a session. Raises `BotError`."""

ASK_AGAIN_AFTER = timedelta(seconds=30)
"""Between two tries, unless Cloudflare asks for more: 20 calls in 5 minutes of its 1,200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchCommand:
    """Fetch a summary and print it; sentences about errors are those that Slack would show."""

    fetch: Fetch
    explain: Callable[[BotError], str]
    terminal: Terminal
    now: Clock
    sleep: Callable[[float], Awaitable[None]]
    zone: tzinfo | None = None
    """The reader's time zone; this machine's by default."""

    async def __call__(
        self, app: str, session: str, *, as_json: bool = False, patience: timedelta = timedelta()
    ) -> ExitCode:
        """Run the command.

        Args:
            app: the app's id or name; empty for the only one.
            session: the session's id.
            as_json: print one JSON object, also for an error.
            patience: how long to wait for a summary that is not ready.
        """
        if not is_resource_id(session):
            self.terminal.complain("That is no session's id. It looks like a UUID, with dashes.")
            return ExitCode.WRONG_USE
        try:
            fetched = await self._fetch_patiently(app, SessionId(session), patience)
        except BotError as error:
            self._print_error(error, as_json=as_json)
            return exit_code(error)
        self.terminal.print(_as_json(fetched) if as_json else self._as_text(fetched))
        return ExitCode.DONE

    async def _fetch_patiently(
        self, app: str, session: SessionId, patience: timedelta
    ) -> FetchedSummary:
        give_up_at = self.now() + patience
        while True:
            try:
                fetched = await self.fetch(app, session)
            except BotError as error:
                self.terminal.show_progress("")
                pause = timedelta(seconds=error.retry_after or 0) or ASK_AGAIN_AFTER
                left = give_up_at - self.now()
                if not error.retryable or pause > left:
                    raise
            else:
                self.terminal.show_progress("")
                return fetched
            self.terminal.show_progress(
                f"Not there yet; asking again in {pause.total_seconds():.0f} s, "
                f"for {left.total_seconds() / 60:.0f} more minutes."
            )
            await self.sleep(pause.total_seconds())

    def _as_text(self, fetched: FetchedSummary) -> str:
        details = fetched.details
        title = f"{details.title}\n\n" if details and details.title else ""
        notice = describe_expiry(fetched.summary.expires_at, self.now(), self.zone)
        return f"{title}{fetched.summary.text.rstrip()}\n\n{notice}"

    def _print_error(self, error: BotError, *, as_json: bool) -> None:
        words = self.explain(error)
        if as_json:
            facts = {"error": error.reason, "message": words, "retryable": error.retryable}
            self.terminal.print(json.dumps(facts, ensure_ascii=False))
        else:
            self.terminal.complain(words)


def describe_expiry(expires_at: datetime | None, now: datetime, zone: tzinfo | None) -> str:
    """The notice: until when the file can be downloaded, in the reader's time and in UTC."""
    if expires_at is None:
        return "Until when the file can be downloaded is not known."
    local = expires_at.astimezone(zone)
    moment = f"{local:%d %b %Y %H:%M %Z} ({expires_at:%d %b %Y %H:%M} UTC)"
    if expires_at <= now:
        return f"The file could be downloaded until {moment}."
    return f"The file can be downloaded until {moment}."


def _as_json(fetched: FetchedSummary) -> str:
    summary, details = fetched.summary, fetched.details
    facts: Mapping[str, str | None] = {
        "session": details.session_id if details else None,
        "title": details.title if details else None,
        "started_at": _iso(details.started_at) if details else None,
        "ended_at": _iso(details.ended_at) if details else None,
        "expires_at": _iso(summary.expires_at),
        "text": summary.text,
    }
    return json.dumps(facts, ensure_ascii=False)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


_EXIT_CODES: tuple[tuple[type[BotError] | tuple[type[BotError], ...], ExitCode], ...] = (
    (SummaryNotReady, ExitCode.NOT_READY),
    (NotConnected, ExitCode.NOT_ALLOWED),
    (UserError, ExitCode.WRONG_USE),
    ((TokenRefused, PermissionMissing, AccountNotFound), ExitCode.NOT_ALLOWED),
    ((AppNotFound, SessionNotFound, SummaryExpired), ExitCode.NOT_FOUND),
    ((NoTranscript, NeverReady, SummaryEmpty), ExitCode.NOT_FOUND),
    ((RealtimeKitBusy, RealtimeKitUnavailable), ExitCode.TRY_AGAIN),
)


def exit_code(error: BotError) -> ExitCode:
    """What an error means to the program that ran the command."""
    for kinds, code in _EXIT_CODES:
        if isinstance(error, kinds):
            return code
    return ExitCode.FAILED
