"""A served make-believe Slack, and commands typed beside it."""

from __future__ import annotations

import io
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from bot.cli.arguments import build_parser
from bot.cli.commands import run
from bot.connections import utc_now
from bot.demo.fake_slack import FakeSlack
from bot.demo.serving import serve


@asynccontextmanager
async def served_slack() -> AsyncIterator[FakeSlack]:
    """Slack on this machine, without its limits: a test is faster than a person."""
    slack = FakeSlack(utc_now, tiers=False)
    async with serve(slack.app) as slack.url:
        yield slack


@dataclass(frozen=True, slots=True)
class Shown:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Everything that can be read in the terminal."""
        return self.out + self.err


@dataclass(frozen=True, slots=True)
class Typist:
    """Types commands, and answers what they ask."""

    monkeypatch: pytest.MonkeyPatch
    captured: pytest.CaptureFixture[str]

    async def type_in(
        self, *words: str, answers: str | None = None, piped: str | None = None
    ) -> Shown:
        """Run a command; with answers there is a terminal, otherwise nobody can be asked."""
        stdin = _Stdin(answers) if piped is None else io.StringIO(piped)
        self.monkeypatch.setattr(sys, "stdin", stdin)
        code = await run(build_parser().parse_args(words))
        shown = self.captured.readouterr()
        return Shown(code, shown.out, shown.err)


class _Stdin(io.StringIO):
    """What is typed, if anybody types."""

    def __init__(self, answers: str | None) -> None:
        super().__init__(answers or "")
        self._is_terminal = answers is not None

    def isatty(self) -> bool:
        """Whether this is a terminal."""
        return self._is_terminal
