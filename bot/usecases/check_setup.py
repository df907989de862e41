"""Look at everything the bot needs, all at once; one failing check never hides another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Protocol, TypeAlias

import structlog

from bot.domain.check import Check
from bot.errors import (
    AccountNotFound,
    BotError,
    DatabaseAway,
    DatabaseInUse,
    DatabaseMissing,
    DatabaseUnusable,
    InstallationBroken,
    PermissionMissing,
    RealtimeKitBusy,
    RealtimeKitUnavailable,
    SlackBusy,
    SlackUnavailable,
    TokenRefused,
)
from bot.usecases.ports import Clock, Meetings

log = structlog.get_logger()

SKEW_NOTICED = timedelta(seconds=30)
"""How far this machine's clock may differ from Slack's before it is worth a word."""

SKEW_REFUSED = timedelta(minutes=5)
"""From here on no request of Slack's passes, since its signature seems too old.

Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

HEALTH_PATH = "/healthz"

Probe: TypeAlias = Callable[[], Awaitable[Sequence[Check]]]
"""One look at one thing, which may settle several checks."""


class SlackAccount(Protocol):
    """What Slack says of the bot token it was asked with."""

    @property
    def team_name(self) -> str:
        """The workspace's name: untrusted text."""

    @property
    def scopes(self) -> frozenset[str]:
        """What the token may do."""

    @property
    def answered_at(self) -> datetime | None:
        """Slack's own clock, in UTC, if it told."""


Identify: TypeAlias = Callable[[], Awaitable[SlackAccount]]
"""Asks Slack whose the bot token is. Raises `SlackError`."""


class Schema(Protocol):
    """The database, as far as its tables go."""

    async def is_current(self) -> bool:
        """Whether the tables are this version's. Raises `BotError` or `OSError`."""


Reach: TypeAlias = Callable[[str], Awaitable[int]]
"""Takes an address, returns the HTTP status it answers with. Raises `OSError`."""


@dataclass(frozen=True, slots=True)
class WantedScopes:
    """The bot scopes the manifest asks for."""

    all: Collection[str]
    optional: Collection[str]


def probes_for(
    *,
    identify: Identify | None,
    wanted: WantedScopes,
    meetings: Meetings | None,
    schema: Schema,
    public_url: str | None,
    reach: Reach,
    now: Clock,
) -> Mapping[str, Probe]:
    """The probes that apply: what has no credentials or no address yet is left out."""
    probes: dict[str, Probe] = {}
    if identify is not None:
        probes["Slack"] = partial(check_slack, identify, wanted, now)
    if meetings is not None:
        probes["Cloudflare"] = partial(check_cloudflare, meetings)
    probes["Database"] = partial(check_database, schema)
    if public_url is not None:
        probes["Public address"] = partial(check_address, public_url, reach)
    return probes


@dataclass(frozen=True, slots=True)
class CheckSetup:
    """Run every probe that applies, each with its own time, and put the outcomes in order."""

    probes: Mapping[str, Probe]
    """By the name under which a probe that fails is reported."""
    patience: float = 15.0
    """Seconds each probe may take."""

    async def __call__(self) -> Sequence[Check]:
        """Look at everything. Never raises because of what a probe met."""
        names = tuple(self.probes)
        outcomes = await asyncio.gather(
            *(self._in_time(self.probes[name]) for name in names), return_exceptions=True
        )
        return [
            check
            for name, outcome in zip(names, outcomes, strict=True)
            for check in (_failed(name, outcome) if isinstance(outcome, BaseException) else outcome)
        ]

    async def _in_time(self, probe: Probe) -> Sequence[Check]:
        async with asyncio.timeout(self.patience):
            return await probe()


def _failed(name: str, error: BaseException) -> Sequence[Check]:
    """What to say when a probe could not come to an end."""
    if isinstance(error, BotError):
        return [explain(name, error)]
    if isinstance(error, TimeoutError):
        return [Check.bad(name, "No answer came in time.", "Try again in a few minutes.")]
    if isinstance(error, OSError):
        return [Check.bad(name, "It could not be reached.", "Check its address and the network.")]
    log.error("a check crashed", check=name, exc_info=error)
    return [Check.bad(name, "The check itself failed.", f"Look for {name!r} in the log.")]


