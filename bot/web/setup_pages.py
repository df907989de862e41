"""What the page for an API token shows: the form, what is wrong, what is connected, a dead link."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus

from starlette.responses import Response

from bot.domain.credentials import ENDING
from bot.domain.setup_link import SetupLink
from bot.errors import (
    BotError,
    InternalError,
    NotAdministrator,
    RealtimeKitError,
    SetupLinkDead,
    SlackError,
    StoreError,
)
from bot.messages import connecting
from bot.messages.grammar import COMMAND
from bot.usecases.connect import Connected
from bot.web.pages import page

_APPS_SHOWN = 20

_STATUSES: Mapping[type[BotError], HTTPStatus] = {
    SetupLinkDead: HTTPStatus.NOT_FOUND,
    NotAdministrator: HTTPStatus.FORBIDDEN,
    SlackError: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreError: HTTPStatus.SERVICE_UNAVAILABLE,
    InternalError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def _status_of(error: BotError) -> HTTPStatus:
    if isinstance(error, RealtimeKitError) and error.retryable:
        return HTTPStatus.SERVICE_UNAVAILABLE
    found = (status for kind, status in _STATUSES.items() if isinstance(error, kind))
    return next(found, HTTPStatus.UNPROCESSABLE_ENTITY)


def form(
    link: SetupLink, error: BotError | None = None, *, now: datetime, account_id: str = ""
) -> Response:
    """The page to fill in; what was wrong before is said on it, and the token never is."""
    if error is not None and not link.tries_left:
        said = connecting.problem(error)
        return page(
            "message.html",
            status=_status_of(error),
            heading="Not connected",
            paragraphs=[said.text, f"That was the last try of this link. {_GET_ANOTHER}"],
        )
    return page(
        "setup.html",
        status=_status_of(error) if error else HTTPStatus.OK,
        workspace=link.workspace_name,
        problem=connecting.problem(error) if error else None,
        account_id=account_id[:64],
        minutes_left=max(1, (link.expires_at - now) // timedelta(minutes=1)),
        until=f"{link.expires_at:%H:%M}",
        tries_left=link.tries_left,
    )


def connected_page(link: SetupLink, connected: Connected) -> Response:
    """What is connected now, and where to go on."""
    names = [app.name or app.id for app in connected.apps]
    return page(
        "connected.html",
        workspace=link.workspace_name,
        account_ending=connected.account_id[-ENDING:],
        token_ending=connected.token_ending,
        apps=names[:_APPS_SHOWN],
        more=max(0, len(names) - _APPS_SHOWN),
        no_apps=connecting.NO_APPS,
        command=COMMAND,
    )


_GET_ANOTHER = "In Slack, open this app's Home tab and press Connect Cloudflare to get a new one."


def failed(error: BotError) -> Response:
    """A page without a form. One for every dead link: it does not tell used from unknown."""
    if isinstance(error, SetupLinkDead):
        heading = "This link does not work"
        paragraphs = ["It works once, for 15 minutes after it was asked for.", _GET_ANOTHER]
    else:
        heading = "Not connected"
        said = connecting.problem(error)
        paragraphs = [said.happened, said.next_step]
    return page("message.html", status=_status_of(error), heading=heading, paragraphs=paragraphs)


def not_a_form() -> Response:
    """Something else than this page's form came."""
    return page(
        "message.html",
        status=HTTPStatus.BAD_REQUEST,
        heading="Not connected",
        paragraphs=["That did not come from this page's form.", "Open the link again."],
    )
