"""Say under a post that its file can no longer be downloaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.delivery import Delivery
from bot.messages import summary as thread
from bot.usecases.ports import Poster, Workspace, Workspaces


@dataclass(frozen=True, slots=True)
class ExpireNotice:
    """Change the notice of a posted delivery once its expiry has passed."""

    workspaces: Workspaces
    slack: Callable[[Workspace], Poster]

    async def __call__(self, delivery: Delivery) -> None:
        """Edit the notice; safe to repeat. Raises `SlackError`."""
        if delivery.notice_ts is None:
            return
        workspace = await self.workspaces.get(delivery.workspace)
        await self.slack(workspace).replace_footer(
            delivery.channel, delivery.notice_ts, thread.expired_notice()
        )
