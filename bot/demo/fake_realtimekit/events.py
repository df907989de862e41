"""The make-believe RealtimeKit's events: signed, posted to whoever registered, tried again.

Source: https://developers.cloudflare.com/realtime/realtimekit/webhooks
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from bot.demo.fake_realtimekit import payloads
from bot.demo.fake_realtimekit.payloads import EndReason, Shape
from bot.demo.fake_realtimekit.records import SummaryRecord, WebhookRecord, new_uuid
from bot.demo.fake_realtimekit.signing import SigningKey
from bot.demo.fake_realtimekit.state import State
from bot.domain.ids import AppId, SessionId

QUICKLY = (timedelta(0),) * 4
"""Four more tries, each as soon as `Events.retry` is called."""

_PATIENCE_SECONDS = 5.0
_REDIRECTIONS = 300
_HERE = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One post, and how it was answered: no status means a broken connection, or silence."""

    url: str
    event: str
    status: int | None
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def is_taken(self) -> bool:
        """Whether RealtimeKit counts the event as delivered."""
        return self.status is not None and HTTPStatus.OK <= self.status < _REDIRECTIONS

    @property
    def is_retried(self) -> bool:
        """Whether it is sent again: a redirection or a client's error is final."""
        return self.status is None or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


@dataclass(frozen=True, slots=True)
class _Delivery:
    """An event on its way to a webhook. `tries` is how often it was tried."""

    webhook: WebhookRecord
    body: bytes
    uuid: str
    tries: int
    due_at: datetime


class Events:
    """Sends what happens to the webhooks of the app it happens in, and remembers every try."""

    def __init__(
        self,
        state: State,
        link_to: Callable[[SummaryRecord], str],
        *,
        schedule: Sequence[timedelta] = QUICKLY,
    ) -> None:
        """Begin with nothing sent.

        Args:
            state: what there is; its clock is the schedule's.
            link_to: makes a link to a summary's file.
            schedule: how long after each failed try the next one is due; then it is given up.
        """
        self.key = SigningKey()
        self.schedule = schedule
        self.attempts: list[Attempt] = []
        self.reach: dict[str, str] = {}
        """Where to really post what goes to an origin, such as `https://bot.example`.

        What leads nowhere on this machine is never posted; it counts as a broken connection.
        """
        self.headers_begin: Literal["rtk", "dyte"] = "rtk"
        """How the names of the headers begin; `dyte` was the service's name before."""
        self.same_uuid = False
        """Give a delivery the same id in every try. It is not known whether the real one does."""
        self._state = state
        self._link_to = link_to
        self._waiting: list[_Delivery] = []

    async def meeting_ended(
        self, session: SessionId, *, reason: EndReason = "ALL_PARTICIPANTS_LEFT"
    ) -> list[Attempt]:
        """Tell that a meeting is over."""
        return await self.send(self._app_of(session), self.ended(session, reason=reason))

    async def summary_ready(self, session: SessionId, shape: Shape = "full") -> list[Attempt]:
        """Tell that a summary is written. Raises `KeyError` when none was."""
        return await self.send(self._app_of(session), self.summary(session, shape))

    def ended(
        self, session: SessionId, *, reason: EndReason = "ALL_PARTICIPANTS_LEFT"
    ) -> dict[str, Any]:
        """What `meeting_ended` sends."""
        record = self._state.sessions[session]
        return payloads.meeting_ended(self._state.apps[record.app_id], record, reason)

    def summary(self, session: SessionId, shape: Shape = "full") -> dict[str, Any]:
        """What `summary_ready` sends, with a fresh link. Raises `KeyError` without a summary."""
        record, written = self._state.sessions[session], self._state.summaries[session]
        link = written.url or self._link_to(written)
        app = self._state.apps[record.app_id]
        return payloads.summary_ready(app, record, written, link, shape)

    async def send(self, app: AppId, content: Mapping[str, Any]) -> list[Attempt]:
        """Post any event to the enabled webhooks that an app has registered for it."""
        body, now = payloads.encode(content), self._state.now()
        return [
            await self._try(_Delivery(webhook, body, new_uuid(), 0, now))
            for webhook in self._state.webhooks_of(app)
            if webhook.enabled and content["event"] in webhook.events
        ]

    async def retry(self) -> list[Attempt]:
        """Send again what failed and is due by now; returns the tries."""
        now, waiting = self._state.now(), self._waiting
        self._waiting = [each for each in waiting if each.due_at > now]
        due = [each for each in waiting if each.due_at <= now]
        return [await self._try(each) for each in due]

    @property
    def waiting(self) -> int:
        """How many events are still to be tried again."""
        return len(self._waiting)

    def rotate_key(self) -> None:
        """Sign with another key from now on, and publish that."""
        self.key.rotate()

    def sign(self, body: bytes) -> str:
        """The right signature of a body."""
        return self.key.sign(body)

    def headers(
        self,
        body: bytes,
        *,
        webhook: str = "",
        uuid: str | None = None,
        signature: str | None = None,
    ) -> dict[str, str]:
        """The headers of a post, the right ones unless told otherwise."""
        names = {
            "signature": self.sign(body) if signature is None else signature,
            "uuid": uuid or new_uuid(),
            "webhook-id": webhook or new_uuid(),
        }
        own = {f"{self.headers_begin}-{name}": value for name, value in names.items()}
        return {"content-type": "application/json", **own}

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Attempt:
        """Post anything, once, and remember how it went."""
        attempt = Attempt(
            url=url,
            event=_event_of(body),
            status=await self._status(url, body, headers),
            body=body,
            headers=dict(headers),
        )
        self.attempts.append(attempt)
        return attempt

    async def _try(self, delivery: _Delivery) -> Attempt:
        uuid = delivery.uuid if self.same_uuid else None
        headers = self.headers(delivery.body, webhook=delivery.webhook.id, uuid=uuid)
        attempt = await self.post(delivery.webhook.url, delivery.body, headers)
        if attempt.is_retried and delivery.tries < len(self.schedule):
            due_at = self._state.now() + self.schedule[delivery.tries]
            self._waiting.append(replace(delivery, tries=delivery.tries + 1, due_at=due_at))
        return attempt

    async def _status(self, url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        where = self.reach.get(origin, origin) + url.removeprefix(origin)
        if urlsplit(where).hostname not in _HERE:
            return None
        async with httpx.AsyncClient(
            verify=_trust(), trust_env=False, timeout=_PATIENCE_SECONDS
        ) as http:
            try:
                return (await http.post(where, content=body, headers=dict(headers))).status_code
            except httpx.TransportError:
                return None

    def _app_of(self, session: SessionId) -> AppId:
        return self._state.sessions[session].app_id


@cache
def _trust() -> ssl.SSLContext:
    """Making one takes longer than a post does."""
    return ssl.create_default_context()


def _event_of(body: bytes) -> str:
    try:
        content = json.loads(body)
    except ValueError:
        return ""
    return str(content.get("event", "")) if isinstance(content, dict) else ""
