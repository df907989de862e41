"""Say what became of a session's summary in this workspace."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.delivery import Delivery
from bot.domain.ids import SessionId, WorkspaceId
from bot.domain.links import link_to_message
from bot.messages import replies
from bot.messages.kit import Message
from bot.usecases.ports import Deliveries, Workspaces


@dataclass(frozen=True, slots=True)
class ReportStatus:
    """Answer `status <session>` from what is stored: no call to anyone."""

    workspaces: Workspaces
    deliveries: Deliveries

    async def __call__(self, workspace: WorkspaceId, session: SessionId) -> Message:
        """What was posted where, by whose request, or why not."""
        home = await self.workspaces.get(workspace)

        def link_of(delivery: Delivery) -> str | None:
            if delivery.parent_ts is None:
                return None
            return link_to_message(home.url, delivery.channel, delivery.parent_ts)

        known = await self.deliveries.of_session(workspace, session)
        return replies.status(known, link_of, session=session)
