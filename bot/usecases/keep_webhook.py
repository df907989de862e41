"""Keep an app's webhook registered as long as the app has subscriptions, and no longer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from bot.domain.ids import AppId
from bot.domain.watched_app import WatchedApp, WebhookState
from bot.domain.webhook import EventKind, Webhook
from bot.errors import BotError, RealtimeKitError, WebhookNotFound, WebhookTaken
from bot.usecases.ports import Clock, Workspace
from bot.usecases.subscription_ports import (
    Subscriptions,
    WatchedApps,
    WatchedMeetings,
    WebhookKeys,
)

_log = structlog.get_logger()

WEBHOOKS_PATH = "/realtimekit/webhooks"
"""Where RealtimeKit's webhooks arrive; the workspace's key follows."""

EVENTS: Sequence[str] = tuple(kind.value for kind in EventKind)
"""What is registered for."""


@dataclass(frozen=True, slots=True)
class KeepWebhook:
    """Register, heal or remove one app's webhook, whichever it needs.

    Registrations are listed and set right rather than added to: an address of ours that is there
    already is updated, a disabled one enabled, a second one removed.
    """

    connect: Callable[[Workspace], WatchedMeetings]
    keys: WebhookKeys
    subscriptions: Subscriptions
    watched: WatchedApps
    now: Clock
    public_url: str | None
    """Where this deployment is reached; without it there is no address to register."""
    count: Callable[[str], None] = lambda _: None
    """Told how each try to bring a registration in line ended: `kept`, or an error's reason."""

    async def __call__(self, workspace: Workspace, app: AppId) -> None:
        """Bring the registration in line with the subscriptions.

        A refusal is written down, not raised: looking through the app's sessions does without.
        """
        watched = await self.watched.get(workspace.id, app)
        if watched is None:
            return
        try:
            if not await self.subscriptions.of_app(workspace.id, app):
                await self._remove(workspace, watched)
            elif self.public_url is not None:
                await self._register(workspace, watched)
                self.count("kept")
        except RealtimeKitError as error:
            _log.warning("webhook not kept", app=app, reason=error.reason, detail=error.detail)
            self.count(error.reason)
            await self._note_failure(watched, error)
        except BotError as error:
            self.count(error.reason)
            _log.warning("webhook not kept", app=app, reason=error.reason, detail=error.detail)

    async def _register(self, workspace: Workspace, watched: WatchedApp) -> None:
        meetings = self.connect(workspace)
        url = f"{await self._address(workspace)}"
        ours = await self._registered(meetings, watched, url)
        kept = await self._set_right(meetings, watched.app, url, ours)
        for extra in ours:
            if extra.id != kept.id:
                await meetings.delete_webhook(watched.app, extra.id)
        await self.watched.webhook_is(watched, WebhookState.ACTIVE, at=self.now(), webhook=kept.id)

    async def _registered(
        self, meetings: WatchedMeetings, watched: WatchedApp, url: str
    ) -> list[Webhook]:
        """Our registrations: those of this address, and the one we remember."""
        return [
            each
            for each in await meetings.list_webhooks(watched.app)
            if each.url == url or each.id == watched.webhook
        ]

    @staticmethod
    async def _set_right(
        meetings: WatchedMeetings, app: AppId, url: str, ours: Sequence[Webhook]
    ) -> Webhook:
        right = [each for each in ours if _is_right(each, url)]
        if right:
            return right[0]
        if ours:
            try:
                return await meetings.replace_webhook(app, ours[0].id, url, EVENTS)
            except WebhookNotFound:
                pass  # somebody removed it in this very moment
        try:
            return await meetings.create_webhook(app, url, EVENTS)
        except WebhookTaken:
            # Another process of ours was faster.
            for each in await meetings.list_webhooks(app):
                if _is_right(each, url):
                    return each
            raise

    async def _remove(self, workspace: Workspace, watched: WatchedApp) -> None:
        if watched.webhook is not None:
            await self.connect(workspace).delete_webhook(watched.app, watched.webhook)
        await self.watched.remove(watched)

    async def _address(self, workspace: Workspace) -> str:
        return f"{self.public_url}{WEBHOOKS_PATH}/{await self.keys.webhook_key(workspace.id)}"

    async def _note_failure(self, watched: WatchedApp, error: RealtimeKitError) -> None:
        """A refusal stands until the next look; a fault of the moment changes nothing."""
        if error.retryable:
            return
        await self.watched.webhook_is(
            watched,
            WebhookState.REFUSED,
            at=self.now(),
            webhook=watched.webhook,
            reason=error.reason,
        )


def _is_right(webhook: Webhook, url: str) -> bool:
    return webhook.url == url and webhook.enabled and webhook.events >= frozenset(EVENTS)
