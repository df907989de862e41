"""What stands before the make-believe API: tokens, permissions and the rate limit."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from http import HTTPStatus

from starlette.requests import Request

from bot.demo.fake_realtimekit.records import Account, Token
from bot.demo.fake_realtimekit.refused import (
    forbidden,
    invalid_token,
    malformed_token,
    too_many,
    unknown_token,
    unroutable,
)
from bot.demo.fake_realtimekit.scripted import Scripted, json_reply
from bot.demo.fake_realtimekit.state import State

_BEARER = re.compile(r"Bearer ([\x21-\x7e]{6,200})")
_ACCOUNT_ID = re.compile(r"[0-9a-f]{32}")
_WINDOW = timedelta(minutes=5)


class Gate:
    """Lets requests through, or raises `Refused`."""

    def __init__(self, state: State) -> None:
        """Know the accounts of `state`."""
        self._state = state
        self.rate_limit: int | None = None
        """Calls a token may make in five minutes; `None` for any number."""
        self._calls: dict[str, list[datetime]] = defaultdict(list)

    def admit(self, request: Request) -> None:
        """Let a call of RealtimeKit's API through."""
        token = self._token(request)
        self._count(token)
        account_id = request.path_params["account_id"]
        if not _ACCOUNT_ID.fullmatch(account_id):
            raise unroutable(request.url.path)
        owner = self._owner(token)
        if owner is None or owner[1].status != "active":
            raise unknown_token()
        if owner[0].id != account_id or not owner[1].may_use_realtime:
            raise forbidden()

    def verify(self, request: Request) -> Scripted:
        """GET user/tokens/verify and accounts/{account_id}/tokens/verify."""
        token = self._token(request)
        self._count(token)
        owner = self._owner(token)
        kind = "account" if "account_id" in request.path_params else "user"
        if owner is None or owner[1].kind != kind:
            raise invalid_token()
        result = {"id": "0" * 32, "status": owner[1].status}
        content = {"success": True, "errors": [], "messages": [], "result": result}
        return json_reply(HTTPStatus.OK, content)

    @staticmethod
    def _token(request: Request) -> str:
        match = _BEARER.fullmatch(request.headers.get("authorization", ""))
        if match is None:
            raise malformed_token()
        return match[1]

    def _owner(self, value: str) -> tuple[Account, Token] | None:
        owned: Iterable[tuple[Account, Token]] = (
            (account, token)
            for account in self._state.accounts.values()
            for token in account.tokens
            if token.value == value
        )
        return next(iter(owned), None)

    def _count(self, token: str) -> None:
        now = self._state.now()
        recent = [moment for moment in self._calls[token] if now - moment < _WINDOW]
        self._calls[token] = recent
        if self.rate_limit is not None and len(recent) >= self.rate_limit:
            raise too_many(max(1, round((recent[0] + _WINDOW - now).total_seconds())))
        recent.append(now)
