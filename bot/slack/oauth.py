"""Slack's OAuth: codes and refresh tokens become bot tokens. Nothing of it is ever logged.

Source: https://docs.slack.dev/reference/methods/oauth.v2.access
"""

from __future__ import annotations

import json
import re
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp

from bot.domain.ids import UserId, WorkspaceId
from bot.domain.installation import BotToken, Grant
from bot.errors import SlackError, SlackRefused
from bot.metrics import Observe
from bot.slack.failures import FAILURES, read_failure, read_retry_after
from bot.slack.refusals import read_refusal
from bot.slack.web_api import WebApi
from bot.usecases.installation_ports import BotAccount
from bot.usecases.ports import Clock

METHOD = "oauth.v2.access"
_ID = re.compile(r"[A-Z][A-Z0-9]{1,31}")
_BOT_TOKENS = ("xoxb-", "xoxe.xoxb-")
_SHORTEST_LIFE, _LONGEST_LIFE = 60, 366 * 24 * 3600
"""Seconds a token may live; anything else is no answer of Slack's. Today it is twelve hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackOAuth:
    """This app's OAuth: is an `OAuth`. Every call is made once."""

    session: aiohttp.ClientSession = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    base_url: str
    now: Clock
    observe: Observe

    async def exchange(self, code: str) -> Grant:
        """What a code stands for. Raises `SlackError`."""
        reply = await self._call({"code": code, "redirect_uri": self.redirect_uri})
        return self._read_grant(reply)

    async def refresh(self, refresh_token: str) -> BotToken:
        """A new token for a refresh token. Raises `SlackError`."""
        arguments = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        token = self._read_token(await self._call(arguments))
        if token.refresh_token is None or token.expires_at is None:
            raise SlackRefused("no_refresh_token")
        return token

    async def account(self, token: BotToken) -> BotAccount:
        """Who a token belongs to, as `oauth.v2.access` does not say. Raises `SlackError`."""
        api = WebApi(
            self.session,
            token=token.value,
            base_url=self.base_url,
            now=self.now,
            observe=self.observe,
        )
        # https://docs.slack.dev/reference/methods/auth.test
        reply = await api.call("auth.test")
        return BotAccount(reply.text("url"), reply.text("bot_id"), reply.text("user_id"))

    async def _call(self, arguments: Mapping[str, str]) -> Mapping[str, Any]:
        began, outcome = time.perf_counter(), "cancelled"
        try:
            reply = await self._send(arguments)
            outcome = "ok"
        except SlackError as error:
            outcome = error.detail.partition(" ")[0]
            raise
        finally:
            self.observe(METHOD, outcome, time.perf_counter() - began)
        return reply

    async def _send(self, arguments: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            async with self.session.post(
                self.base_url + METHOD,
                data=arguments,
                headers={"Authorization": self._authorization()},
                allow_redirects=False,
            ) as response:
                reply = _parse(await response.read())
        except FAILURES as error:
            failure = read_failure(error, sending=False, now=self.now())
        else:
            if isinstance(reply, Mapping) and reply.get("ok") is True:
                return reply
            wait = read_retry_after(response.headers.get("Retry-After"), now=self.now())
            failure = read_refusal(response.status, reply, sending=False, retry_after=wait)
        raise failure

    def _authorization(self) -> str:
        credentials = f"{self.client_id}:{self.client_secret}".encode()
        return f"Basic {b64encode(credentials).decode()}"

    def _read_grant(self, reply: Mapping[str, Any]) -> Grant:
        is_org_wide = reply.get("is_enterprise_install") is True
        home = _part(reply, "enterprise" if is_org_wide else "team")
        scopes = _text(reply, "scope")
        return Grant(
            workspace=WorkspaceId(_id(home, "id")),
            is_org_wide=is_org_wide,
            name=_text(home, "name"),
            app_id=_id(reply, "app_id"),
            bot_user_id=_id(reply, "bot_user_id"),
            installer=UserId(_id(_part(reply, "authed_user"), "id")),
            scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
            token=self._read_token(reply),
        )

    def _read_token(self, reply: Mapping[str, Any]) -> BotToken:
        value = _text(reply, "access_token")
        if reply.get("token_type") != "bot" or not value.startswith(_BOT_TOKENS):
            raise SlackRefused("no_bot_token")
        lasts = reply.get("expires_in")
        if lasts is None:
            return BotToken(value=value)
        if type(lasts) is not int or not _SHORTEST_LIFE <= lasts <= _LONGEST_LIFE:
            raise SlackRefused("no_expires_in")
        return BotToken(
            value=value,
            refresh_token=_text(reply, "refresh_token") or None,
            expires_at=self.now() + timedelta(seconds=lasts),
        )


def _parse(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _part(reply: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = reply.get(key)
    return part if isinstance(part, Mapping) else {}


def _text(part: Mapping[str, Any], key: str) -> str:
    value = part.get(key)
    return value if isinstance(value, str) else ""


def _id(part: Mapping[str, Any], key: str) -> str:
    """An id that must be there. Raises `SlackRefused`."""
    value = _text(part, key)
    if not _ID.fullmatch(value):
        raise SlackRefused(f"no_{key}")
    return value
