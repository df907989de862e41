"""What an error that a check meets means, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from bot import errors
from bot.domain.check import Check
from bot.errors import BotError


class Mending(Enum):
    """Who can put tokens right, and so which step is named."""

    BY_OPERATOR = auto()
    """Whoever runs the bot: the tokens are settings."""
    BY_ADMINISTRATOR = auto()
    """The workspace's administrators: the tokens are stored."""


@dataclass(frozen=True, slots=True)
class _Meaning:
    cause: str
    operator: str
    """The next step of whoever runs the bot."""
    administrator: str = ""
    """The next step where a workspace's administrators have entered what is wrong, if another."""


_CONNECT = "then press Connect Cloudflare in this app's Home."
_REPLACED = f"Make a new API token with the permission Realtime, {_CONNECT}"

_MEANINGS: Mapping[type[BotError], _Meaning] = {
    errors.InstallationBroken: _Meaning(
        "Slack does not accept the bot token.",
        "Install the app again and copy the new token into SLACK_BOT_TOKEN.",
        "Install the app in this workspace again.",
    ),
    errors.TokenDisabled: _Meaning(
        "The API token was switched off in Cloudflare.",
        "Switch it on again in Cloudflare, under API Tokens.",
    ),
    errors.TokenExpired: _Meaning(
        "The API token's last day is over.",
        "Make a new API token with the permission Realtime for CLOUDFLARE_API_TOKEN.",
        _REPLACED,
    ),
    errors.TokenRefused: _Meaning(
        "Cloudflare does not accept the API token.",
        "Make a new API token with the permission Realtime for CLOUDFLARE_API_TOKEN.",
        _REPLACED,
    ),
    errors.PermissionMissing: _Meaning(
        "The API token may not use RealtimeKit in this account.",
        "Give it the permission Realtime, and check CLOUDFLARE_ACCOUNT_ID.",
        "Give it the permission Realtime in Cloudflare, and check that the account is the right "
        "one.",
    ),
    errors.AccountNotFound: _Meaning(
        "Cloudflare knows no such account.",
        "Copy the account's id from the address of Cloudflare's dashboard.",
        f"Copy the account's id from the address of Cloudflare's dashboard, {_CONNECT}",
    ),
    errors.SlackBusy: _Meaning("Slack takes no more calls for now.", "Try again in a minute."),
    errors.SlackUnavailable: _Meaning("Slack could not be reached.", "Try again in a few minutes."),
    errors.DatabaseUnusable: _Meaning(
        "The database cannot be used.", "Check DATABASE_URL, and that the database runs."
    ),
    errors.DatabaseAway: _Meaning(
        "The database could not be reached.", "Check DATABASE_URL, and that the database runs."
    ),
    errors.RealtimeKitBusy: _Meaning(
        "Cloudflare takes no more calls for now.", "Try again in five minutes."
    ),
    errors.RealtimeKitUnavailable: _Meaning(
        "Cloudflare could not be reached.", "Try again in a few minutes."
    ),
}


def explain(name: str, error: BotError, mending: Mending = Mending.BY_OPERATOR) -> Check:
    """Turn an error into a check that failed; the closest kind that is known explains it."""
    for kind in type(error).__mro__:
        if kind in _MEANINGS:
            meaning = _MEANINGS[kind]
            by_others = mending is Mending.BY_ADMINISTRATOR and meaning.administrator
            step = meaning.administrator if by_others else meaning.operator
            return Check.bad(name, meaning.cause, step, passing=error.retryable)
    step = f"Try again; if it stays, report it with the word {error.reason}."
    cause = "An answer came that nobody expected."
    return Check.bad(name, cause, step, passing=error.retryable)
