"""The key that RealtimeKit signs webhooks with: fetched when needed, kept, and replaced."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bot.errors import RealtimeKitError, RealtimeKitUnavailable
from bot.realtimekit import webhook_signature
from bot.realtimekit.exchange import Observe, exchange

FRESH_FOR = timedelta(hours=1)
"""How long a key is used without asking again; Cloudflare publishes no plan for replacing it."""

ASK_EVERY = timedelta(minutes=1)
"""At most once in this time is the key asked for, whatever anybody posts here."""

KEPT_FOR = timedelta(days=1)
"""How long a key is used that cannot be asked for again.

Longer than an outage, so that genuine webhooks are taken through one; not for ever, for a key may
have been withdrawn. Without webhooks, looking through the sessions finds the same summaries.
"""

DEADLINE = 5.0
"""Seconds that asking may take in all."""

LONGEST_REPLY = 64 * 1024
"""Bytes; a key takes less than one thousand."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A key, and when it was fetched."""

    key: RSAPublicKey
    at: datetime


class SigningKeys:
    """Tells genuine webhooks from forged ones; one for all workspaces.

    The key is asked for without credentials or cookies, one call at a time. The moment a
    signature does not fit, a newer key is looked for (once a minute at most), so that a
    replaced key costs at most the webhooks of a minute.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        url: str,
        now: Callable[[], datetime],
        observe: Observe,
        *,
        deadline: float = DEADLINE,
    ) -> None:
        """Ask nothing yet.

        Args:
            http: connections without credentials (`open_api_client`); not closed here.
            url: where the key is, for everybody to read.
            now: in UTC.
            observe: told of every call, as `webhook_key`.
            deadline: seconds a call may take in all.
        """
        self._http = http
        self._url = url
        self._now = now
        self._observe = observe
        self._deadline = deadline
        self._asking = asyncio.Lock()
        self._asked_at: datetime | None = None
        self._known: _Known | None = None
        self._failure: str | None = None
        """Why the last call brought no key; `None` when it did."""

    async def verify(self, body: bytes, signature: str) -> bool:
        """Whether RealtimeKit signed exactly this body.

        Raises:
            RealtimeKitUnavailable: there is no key, or the one there is does not fit and may have
                been replaced: whoever posted this should do so again later.
        """
        known = await self._usable()
        if webhook_signature.verify(body, signature, known.key):
            return True
        newer = await self._newer_than(known)
        if newer is not None:
            return webhook_signature.verify(body, signature, newer.key)
        if self._failure is not None:
            raise RealtimeKitUnavailable(self._failure)
        return False

    async def _usable(self) -> _Known:
        if self._known is None or not self._within(FRESH_FOR, self._known.at):
            await self._newer_than(self._known)
        if self._known is None or not self._within(KEPT_FOR, self._known.at):
            raise RealtimeKitUnavailable(self._failure or "no key")
        return self._known

    async def _newer_than(self, known: _Known | None) -> _Known | None:
        """The key that was fetched since, now if need be; `None` when there is none yet."""
        async with self._asking:
            # Whoever waited here finds that the answer has come in the meantime.
            if not self._within(ASK_EVERY, self._asked_at):
                await self._ask()
        return self._known if self._known is not known else None

    async def _ask(self) -> None:
        # A call that is given up from outside counts as one that failed.
        self._asked_at, self._failure = self._now(), "not answered"
        request = self._http.build_request(
            "GET",
            self._url,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        )
        try:
            reply = await exchange(
                self._http,
                request,
                endpoint="webhook_key",
                observe=self._observe,
                deadline=self._deadline,
                limit=LONGEST_REPLY,
            )
            key = webhook_signature.read_key(reply)
        except RealtimeKitError as error:
            self._failure = error.detail
        else:
            self._known, self._failure = _Known(key, self._asked_at), None

    def _within(self, span: timedelta, moment: datetime | None) -> bool:
        """Whether a moment is at most so long ago; a moment ahead is a clock put right since."""
        return moment is not None and timedelta(0) <= self._now() - moment < span
