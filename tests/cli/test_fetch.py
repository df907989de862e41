"""`fetch`: the summary and its notice, or a sentence and an exit code."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.cli.arguments import ExitCode
from bot.cli.fetch import FetchCommand, describe_expiry, exit_code
from bot.cli.terminal import Terminal
from bot.domain.ids import SessionId
from bot.domain.summary import Summary
from bot.errors import (
    AppNotFound,
    AppRequired,
    BotError,
    NotASummary,
    NotConnected,
    NoTranscript,
    PermissionMissing,
    RealtimeKitBusy,
    RealtimeKitUnavailable,
    SessionNotFound,
    SummaryExpired,
    SummaryNotReady,
    TokenRefused,
    UnknownAlias,
)
from bot.usecases.fetch_summary import FetchedSummary
from tests.fakes import NOON, SESSION, a_session

BERLIN = timezone(timedelta(hours=1), "CET")
UNTIL = NOON + timedelta(days=6)
FETCHED = FetchedSummary(Summary("# Notes\n\nAll is well.\n", UNTIL), a_session())


@dataclass
class FakeRealtimeKit:
    """Answers in turn, the last one for good; time passes only when somebody sleeps."""

    answers: list[FetchedSummary | BotError]
    asked: list[tuple[str, str]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    async def fetch(self, app: str, session: SessionId) -> FetchedSummary:
        """The next answer."""
        self.asked.append((app, session))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BotError):
            raise answer
        return answer

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)

    def now(self) -> datetime:
        """Noon, and what was slept since."""
        return NOON + timedelta(seconds=sum(self.slept))


@dataclass
class Stage:
    """The command with everything around it."""

    service: FakeRealtimeKit
    out: io.StringIO = field(default_factory=io.StringIO)
    err: io.StringIO = field(default_factory=io.StringIO)

    @property
    def command(self) -> FetchCommand:
        """The command under test."""
        return FetchCommand(
            fetch=self.service.fetch,
            explain=lambda error: f"sentence for {error.reason}",
            terminal=Terminal(self.out, self.err),
            now=self.service.now,
            sleep=self.service.sleep,
            zone=BERLIN,
        )


def _stage(*answers: FetchedSummary | BotError) -> Stage:
    return Stage(FakeRealtimeKit(list(answers)))


async def test_prints_the_summary_and_its_notice() -> None:
    """The title, the text, and until when the file can be had, in local time and in UTC."""
    stage = _stage(FETCHED)

    code = await stage.command("standup", SESSION)

    assert code == ExitCode.DONE
    assert stage.service.asked == [("standup", SESSION)]
    assert stage.out.getvalue() == (
        "Weekly planning\n\n# Notes\n\nAll is well.\n\n"
        "The file can be downloaded until 29 Nov 2026 13:00 CET (29 Nov 2026 12:00 UTC).\n"
    )
    assert stage.err.getvalue() == ""


async def test_prints_json() -> None:
    """One object with what is known, and no link: that is a secret."""
    stage = _stage(FETCHED)

    await stage.command("", SESSION, as_json=True)

    assert json.loads(stage.out.getvalue()) == {
        "session": SESSION,
        "title": "Weekly planning",
        "started_at": "2026-11-23T10:15:00+00:00",
        "ended_at": "2026-11-23T11:00:00+00:00",
        "expires_at": "2026-11-29T12:00:00+00:00",
        "text": "# Notes\n\nAll is well.\n",
    }


async def test_details_are_a_courtesy() -> None:
    """Without them the text and the notice are printed all the same."""
    bare = FetchedSummary(Summary("Text", None), None)
    as_text, as_json = _stage(bare), _stage(bare)

    await as_text.command("", SESSION)
    await as_json.command("", SESSION, as_json=True)

    assert as_text.out.getvalue() == (
        "Text\n\nUntil when the file can be downloaded is not known.\n"
    )
    assert json.loads(as_json.out.getvalue())["title"] is None


async def test_a_failure_is_a_sentence_beside_the_result() -> None:
    """The sentence is the one Slack would show; nothing is printed as a result."""
    stage = _stage(TokenRefused("401"))

    code = await stage.command("", SESSION)

    assert code == ExitCode.NOT_ALLOWED
    assert stage.err.getvalue() == "sentence for token_refused\n"
    assert stage.out.getvalue() == ""


async def test_a_failure_in_json_is_an_object() -> None:
    """A program reads the reason and whether trying again can help."""
    stage = _stage(SummaryNotReady("404"))

    code = await stage.command("", SESSION, as_json=True)

    assert code == ExitCode.NOT_READY
    assert json.loads(stage.out.getvalue()) == {
        "error": "summary_not_ready",
        "message": "sentence for summary_not_ready",
        "retryable": True,
    }


async def test_what_is_no_session_is_not_asked_for() -> None:
    """A path, a sentence or a blank never reaches Cloudflare."""
    stage = _stage(FETCHED)

    code = await stage.command("standup", "../apps")

    assert code == ExitCode.WRONG_USE
    assert stage.service.asked == []


async def test_waits_for_a_summary_that_is_not_ready() -> None:
    """It asks again every half minute until the summary is there."""
    stage = _stage(SummaryNotReady(), SummaryNotReady(), FETCHED)

    code = await stage.command("", SESSION, patience=timedelta(minutes=5))

    assert code == ExitCode.DONE
    assert stage.service.slept == [30.0, 30.0]
    assert stage.err.getvalue() == ""


async def test_waits_as_long_as_cloudflare_asks() -> None:
    """A stated waiting time is kept."""
    stage = _stage(RealtimeKitBusy(retry_after=120), FETCHED)

    await stage.command("", SESSION, patience=timedelta(minutes=5))

    assert stage.service.slept == [120.0]


async def test_patience_ends() -> None:
    """After the time that was given, the answer is still: not ready."""
    stage = _stage(SummaryNotReady())

    code = await stage.command("", SESSION, patience=timedelta(minutes=2))

    assert code == ExitCode.NOT_READY
    assert sum(stage.service.slept) == 120


async def test_does_not_wait_for_what_will_never_come() -> None:
    """Waiting cannot help a meeting without a transcript."""
    stage = _stage(NoTranscript())

    code = await stage.command("", SESSION, patience=timedelta(minutes=60))

    assert code == ExitCode.NOT_FOUND
    assert stage.service.slept == []


async def test_a_terminal_shows_that_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person sees what is going on, and the line is gone when it is over."""
    stage = _stage(SummaryNotReady(), FETCHED)
    monkeypatch.setattr(stage.err, "isatty", lambda: True)

    await stage.command("", SESSION, patience=timedelta(minutes=5))

    assert "asking again in 30 s, for 5 more minutes" in stage.err.getvalue()
    assert stage.err.getvalue().endswith("\r\x1b[K")


