"""What is said while a Cloudflare account is connected."""

from __future__ import annotations

import pytest

from bot import errors
from bot.errors import BotError, CredentialMalformed
from bot.messages import connecting
from bot.messages.connecting import Problem, problem
from tests.fakes import WORKSPACE
from tests.messages.conftest import Golden

URL = "https://bot.example.com/setup/m4de-up"


@pytest.mark.parametrize(
    ("error", "field", "words"),
    [
        (errors.TokenRefused(), "api_token", "does not know this API token"),
        (errors.TokenDisabled(), "api_token", "switched off"),
        (errors.TokenExpired(), "api_token", "expired"),
        (errors.PermissionMissing(), "api_token", "permission Realtime"),
        (errors.AccountNotFound(), "account_id", "no account with this id"),
        (errors.RealtimeKitBusy(), None, "five minutes"),
        (errors.RealtimeKitUnavailable(), None, "Nothing was saved. Try again"),
        (errors.UnexpectedReply(), None, "Nothing was saved. Try again"),
        (errors.NotAdministrator(), None, "no longer administer"),
        (errors.KeyMissing(), None, "ENCRYPTION_KEY"),
        (errors.InstallationBroken(), None, "no longer installed"),
        (errors.SlackUnavailable(), None, "Slack could not be asked"),
        (errors.DatabaseAway(), None, "database does not answer"),
        (errors.InternalError(), None, "Something went wrong"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BotError) else "",
)
def test_a_problem(error: BotError, field: str | None, words: str) -> None:
    """What happened, the next step, and the field to correct where one is to blame."""
    said = problem(error)

    assert words in said.text
    assert said.field == field
    assert said.happened.endswith(".")


def test_what_cannot_be_right_is_named() -> None:
    """In the words of whatever checked it, which never repeat it."""
    said = problem(CredentialMalformed("account_id", "must be 32 digits and letters"))

    assert said == Problem(
        happened="The account id must be 32 digits and letters.",
        next_step="Copy it from Cloudflare again.",
        field="account_id",
    )


def test_the_windows(golden: Golden) -> None:
    """The whole of each."""
    golden("connect_loading", connecting.loading())
    golden("connect_offered", connecting.offered(URL))
    golden("connect_by_command", connecting.by_command(WORKSPACE))
    golden("connect_failed", connecting.failed(errors.KeyMissing(), reference="7KQ2MB4XYZ"))
