"""Database, worker and public address."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.domain.check import CheckState
from bot.errors import DatabaseInUse, DatabaseMissing
from bot.usecases.checks.deployment import check_address, check_database, check_worker
from tests.fakes import NOON

ADDRESS = "https://bot.example.com"


@dataclass
class FakeSchema:
    """A database whose tables are current, or that fails."""

    answer: bool | Exception = True

    async def is_current(self) -> bool:
        """The answer, or the failure."""
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@dataclass
class FakeSite:
    """An address that answers with a status, or not at all."""

    answer: int | Exception = 200
    asked: list[str] = field(default_factory=list)

    async def reach(self, address: str) -> int:
        """The status, or the failure."""
        self.asked.append(address)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (True, CheckState.GOOD),
        (False, CheckState.BAD),
        (DatabaseInUse("x"), CheckState.GOOD),
        (DatabaseMissing("x"), CheckState.GOOD),
    ],
)
async def test_the_databases_tables(answer: bool | Exception, state: CheckState) -> None:
    """Old tables are bad; a SQLite file that the running bot holds is not."""
    [check] = await check_database(FakeSchema(answer))

    assert check.state is state


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (200, CheckState.GOOD, "answers at PUBLIC_URL"),
        (502, CheckState.BAD, "status 502"),
        (ConnectionError("x"), CheckState.BAD, "Nothing answers"),
    ],
)
async def test_the_public_address(answer: int | Exception, state: CheckState, words: str) -> None:
    """The address that Slack was given must lead here."""
    [check] = await check_address(ADDRESS, FakeSite(answer).reach)

    assert check.state is state
    assert words in check.cause


@pytest.mark.parametrize(
    ("seen_at", "is_serving", "state", "words"),
    [
        (NOON, True, CheckState.GOOD, "does the work"),
        (NOON - timedelta(minutes=2), False, CheckState.GOOD, "does the work"),
        (NOON - timedelta(minutes=12), True, CheckState.BAD, "for 12 minutes"),
        (NOON - timedelta(minutes=12), False, CheckState.BAD, "for 12 minutes"),
        (None, True, CheckState.BAD, "yet"),
        (None, False, CheckState.WARNING, "yet"),
    ],
)
def test_whether_anybody_works(
    seen_at: datetime | None, is_serving: bool, state: CheckState, words: str
) -> None:
    """Two minutes of silence are a fault; before the first start, it is only to be done."""
    check = check_worker(seen_at, NOON, is_serving=is_serving)

    assert check.state is state
    assert words in check.cause
    assert bool(check.next_step) is (state is not CheckState.GOOD)
