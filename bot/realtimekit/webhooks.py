"""RealtimeKit's REST API for webhooks: one method per endpoint.

A webhook's address holds a workspace's key: it is sent in a body, and shows nowhere else.

Reference: https://developers.cloudflare.com/api/resources/realtime_kit/subresources/webhooks/
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from bot.domain.ids import AppId, WebhookId, is_resource_id
from bot.domain.webhook import Webhook
from bot.errors import WebhookNotFound
from bot.realtimekit import webhook_replies
from bot.realtimekit.account import Account, app_path

_NAME = "meeting-summary"
"""What our registrations are called in Cloudflare's dashboard."""


class WebhookClient(Account):
    """The webhooks of an account's apps. Every method raises `RealtimeKitError`."""

    async def list_webhooks(self, app: AppId) -> Sequence[Webhook]:
        """All webhooks that are registered for an app, whoever did so.

        GET {app_id}/webhooks
        """
        reply = await self._call("webhooks", "GET", app_path(app, "webhooks"))
        return webhook_replies.read_webhooks(reply, now=self._now())

    async def create_webhook(self, app: AppId, url: str, events: Sequence[str]) -> Webhook:
        """Register a webhook; `WebhookTaken` when the address has one already.

        POST {app_id}/webhooks. After `RealtimeKitUnavailable` it may or may not be registered.
        """
        body = _registration(url, events)
        reply = await self._call("create_webhook", "POST", app_path(app, "webhooks"), json=body)
        return webhook_replies.read_created(reply, now=self._now())

    async def replace_webhook(
        self, app: AppId, webhook: WebhookId, url: str, events: Sequence[str]
    ) -> Webhook:
        """Set a webhook right and enable it; `WebhookNotFound` when it is gone.

        PUT {app_id}/webhooks/{webhook_id}. `WebhookTaken` when another one has the address.
        """
        body = _registration(url, events)
        reply = await self._call("replace_webhook", "PUT", _path(app, webhook), json=body)
        return webhook_replies.read_replaced(reply, webhook=webhook, now=self._now())

    async def delete_webhook(self, app: AppId, webhook: WebhookId) -> None:
        """Remove a webhook; one that is gone already counts as removed.

        DELETE {app_id}/webhooks/{webhook_id}
        """
        with suppress(WebhookNotFound):
            reply = await self._call("delete_webhook", "DELETE", _path(app, webhook))
            webhook_replies.read_removal(reply, now=self._now())


def _registration(url: str, events: Sequence[str]) -> dict[str, object]:
    return {"name": _NAME, "url": url, "events": list(events), "enabled": True}


def _path(app: AppId, webhook: WebhookId) -> str:
    if not is_resource_id(webhook):
        raise WebhookNotFound("malformed")
    return app_path(app, "webhooks", webhook)
