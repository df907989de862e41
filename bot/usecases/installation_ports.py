"""What installing, refreshing tokens and leaving ask for; the edges of the program supply it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from bot.domain.ids import WorkspaceId
from bot.domain.installation import BotToken, Departure, Grant, NewInstallation
from bot.domain.watched_app import WatchedApp
from bot.domain.workspace import Workspace


class BotAccount(NamedTuple):
    """What Slack says of a bot token's own account."""

    url: str
    """The workspace's own address."""
    bot_id: str
    bot_user_id: str


class OAuth(Protocol):
    """Slack's OAuth, with this app's client id and secret. Every method raises `SlackError`."""

    async def exchange(self, code: str) -> Grant:
        """What a code stands for; it works once."""

    async def refresh(self, refresh_token: str) -> BotToken:
        """A new token for a refresh token, which works once.

        Raises:
            InstallationBroken: Slack does not take it any more.
        """

    async def account(self, token: BotToken) -> BotAccount:
        """Who a token belongs to."""


class States(Protocol):
    """Installations that were begun. One method is one transaction."""

    async def add(self, state: str, *, now: datetime, expires_at: datetime) -> None:
        """Remember a state."""

    async def use_up(self, state: str, now: datetime) -> bool:
        """Whether a state was begun with and may still be used; never again after this."""


class Installations(Protocol):
    """Who installed the app and who removed it. One method is one transaction."""

    async def put(self, new: NewInstallation) -> bool:
        """Store an installation; whether a Cloudflare account is connected already."""

    async def leave(self, departure: Departure) -> bool:
        """Delete everything of a workspace; `False` for a late event, or when it is gone."""


class BotTokens(Protocol):
    """Bot tokens that are refreshed. One method is one transaction."""

    async def get(self, workspace: WorkspaceId) -> BotToken:
        """The token as it is stored now. Raises `InstallationBroken`."""

    async def begin(
        self, workspace: WorkspaceId, holder: str, now: datetime, *, at_once: bool
    ) -> BotToken | None:
        """Take the turn at refreshing a token, and read it; `None` if it cannot be had."""

    async def replace(
        self, workspace: WorkspaceId, holder: str, old: BotToken, new: BotToken, now: datetime
    ) -> bool:
        """Store a refreshed token and give the turn back; `False` if the old one is gone."""

    async def give_up(self, workspace: WorkspaceId, holder: str, next_at: datetime) -> None:
        """Give the turn back; nobody needs to try again before `next_at`."""


class KnownWorkspaces(Protocol):
    """Workspaces as they are stored."""

    async def known(self, workspace: WorkspaceId) -> Workspace:
        """One of them; its bot token may have died. Raises `BotError`."""


class Watched(Protocol):
    """The apps that have webhooks."""

    async def of_workspace(self, workspace: WorkspaceId) -> Sequence[WatchedApp]:
        """All watched apps of a workspace."""
