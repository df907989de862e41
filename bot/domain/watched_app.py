"""An app that has subscriptions: how its webhook stands, and when it is looked through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.ids import AppId, WebhookId, WorkspaceId


class WebhookState(StrEnum):
    """How an app's webhook stands; without an active one, looking alone finds new summaries."""

    NONE = "none"
    """There is no public address to register, or registering was not tried yet."""
    ACTIVE = "active"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedApp:
    """One app of one workspace. All times are UTC."""

    workspace: WorkspaceId
    app: AppId
    webhook: WebhookId | None = None
    webhook_state: WebhookState = WebhookState.NONE
    webhook_reason: str | None = None
    """Why registering was refused: an error's `reason`."""
    webhook_checked_at: datetime | None = None
    registered_at: datetime | None = None
    """Since when the webhook has been active without a break."""
    heard_at: datetime | None = None
    """When an event of the app last came."""
    next_at: datetime
    """When its sessions are looked through next."""
    complete_at: datetime | None = None
    """When all its sessions of the last 7 days were last looked through."""

    @property
    def unheard_since(self) -> datetime | None:
        """From when on a meeting that is found was not told of; `None` without a webhook."""
        if self.webhook_state is not WebhookState.ACTIVE:
            return None
        if self.heard_at is None:
            return self.registered_at
        # It is kept to the minute, and what came within it may have been told of.
        return self.heard_at + timedelta(minutes=2)
