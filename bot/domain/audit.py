"""The record of who changed what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.ids import UserId, WorkspaceId

OPERATOR = UserId("operator")
"""Who runs the deployment, and changes things from its command line."""


class AuditAction(StrEnum):
    """What was changed."""

    INSTALLED = "installed"
    UNINSTALLED = "uninstalled"
    CONNECTED = "connected"
    """The Cloudflare account and API token were set."""
    ALIAS = "alias"
    DEFAULT_APP = "default_app"
    APP_CHANNELS = "app_channels"
    SHARED_CHANNELS = "shared_channels"
    CONFIRM_FROM = "confirm_from"
    ADMINISTRATOR_ADDED = "administrator_added"
    ADMINISTRATOR_REMOVED = "administrator_removed"
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change. No secret and no meeting text is ever part of it."""

    workspace: WorkspaceId
    at: datetime
    who: UserId
    action: AuditAction
    subject: str = ""
    """What the change is about: an app, a channel, a person; empty for the workspace."""
    before: str = ""
    after: str = ""
