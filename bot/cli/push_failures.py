"""What to say when Slack does not let a configuration token do its work.

The same code can mean another thing here than to a bot token.
Source: the error lists of the methods at https://docs.slack.dev/reference/methods/apps.manifest.update
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from bot.cli.arguments import ExitCode
from bot.errors import (
    AppMisconfigured,
    InstallationBroken,
    SendUnconfirmed,
    SlackBusy,
    SlackError,
    SlackUnavailable,
)

GENERATE_ONE = (
    "Generate one at https://api.slack.com/apps, under Your App Configuration Tokens, "
    "for SLACK_CONFIG_TOKEN."
)


class Meaning(NamedTuple):
    """One line with one next step, and the exit code that goes with it."""

    sentence: str
    code: ExitCode


_NOT_YOURS = Meaning(
    "Whoever made the configuration token may not do this. "
    "Ask a collaborator of the app, or an administrator of the workspace.",
    ExitCode.NOT_ALLOWED,
)
_NO_SUCH_APP = Meaning(
    "Slack knows no such app. Copy the App ID from its page Basic Information.",
    ExitCode.NOT_FOUND,
)
_OTHER_TOKEN = Meaning(
    f"Slack takes only a configuration token here. {GENERATE_ONE}", ExitCode.NOT_ALLOWED
)

_BY_CODE: Mapping[str, Meaning] = {
    "token_expired": Meaning(
        f"The configuration token has expired: each lasts 12 hours. {GENERATE_ONE}",
        ExitCode.NOT_ALLOWED,
    ),
    "not_allowed_token_type": _OTHER_TOKEN,
    "access_denied": _NOT_YOURS,
    "no_permission": _NOT_YOURS,
    "app_not_eligible": Meaning(
        "Slack lets nobody change this app in this way. Paste the manifest on its page "
        "App Manifest.",
        ExitCode.NOT_ALLOWED,
    ),
    "app_not_found": _NO_SUCH_APP,
    "invalid_app_id": _NO_SUCH_APP,
}

_BY_KIND: Mapping[type[SlackError], Meaning] = {
    InstallationBroken: Meaning(
        f"Slack does not accept the configuration token. {GENERATE_ONE}",
        ExitCode.NOT_ALLOWED,
    ),
    AppMisconfigured: Meaning(
        "The workspace's rules do not allow this. Ask an administrator of the workspace.",
        ExitCode.NOT_ALLOWED,
    ),
    SlackUnavailable: Meaning(
        "Slack could not be reached. Check the network and try again in a few minutes.",
        ExitCode.TRY_AGAIN,
    ),
    SendUnconfirmed: Meaning(
        "Slack did not say whether it made the app. Look at https://api.slack.com/apps before "
        "you try again, or there may be two.",
        ExitCode.FAILED,
    ),
}


def explain_failure(error: SlackError) -> Meaning:
    """Say what a failure means to whoever pushed."""
    code = error.detail.partition(" ")[0]
    if isinstance(error, SlackBusy):
        seconds = math.ceil(error.retry_after or 60)
        sentence = f"Slack takes no more calls for now. Try again in {seconds} seconds."
        return Meaning(sentence, ExitCode.TRY_AGAIN)
    if code in _BY_CODE:
        return _BY_CODE[code]
    for kind, meaning in _BY_KIND.items():
        if isinstance(error, kind):
            return meaning
    sentence = f"Slack refused. Try again; if it stays, report it with the word {code}."
    return Meaning(sentence, ExitCode.FAILED)
