"""`POST /realtimekit/webhooks/{key}`: what RealtimeKit tells of meetings that ended.

A request is read as bytes, its address tells the workspace, its signature is checked over those
bytes, and only then is it parsed. Neither the address's key nor the body is ever written down.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import TypeAlias

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot import logs
from bot.domain.delivery import Delivery
from bot.domain.ids import WorkspaceId
from bot.domain.webhook import Event
from bot.errors import RealtimeKitError, StoreError
from bot.redaction import describe_exception
from bot.usecases.subscription_ports import WebhookKeys
from bot.usecases.take_event import Taken
from bot.web import body as bodies
from bot.web.body import BodyRefused, Unread

log = structlog.get_logger()

BODY_MAX = 256 * 1024
"""Bytes. An event has a few thousand; the summary itself is not in it."""

KEY_MAX = 128
"""Characters; a longer key is none of ours, and is not looked up."""

_NAMES_MAX = 50

SignatureOf: TypeAlias = Callable[[Mapping[str, str]], str | None]
Verify: TypeAlias = Callable[[bytes, str], Awaitable[bool]]
Take: TypeAlias = Callable[[WorkspaceId, Event], Awaitable[tuple[Taken, Sequence[Delivery]]]]
Count: TypeAlias = Callable[[str, str], None]
"""Takes the event's name, or `other` or `unread`, and the outcome."""


class Outcome(StrEnum):
    """How a request ended."""

    STORED = Taken.STORED.value
    NOTHING_NEW = Taken.NOTHING_NEW.value
    IGNORED = Taken.IGNORED.value
    HINT = Taken.HINT.value
    FOREIGN = Taken.FOREIGN.value
    TOO_LARGE = Unread.TOO_LARGE.value
    TOO_SLOW = Unread.TOO_SLOW.value
    CUT_OFF = Unread.CUT_OFF.value
    UNKNOWN_KEY = "unknown_key"
    UNSIGNED = "unsigned"
    FORGED = "forged"
    UNREADABLE = "unreadable"
    NO_PUBLIC_KEY = "no_public_key"
    STORE_AWAY = "store_away"
    CRASHED = "crashed"


ANSWERS: Mapping[Outcome, HTTPStatus] = {
    # 2xx: Cloudflare is done with the event.
    Outcome.STORED: HTTPStatus.OK,  # it is in the database, whatever happens to us now
    Outcome.NOTHING_NEW: HTTPStatus.OK,  # sent twice, found by looking, or wanted by nobody
    Outcome.IGNORED: HTTPStatus.OK,  # an event that nobody needs is no failure of the address
    Outcome.HINT: HTTPStatus.OK,  # it names no app, so we look for ourselves
    # 4xx: Cloudflare notes a failure and does not come again, for nothing would be different.
    Outcome.UNKNOWN_KEY: HTTPStatus.NOT_FOUND,  # not an address of ours, or no longer
    Outcome.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,  # it would be as large again
    Outcome.UNSIGNED: HTTPStatus.UNAUTHORIZED,  # not from RealtimeKit
    Outcome.FORGED: HTTPStatus.UNAUTHORIZED,  # not from RealtimeKit, or changed on the way
    Outcome.UNREADABLE: HTTPStatus.BAD_REQUEST,  # the same bytes would read the same
    Outcome.FOREIGN: HTTPStatus.FORBIDDEN,  # another customer's, or an app nobody watches now
    # 5xx: the event may be good, so Cloudflare is to send it again.
    Outcome.TOO_SLOW: HTTPStatus.SERVICE_UNAVAILABLE,  # a bad line: 408 would lose the event
    Outcome.CUT_OFF: HTTPStatus.SERVICE_UNAVAILABLE,  # nobody hears it; the same bad line
    Outcome.NO_PUBLIC_KEY: HTTPStatus.SERVICE_UNAVAILABLE,  # nothing to check a signature by
    Outcome.STORE_AWAY: HTTPStatus.SERVICE_UNAVAILABLE,  # nothing was stored
    Outcome.CRASHED: HTTPStatus.SERVICE_UNAVAILABLE,  # a fault of ours, which may be mended
}
"""What each outcome is answered with, since the answer decides whether the event comes again.

Source: https://developers.cloudflare.com/realtime/realtimekit/webhooks
"""


class _Refused(Exception):
    """The request ended before its event could be taken."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome


class WebhookEndpoint:
    """RealtimeKit's webhooks, each stored before it is answered."""

    def __init__(
        self,
        *,
        keys: WebhookKeys,
        signature_of: SignatureOf,
        verify: Verify,
        read: Callable[[bytes], Event],
        take: Take,
        count: Count,
    ) -> None:
        """Answer with the help of others.

        Args:
            keys: tells the workspace by the address's key.
            signature_of: finds the signature among the headers.
            verify: whether RealtimeKit signed these bytes; raises `RealtimeKitError` when its
                public key cannot be had.
            read: parses verified bytes; whatever it raises, it would raise again.
            take: stores what the event tells.
            count: counts the request by event and outcome.
        """
        self._keys = keys
        self._signature_of = signature_of
        self._verify = verify
        self._read = read
        self._take = take
        self._count = count

    async def __call__(self, request: Request) -> Response:
        """Answer one request; never with an error of the server's own."""
        with logs.unit_of_work("webhook") as unit:
            unit.add(kind="unread")
            outcome = await self._outcome(request, unit)
            unit.add(outcome=outcome.value)
        self._count(str(unit.facts["kind"]), outcome.value)
        return PlainTextResponse(ANSWERS[outcome].phrase, ANSWERS[outcome])

    async def _outcome(self, request: Request, unit: logs.Unit) -> Outcome:
        try:
            workspace, body = await self._verified(request, unit)
            event = self._event(body, unit)
            taken, stored = await self._take(workspace, event)
        except _Refused as refusal:
            return refusal.outcome
        except BodyRefused as refusal:
            return Outcome(refusal.why.value)
        except (RealtimeKitError, StoreError) as error:
            unit.add(reason=error.reason, detail=error.detail)
            away = isinstance(error, StoreError)
            return Outcome.STORE_AWAY if away else Outcome.NO_PUBLIC_KEY
        except Exception:
            log.exception("webhook not taken")
            return Outcome.CRASHED
        unit.add(references=[delivery.id for delivery in stored])
        return Outcome(taken.value)

    async def _verified(self, request: Request, unit: logs.Unit) -> tuple[WorkspaceId, bytes]:
        """The body, as bytes that RealtimeKit signed, and the workspace they were sent to."""
        body = await bodies.read(request, most=BODY_MAX)
        key: str = request.path_params["key"]
        workspace = await self._keys.of_webhook_key(key) if len(key) <= KEY_MAX else None
        if workspace is None:
            raise _Refused(Outcome.UNKNOWN_KEY)
        unit.add(workspace=workspace)
        signature = self._signature_of(request.headers)
        if signature is None:
            # The header was renamed once already: what came instead helps, and only its name.
            unit.add(header_names=sorted(set(request.headers))[:_NAMES_MAX])
            raise _Refused(Outcome.UNSIGNED)
        if not await self._verify(body, signature):
            raise _Refused(Outcome.FORGED)
        return workspace, body

    def _event(self, body: bytes, unit: logs.Unit) -> Event:
        try:
            event = self._read(body)
        except Exception as error:  # noqa: BLE001 - a pure function of bytes: trying again is no use
            unit.add(detail=describe_exception(error).rpartition("\n")[2])
        else:
            unit.add(kind=event.kind.value if event.kind else "other")
            return event
        raise _Refused(Outcome.UNREADABLE)
