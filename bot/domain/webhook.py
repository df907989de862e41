"""RealtimeKit's webhooks: how one is registered, and what one tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.ids import AppId, SessionId, WebhookId


class EventKind(StrEnum):
    """The events that are of use here, by RealtimeKit's names."""

    ENDED = "meeting.ended"
    SUMMARY = "meeting.summary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A registration, as RealtimeKit lists it. Its address holds the workspace's key."""

    id: WebhookId
    url: str = field(repr=False)
    events: frozenset[str]
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Event:
    """What a verified webhook says; `kind` is `None` for events that are of no use here.

    `app` is the signed id of the app whose meeting it was, empty if none is named, as in the flat
    `meeting.summary` of January 2026; `session` is empty if none is named.
    """

    kind: EventKind | None
    app: AppId
    session: SessionId