_MEANINGS: Mapping[type[BotError], tuple[str, str]] = {
    InstallationBroken: (
        "Slack does not accept the bot token.",
        "Install the app again and copy the new token into SLACK_BOT_TOKEN.",
    ),
    TokenRefused: (
        "Cloudflare does not accept the API token.",
        "Make a new API token with the permission Realtime for CLOUDFLARE_API_TOKEN.",
    ),
    PermissionMissing: (
        "The API token may not use RealtimeKit in this account.",
        "Give it the permission Realtime, and check CLOUDFLARE_ACCOUNT_ID.",
    ),
    AccountNotFound: (
        "Cloudflare knows no such account.",
        "Copy the account's id from the address of Cloudflare's dashboard.",
    ),
    SlackBusy: ("Slack takes no more calls for now.", "Try again in a minute."),
    SlackUnavailable: ("Slack could not be reached.", "Try again in a few minutes."),
    DatabaseUnusable: (
        "The database cannot be used.",
        "Check DATABASE_URL, and that the database runs.",
    ),
    DatabaseAway: (
        "The database could not be reached.",
        "Check DATABASE_URL, and that the database runs.",
    ),
    RealtimeKitBusy: ("Cloudflare takes no more calls for now.", "Try again in five minutes."),
    RealtimeKitUnavailable: ("Cloudflare could not be reached.", "Try again in a few minutes."),
}


def explain(name: str, error: BotError) -> Check:
    """Turn an error into a check that failed."""
    for kind, (cause, next_step) in _MEANINGS.items():
        if isinstance(error, kind):
            return Check.bad(name, cause, next_step)
    step = f"Try again; if it stays, report it with the word {error.reason}."
    return Check.bad(name, "An answer came that nobody expected.", step)


async def check_slack(identify: Identify, wanted: WantedScopes, now: Clock) -> Sequence[Check]:
    """The bot token, its scopes, and this machine's clock: one call tells all three."""
    account = await identify()
    return [
        Check.good("Slack", f"The bot token works in {account.team_name}."),
        check_scopes(account.scopes, wanted),
        check_clock(account.answered_at, now()),
    ]


def check_scopes(granted: Collection[str], wanted: WantedScopes) -> Check:
    """Whether the installation has what the manifest asks for."""
    missing = sorted(set(wanted.all) - set(granted))
    required = [scope for scope in missing if scope not in wanted.optional]
    again = "Put the manifest's scopes into the Slack app and install it again."
    if required:
        return Check.bad("Scopes", f"Not granted: {', '.join(required)}.", again)
    if missing:
        cause = f"Not granted, and optional: {', '.join(missing)}."
        return Check.warning("Scopes", cause, f"To look up lost answers: {again}")
    return Check.good("Scopes", "All scopes are granted.")


def check_clock(theirs: datetime | None, ours: datetime) -> Check:
    """Whether this machine's clock agrees with Slack's."""
    if theirs is None:
        return Check.good("Clock", "Slack did not tell its time, so there is nothing to compare.")
    skew = ours - theirs
    words = f"{abs(skew).total_seconds():.0f} seconds {'ahead' if skew > timedelta() else 'behind'}"
    step = "Turn on time synchronisation (NTP) on this machine."
    if abs(skew) >= SKEW_REFUSED:
        return Check.bad("Clock", f"This machine is {words}: no request of Slack's passes.", step)
    if abs(skew) >= SKEW_NOTICED:
        return Check.warning("Clock", f"This machine is {words}.", step)
    return Check.good("Clock", "This machine agrees with Slack.")


async def check_cloudflare(meetings: Meetings) -> Sequence[Check]:
    """The account and its token: the list of apps proves both, and nothing else does."""
    apps = await meetings.list_apps()
    if apps:
        names = ", ".join(app.name or app.id for app in apps)
        return [Check.good("Cloudflare", f"The API token works; apps: {names}.")]
    cause = "The API token works, but the account has no RealtimeKit app."
    return [Check.warning("Cloudflare", cause, "Create an app in RealtimeKit's dashboard.")]


async def check_database(schema: Schema) -> Sequence[Check]:
    """Whether the database answers and has this version's tables."""
    try:
        current = await schema.is_current()
    except DatabaseInUse:
        return [Check.good("Database", "The running bot has it open.")]
    except DatabaseMissing:
        return [Check.good("Database", "There is none yet; the bot makes it when it starts.")]
    if current:
        return [Check.good("Database", "It answers, and its tables are current.")]
    return [Check.bad("Database", "Its tables are not this version's.", "Run `migrate`.")]


async def check_address(public_url: str, reach: Reach) -> Sequence[Check]:
    """Whether this deployment answers at the address that Slack was given."""
    step = "Check PUBLIC_URL, that `web` runs, and what stands in front of it."
    try:
        status = await reach(public_url + HEALTH_PATH)
    except OSError:
        return [Check.bad("Public address", "Nothing answers at PUBLIC_URL.", step)]
    if status != HTTPStatus.OK:
        return [Check.bad("Public address", f"PUBLIC_URL answers with status {status}.", step)]
    return [Check.good("Public address", "This deployment answers at PUBLIC_URL.")]
