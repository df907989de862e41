"""What an error means, and what to do about it."""

from __future__ import annotations

import pytest

from bot.domain.check import CheckState
from bot.errors import (
    AccountNotFound,
    BotError,
    DatabaseAway,
    DatabaseUnusable,
    InstallationBroken,
    PermissionMissing,
    RealtimeKitBusy,
    RealtimeKitUnavailable,
    SlackBusy,
    SlackRefused,
    SlackUnavailable,
    TokenDisabled,
    TokenExpired,
    TokenRefused,
)
from bot.usecases.checks.failures import Mending, explain

MENDED_BY = tuple(Mending)

PASSING = {
    "slack_busy",
    "slack_unavailable",
    "realtimekit_busy",
    "realtimekit_unavailable",
    "database_away",
}


@pytest.mark.parametrize("mending", MENDED_BY)
@pytest.mark.parametrize(
    "error",
    [
        AccountNotFound("x"),
        DatabaseAway("x"),
        DatabaseUnusable("x"),
        InstallationBroken("x"),
        PermissionMissing("x"),
        RealtimeKitBusy("x"),
        RealtimeKitUnavailable("x"),
        SlackBusy("x"),
        SlackUnavailable("x"),
        TokenDisabled("x"),
        TokenExpired("x"),
        TokenRefused("x"),
        SlackRefused("strange_code"),
    ],
    ids=lambda error: error.reason,
)
def test_every_failure_has_a_next_step(error: BotError, mending: Mending) -> None:
    """What to do about it is said, and no code of an outside service is."""
    check = explain("Thing", error, mending)

    assert check.state is CheckState.BAD
    assert check.next_step
    assert "strange_code" not in check.cause + check.next_step
    assert check.passing is (error.reason in PASSING)


def test_the_closest_meaning_counts() -> None:
    """A token that was switched off is a kind of refused one, with another next step."""
    assert "Switch it on" in explain("Cloudflare", TokenDisabled("x")).next_step


@pytest.mark.parametrize(
    "error", [InstallationBroken("x"), TokenRefused("x"), PermissionMissing("x")]
)
def test_an_administrator_is_not_sent_to_the_settings(error: BotError) -> None:
    """Whoever runs the bot is somebody else, where workspaces connect themselves."""
    assert "_" not in explain("Thing", error, Mending.BY_ADMINISTRATOR).next_step
