"""How the make-believe Slack installs an app: a page to say yes or no on, and tokens for codes.

Sources: https://docs.slack.dev/authentication/installing-with-oauth,
https://docs.slack.dev/reference/methods/oauth.v2.access and
https://docs.slack.dev/authentication/using-token-rotation
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.demo.fake_slack.refused import Refused
from bot.demo.fake_slack.team import SCOPES, Team

CODE_LASTS = timedelta(minutes=10)
TOKEN_LASTS = timedelta(hours=12)
MOST_LIVE_TOKENS = 2


@dataclass(slots=True, kw_only=True)
class Code:
    """What somebody said yes to."""

    team: Team
    user: str
    scopes: frozenset[str]
    redirect_uri: str
    made_at: datetime
    is_org_wide: bool
    used: bool = False


@dataclass(slots=True, kw_only=True)
class OAuth:
    """One app's OAuth. `rotates` switches token rotation on."""

    now: Callable[[], datetime]
    teams: Mapping[str, Team]
    client_id: str = "4102837.5930281"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    redirect_urls: list[str] = field(default_factory=list)
    """Those of the app's manifest."""
    rotates: bool = False
    codes: dict[str, Code] = field(default_factory=dict, repr=False)
    refresh_tokens: dict[str, Team] = field(default_factory=dict, repr=False)
    """Those that still work, and whose they are."""
    given: list[str] = field(default_factory=list, repr=False)
    """Every code and token that was ever handed out."""
    refreshes: int = 0

    async def authorize(self, request: Request) -> Response:
        """The page a person sees, and what their answer to it leads to."""
        asked = dict(request.query_params)
        try:
            scopes = self._check(asked)
        except Refused as refused:
            return HTMLResponse(f"<h1>{refused.code}</h1>", HTTPStatus.BAD_REQUEST)
        if request.method == "GET":
            return HTMLResponse(_page(str(request.url), scopes))
        decided = dict(parse_qsl((await request.body()).decode()))
        told = {"state": asked.get("state", "")}
        if decided.get("decision") != "allow":
            told["error"] = "access_denied"
        else:
            told["code"] = self._new_code(asked["redirect_uri"], scopes, decided)
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(told)}", HTTPStatus.FOUND)

    def _check(self, asked: Mapping[str, str]) -> frozenset[str]:
        if asked.get("client_id") != self.client_id:
            raise Refused("invalid_client_id")
        if asked.get("redirect_uri") not in self.redirect_urls:
            raise Refused("bad_redirect_uri")
        scopes = frozenset(asked.get("scope", "").split(","))
        if not scopes <= SCOPES or "user_scope" in asked:
            raise Refused("invalid_scope")
        return scopes

    def _new_code(
        self, redirect_uri: str, scopes: frozenset[str], decided: Mapping[str, str]
    ) -> str:
        code = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(32)}"
        self.given.append(code)
        self.codes[code] = Code(
            team=self.teams[decided["team"]],
            user=decided["user"],
            scopes=scopes,
            redirect_uri=redirect_uri,
            made_at=self.now(),
            is_org_wide=decided.get("org_wide") == "yes",
        )
        return code

    def access(self, given: Mapping[str, Any], authorization: str) -> dict[str, Any]:
        """`oauth.v2.access`. Raises `Refused`."""
        client_id, secret = _basic(authorization)
        client_id, secret = given.get("client_id", client_id), given.get("client_secret", secret)
        if client_id != self.client_id:
            raise Refused("invalid_client_id")
        if secret != self.client_secret:
            raise Refused("bad_client_secret")
        kind = given.get("grant_type", "authorization_code")
        if kind == "refresh_token":
            return self._refresh(str(given.get("refresh_token", "")))
        if kind != "authorization_code":
            raise Refused("invalid_grant_type")
        return self._exchange(given)

    def _exchange(self, given: Mapping[str, Any]) -> dict[str, Any]:
        code = self.codes.get(str(given.get("code", "")))
        if code is None:
            raise Refused("invalid_code")
        if code.used:
            raise Refused("code_already_used")
        if self.now() - code.made_at >= CODE_LASTS:
            raise Refused("code_expired")
        if given.get("redirect_uri") != code.redirect_uri:
            raise Refused("bad_redirect_uri")
        code.used = True
        team = code.team
        if team.is_uninstalled:
            team.scopes.clear()
        team.is_uninstalled = False
        team.scopes |= code.scopes  # granted ones stay granted
        team.is_org_wide = code.is_org_wide
        enterprise = team.enterprise_id and {"id": team.enterprise_id, "name": "Acme Group"}
        home = {"id": team.id, "name": team.domain.title()}
        return {
            **self._tokens(team),
            "app_id": team.app_id,
            "team": None if code.is_org_wide else home,
            "enterprise": enterprise,
            "is_enterprise_install": code.is_org_wide,
            "authed_user": {"id": code.user},
        }

    def _refresh(self, refresh_token: str) -> dict[str, Any]:
        team = self.refresh_tokens.pop(refresh_token, None)
        if team is None or team.is_uninstalled:
            raise Refused("invalid_refresh_token")
        self.refreshes += 1
        enterprise = {"id": team.enterprise_id} if team.enterprise_id else None
        return {**self._tokens(team), "team": {"id": team.id}, "enterprise": enterprise}

    def _tokens(self, team: Team) -> dict[str, Any]:
        """A new token where tokens are rotated; otherwise the one an installation has for good."""
        about = {
            "token_type": "bot",
            "scope": ",".join(sorted(team.scopes)),
            "bot_user_id": team.bot_user_id,
        }
        if not self.rotates:
            self.given.append(team.token)
            return {"access_token": team.token, **about}
        token, refresh_token = (
            f"xoxe.xoxb-1-{secrets.token_hex(24)}",
            f"xoxe-1-{secrets.token_hex(24)}",
        )
        team.rotated[token] = self.now() + TOKEN_LASTS
        for oldest in list(team.rotated)[:-MOST_LIVE_TOKENS]:
            del team.rotated[oldest]
        self.refresh_tokens[refresh_token] = team
        self.given += [token, refresh_token]
        lasts = int(TOKEN_LASTS.total_seconds())
        return {
            "access_token": token,
            "refresh_token": refresh_token,
            "expires_in": lasts,
            **about,
        }

    def uninstall(self, team: Team) -> None:
        """Remove the app from a workspace: all its tokens are dead, those to refresh with too."""
        team.is_uninstalled = True
        team.token = f"xoxb-{secrets.token_hex(12)}"
        team.rotated.clear()
        for token in [token for token, whose in self.refresh_tokens.items() if whose is team]:
            del self.refresh_tokens[token]


def _basic(authorization: str) -> tuple[str, str]:
    """The id and the secret of an `Authorization: Basic` header, or nothing."""
    scheme, _, value = authorization.partition(" ")
    if scheme != "Basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, secret


def _page(address: str, scopes: frozenset[str]) -> str:
    items = "".join(f"<li>{escape(scope)}</li>" for scope in sorted(scopes))
    return (
        "<!doctype html><title>Install</title><h1>Meeting Summary wants to:</h1>"
        f'<ul>{items}</ul><form method="post" action="{escape(address)}">'
        '<input name="team"><input name="user"><input name="org_wide">'
        '<button name="decision" value="allow">Allow</button>'
        '<button name="decision" value="cancel">Cancel</button></form>'
    )
