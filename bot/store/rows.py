"""Deliveries, messages and subscriptions, from rows and into rows."""

from __future__ import annotations

from typing import TypeAlias

import structlog
from sqlalchemy import Row

from bot.domain.audience import Consent
from bot.domain.delivery import Delivery, DeliveryState, MessageState, SentMessage
from bot.domain.ids import (
    AppId,
    ChannelId,
    DeliveryId,
    MessageTs,
    SessionId,
    SubscriptionId,
    UserId,
    WorkspaceId,
)
from bot.domain.subscription import Subscription
from bot.errors import SealBroken
from bot.store.encryption import Sealer

_log = structlog.get_logger()

AnyRow: TypeAlias = Row[tuple[object, ...]]
"""A row as the driver gives it; its types are checked nowhere else than here."""


def seal_answer_url(sealer: Sealer, delivery: DeliveryId, url: str | None) -> str | None:
    """Seal a private answer's address for its delivery's row."""
    return None if url is None else sealer.seal(url, _bound_to(delivery))


def read_delivery(row: AnyRow, sealer: Sealer) -> Delivery:
    """Read a row of `deliveries`.

    An answer's address that no key opens any more is left out: the delivery itself does not need
    it, and its asker can be told another way.
    """
    facts = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    delivery = DeliveryId(str(facts["id"]))
    return Delivery(
        id=delivery,
        workspace=WorkspaceId(facts["workspace"]),
        channel=ChannelId(facts["channel"]),
        session=SessionId(facts["session"]),
        repeat=facts["repeat"],
        app=facts["app"],
        asker=None if facts["asker"] is None else UserId(facts["asker"]),
        subscription=_subscription(facts["subscription"], asker=facts["asker"]),
        agreed=_consent(facts["agreed_readers"], facts["agreed_outside"]),
        answer_url=_open_answer_url(sealer, delivery, facts["answer_url"]),
        state=DeliveryState(facts["state"]),
        reason=facts["reason"],
        attempts=facts["attempts"],
        created_at=facts["created_at"],
        run_at=facts["run_at"],
        told=None if facts["told"] is None else DeliveryState(facts["told"]),
        parent_ts=_ts(facts["parent_ts"]),
        notice_ts=_ts(facts["notice_ts"]),
        expires_at=facts["expires_at"],
    )


def delivery_values(delivery: Delivery, sealer: Sealer) -> dict[str, object]:
    """What a new row of `deliveries` holds."""
    return {
        "id": delivery.id,
        "workspace": delivery.workspace,
        "channel": delivery.channel,
        "session": delivery.session,
        "repeat": delivery.repeat,
        "state": delivery.state.value,
        "parent_ts": delivery.parent_ts,
        "notice_ts": delivery.notice_ts,
        "expires_at": delivery.expires_at,
        **asking_values(delivery, sealer, delivery.id),
    }


def asking_values(delivery: Delivery, sealer: Sealer, row: DeliveryId) -> dict[str, object]:
    """What asking (again) sets: who or what wants it, since when, and how to answer them."""
    return {
        "app": delivery.app,
        "asker": delivery.asker,
        "subscription": delivery.subscription,
        "answer_url": seal_answer_url(sealer, row, delivery.answer_url),
        **consent_values(delivery.agreed),
        "reason": delivery.reason,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at,
        "settled_at": delivery.created_at,
        "run_at": delivery.run_at,
        "told": None if delivery.told is None else delivery.told.value,
    }


def consent_values(agreed: Consent | None) -> dict[str, object]:
    """The columns of what an asker agreed to; set whenever somebody asks, to nothing as well."""
    return {
        "agreed_readers": agreed and agreed.readers,
        "agreed_outside": agreed and agreed.outside,
    }


def read_message(row: AnyRow) -> SentMessage:
    """Read a row of `messages`."""
    facts = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return SentMessage(
        key=facts["key"],
        state=MessageState(facts["state"]),
        ts=_ts(facts["ts"]),
        begun_at=facts["begun_at"],
    )


def subscription_values(subscription: Subscription) -> dict[str, object]:
    """A row of `subscriptions`, of one whose maker has nothing to be told."""
    return {
        "id": subscription.id,
        "workspace": subscription.workspace,
        "channel": subscription.channel,
        "app": subscription.app,
        "name": subscription.name,
        "title": subscription.title,
        "created_by": subscription.created_by,
        "created_at": subscription.created_at,
        "allows_outsiders": subscription.allows_outsiders,
        "paused": subscription.paused,
        "paused_at": subscription.paused_at,
    }


def read_subscription(row: AnyRow) -> Subscription:
    """Read a row of `subscriptions`."""
    facts = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return Subscription(
        id=SubscriptionId(facts["id"]),
        workspace=WorkspaceId(facts["workspace"]),
        channel=ChannelId(facts["channel"]),
        app=AppId(facts["app"]),
        name=facts["name"],
        title=facts["title"],
        created_by=UserId(facts["created_by"]),
        created_at=facts["created_at"],
        allows_outsiders=facts["allows_outsiders"],
        paused=facts["paused"],
        paused_at=facts["paused_at"],
    )


def _ts(value: str | None) -> MessageTs | None:
    return None if value is None else MessageTs(value)


def _consent(readers: int | None, outside: int | None) -> Consent | None:
    return None if readers is None or outside is None else Consent(readers, outside)


def _subscription(value: str | None, *, asker: str | None) -> SubscriptionId | None:
    # The version before left the column as it was when somebody asked for such a delivery.
    return None if value is None or asker is not None else SubscriptionId(value)


def _bound_to(delivery: DeliveryId) -> str:
    return f"deliveries/{delivery}/answer_url"


def _open_answer_url(sealer: Sealer, delivery: DeliveryId, sealed: str | None) -> str | None:
    if sealed is None:
        return None
    try:
        return sealer.open(sealed, _bound_to(delivery))
    except SealBroken as error:
        _log.warning("answer address unreadable", reference=delivery, detail=error.detail)
        return None
