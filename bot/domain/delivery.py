"""A delivery: the promise to post one session's summary in one channel, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.audience import Consent
from bot.domain.ids import (
    ChannelId,
    DeliveryId,
    MessageTs,
    SessionId,
    SubscriptionId,
    UserId,
    WorkspaceId,
)
from bot.domain.summary import SUMMARY_KEPT_FOR


class DeliveryState(StrEnum):
    """How a delivery stands. The first two are open, the others are ends."""

    DUE = "due"
    WAITING = "waiting"
    POSTED = "posted"
    FAILED = "failed"
    SKIPPED = "skipped"

    @property
    def is_open(self) -> bool:
        """Whether the summary may still be posted."""
        return self in (DeliveryState.DUE, DeliveryState.WAITING)


PROMISE_LASTS = timedelta(hours=24)
"""How long a promise is kept trying before its asker is told why not."""

FIRST_READY_CHECK = timedelta(minutes=1)
"""How long after a meeting's end, or a wish, a summary that was not there is first looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One session's summary for one channel.

    `run_at` is when there is next something to do, whatever it is: try to post, tell the asker,
    or edit the notice when the expiry passes; `None` means nothing, ever. All times are UTC.
    """

    id: DeliveryId
    workspace: WorkspaceId
    channel: ChannelId
    session: SessionId
    repeat: int = 0
    """0 for the first post of a session in a channel, then one more for each **Post again**."""
    app: str
    """The app as it was asked for: an id, an alias, or empty for the only one."""
    asker: UserId | None = None
    subscription: SubscriptionId | None = None
    """What wants the summary, if no person asked for it."""
    agreed: Consent | None = None
    """Who its asker saw would read it, and agreed to."""
    answer_url: str | None = field(default=None, repr=False)
    """Slack's `response_url` for private answers: a bearer secret, sealed at rest."""
    state: DeliveryState = DeliveryState.DUE
    reason: str | None = None
    attempts: int = 0
    """How many tries failed in the present state; a change of state starts again from 0."""
    created_at: datetime
    run_at: datetime | None
    told: DeliveryState | None = None
    """The last state the asker was told about."""
    parent_ts: MessageTs | None = None
    notice_ts: MessageTs | None = None
    """The message whose notice must be edited when the expiry passes."""
    expires_at: datetime | None = None

    @property
    def tried_until(self) -> datetime:
        """When the promise is given up: a subscription, nobody waits for, outlasts long outages."""
        return self.created_at + (SUMMARY_KEPT_FOR if self.subscription else PROMISE_LASTS)

    def is_meant_by(self, click: DeliveryClick) -> bool:
        """Whether a click belongs to this delivery.

        Its buttons are in its channel; those of an answer that came too late for the channel are
        in the app's own conversation with the asker, who alone sees them.
        """
        if (self.workspace, self.id) != (click.workspace, click.delivery):
            return False
        return click.channel == self.channel or click.clicker == self.asker

    def is_askers(self, click: DeliveryClick) -> bool:
        """Whether a click is the asker's own, wherever it was made."""
        return (self.workspace, self.id, self.asker) == (
            click.workspace,
            click.delivery,
            click.clicker,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryClick:
    """A click on a button that names a delivery; the name alone is not to be trusted."""

    workspace: WorkspaceId
    channel: ChannelId
    clicker: UserId
    delivery: DeliveryId


class MessageState(StrEnum):
    """How one message of a thread stands with Slack."""

    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message of a delivery's thread: written down before and after it is sent.

    `key` is `parent`, or names a part of one text (`<digest>/2`, `<digest>/2.1` for its first
    half) or its file (`<digest>/file`), so that a changed summary never continues an old thread.
    A message still `sending` when it is read again may or may not have arrived.
    """

    key: str
    state: MessageState
    ts: MessageTs | None
    begun_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What a finished thread leaves to remember."""

    parent_ts: MessageTs
    notice_ts: MessageTs
    expires_at: datetime | None
