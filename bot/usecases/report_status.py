"""Say what became of a session's summary in this workspace."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.delivery import Delivery
from bot.domain.ids import SessionId, WorkspaceId
from bot.domain.links import link_to_message
from bot.messages import replies
from bot.messages.kit import Message
from bot.usecases.ports import Deliveries, Workspaces
from bot.usecases.subscription_ports import Subscriptions


@dataclass(frozen=True, slots=True)
class ReportStatus:
    """Answer `status <session>` from what is stored: no call to anyone."""

    workspaces: Workspaces
    deliveries: Deliveries
    subscriptions: Subscriptions

    async def __call__(self, workspace: WorkspaceId, session: SessionId) -> Message:
        """What was posted where, by whose request or which subscription, or why not."""
        home = await self.workspaces.get(workspace)

        def link_of(delivery: Delivery) -> str | None:
            if delivery.parent_ts is None:
                return None
            return link_to_message(home.url, delivery.channel, delivery.parent_ts)

        known = await self.deliveries.of_session(workspace, session)
        wanting = await self.subscriptions.of_workspace(workspace)
        names = {subscription.id: subscription.name for subscription in wanting}
        return replies.status(known, link_of, names=names, session=session)
