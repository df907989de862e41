"""The account, its token, and the apps that are used."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.domain.check import CheckState
from bot.domain.credentials import TokenStatus
from bot.domain.summary import App
from bot.errors import NotConnected, PermissionMissing, RealtimeKitBusy, TokenExpired
from bot.usecases.administration_ports import Account
from bot.usecases.checks.cloudflare import CheckCloudflare, UsedApps, check_apps
from tests.fakes import APP, OTHER_APP, FakeMeetings

APPS = [App(APP, "Standups")]


@dataclass
class FakeAccount(FakeMeetings):
    """An account whose token can be asked about."""

    status: TokenStatus = TokenStatus.ACTIVE

    async def token_status(self) -> TokenStatus:
        """As set up."""
        self.calls.append("token_status")
        return self.status


def checking(account: FakeAccount, used: UsedApps | None = None) -> CheckCloudflare:
    """A check of this account."""

    async def open_account() -> Account:
        return account

    async def used_apps() -> UsedApps:
        return used or UsedApps()

    return CheckCloudflare(open_account, used_apps)


async def test_one_call_proves_token_and_apps() -> None:
    """All is well, and nothing else was asked."""
    account = FakeAccount()

    token, apps = await checking(account)()

    assert (token.state, apps.state) == (CheckState.GOOD, CheckState.GOOD)
    assert apps.cause == "The account has Standups."
    assert account.calls == ["list_apps"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [(TokenStatus.ACTIVE, PermissionMissing), (TokenStatus.EXPIRED, TokenExpired)],
)
async def test_a_refusal_is_looked_into(status: TokenStatus, expected: type[Exception]) -> None:
    """The same words stand for a dead token and a missing permission."""
    account = FakeAccount(apps_error=PermissionMissing("403"), status=status)

    with pytest.raises(expected):
        await checking(account)()


async def test_an_outage_is_not_looked_into() -> None:
    """There is nothing to be learned from asking more."""
    account = FakeAccount(apps_error=RealtimeKitBusy("429"))

    with pytest.raises(RealtimeKitBusy):
        await checking(account)()
    assert account.calls == ["list_apps"]


async def test_a_workspace_that_is_not_connected_is_no_fault() -> None:
    """It is the next thing to do."""

    async def nothing() -> Account:
        raise NotConnected

    [check] = await CheckCloudflare(nothing)()

    assert check.state is CheckState.WARNING
    assert "Connect Cloudflare" in check.next_step


def test_an_account_without_apps_is_a_warning() -> None:
    """The token works, but there can be no meetings yet."""
    [check] = check_apps([], UsedApps())

    assert check.state is CheckState.WARNING


def test_many_apps_are_named_in_part() -> None:
    """Ten, and how many more."""
    [check] = check_apps([App(APP, f"App {number}") for number in range(12)], UsedApps())

    assert check.cause.endswith("App 9 and 2 more.")


@pytest.mark.parametrize(
    ("used", "state", "words"),
    [
        (UsedApps(subscribed={APP: "standups"}), CheckState.GOOD, "Standups"),
        (UsedApps(subscribed={OTHER_APP: "retros"}), CheckState.BAD, "subscribe to retros"),
        (UsedApps(default=OTHER_APP), CheckState.BAD, "default app"),
        (UsedApps(default=APP), CheckState.GOOD, "Standups"),
        (UsedApps(aliases={"old": OTHER_APP}), CheckState.WARNING, "short name old"),
    ],
)
def test_apps_that_are_used_and_gone(used: UsedApps, state: CheckState, words: str) -> None:
    """What nothing can be posted of is bad; a name that leads nowhere is a warning."""
    [check] = check_apps(APPS, used)

    assert check.state is state
    assert words in check.cause
    assert bool(check.next_step) is (state is not CheckState.GOOD)
