"""The bot token, what it may do, and this machine's clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from bot.domain.check import Check
from bot.usecases.checks.failures import Mending
from bot.usecases.ports import Clock

SKEW_NOTICED = timedelta(seconds=30)
"""How far this machine's clock may differ from Slack's before it is worth a word."""

SKEW_REFUSED = timedelta(minutes=5)
"""From here on no request of Slack's passes, since its signature seems too old.

Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""


class SlackAccount(Protocol):
    """What Slack says of the bot token it was asked with."""

    @property
    def team_name(self) -> str:
        """The workspace's name: untrusted text."""

    @property
    def scopes(self) -> frozenset[str]:
        """What the token may do; empty if Slack did not say."""

    @property
    def answered_at(self) -> datetime | None:
        """Slack's own clock, in UTC, if it told."""


Identify: TypeAlias = Callable[[], Awaitable[SlackAccount]]
"""Asks Slack whose the bot token is. Raises `SlackError`."""


@dataclass(frozen=True, slots=True)
class WantedScopes:
    """The bot scopes the manifest asks for."""

    all: Collection[str]
    optional: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSlack:
    """One call tells whether the token works, what it may do, and what time it is."""

    identify: Identify
    granted: Callable[[], Awaitable[frozenset[str]]]
    """What was granted when the app was installed: for a Slack that does not say."""
    wanted: WantedScopes
    now: Clock
    mending: Mending = Mending.BY_OPERATOR

    async def __call__(self) -> Sequence[Check]:
        """Ask. Raises `SlackError`."""
        account = await self.identify()
        scopes = account.scopes or await self.granted()
        return [
            Check.good("Slack", f"The bot token works in {account.team_name}."),
            check_scopes(scopes, self.wanted, self.mending),
            check_clock(account.answered_at, self.now()),
        ]


_AGAIN = {
    Mending.BY_OPERATOR: "Put the manifest's scopes into the Slack app and install it again.",
    Mending.BY_ADMINISTRATOR: "Install the app in this workspace again and allow what it asks for.",
}


def check_scopes(
    granted: Collection[str], wanted: WantedScopes, mending: Mending = Mending.BY_OPERATOR
) -> Check:
    """Whether the installation has what the manifest asks for."""
    missing = sorted(set(wanted.all) - set(granted))
    required = [scope for scope in missing if scope not in wanted.optional]
    if required:
        return Check.bad("Scopes", f"Not granted: {', '.join(required)}.", _AGAIN[mending])
    if missing:
        cause = f"Not granted, and optional: {', '.join(missing)}."
        return Check.warning("Scopes", cause, f"To look up lost answers: {_AGAIN[mending]}")
    return Check.good("Scopes", "All scopes are granted.")


def check_clock(theirs: datetime | None, ours: datetime) -> Check:
    """Whether this machine's clock agrees with Slack's."""
    if theirs is None:
        return Check.good("Clock", "Slack did not tell its time, so there is nothing to compare.")
    skew = ours - theirs
    words = f"{abs(skew).total_seconds():.0f} seconds {'ahead' if skew > timedelta() else 'behind'}"
    step = "Turn on time synchronisation (NTP) on the machine that runs this bot."
    if abs(skew) >= SKEW_REFUSED:
        cause = f"The bot's machine is {words}: no request of Slack's passes."
        return Check.bad("Clock", cause, step)
    if abs(skew) >= SKEW_NOTICED:
        return Check.warning("Clock", f"The bot's machine is {words}.", step)
    return Check.good("Clock", "The bot's machine agrees with Slack.")
