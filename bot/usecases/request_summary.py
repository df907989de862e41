"""Promise to post a summary, unless that promise was made before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.domain.audience import Consent
from bot.domain.delivery import Delivery, DeliveryClick, DeliveryState
from bot.domain.ids import (
    ChannelId,
    DeliveryId,
    SessionId,
    UserId,
    WorkspaceId,
    new_reference,
)
from bot.errors import NotYours
from bot.usecases.ports import Clock, Deliveries


class Asked(StrEnum):
    """What became of a request."""

    ACCEPTED = "accepted"
    UNDERWAY = "underway"
    POSTED = "posted"


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRequest:
    """A person's wish to have one session's summary in one channel."""

    workspace: WorkspaceId
    channel: ChannelId
    asker: UserId
    app: str
    """An app's id or alias, or empty for the only one."""
    session: SessionId
    answer_url: str | None = field(default=None, repr=False)
    agreed: Consent | None = None
    """Who the asker saw would read it, and agreed to."""


@dataclass(frozen=True, slots=True)
class RequestSummary:
    """Store a request as a delivery: everything the acknowledgement waits for."""

    deliveries: Deliveries
    now: Clock
    new_id: Callable[[], str] = new_reference

    async def __call__(self, request: SummaryRequest) -> tuple[Asked, Delivery]:
        """Promise the summary, or find the promise already made for this channel."""
        latest = await self.deliveries.latest(request.workspace, request.channel, request.session)
        return await self._promise(request, repeat=latest.repeat if latest else 0)

    async def again(self, click: DeliveryClick, answer_url: str | None) -> tuple[Asked, Delivery]:
        """Promise one more post of a delivery that ended; a second click finds the first's.

        Raises:
            NotYours: the click does not belong to the delivery it names.
        """
        before = await self.deliveries.get(click.delivery)
        if before is None or not before.is_meant_by(click):
            raise NotYours
        if before.state.is_open:
            return Asked.UNDERWAY, before
        request = _the_same(before, click.clicker, answer_url)
        return await self._promise(request, repeat=before.repeat + 1)

    async def confirmed(
        self, click: DeliveryClick, agreed: Consent, answer_url: str | None
    ) -> tuple[Asked, Delivery]:
        """Promise anew what its asker wants posted for all who they saw would read it.

        A second click finds the promise of the first.

        Raises:
            NotYours: the delivery is not the clicker's own.
        """
        before = await self.deliveries.get(click.delivery)
        if before is None or not before.is_askers(click):
            raise NotYours
        if before.state.is_open:
            return Asked.UNDERWAY, before
        request = replace(_the_same(before, click.clicker, answer_url), agreed=agreed)
        return await self._promise(request, repeat=before.repeat)

    async def _promise(self, request: SummaryRequest, repeat: int) -> tuple[Asked, Delivery]:
        now = self.now()
        stored, new = await self.deliveries.promise(
            Delivery(
                id=DeliveryId(self.new_id()),
                workspace=request.workspace,
                channel=request.channel,
                session=request.session,
                repeat=repeat,
                app=request.app,
                asker=request.asker,
                answer_url=request.answer_url,
                agreed=request.agreed,
                created_at=now,
                run_at=now,
            )
        )
        if new:
            return Asked.ACCEPTED, stored
        return (Asked.POSTED if stored.state is DeliveryState.POSTED else Asked.UNDERWAY), stored


def _the_same(delivery: Delivery, asker: UserId, answer_url: str | None) -> SummaryRequest:
    return SummaryRequest(
        workspace=delivery.workspace,
        channel=delivery.channel,
        asker=asker,
        app=delivery.app,
        session=delivery.session,
        answer_url=answer_url,
    )
