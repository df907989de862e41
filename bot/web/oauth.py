"""`/slack/install` and `/slack/oauth_redirect`: how a workspace gets the app, in a browser.

What comes back from Slack must bring the state that was begun with, in the address and in a
cookie: an address that somebody else began is worth nothing in this browser.
Source: https://docs.slack.dev/authentication/installing-with-oauth
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot import logs
from bot.errors import BotError, StateUnknown
from bot.usecases.install import STATE_LASTS, Installed
from bot.web.pages import page

log = structlog.get_logger()

INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"
COOKIE = "__Host-meeting-summary-install"
"""Browsers keep the prefix for cookies of this host alone, sent over https alone.

Source: https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie
"""

_LONGEST = 1_000
"""Characters of a code or a state; Slack's codes and our states have less than a hundred."""


class Install(Protocol):
    """The two halves of an installation."""

    async def begin(self) -> str:
        """Make a state."""

    async def cancel(self, state: str) -> None:
        """Take note of a no."""

    async def finish(self, state: str, code: str) -> Installed:
        """Exchange the code and store the installation. Raises `BotError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallEndpoint:
    """The two addresses."""

    install: Install
    authorize_url: str
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]

    async def begin(self, _: Request) -> Response:
        """`GET /slack/install`: on to Slack, with a state."""
        with logs.unit_of_work("install") as unit:
            try:
                state = await self.install.begin()
            except BotError as error:
                unit.add(outcome=error.reason)
                return _failed()
            unit.add(outcome="begun")
        asked = {
            "client_id": self.client_id,
            "scope": ",".join(self.scopes),
            "redirect_uri": self.redirect_uri,
            "state": state,
        }
        response = RedirectResponse(
            f"{self.authorize_url}?{urlencode(asked)}", HTTPStatus.FOUND, _NOT_KEPT
        )
        response.set_cookie(
            COOKIE,
            state,
            max_age=int(STATE_LASTS.total_seconds()),
            secure=True,
            httponly=True,
            samesite="lax",
        )
        return response

    async def finish(self, request: Request) -> Response:
        """`GET /slack/oauth_redirect`: back from Slack, with a code or a no."""
        with logs.unit_of_work("oauth_redirect") as unit:
            try:
                response, outcome = await self._finish(request)
            except StateUnknown as error:
                response, outcome = _stale(), error.reason
            except BotError as error:
                unit.add(detail=error.detail)
                response, outcome = _failed(), error.reason
            unit.add(outcome=outcome)
        response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
        return response

    async def _finish(self, request: Request) -> tuple[Response, str]:
        given = _once(request)
        state = given.get("state", "")
        cookie = request.cookies.get(COOKIE, "")
        is_ours = bool(state) and hmac.compare_digest(state.encode(), cookie.encode())
        if "error" in given:
            if is_ours:
                await self.install.cancel(state)
            if given["error"] == "access_denied":
                return _cancelled(), "cancelled"
            return _failed(), "refused"
        if not is_ours or not given.get("code"):
            raise StateUnknown
        return _installed(await self.install.finish(state, given["code"])), "installed"


async def not_for_many(_: Request) -> Response:
    """Either address where the settings name the one workspace."""
    return page(
        "message.html",
        status=HTTPStatus.NOT_FOUND,
        heading="Nothing to install here",
        paragraphs=(
            "This deployment serves one workspace, which was chosen when it was set up.",
            "Whoever runs it can have it serve any number: the README says how.",
        ),
    )


_NOT_KEPT = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


def _once(request: Request) -> Mapping[str, str]:
    """What came in the address. What is there twice, or far too long, is not there."""
    query = request.query_params
    return {
        name: values[0]
        for name in ("code", "state", "error")
        if len(values := query.getlist(name)) == 1 and len(values[0]) <= _LONGEST
    }


def _installed(installed: Installed) -> Response:
    grant = installed.grant
    asked = {"app": grant.app_id} | ({} if grant.is_org_wide else {"team": grant.workspace})
    return page(
        "installed.html",
        name=grant.name or grant.workspace,
        is_org_wide=grant.is_org_wide,
        is_connected=installed.is_connected,
        # https://docs.slack.dev/interactivity/deep-linking
        link=f"https://slack.com/app_redirect?{urlencode(asked)}",
    )


def _cancelled() -> Response:
    return page(
        "message.html",
        heading="Nothing was installed",
        paragraphs=("You chose not to install the app, and nothing was stored.",),
        link=INSTALL_PATH,
        link_text="Install it after all",
    )


def _stale() -> Response:
    return page(
        "message.html",
        status=HTTPStatus.BAD_REQUEST,
        heading="Please begin again",
        paragraphs=(
            "This page belongs to an installation that is over, or that another browser began.",
            "An installation must also be finished within ten minutes. Nothing was changed.",
            "If the app is in your Slack already, there is nothing more to do here.",
        ),
        link=INSTALL_PATH,
        link_text="Begin again",
    )


def _failed() -> Response:
    return page(
        "message.html",
        status=HTTPStatus.BAD_GATEWAY,
        heading="The installation did not work",
        paragraphs=(
            "Slack did not confirm it, so nothing was stored.",
            "Try again in a minute. If it fails again, tell whoever runs this bot.",
        ),
        link=INSTALL_PATH,
        link_text="Try again",
    )
