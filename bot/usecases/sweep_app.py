"""Look through an app's sessions for summaries that nothing told of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import ChannelId, DeliveryId, SessionId, WorkspaceId, new_reference
from bot.domain.subscription import Subscription
from bot.domain.summary import SUMMARY_KEPT_FOR, SessionDetails
from bot.domain.watched_app import WatchedApp, WebhookState
from bot.errors import (
    AccountNotFound,
    AppNotFound,
    BotError,
    ChannelNotAllowed,
    NotConnected,
    NotInChannel,
    PermissionMissing,
    RealtimeKitError,
    SharedChannel,
    TokenRefused,
)
from bot.usecases.audience_gate import AudienceGate
from bot.usecases.keep_webhook import KeepWebhook
from bot.usecases.ports import Clock, Workspace, Workspaces
from bot.usecases.subscription_ports import (
    Expectations,
    Subscriptions,
    WatchedApps,
    WatchedMeetings,
)

_log = structlog.get_logger()

LOOK_EVERY = timedelta(minutes=5)
"""How often an app is looked through that nothing tells us of."""

LOOK_BESIDE_WEBHOOK_EVERY = timedelta(minutes=15)
"""How often it is where webhooks come: for those that were missed."""

LOOK_AT_ALL_EVERY = timedelta(hours=6)
"""How often all that Cloudflare keeps is looked through, not only the last day."""

_ENDED_BY_A_LOOK = frozenset(
    error.reason
    for error in (TokenRefused, PermissionMissing, AccountNotFound, AppNotFound, NotConnected)
)
"""Pauses that are over when the account lets us look."""

_ENDED_IN_THE_CHANNEL = frozenset(
    error.reason for error in (NotInChannel, SharedChannel, ChannelNotAllowed)
)
"""Pauses that are over when the channel is as it should be."""

LAST_DAY = timedelta(hours=24)
"""How long ago a meeting may have begun to be among the latest."""

HEAL_EVERY = timedelta(hours=1)
"""How often the registration of a webhook is looked after."""


@dataclass(frozen=True, slots=True)
class SweepApp:
    """One look at one app: its sessions, its subscriptions' pauses, its webhook."""

    workspaces: Workspaces
    connect: Callable[[Workspace], WatchedMeetings]
    gate: AudienceGate
    subscriptions: Subscriptions
    watched: WatchedApps
    expectations: Expectations
    keep_webhook: KeepWebhook
    now: Clock
    new_id: Callable[[], str] = new_reference

    async def __call__(self, watched: WatchedApp) -> int:
        """Store a delivery for each session that is wanted and has none; returns how many are new.

        Raises:
            BotError: the app could not be looked through; its subscriptions are paused where a
                person has to put something right first.
        """
        wanting = await self.subscriptions.of_app(watched.workspace, watched.app)
        workspace = await self.workspaces.get(watched.workspace)
        if not wanting:
            await self.keep_webhook(workspace, watched.app)
            return 0
        began, complete = self.now(), self._is_complete(watched)
        try:
            sessions = await self.connect(workspace).list_sessions_since(
                watched.app, _since(wanting, began, complete=complete)
            )
        except (RealtimeKitError, NotConnected) as error:
            await self._stopped(watched, wanting, error)
            raise
        found = await self._expect(workspace.id, wanting, sessions)
        await asyncio.gather(*(self._mend(workspace, each) for each in wanting if each.paused))
        if _needs_healing(watched, began):
            await self.keep_webhook(workspace, watched.app)
        await self.watched.looked_at(
            watched,
            next_at=began + _until_next(watched),
            complete_at=began if complete else watched.complete_at,
        )
        return found

    def _is_complete(self, watched: WatchedApp) -> bool:
        at = watched.complete_at
        return at is None or self.now() - at >= LOOK_AT_ALL_EVERY

    async def _expect(
        self,
        workspace: WorkspaceId,
        wanting: Sequence[Subscription],
        sessions: Sequence[SessionDetails],
    ) -> int:
        now = self.now()
        kept = [each for each in sessions if each.ended_at and not each.is_past_keeping(now)]
        known = await self.expectations.known(workspace, [each.session_id for each in kept])
        missing = [
            self._delivery(subscription, session, now)
            for subscription in wanting
            for session in kept
            if _is_news(subscription, session, known)
        ]
        return len(await self.expectations.expect(missing, ready=False)) if missing else 0

    def _delivery(
        self, subscription: Subscription, session: SessionDetails, now: datetime
    ) -> Delivery:
        refusal = subscription.refuses(session)
        return Delivery(
            id=DeliveryId(self.new_id()),
            workspace=subscription.workspace,
            channel=subscription.channel,
            session=session.session_id,
            app=subscription.app,
            subscription=subscription.id,
            state=DeliveryState.SKIPPED if refusal else DeliveryState.DUE,
            reason=refusal,
            created_at=now,
            run_at=None if refusal else now,
        )

    async def _stopped(
        self, watched: WatchedApp, wanting: Sequence[Subscription], error: BotError
    ) -> None:
        """Nothing can be seen: wait, and pause what a person has to mend."""
        now = self.now()
        if error.mendable:
            for subscription in wanting:
                await self.subscriptions.pause(subscription.id, error.reason, now)
        wait = timedelta(seconds=error.retry_after or 0)
        await self.watched.looked_at(
            watched, next_at=now + max(wait, LOOK_EVERY), complete_at=watched.complete_at
        )

    async def _mend(self, workspace: Workspace, subscription: Subscription) -> None:
        """End a pause whose cause is surely gone; any other ends with the next post."""
        if subscription.paused in _ENDED_BY_A_LOOK:
            await self.subscriptions.resume(subscription.id, self.now())
        elif subscription.paused in _ENDED_IN_THE_CHANNEL:
            try:
                await self.gate(workspace, subscription.app, subscription.channel, subscription)
            except BotError as error:
                _log.info("still paused", channel=subscription.channel, reason=error.reason)
                return
            await self.subscriptions.resume(subscription.id, self.now())


def _since(wanting: Sequence[Subscription], now: datetime, *, complete: bool) -> datetime:
    """The creation of the oldest session that may have ended within reach and be wanted."""
    if not complete:
        return now - LAST_DAY
    first = min(subscription.created_at for subscription in wanting)
    return max(now - SUMMARY_KEPT_FOR, first) - LAST_DAY


def _is_news(
    subscription: Subscription,
    session: SessionDetails,
    known: frozenset[tuple[ChannelId, SessionId]],
) -> bool:
    if (subscription.channel, session.session_id) in known:
        return False
    # What ended before is history, not an outcome: it would only fill the database.
    return session.ended_at is None or session.ended_at >= subscription.created_at


def _needs_healing(watched: WatchedApp, now: datetime) -> bool:
    at = watched.webhook_checked_at
    return at is None or now - at >= HEAL_EVERY


def _until_next(watched: WatchedApp) -> timedelta:
    told = watched.webhook_state is WebhookState.ACTIVE and watched.heard_at is not None
    return LOOK_BESIDE_WEBHOOK_EVERY if told else LOOK_EVERY
