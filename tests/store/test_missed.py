"""Counting the meetings that no event told of, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.domain.ids import AppId, DeliveryId, SessionId, SubscriptionId, WorkspaceId
from bot.store.deliveries import SqlDeliveries
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.missed import SqlMissed
from tests.deliveries import RecordedWakes, a_delivery
from tests.fakes import APP, CHANNEL, NOON, OTHER_APP, WORKSPACE
from tests.subscribing import Kept, install

OTHER = WorkspaceId("T0OTHER")
SUBSCRIPTION = SubscriptionId("S0SUBSCRIPTION")


@pytest.fixture
async def deliveries(database: Database, sealer: Sealer, kept: Kept) -> SqlDeliveries:
    """Two workspaces without a delivery."""
    await install(kept, OTHER)
    return SqlDeliveries(database, sealer, RecordedWakes())


async def found(
    deliveries: SqlDeliveries,
    number: int,
    *,
    app: AppId = APP,
    at: datetime = NOON,
    workspace: WorkspaceId = WORKSPACE,
    session: str = "",
    channel: str = CHANNEL,
    subscription: SubscriptionId | None = SUBSCRIPTION,
) -> None:
    """A delivery that was made for a meeting at a moment."""
    await deliveries.promise(
        a_delivery(
            id=DeliveryId(f"ABCDE0000{number}"),
            workspace=workspace,
            channel=channel,
            session=SessionId(session or f"session-{number}"),
            app=app,
            subscription=subscription,
            created_at=at,
        )
    )


async def test_each_apps_meetings_are_counted_since_its_own_moment(
    database: Database, deliveries: SqlDeliveries
) -> None:
    """One that was found before does not count."""
    before = NOON - timedelta(hours=1)
    await found(deliveries, 1)
    await found(deliveries, 2)
    await found(deliveries, 3, at=before)
    await found(deliveries, 4, app=OTHER_APP, at=before)
    since = {APP: NOON - timedelta(minutes=1), OTHER_APP: NOON - timedelta(hours=2)}

    assert await SqlMissed(database).count(WORKSPACE, since) == {APP: 2, OTHER_APP: 1}


async def test_a_meeting_for_two_channels_is_one(
    database: Database, deliveries: SqlDeliveries
) -> None:
    """It is meetings that are missed, not posts."""
    await found(deliveries, 1, session="the same")
    await found(deliveries, 2, session="the same", channel="C0ELSE")

    counted = await SqlMissed(database).count(WORKSPACE, {APP: NOON - timedelta(hours=1)})

    assert counted == {APP: 1}


async def test_what_a_person_asked_for_or_another_workspace_found_does_not_count(
    database: Database, deliveries: SqlDeliveries
) -> None:
    """No event was due for the one, and the other is none of this workspace's business."""
    await found(deliveries, 1, subscription=None)
    await found(deliveries, 2, workspace=OTHER)

    counted = await SqlMissed(database).count(WORKSPACE, {APP: NOON - timedelta(hours=1)})

    assert counted == {}


async def test_without_an_app_nothing_is_asked(database: Database) -> None:
    """Every condition is needed: none would mean all."""
    assert await SqlMissed(database).count(WORKSPACE, {}) == {}
