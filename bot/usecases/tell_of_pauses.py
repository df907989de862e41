"""Tell those who made a subscription that it is paused, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.domain.subscription import Subscription
from bot.errors import BotError, SendUnconfirmed
from bot.messages.subscriptions import subscription_paused
from bot.usecases.ports import Clock, Poster, Workspace, Workspaces
from bot.usecases.subscription_ports import Subscriptions

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TellOfPauses:
    """Write to the makers of paused subscriptions, in the app's own conversation with them."""

    workspaces: Workspaces
    slack: Callable[[Workspace], Poster]
    subscriptions: Subscriptions
    now: Clock

    async def __call__(self) -> None:
        """Tell everybody who was not told yet; one who cannot be reached is tried again later."""
        for subscription in await self.subscriptions.untold():
            try:
                await self._tell(subscription)
            except BotError as error:
                _log.warning(
                    "maker not told of a pause", channel=subscription.channel, reason=error.reason
                )

    async def _tell(self, subscription: Subscription) -> None:
        """Take it on before writing: rather not told at all than told twice."""
        workspace = await self.workspaces.get(subscription.workspace)
        if not await self.subscriptions.told(subscription.id, self.now()):
            return
        message = subscription_paused(subscription, subscription.paused or "")
        try:
            await self.slack(workspace).tell(subscription.created_by, message)
        except SendUnconfirmed:
            raise
        except BotError as error:
            if error.retryable:
                await self.subscriptions.not_told(subscription.id)
            raise
