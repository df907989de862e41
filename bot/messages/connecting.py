"""Connecting a Cloudflare account: what is said on the page, in the terminal and in Slack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot import errors
from bot.domain.ids import WorkspaceId
from bot.domain.setup_link import LINK_LASTS
from bot.errors import BotError, CredentialMalformed
from bot.messages import actions
from bot.messages.answers import answer
from bot.messages.kit import MODAL_TITLE_MAX, Block, button, code, context, plain_text, section
from bot.messages.kit import actions as buttons
from bot.messages.picker import View
from bot.messages.replies import explain
from bot.messages.sentences import sentence_for

ACCOUNT_ID = "account_id"
API_TOKEN = "api_token"  # noqa: S105 - the field's name
"""The two fields, by the names that errors and the page know them by."""

COMMAND = "python -m bot connect"
"""How it is done in a terminal."""

NO_APPS = (
    "This account has no RealtimeKit app yet. Make one in Cloudflare's dashboard; "
    "nothing has to be entered here again."
)

_LABELS = {ACCOUNT_ID: "The account id", API_TOKEN: "The API token"}
_TITLE = "Connect Cloudflare"
_MINUTES = LINK_LASTS // timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with what was entered: plain text, with none of it repeated."""

    happened: str
    next_step: str
    field: str | None = None
    """Which of the two fields to correct, if one of them is to blame."""

    @property
    def text(self) -> str:
        """Both sentences."""
        return f"{self.happened} {self.next_step}"


_LATER = "Nothing was saved. Try again in a minute."

_PROBLEMS: Mapping[type[BotError], Problem] = {
    errors.TokenRefused: Problem(
        happened="Cloudflare does not know this API token.",
        next_step="Copy the whole token again and check that the account id is its account's. "
        "If it was deleted, make a new one.",
        field=API_TOKEN,
    ),
    errors.TokenDisabled: Problem(
        happened="This API token is switched off.",
        next_step="Switch it on in Cloudflare, or make a new one.",
        field=API_TOKEN,
    ),
    errors.TokenExpired: Problem(
        happened="This API token has expired.",
        next_step="Make a new one in Cloudflare.",
        field=API_TOKEN,
    ),
    errors.PermissionMissing: Problem(
        happened="The API token works, but may not use RealtimeKit of this account.",
        next_step="Give the token the permission Realtime for this account, and check that the "
        "account id is that account's.",
        field=API_TOKEN,
    ),
    errors.AccountNotFound: Problem(
        happened="Cloudflare knows no account with this id.",
        next_step="Copy the account id from the address of Cloudflare's dashboard again.",
        field=ACCOUNT_ID,
    ),
    errors.RealtimeKitBusy: Problem(
        happened="Cloudflare takes no more questions from this account for now.",
        next_step="Nothing was saved. Try again in five minutes.",
    ),
    errors.RealtimeKitError: Problem(
        happened="Cloudflare could not be asked about these credentials.", next_step=_LATER
    ),
    errors.NotAdministrator: Problem(
        happened="You no longer administer this app in Slack, so nothing was saved.",
        next_step="Ask an administrator of the workspace to connect it.",
    ),
    errors.KeyMissing: Problem(
        happened="This bot has no key to encrypt an API token with, so it takes none.",
        next_step="Ask whoever runs it to set ENCRYPTION_KEY and start it again.",
    ),
    errors.InstallationBroken: Problem(
        happened="The app is no longer installed in this workspace, so nothing was saved.",
        next_step="Install it again, then connect it.",
    ),
    errors.SlackError: Problem(
        happened="Slack could not be asked whether you may do this.", next_step=_LATER
    ),
    errors.StoreError: Problem(
        happened="The bot's database does not answer at the moment.", next_step=_LATER
    ),
    errors.InternalError: Problem(
        happened="Something went wrong inside this bot.", next_step=_LATER
    ),
}


def problem(error: BotError) -> Problem:
    """What to say of an error to whoever entered the credentials."""
    if isinstance(error, CredentialMalformed):
        label = _LABELS[error.field]
        step = "Copy it from Cloudflare again."
        return Problem(happened=f"{label} {error.complaint}.", next_step=step, field=error.field)
    found = (_PROBLEMS[kind] for kind in type(error).__mro__ if kind in _PROBLEMS)
    return next(found, _PROBLEMS[errors.InternalError])


def loading() -> View:
    """What opens within Slack's three seconds, before it is known whether the person may."""
    return _window(section("One moment."))


def failed(error: BotError, *, reference: str | None = None) -> View:
    """The window when something is in the way."""
    if isinstance(error, errors.NotAdministrator):
        step = "Ask an administrator of this workspace to connect it."
        return _window(*answer(sentence_for(type(error)).happened, step).blocks)
    return _window(*explain(error, reference=reference).blocks)


def offered(url: str) -> View:
    """The window with the one-time address, for the eyes of whoever asked for it."""
    what = (
        "The Cloudflare account id and the API token are entered on a page of this bot, since "
        "Slack would show what you type."
    )
    how = f"The page works *once, for {_MINUTES} minutes*, and for you: don't pass its address on."
    after = "The token is tried first, then stored encrypted. Only its last 4 characters are shown."
    return _window(
        section(what),
        section(how),
        buttons(button("Open the page", actions.OPEN_SETUP, url=url)),
        context(after),
    )


def by_command(workspace: WorkspaceId) -> View:
    """The window of a deployment that no browser reaches."""
    what = "This bot has no public address, so there is no page to enter an API token on."
    line = code(f"{COMMAND} --workspace {workspace}")
    return _window(section(f"{what} Ask whoever runs it to type this where it runs:\n{line}"))


def _window(*blocks: Block) -> View:
    return {
        "type": "modal",
        "title": plain_text(_TITLE, MODAL_TITLE_MAX),
        "close": plain_text("Close", MODAL_TITLE_MAX),
        "blocks": list(blocks),
    }
