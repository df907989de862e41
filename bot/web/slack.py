"""`POST /slack/events`: everything Slack sends, guarded, then handed to Bolt."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.async_app import AsyncApp, AsyncBoltContext, AsyncBoltRequest
from slack_bolt.request.async_internals import build_async_context
from slack_sdk.signature import Clock, SignatureVerifier
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.web import body as bodies
from bot.web import slack_guard
from bot.web.body import BodyRefused, Unread
from bot.web.slack_guard import Refused

log = structlog.get_logger()


class SlackEndpoint:
    """Slack's requests, each read once."""

    def __init__(self, app: AsyncApp, *, signing_secret: str, clock: Clock | None = None) -> None:
        """Guard an app that was built with the same signing secret."""
        self._app = app
        self._verifier = SignatureVerifier(signing_secret, clock or Clock())

    async def __call__(self, request: Request) -> Response:
        """Answer one request; whatever is wrong with it is a 4xx and a few words."""
        try:
            slack_guard.check_headers(request.headers)
            text = slack_guard.decode(await _read(request))
            if slack_guard.is_probe(request.headers, text):
                return Response()
            slack_guard.check_signature(request.headers, text, self._verifier)
            body = slack_guard.read_body(request.headers, text)
            bolt_request = _bolt_request(request, text, body)
        except Refused as refusal:
            return PlainTextResponse(refusal.text, refusal.status)
        try:
            return to_starlette_response(await self._app.async_dispatch(bolt_request))
        except Exception:
            log.warning("request not dispatched", exc_info=True)
            return PlainTextResponse("not understood", HTTPStatus.BAD_REQUEST)


async def _read(request: Request) -> bytes:
    try:
        return await bodies.read(request, most=slack_guard.BODY_MAX)
    except BodyRefused as refusal:
        problem = Refused(*_UNREAD[refusal.why])
    raise problem


_UNREAD: Mapping[Unread, tuple[HTTPStatus, str]] = {
    Unread.TOO_LARGE: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large"),
    Unread.TOO_SLOW: (HTTPStatus.REQUEST_TIMEOUT, "too slow"),
    Unread.CUT_OFF: (HTTPStatus.BAD_REQUEST, "cut off"),
}


def _bolt_request(request: Request, text: str, body: dict[str, Any]) -> AsyncBoltRequest:
    """Make Bolt's request from a body that was read already, as its constructor would."""
    headers = {name: value for name, value in request.headers.items() if name in _READ_BY_BOLT}
    bolt_request = AsyncBoltRequest(body="", headers=dict(headers))
    bolt_request.raw_body = text
    bolt_request.body = body
    try:
        bolt_request.context = build_async_context(AsyncBoltContext({}), body)
    except (AttributeError, TypeError, KeyError, IndexError):
        problem = Refused(HTTPStatus.BAD_REQUEST, "not understood")
    else:
        return bolt_request
    raise problem


_READ_BY_BOLT = frozenset(
    {
        "content-type",
        "x-slack-request-timestamp",
        "x-slack-signature",
        "x-slack-retry-num",
        "x-slack-retry-reason",
    }
)
"""The headers that pass. Bolt has others of its own, by which a request can pick a function."""
