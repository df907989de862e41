"""Which installation a request is for, from what is stored: no call to Slack.

Bolt's own way asks `auth.test` with every request, which takes a third of a second of the three
Slack grants, and takes any failure of it for an uninstalled app.
Source: https://github.com/slackapi/bolt-python/pull/122
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext

from bot.domain.ids import WorkspaceId
from bot.errors import InstallationBroken

INSTALLATION = "installation"
"""Under which name listeners find the `Installation` in Bolt's context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One installed app, as requests know it. No secret: listeners need no token."""

    workspace: WorkspaceId
    team_id: str | None
    """`None` when it is installed for a whole organisation."""
    enterprise_id: str | None
    url: str
    """The workspace's own address, for links to messages."""
    bot_user_id: str
    bot_id: str


FindInstallation: TypeAlias = Callable[[str | None, str | None], Awaitable[Installation | None]]
"""Takes an organisation's and a team's id, either of which may be missing."""


@dataclass(frozen=True, slots=True)
class OnlyInstallation:
    """The one installation of a deployment for a single workspace (a `FindInstallation`)."""

    installation: Installation

    async def __call__(self, enterprise_id: str | None, team_id: str | None) -> Installation | None:
        """The installation, or `None` for every other team, whoever signed the request."""
        ours = self.installation
        if ours.team_id is not None:
            return ours if team_id == ours.team_id else None
        if ours.enterprise_id is not None and enterprise_id == ours.enterprise_id:
            return ours
        return None


class Authorize(AsyncAuthorize):
    """Bolt's question who a request is for, answered from what is stored."""

    def __init__(self, find: FindInstallation) -> None:
        """Ask `find`, for every request but those that come after an uninstallation."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._find = find

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        actor_enterprise_id: str | None = None,  # noqa: ARG002 - Bolt's signature
        actor_team_id: str | None = None,  # noqa: ARG002
        actor_user_id: str | None = None,  # noqa: ARG002
    ) -> AuthorizeResult:
        """Find the installation and leave it in the context.

        Returning nothing would make Bolt write to the `response_url` before it answers Slack.

        Raises:
            InstallationBroken: no installation of this deployment's is meant.
        """
        installation = await self._find(enterprise_id, team_id)
        if installation is None:
            raise InstallationBroken("unknown_workspace")
        context[INSTALLATION] = installation
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_user_id=installation.bot_user_id,
            bot_id=installation.bot_id,
            user_id=user_id,
        )
