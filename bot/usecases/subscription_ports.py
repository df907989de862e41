"""What the use cases of subscriptions ask for; the edges of the program supply it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.audience import Audience
from bot.domain.delivery import Delivery
from bot.domain.ids import (
    AppId,
    ChannelId,
    SessionId,
    SubscriptionId,
    UserId,
    WebhookId,
    WorkspaceId,
)
from bot.domain.subscription import Subscription
from bot.domain.summary import App, SessionDetails
from bot.domain.watched_app import WatchedApp, WebhookState
from bot.domain.webhook import Webhook


class WatchedMeetings(Protocol):
    """RealtimeKit with one workspace's credentials. Every method raises `RealtimeKitError`."""

    async def list_apps(self) -> Sequence[App]:
        """All apps of the account."""

    async def list_sessions_since(self, app: AppId, created: datetime) -> Sequence[SessionDetails]:
        """The ended sessions of an app that were created since a moment, newest first."""

    async def list_webhooks(self, app: AppId) -> Sequence[Webhook]:
        """All webhooks that are registered for an app, whoever did so."""

    async def create_webhook(self, app: AppId, url: str, events: Sequence[str]) -> Webhook:
        """Register a webhook; `WebhookTaken` when the address has one already."""

    async def replace_webhook(
        self, app: AppId, webhook: WebhookId, url: str, events: Sequence[str]
    ) -> Webhook:
        """Set a webhook right and enable it; `WebhookNotFound` when it is gone."""

    async def delete_webhook(self, app: AppId, webhook: WebhookId) -> None:
        """Remove a webhook; one that is gone already counts as removed."""


class Conversations(Protocol):
    """Slack's conversations, with one workspace's bot token."""

    async def audience(self, channel: ChannelId) -> Audience:
        """Who can read a conversation.

        Raises:
            NotInChannel: the bot cannot see it.
            DirectUnseen: it is a direct conversation, which the app may not look at.
            SlackError: Slack could not be asked.
        """


class WebhookKeys(Protocol):
    """The unguessable part of the address that a workspace's webhooks come to."""

    async def webhook_key(self, workspace: WorkspaceId) -> str:
        """The workspace's key; made, and stored sealed, when there is none."""

    async def of_webhook_key(self, key: str) -> WorkspaceId | None:
        """The workspace whose key this is."""


class Subscriptions(Protocol):
    """What channels want by themselves. One method is one transaction."""

    async def add(self, subscription: Subscription) -> tuple[Subscription, bool]:
        """Store a subscription, have its app watched, and say whether it is new.

        A channel that subscribes to the app already gets the new name, title and allowance, and
        its pause ends; id, maker and time stay.
        """

    async def remove(
        self,
        workspace: WorkspaceId,
        channel: ChannelId,
        app: AppId,
        *,
        who: UserId,
        at: datetime,
    ) -> Subscription | None:
        """Delete one for somebody; its open deliveries end as skipped (`unsubscribed`)."""

    async def get(self, subscription: SubscriptionId) -> Subscription | None:
        """One subscription by its id."""

    async def of_channel(
        self, workspace: WorkspaceId, channel: ChannelId
    ) -> Sequence[Subscription]:
        """A channel's subscriptions, oldest first."""

    async def of_app(self, workspace: WorkspaceId, app: AppId) -> Sequence[Subscription]:
        """All subscriptions to an app in a workspace, oldest first."""

    async def of_workspace(self, workspace: WorkspaceId) -> Sequence[Subscription]:
        """All subscriptions of a workspace, oldest first."""

    async def pause(self, subscription: SubscriptionId, reason: str, at: datetime) -> None:
        """Note why nothing can be posted for now; the first reason of a pause stays."""

    async def resume(self, subscription: SubscriptionId, at: datetime) -> bool:
        """End a pause, if there is one, and make what waits for its end due at once.

        Returns whether there was one. What waits are the subscription's open deliveries whose
        reason is that of the pause.
        """

    async def untold(self, limit: int = 50) -> Sequence[Subscription]:
        """Paused subscriptions whose makers were not told yet, longest paused first."""

    async def told(self, subscription: SubscriptionId, at: datetime) -> bool:
        """Take on telling about a pause; `False` when somebody else has, or it is over."""

    async def not_told(self, subscription: SubscriptionId) -> None:
        """Give the telling back: it surely failed, and may be tried again."""


class WatchedApps(Protocol):
    """The apps that have, or had, subscriptions. One method is one transaction."""

    async def claim_due(self, now: datetime, limit: int = 50) -> Sequence[WatchedApp]:
        """Take apps whose look is due, at most one of each workspace, so that nobody else does.

        An app that is claimed and then not `looked_at` is due again a minute later. Apps of one
        workspace are claimed at least 20 seconds apart.
        """

    async def get(self, workspace: WorkspaceId, app: AppId) -> WatchedApp | None:
        """One watched app."""

    async def of_workspace(self, workspace: WorkspaceId) -> Sequence[WatchedApp]:
        """All watched apps of a workspace."""

    async def looked_at(
        self, watched: WatchedApp, *, next_at: datetime, complete_at: datetime | None
    ) -> None:
        """Note when to look again, and when all that is kept was last looked through."""

    async def webhook_is(
        self,
        watched: WatchedApp,
        state: WebhookState,
        *,
        at: datetime,
        webhook: WebhookId | None = None,
        reason: str | None = None,
    ) -> None:
        """Note how the app's webhook stands."""

    async def heard_from(self, workspace: WorkspaceId, app: AppId, at: datetime) -> bool:
        """Note that an event of the app came; `False` when the app is not watched."""

    async def look_soon(self, workspace: WorkspaceId, at: datetime) -> None:
        """Have all watched apps of a workspace looked through from a moment on, not later."""

    async def remove(self, watched: WatchedApp) -> bool:
        """Stop watching an app, unless it has a subscription again; whether it is gone."""


class Expectations(Protocol):
    """What subscriptions expect to be posted. One method is one transaction."""

    async def expect(self, deliveries: Sequence[Delivery], *, ready: bool) -> Sequence[Delivery]:
        """Store what subscriptions want, all or nothing; returns what is new or open again.

        What is there already stays as it is, with two exceptions when the summary is known to be
        `ready`: a delivery that waits for it (`summary_not_ready`) is due at once, and one that
        ended because there was none (`never_ready`, `no_transcript`, `summary_empty`), or for a
        person alone and without anything sent, is opened again for the subscription.
        """

    async def hasten(self, workspace: WorkspaceId, session: SessionId, at: datetime) -> bool:
        """Make due what waits for a session's summary, in any channel; whether anything did."""

    async def known(
        self, workspace: WorkspaceId, sessions: Sequence[SessionId]
    ) -> frozenset[tuple[ChannelId, SessionId]]:
        """Which of these sessions have a delivery already, and in which channels."""
