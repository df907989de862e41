"""The bot token, its scopes and this machine's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from bot.domain.check import CheckState
from bot.errors import InstallationBroken
from bot.usecases.checks.failures import Mending
from bot.usecases.checks.slack import (
    CheckSlack,
    SlackAccount,
    WantedScopes,
    check_clock,
    check_scopes,
)
from tests.fakes import NOON

WANTED = WantedScopes(
    all=("chat:write", "commands", "groups:history"), optional=("groups:history",)
)


@dataclass(frozen=True)
class FakeAccount:
    """What Slack says of a token."""

    team_name: str = "Acme"
    scopes: frozenset[str] = frozenset(WANTED.all)
    answered_at: datetime | None = NOON


def asking(account: FakeAccount, granted: frozenset[str] = frozenset()) -> CheckSlack:
    """A check of a Slack that says this, ten minutes ago by our clock."""

    async def identify() -> SlackAccount:
        return account

    async def stored() -> frozenset[str]:
        return granted

    return CheckSlack(
        identify=identify,
        granted=stored,
        wanted=WANTED,
        now=lambda: NOON + timedelta(minutes=10),
    )


async def test_slack_tells_three_things_at_once() -> None:
    """One call tells whether the token works, what it may do, and what time it is."""
    checks = await asking(FakeAccount())()

    assert {check.name: check.state for check in checks} == {
        "Slack": CheckState.GOOD,
        "Scopes": CheckState.GOOD,
        "Clock": CheckState.BAD,
    }


async def test_what_was_granted_at_the_installation_counts_where_slack_says_nothing() -> None:
    """A proxy may drop the header that says it."""
    _, scopes, _ = await asking(FakeAccount(scopes=frozenset()), frozenset(WANTED.all))()
    _, missing, _ = await asking(FakeAccount(scopes=frozenset()), frozenset({"commands"}))()

    assert scopes.state is CheckState.GOOD
    assert missing.cause == "Not granted: chat:write."


async def test_a_refused_token_is_the_callers_to_explain() -> None:
    """It comes out as it is."""

    async def refuse() -> SlackAccount:
        raise InstallationBroken("invalid_auth")

    check = asking(FakeAccount())
    with pytest.raises(InstallationBroken):
        await CheckSlack(identify=refuse, granted=check.granted, wanted=WANTED, now=lambda: NOON)()


def test_who_can_grant_what_is_missing() -> None:
    """Where workspaces install the app themselves, their administrators do."""
    operator = check_scopes((), WANTED)
    administrator = check_scopes((), WANTED, Mending.BY_ADMINISTRATOR)

    assert "manifest" in operator.next_step
    assert "Install the app in this workspace again" in administrator.next_step


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
