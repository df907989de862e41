"""Have what a verified webhook tells of posted wherever it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.delivery import FIRST_READY_CHECK, Delivery, DeliveryState
from bot.domain.ids import (
    AppId,
    DeliveryId,
    SessionId,
    WorkspaceId,
    is_resource_id,
    is_uuid,
    new_reference,
)
from bot.domain.subscription import Subscription
from bot.domain.webhook import Event, EventKind
from bot.errors import SummaryNotReady
from bot.usecases.ports import Clock
from bot.usecases.subscription_ports import Expectations, Subscriptions, WatchedApps


class Taken(StrEnum):
    """What became of an event."""

    STORED = "stored"
    NOTHING_NEW = "nothing_new"
    """Everything it tells of is known already, or nobody wants it."""
    IGNORED = "ignored"
    """It tells nothing that is of use here."""
    HINT = "hint"
    """It names no app: what is known of the session is due, or the apps are looked through."""
    FOREIGN = "foreign"
    """It is about an app that the workspace does not watch."""


@dataclass(frozen=True, slots=True)
class TakeEvent:
    """Store one delivery for each subscription to the app: all that the answer waits for.

    The event is a hint. Whether a session is wanted, and where its summary is, the worker asks
    RealtimeKit with the workspace's own credentials.
    """

    watched: WatchedApps
    subscriptions: Subscriptions
    expectations: Expectations
    now: Clock
    new_id: Callable[[], str] = new_reference

    async def __call__(
        self, workspace: WorkspaceId, event: Event
    ) -> tuple[Taken, Sequence[Delivery]]:
        """Store what a signed event of any customer's tells this workspace.

        Returns what became of it, and the deliveries that are new or open again. A paused
        subscription gets its delivery too: it waits for the end of the pause.

        Raises:
            StoreError: nothing was stored; the event has to come again.
        """
        if event.kind is None:
            return Taken.IGNORED, ()
        app, session = AppId(_canonical(event.app)), SessionId(_canonical(event.session))
        now = self.now()
        if not app and is_resource_id(session):
            return await self._take_hint(workspace, session, now), ()
        # One key signs for all of RealtimeKit's customers: the app's id says whose event it is.
        if not is_resource_id(app) or not await self.watched.heard_from(workspace, app, now):
            return Taken.FOREIGN, ()
        if not is_resource_id(session):
            return Taken.IGNORED, ()
        ready = event.kind is EventKind.SUMMARY
        wanted = [
            self._delivery(subscription, session, now, ready=ready)
            for subscription in await self.subscriptions.of_app(workspace, app)
        ]
        stored = await self.expectations.expect(wanted, ready=ready) if wanted else ()
        return (Taken.STORED if stored else Taken.NOTHING_NEW), stored

    async def _take_hint(self, workspace: WorkspaceId, session: SessionId, now: datetime) -> Taken:
        """Nothing says whose session it is, so nothing is stored for it: we look ourselves."""
        if not await self.expectations.hasten(workspace, session, now):
            await self.watched.look_soon(workspace, now)
        return Taken.HINT

    def _delivery(
        self, subscription: Subscription, session: SessionId, now: datetime, *, ready: bool
    ) -> Delivery:
        return Delivery(
            id=DeliveryId(self.new_id()),
            workspace=subscription.workspace,
            channel=subscription.channel,
            session=session,
            app=subscription.app,
            subscription=subscription.id,
            state=DeliveryState.DUE if ready else DeliveryState.WAITING,
            reason=None if ready else SummaryNotReady.reason,
            created_at=now,
            run_at=now if ready else now + FIRST_READY_CHECK,
        )


def _canonical(text: str) -> str:
    """An id as it is stored: RealtimeKit writes UUIDs in any case."""
    return text.lower() if is_uuid(text) else text
