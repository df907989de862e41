"""The account, its token, and the apps that are used."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.domain.check import Check
from bot.domain.ids import AppId
from bot.domain.summary import App
from bot.errors import NotConnected, PermissionMissing, TokenRefused
from bot.usecases.administration_ports import Account
from bot.usecases.connect import closer

_APPS_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedApps:
    """The apps a workspace relies on."""

    subscribed: Mapping[AppId, str] = field(default_factory=dict)
    """What channels subscribe to, and what it is called."""
    default: AppId | None = None
    """The app that is meant when none is named."""
    aliases: Mapping[str, AppId] = field(default_factory=dict)


Used: TypeAlias = Callable[[], Awaitable[UsedApps]]
"""Reads from the database which apps are relied on."""


async def nothing_used() -> UsedApps:
    """For a bot that has no database yet."""
    return UsedApps()


@dataclass(frozen=True, slots=True)
class CheckCloudflare:
    """The list of apps proves the account, its token and the apps; nothing else does."""

    account: Callable[[], Awaitable[Account]]
    """Raises `NotConnected` while there is none."""
    used: Used = nothing_used

    async def __call__(self) -> Sequence[Check]:
        """Ask. Raises `RealtimeKitError`."""
        try:
            account = await self.account()
        except NotConnected:
            return [_not_connected()]
        try:
            apps = await account.list_apps()
        except (TokenRefused, PermissionMissing) as refusal:
            problem = await closer(account, refusal)
        else:
            works = Check.good("Cloudflare", "The API token works and may use RealtimeKit.")
            return [works, *check_apps(apps, await self.used())]
        raise problem


def _not_connected() -> Check:
    return Check.warning(
        "Cloudflare",
        "This workspace is not connected to a Cloudflare account yet.",
        "Open this app's Home in Slack and press Connect Cloudflare.",
    )


def check_apps(apps: Sequence[App], used: UsedApps) -> Sequence[Check]:
    """Whether the account has the apps that are relied on."""
    there = {app.id.casefold() for app in apps}
    gone = list(_gone(there, used))
    if gone:
        return gone
    if not apps:
        cause = "The account has no RealtimeKit app."
        return [Check.warning("Apps", cause, "Create an app in RealtimeKit's dashboard.")]
    names = [app.name or app.id for app in apps]
    more = f" and {len(names) - _APPS_NAMED} more" if len(names) > _APPS_NAMED else ""
    return [Check.good("Apps", f"The account has {', '.join(names[:_APPS_NAMED])}{more}.")]


def _gone(there: Collection[str], used: UsedApps) -> Iterator[Check]:
    for app, name in used.subscribed.items():
        if app.casefold() not in there:
            yield Check.bad(
                "Apps",
                f"Channels subscribe to {name or app}, which is no longer in the account.",
                "Unsubscribe those channels, or connect the account that has it.",
            )
    if used.default and used.default.casefold() not in there:
        yield Check.bad(
            "Apps",
            "The default app is no longer in the account.",
            "Choose another default app in the settings.",
        )
    for alias, app in used.aliases.items():
        if app.casefold() not in there:
            yield Check.warning(
                "Apps",
                f"The short name {alias} stands for an app that is no longer in the account.",
                "Give the name to another app in the settings, or remove it.",
            )
