"""What the use cases of administrators ask for; the edges of the program supply it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.audit import AuditEntry
from bot.domain.credentials import Credentials, TokenStatus
from bot.domain.ids import AppId, UserId, WorkspaceId
from bot.domain.policy import AppPolicy, Policy
from bot.domain.setup_link import SetupLink
from bot.domain.summary import App


class Policies(Protocol):
    """What administrators decided. One method is one transaction, its audit entry included.

    Every change names who makes it; nothing is written down when nothing changes.
    """

    async def policy(self, workspace: WorkspaceId) -> Policy:
        """All that was decided for a workspace, or the defaults."""

    async def set_default_app(self, workspace: WorkspaceId, app: AppId | None, who: UserId) -> None:
        """Choose the app that is meant when none is named."""

    async def set_allows_shared(self, workspace: WorkspaceId, *, allows: bool, who: UserId) -> None:
        """Allow channels in which another company reads along, or no longer."""

    async def set_confirm_from(
        self, workspace: WorkspaceId, readers: int | None, who: UserId
    ) -> None:
        """Choose from how many readers a person must confirm."""

    async def set_app_channels(
        self, workspace: WorkspaceId, app: AppId, decided: AppPolicy, who: UserId
    ) -> None:
        """Choose to which channels an app's summaries may go."""

    async def aliases(self, workspace: WorkspaceId) -> Mapping[str, AppId]:
        """All aliases of a workspace."""

    async def set_alias(
        self, workspace: WorkspaceId, name: str, app: AppId | None, who: UserId
    ) -> None:
        """Give an app an alias, or take the alias away."""

    async def administrators(self, workspace: WorkspaceId) -> frozenset[UserId]:
        """Those who may administer beside the workspace's own administrators."""

    async def set_administrators(
        self, workspace: WorkspaceId, people: frozenset[UserId], who: UserId
    ) -> None:
        """Choose who they are; each who is added or removed is written down."""


class Audit(Protocol):
    """The record of who changed what."""

    async def latest(self, workspace: WorkspaceId, limit: int = 20) -> Sequence[AuditEntry]:
        """The newest entries of a workspace, newest first."""


class Account(Protocol):
    """A Cloudflare account with credentials that are to be tried. Raises `RealtimeKitError`."""

    async def list_apps(self) -> Sequence[App]:
        """All apps of the account."""

    async def token_status(self) -> TokenStatus:
        """What Cloudflare says of the token, apart from what it may do."""


class KeepsCredentials(Protocol):
    """Where credentials are stored, sealed."""

    async def connect(
        self,
        workspace: WorkspaceId,
        credentials: Credentials,
        *,
        who: UserId,
        at: datetime,
        link: SetupLink | None = None,
    ) -> None:
        """Store them and write down who set them. Raises `SetupLinkDead`, `InstallationBroken`."""


class SetupLinks(Protocol):
    """One-time addresses for an API token."""

    async def create(self, workspace: WorkspaceId, administrator: UserId, at: datetime) -> str:
        """Make a link and return its token."""

    async def find(self, token: str, at: datetime) -> SetupLink | None:
        """The link of a token, if it still works; nothing is used up."""

    async def begin_try(self, token: str, at: datetime) -> SetupLink | None:
        """Count a try at a link that still works."""

    async def give_back(self, link: SetupLink) -> None:
        """Count one try less."""
