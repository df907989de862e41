"""The one-time address at which an administrator enters an API token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.ids import UserId, WorkspaceId

SETUP_PATH = "/setup"
"""Below the deployment's public address; the link's token follows."""

LINK_LASTS = timedelta(minutes=15)

MOST_TRIES = 5
"""How often something can be entered at one link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupLink:
    """A link that still works. Its token is in its address, and stored nowhere."""

    digest: str
    """The token's SHA-256: what is stored in its place."""
    workspace: WorkspaceId
    workspace_name: str
    """What people call the workspace: its name, or else its address."""
    administrator: UserId
    """Who asked for the link."""
    expires_at: datetime
    tries: int
    """How often something was entered."""

    @property
    def tries_left(self) -> int:
        """How often something can still be entered."""
        return max(0, MOST_TRIES - self.tries)
