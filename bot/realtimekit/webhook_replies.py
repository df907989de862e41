"""What the replies about an app's webhooks mean: a reply in, a value or an error out.

A webhook's address holds a workspace's key: no error quotes any of a reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from bot.domain.ids import WebhookId, is_resource_id
from bot.domain.webhook import Webhook
from bot.errors import (
    AppNotFound,
    RealtimeKitError,
    UnexpectedReply,
    WebhookNotFound,
    WebhookTaken,
)
from bot.realtimekit import shapes
from bot.realtimekit.refusals import read_refusal
from bot.realtimekit.reply import Reply
from bot.realtimekit.wire import payload, raise_refusal, refuse_markup


def read_webhooks(reply: Reply, *, now: datetime) -> Sequence[Webhook]:
    """Read all webhooks of an app. Rows without a usable id are skipped.

    Raises:
        AppNotFound: plainly a 404.
        RealtimeKitError: as `judge` reads the refusal.
    """
    raise_refusal(reply, not_found=AppNotFound, now=now)
    found = (_webhook(row) for row in payload(reply, shapes.WebhooksReply).data)
    return [webhook for webhook in found if webhook is not None]


def read_created(reply: Reply, *, now: datetime) -> Webhook:
    """Read the webhook that was registered.

    Raises:
        WebhookTaken: a 409; the address has one already.
        AppNotFound: plainly a 404.
        RealtimeKitError: as `judge` reads any other refusal.
    """
    return _read_kept(reply, not_found=AppNotFound, now=now)


def read_replaced(reply: Reply, *, webhook: WebhookId, now: datetime) -> Webhook:
    """Read the webhook that was set right.

    Raises:
        WebhookTaken: a 409; another one has the address already.
        WebhookNotFound: plainly a 404.
        UnexpectedReply: another webhook than the one asked for.
        RealtimeKitError: as `judge` reads any other refusal.
    """
    kept = _read_kept(reply, not_found=WebhookNotFound, now=now)
    if kept.id.lower() != webhook.lower():
        raise UnexpectedReply("another webhook")
    return kept


def read_removal(reply: Reply, *, now: datetime) -> None:
    """Read whether a webhook was removed; any success counts, with or without a body.

    Raises:
        WebhookNotFound: plainly a 404: it was gone already.
        RealtimeKitError: as `judge` reads any other refusal.
    """
    raise_refusal(reply, not_found=WebhookNotFound, now=now)
    refuse_markup(reply)


def _read_kept(reply: Reply, *, not_found: type[RealtimeKitError], now: datetime) -> Webhook:
    refusal = read_refusal(reply)
    if refusal is not None and refusal.status == HTTPStatus.CONFLICT:
        raise WebhookTaken(refusal.detail)
    raise_refusal(reply, not_found=not_found, now=now)
    row = payload(reply, shapes.WebhookReply).data
    webhook = _webhook(row) if row is not None else None
    if webhook is None:
        raise UnexpectedReply("no webhook")
    return webhook


def _webhook(row: shapes.WebhookRow) -> Webhook | None:
    if row.id is None or not is_resource_id(row.id):
        return None
    return Webhook(
        id=WebhookId(row.id),
        url=row.url or "",
        events=frozenset(row.events),
        enabled=row.enabled,
    )