async def test_a_summary_cannot_command_the_terminal() -> None:
    """What was said in a meeting may hold escape sequences."""
    stage = _stage(FetchedSummary(Summary("a\x1b]0;title\x07b", None), None))

    await stage.command("", SESSION)

    assert "\x1b" not in stage.out.getvalue()
    assert "\x07" not in stage.out.getvalue()


def test_a_notice_about_the_past_says_so() -> None:
    """A file that can no longer be had is not offered."""
    notice = describe_expiry(NOON, NOON, UTC)

    assert notice.startswith("The file could be downloaded until 23 Nov 2026 12:00 UTC")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SummaryNotReady(), 3),
        (AppRequired(("a", "b")), 2),
        (UnknownAlias(()), 2),
        (SessionNotFound(), 4),
        (AppNotFound(), 4),
        (SummaryExpired(), 4),
        (TokenRefused(), 5),
        (PermissionMissing(), 5),
        (NotConnected(), 5),
        (RealtimeKitBusy(), 6),
        (RealtimeKitUnavailable(), 6),
        (NotASummary(), 1),
    ],
    ids=lambda each: getattr(each, "reason", each),
)
def test_exit_codes_mean_something(error: BotError, code: int) -> None:
    """A program can tell wrong use, not yet, never, not allowed and try again apart."""
    assert exit_code(error) == code
