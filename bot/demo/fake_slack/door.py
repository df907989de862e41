"""The app's one address for Slack, and how Slack knocks there: with a signed request.

Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import httpx

_FORM = "application/x-www-form-urlencoded"
_PATIENCE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Ack:
    """What the app said at once. No status means that it said nothing within three seconds."""

    status: int | None
    body: bytes = field(default=b"", repr=False)

    @property
    def is_taken(self) -> bool:
        """Whether Slack counts the request as received."""
        return self.status == HTTPStatus.OK

    @property
    def json(self) -> dict[str, Any] | None:
        """The body as a JSON object; `None` for an empty one. A bare text becomes its `text`."""
        if not self.body.strip():
            return None
        try:
            said = json.loads(self.body)
        except ValueError:
            return {"text": self.body.decode()}
        return said if isinstance(said, dict) else {"text": str(said)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Sends what Slack sends. `http` leads to the app: over a socket, or in this process."""

    http: httpx.AsyncClient
    signing_secret: str
    now: Callable[[], datetime]
    path: str = "/slack/events"

    async def form(self, fields: Mapping[str, str], **headers: str) -> Ack:
        """A slash command."""
        return await self.send(urlencode(fields).encode(), _FORM, headers)

    async def payload(self, payload: Mapping[str, Any]) -> Ack:
        """An interaction: JSON in one field of a form."""
        return await self.send(urlencode({"payload": json.dumps(payload)}).encode(), _FORM)

    async def json(self, body: Mapping[str, Any], **headers: str) -> Ack:
        """An event."""
        return await self.send(json.dumps(body).encode(), "application/json", headers)

    async def send(
        self, body: bytes, content_type: str, headers: Mapping[str, str] | None = None
    ) -> Ack:
        """Sign and send anything; `headers` may replace the signature, to forge one."""
        timestamp = str(int(self.now().timestamp()))
        signed = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self.signing_secret, timestamp, body),
            **(headers or {}),
        }
        try:
            reply = await self.http.post(
                self.path, content=body, headers=signed, timeout=_PATIENCE_SECONDS
            )
        except httpx.TimeoutException:
            return Ack(None)
        return Ack(reply.status_code, reply.content)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's signature of a request."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
