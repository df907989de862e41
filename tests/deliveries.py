"""Deliveries for tests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.domain.delivery import Delivery
from bot.domain.ids import DeliveryId
from tests.fakes import APP, ASKER, CHANNEL, NOON, SESSION, WORKSPACE

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


def a_delivery(**changes: object) -> Delivery:
    """A delivery asked for at noon, due at once."""
    asked = Delivery(
        id=DeliveryId("ABCDE23456"),
        workspace=WORKSPACE,
        channel=CHANNEL,
        session=SESSION,
        app=APP,
        asker=ASKER,
        answer_url="https://hooks.slack.com/commands/T0/1/s3cr3t",
        created_at=NOON,
        run_at=NOON,
    )
    return replace(asked, **changes)  # type: ignore[arg-type]


@dataclass
class RecordedWakes:
    """Remembers what the store said to the engine."""

    promised_: list[tuple[DeliveryId, bool]] = field(default_factory=list)
    committed_: list[tuple[DeliveryId, bool]] = field(default_factory=list)

    async def promised(
        self, connection: AsyncConnection, delivery: DeliveryId, *, again: bool
    ) -> None:
        """Remember a promise in a transaction."""
        assert connection.in_transaction()
        self.promised_.append((delivery, again))

    async def committed(self, delivery: DeliveryId, *, again: bool) -> None:
        """Remember a stored promise."""
        self.committed_.append((delivery, again))
