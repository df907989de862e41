"""Get the summary a delivery is about, if it may be posted where it is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.domain.admission import Person
from bot.domain.delivery import Delivery
from bot.domain.ids import AppId
from bot.domain.subscription import NotWanted, Subscription
from bot.domain.summary import SessionDetails
from bot.errors import (
    BotError,
    BreakoutRoom,
    ConfirmationDue,
    EndedBefore,
    SharedChannel,
    TitleDiffers,
    Unwanted,
)
from bot.usecases.audience_gate import AudienceGate
from bot.usecases.fetch_summary import FetchedSummary, FetchSummary, outcome
from bot.usecases.ports import Workspace
from bot.usecases.subscription_ports import Subscriptions

_UNWANTED: Mapping[NotWanted, type[Unwanted]] = {
    NotWanted.BREAKOUT_ROOM: BreakoutRoom,
    NotWanted.ENDED_BEFORE: EndedBefore,
    NotWanted.TITLE_DIFFERS: TitleDiffers,
}


@dataclass(frozen=True, slots=True)
class FetchAdmitted:
    """Fetches, and asks who would read it, at the same time: neither waits for the other."""

    fetch: FetchSummary
    gate: AudienceGate
    subscriptions: Subscriptions

    async def __call__(
        self,
        workspace: Workspace,
        delivery: Delivery,
        subscription: Subscription | None,
        *,
        begun: bool,
    ) -> FetchedSummary:
        """The summary of a delivery that may be posted.

        Args:
            workspace: whose credentials are used.
            delivery: which summary, where.
            subscription: what wants it, if it is not a person.
            begun: whether its parent stands in the channel already; a person's thread is then
                finished without asking who reads it.

        Raises:
            BotError: why not. What will never be there is told before who would have read it;
                what may still come is not waited for where it must not be posted.
        """
        app = await self.fetch.apps.resolve(workspace, delivery.app)
        check = _wanted_by(subscription) if subscription else None
        fetching = outcome(self.fetch(workspace, app, delivery.session, check=check))
        if begun and subscription is None:
            return _unless_failed(await fetching)
        wanted_by = subscription or Person(consent=delivery.agreed)
        fetched, admitted = await asyncio.gather(
            fetching, outcome(self.gate(workspace, app, delivery.channel, wanted_by))
        )
        if not isinstance(admitted, BotError) or (
            isinstance(fetched, BotError) and not fetched.retryable
        ):
            return _unless_failed(fetched)
        if isinstance(admitted, ConfirmationDue | SharedChannel) and await self._comes_anyway(
            workspace, app, delivery, fetched
        ):
            return _unless_failed(fetched)
        raise admitted

    async def _comes_anyway(
        self,
        workspace: Workspace,
        app: AppId,
        delivery: Delivery,
        fetched: FetchedSummary | BotError,
    ) -> bool:
        """Whether a subscription of the channel posts it there, whoever else asks for it.

        A person's request takes the place of the subscription's own delivery, so that without
        this a question nobody answers would keep the channel from what it subscribes to.
        """
        for subscription in await self.subscriptions.of_channel(workspace.id, delivery.channel):
            if subscription.app.lower() != app.lower():
                continue
            if isinstance(fetched, FetchedSummary) and not _is_wanted(subscription, fetched):
                continue
            let_through = outcome(self.gate(workspace, app, delivery.channel, subscription))
            if not isinstance(await let_through, BotError):
                return True
        return False


def _unless_failed(fetched: FetchedSummary | BotError) -> FetchedSummary:
    if isinstance(fetched, BotError):
        raise fetched
    return fetched


def _is_wanted(subscription: Subscription, fetched: FetchedSummary) -> bool:
    return fetched.details is not None and subscription.refuses(fetched.details) is None


def _wanted_by(subscription: Subscription) -> Callable[[SessionDetails], None]:
    """Raises `Unwanted` for a session the subscription refuses."""

    def check(session: SessionDetails) -> None:
        refusal = subscription.refuses(session)
        if refusal is not None:
            raise _UNWANTED[refusal]

    return check
