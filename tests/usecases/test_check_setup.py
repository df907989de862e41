"""The checks of the set-up: each finds its own fault, and none hides another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot.domain.check import Check, CheckState
from bot.errors import (
    AccountNotFound,
    BotError,
    DatabaseInUse,
    DatabaseMissing,
    DatabaseUnusable,
    InstallationBroken,
    PermissionMissing,
    RealtimeKitBusy,
    RealtimeKitUnavailable,
    SlackBusy,
    SlackRefused,
    SlackUnavailable,
    TokenRefused,
)
from bot.usecases.check_setup import (
    CheckSetup,
    WantedScopes,
    check_address,
    check_clock,
    check_cloudflare,
    check_database,
    check_scopes,
    check_slack,
    explain,
    probes_for,
)
from tests.fakes import NOON, FakeMeetings

WANTED = WantedScopes(
    all=("chat:write", "commands", "groups:history"), optional=("groups:history",)
)
ADDRESS = "https://bot.example.com"


@dataclass(frozen=True)
class FakeAccount:
    """What Slack says of a token."""

    team_name: str = "Acme"
    scopes: frozenset[str] = frozenset(WANTED.all)
    answered_at: datetime | None = NOON


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


async def _identify() -> FakeAccount:
    return FakeAccount()


def _states(checks: Sequence[Check]) -> dict[str, CheckState]:
    return {check.name: check.state for check in checks}


async def test_all_is_well() -> None:
    """With everything in order, every check is good and asks for nothing."""
    site = FakeSite()
    check_setup = CheckSetup(
        probes_for(
            identify=_identify,
            wanted=WANTED,
            meetings=FakeMeetings(),
            schema=FakeSchema(),
            public_url=ADDRESS,
            reach=site.reach,
            now=lambda: NOON,
        )
    )

    checks = await check_setup()

    assert list(_states(checks)) == [
        "Slack",
        "Scopes",
        "Clock",
        "Cloudflare",
        "Database",
        "Public address",
    ]
    assert set(_states(checks).values()) == {CheckState.GOOD}
    assert {check.next_step for check in checks} == {""}
    assert site.asked == [f"{ADDRESS}/healthz"]


async def test_what_is_not_set_up_is_not_probed() -> None:
    """Without tokens and an address, only the database is looked at; the settings say the rest."""
    probes = probes_for(
        identify=None,
        wanted=WANTED,
        meetings=None,
        schema=FakeSchema(),
        public_url=None,
        reach=FakeSite().reach,
        now=lambda: NOON,
    )

    assert list(probes) == ["Database"]


async def test_a_failing_check_does_not_hide_the_others() -> None:
    """Each failure is its own line, in the order of the probes, whatever kind it is."""

    async def hang() -> Sequence[Check]:
        await asyncio.Event().wait()
        raise AssertionError

    async def refuse() -> Sequence[Check]:
        raise TokenRefused("401")

    async def crash() -> Sequence[Check]:
        raise ZeroDivisionError

    async def unreachable() -> Sequence[Check]:
        raise ConnectionRefusedError

    async def work() -> Sequence[Check]:
        return [Check.good("E", "It works.")]

    probes = {"A": hang, "B": refuse, "C": crash, "D": unreachable, "E": work}
    with capture_logs() as lines:
        checks = await CheckSetup(probes, patience=0.01)()

    assert [check.cause for check in checks] == [
        "No answer came in time.",
        "Cloudflare does not accept the API token.",
        "The check itself failed.",
        "It could not be reached.",
        "It works.",
    ]
    assert [(line["check"], line["log_level"]) for line in lines] == [("C", "error")]


async def test_slack_tells_three_things_at_once() -> None:
    """One call tells whether the token works, what it may do, and what time it is."""
    checks = await check_slack(_identify, WANTED, lambda: NOON + timedelta(minutes=10))

    assert _states(checks) == {
        "Slack": CheckState.GOOD,
        "Scopes": CheckState.GOOD,
        "Clock": CheckState.BAD,
    }


@pytest.mark.parametrize(
    ("granted", "state", "words"),
    [
        (WANTED.all, CheckState.GOOD, "All scopes are granted."),
        ((*WANTED.all, "users:read"), CheckState.GOOD, "All scopes are granted."),
        (("chat:write", "commands"), CheckState.WARNING, "optional: groups:history."),
        (("commands",), CheckState.BAD, "Not granted: chat:write."),
        ((), CheckState.BAD, "Not granted: chat:write, commands."),
    ],
)
def test_missing_scopes_are_named(granted: Sequence[str], state: CheckState, words: str) -> None:
    """A missing scope is bad unless it is optional; more than asked for is no fault."""
    check = check_scopes(granted, WANTED)

    assert check.state is state
    assert words in check.cause


@pytest.mark.parametrize(
    ("skew", "state"),
    [
        (timedelta(seconds=29), CheckState.GOOD),
        (timedelta(seconds=-29), CheckState.GOOD),
        (timedelta(seconds=30), CheckState.WARNING),
        (timedelta(seconds=-299), CheckState.WARNING),
        (timedelta(minutes=5), CheckState.BAD),
        (timedelta(minutes=-5), CheckState.BAD),
    ],
)
def test_clocks_are_compared(skew: timedelta, state: CheckState) -> None:
    """From five minutes on, no request of Slack's would pass the signature check."""
    assert check_clock(NOON, NOON + skew).state is state


def test_which_way_the_clock_is_wrong() -> None:
    """The line says by how much, and whether ahead or behind."""
    assert "45 seconds ahead" in check_clock(NOON, NOON + timedelta(seconds=45)).cause
    assert "45 seconds behind" in check_clock(NOON, NOON - timedelta(seconds=45)).cause


def test_no_time_from_slack_is_no_fault() -> None:
    """An answer without a readable date leaves nothing to compare."""
    assert check_clock(None, NOON).state is CheckState.GOOD


async def test_an_account_without_apps_is_a_warning() -> None:
    """The token works, but there can be no meetings yet."""
    [without] = await check_cloudflare(FakeMeetings(apps=[]))
    [with_one] = await check_cloudflare(FakeMeetings())

    assert without.state is CheckState.WARNING
    assert with_one.cause == "The API token works; apps: Standups."


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
    "error",
    [
        AccountNotFound("x"),
        DatabaseUnusable("x"),
        InstallationBroken("x"),
        PermissionMissing("x"),
        RealtimeKitBusy("x"),
        RealtimeKitUnavailable("x"),
        SlackBusy("x"),
        SlackUnavailable("x"),
        TokenRefused("x"),
        SlackRefused("strange_code"),
    ],
    ids=lambda error: error.reason,
)
def test_every_failure_has_a_next_step(error: BotError) -> None:
    """What to do about it is said, and no code of an outside service is."""
    check = explain("Thing", error)

    assert check.state is CheckState.BAD
    assert check.next_step
    assert "strange_code" not in check.cause + check.next_step
