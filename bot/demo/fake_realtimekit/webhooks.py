"""The make-believe API's webhooks: where an app has its events sent to.

Source: https://developers.cloudflare.com/api/resources/realtime_kit/subresources/webhooks
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request

from bot.demo.fake_realtimekit.api import data_reply, named_app
from bot.demo.fake_realtimekit.records import AppRecord, WebhookRecord, iso
from bot.demo.fake_realtimekit.refused import conflict, invalid, not_found
from bot.demo.fake_realtimekit.scripted import Scripted
from bot.demo.fake_realtimekit.state import State

EVENTS = (
    "meeting.started",
    "meeting.ended",
    "meeting.participantJoined",
    "meeting.participantLeft",
    "meeting.chatSynced",
    "meeting.transcript",
    "meeting.summary",
    "recording.statusUpdate",
    "livestreaming.statusUpdate",
)
"""Every event there is."""

_REQUIRED = ("name", "url", "events")
_KNOWN = (*_REQUIRED, "enabled")


class Webhooks:
    """One method per endpoint. Raises `Refused`."""

    def __init__(self, state: State) -> None:
        """Keep them in `state`."""
        self._state = state

    def list_all(self, request: Request) -> Scripted:
        """GET webhooks: all of them, without pages."""
        app = named_app(self._state, request)
        return data_reply([_as_json(record) for record in self._state.webhooks_of(app.id)])

    def create(self, request: Request) -> Scripted:
        """POST webhooks."""
        app = named_app(self._state, request)
        wanted = _wanted(request, required=_REQUIRED)
        self._refuse_taken(app, wanted["url"])
        record = self._state.add_webhook(
            app.id,
            wanted["url"],
            wanted["events"],
            name=wanted["name"],
            enabled=wanted.get("enabled", True),
        )
        return data_reply(_as_json(record))

    def show(self, request: Request) -> Scripted:
        """GET webhooks/{webhook_id}."""
        return data_reply(_as_json(self._named(request)))

    def replace(self, request: Request) -> Scripted:
        """PUT webhooks/{webhook_id}: what is not given is as for a new one."""
        record = self._named(request)
        return self._set(record, {"enabled": True, **_wanted(request, required=_REQUIRED)}, request)

    def change(self, request: Request) -> Scripted:
        """PATCH webhooks/{webhook_id}: what is not given stays."""
        return self._set(self._named(request), _wanted(request, required=()), request)

    def delete(self, request: Request) -> Scripted:
        """DELETE webhooks/{webhook_id}: answers with what was there."""
        record = self._named(request)
        del self._state.webhooks[record.app_id][record.id]
        return data_reply(_as_json(record))

    def _set(self, record: WebhookRecord, wanted: Mapping[str, Any], request: Request) -> Scripted:
        if wanted.get("url", record.url) != record.url:
            self._refuse_taken(named_app(self._state, request), wanted["url"])
        for name, value in wanted.items():
            setattr(record, name, value)
        record.updated_at = self._state.now()
        return data_reply(_as_json(record))

    def _named(self, request: Request) -> WebhookRecord:
        app = named_app(self._state, request)
        known = self._state.webhooks.get(app.id, {})
        record = known.get(request.path_params["webhook_id"])
        if record is None:
            raise not_found("Webhook")
        return record

    def _refuse_taken(self, app: AppRecord, url: str) -> None:
        if any(record.url == url for record in self._state.webhooks_of(app.id)):
            raise conflict("Webhook with this URL already exists")


def _wanted(request: Request, *, required: tuple[str, ...]) -> dict[str, Any]:
    """What a request's body asks for. Raises `Refused`, naming everything that is wrong."""
    try:
        wanted = json.loads(request.state.body)
    except ValueError:
        wanted = None
    if not isinstance(wanted, dict):
        raise invalid('"value" must be of type object')
    if wrong := list(_problems(wanted, required)):
        raise invalid(". ".join(wrong))
    return wanted


def _problems(wanted: Mapping[str, object], required: tuple[str, ...]) -> Iterator[str]:
    yield from (f'"{name}" is required' for name in required if name not in wanted)
    yield from (f'"{name}" is not allowed' for name in wanted if name not in _KNOWN)
    if "name" in wanted:
        yield from _text_problems("name", wanted["name"])
    if "url" in wanted:
        yield from _url_problems(wanted["url"])
    if "events" in wanted:
        yield from _event_problems(wanted["events"])
    if not isinstance(wanted.get("enabled", True), bool):
        yield '"enabled" must be a boolean'


def _text_problems(name: str, value: object) -> Iterator[str]:
    if not isinstance(value, str):
        yield f'"{name}" must be a string'
    elif not value:
        yield f'"{name}" is not allowed to be empty'


def _url_problems(value: object) -> Iterator[str]:
    yield from _text_problems("url", value)
    if isinstance(value, str) and value and not _is_web_address(value):
        yield '"url" must be a valid uri with a scheme matching the http|https pattern'


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in value


def _event_problems(value: object) -> Iterator[str]:
    if not isinstance(value, list):
        yield '"events" must be an array'
        return
    if not value:
        yield '"events" must contain at least 1 items'
    for index, event in enumerate(value):
        if event not in EVENTS:
            yield f'"events[{index}]" must be one of [{", ".join(EVENTS)}]'
        elif event in value[:index]:
            yield f'"events[{index}]" contains a duplicate value'


def _as_json(record: WebhookRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "organization_id": record.app_id,
        "name": record.name,
        "url": record.url,
        "events": record.events,
        "enabled": record.enabled,
        "created_at": iso(record.created_at),
        "updated_at": iso(record.updated_at),
    }
