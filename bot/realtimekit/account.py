"""One account's way to RealtimeKit: what every call has in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Protocol
from urllib.parse import quote

import httpx

from bot.domain.ids import AppId, is_resource_id
from bot.errors import AccountNotFound, AppNotFound, TokenRefused
from bot.realtimekit.exchange import Observe, exchange
from bot.realtimekit.reply import Reply
from bot.realtimekit.retry_after import seconds_to_wait

DEADLINE = 10.0
"""Seconds a call may take in all."""

_TOKEN = re.compile(r"[\x21-\x7e]+")


class Budget(Protocol):
    """How many calls may be made; shared by everything that asks for the same workspace."""

    async def admit(self) -> None:
        """Let one call be made. Raises `RealtimeKitBusy`, with the wait, when none is left."""

    async def hold(self, seconds: float) -> None:
        """Let none be made for a while: Cloudflare has said so."""


class Account:
    """RealtimeKit's address and credentials for one account, and the calls it may cost."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        base_url: str,
        account_id: str,
        api_token: str,
        observe: Observe,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        deadline: float = DEADLINE,
        budget: Budget | None = None,
    ) -> None:
        """Use `http` for one account.

        Args:
            http: see `open_api_client`; shared, and not closed here.
            base_url: `https://api.cloudflare.com/client/v4` or a stand-in for it.
            account_id: the Cloudflare account's id.
            api_token: an API token of either kind; goes into the requests' headers only.
            observe: told of every call.
            now: in UTC, to read a waiting time given as a date.
            deadline: seconds a call may take in all.
            budget: asked before every call, and told of a 429; without one nobody counts.
        """
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._account_id = account_id
        self._api_token = api_token
        self._observe = observe
        self._now = now
        self._deadline = deadline
        self._budget = budget

    async def _call(
        self,
        endpoint: str,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
    ) -> Reply:
        """Make one request to RealtimeKit: `path` is what follows `/realtime/kit/`.

        Raises:
            RealtimeKitError: as `_send`.
        """
        address = f"{self._account_path}/realtime/kit/{path}"
        return await self._send(endpoint, method, address, query, json)

    async def _send(
        self,
        endpoint: str,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
    ) -> Reply:
        """Make one request, if the budget allows it; whatever comes back is a reply.

        Raises:
            RealtimeKitBusy: nothing was sent, for the budget is used up.
            RealtimeKitUnavailable: no whole reply came; the request may have been acted on.
            AccountNotFound, TokenRefused: the credentials cannot be sent as they are.
            UnexpectedReply: the reply is too long or compressed in an unknown way.
        """
        request = self._http.build_request(
            method,
            f"{self._base_url}/{path}",
            params=query,
            headers=self._headers(),
            json=json,
        )
        if self._budget is not None:
            await self._budget.admit()
        reply = await exchange(
            self._http,
            request,
            endpoint=endpoint,
            observe=self._observe,
            deadline=self._deadline,
        )
        if self._budget is not None and reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            seconds = seconds_to_wait(reply.headers, now=self._now())
            if seconds is not None:
                await self._budget.hold(seconds)
        return reply

    @property
    def _account_path(self) -> str:
        return f"accounts/{quote(self._account_id, safe='')}"

    def _headers(self) -> dict[str, str]:
        if not is_resource_id(self._account_id):
            raise AccountNotFound("malformed")
        if not _TOKEN.fullmatch(self._api_token):
            # Caught here because the library's own complaint would quote the token.
            raise TokenRefused("malformed")
        return {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Authorization": f"Bearer {self._api_token}",
        }


def app_path(app: AppId, *rest: str) -> str:
    """A path below an app; ids are checked again, for they make an address."""
    if not is_resource_id(app):
        raise AppNotFound("malformed")
    return "/".join(quote(segment, safe="") for segment in (app, *rest))
