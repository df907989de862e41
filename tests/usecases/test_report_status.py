"""What became of a session's summary."""

from __future__ import annotations

from bot.domain.ids import ChannelId, DeliveryId, MessageTs, SessionId, WorkspaceId
from bot.messages.text_view import as_text
from bot.store.deliveries import SqlDeliveries
from bot.store.subscriptions import SqlSubscriptions
from bot.store.tables import deliveries as table
from bot.usecases.report_status import ReportStatus
from tests.deliveries import a_delivery
from tests.fakes import SESSION, WORKSPACE, FakeWorkspaces


async def test_every_channel_of_this_workspace_is_reported(deliveries: SqlDeliveries) -> None:
    """A thread is linked; one that is not there yet is not; other workspaces are not mentioned."""
    await deliveries.promise(a_delivery())
    await deliveries.promise(a_delivery(id=DeliveryId("BCDEF23456"), channel=ChannelId("C0OTHER")))
    await deliveries.promise(
        a_delivery(id=DeliveryId("CDEFG23456"), workspace=WorkspaceId("T0OTHER"))
    )
    async with deliveries.database.begin() as connection:
        await connection.execute(
            table.update()
            .where(table.c.id == a_delivery().id)
            .values(state="posted", parent_ts=MessageTs("1355517523.000008"))
        )

    said = as_text(await a_report(deliveries)(WORKSPACE, SESSION))

    assert "https://acme.slack.com/archives/C0CHANNEL/p1355517523000008" in said
    assert "C0OTHER" in said
    assert "CDEFG23456" not in said


async def test_a_session_nobody_asked_for_is_said_to_be_just_that(
    deliveries: SqlDeliveries,
) -> None:
    """The answer is the line that would post it."""
    unknown = SessionId("00000000-0000-4000-8000-000000000001")

    said = as_text(await a_report(deliveries)(WORKSPACE, unknown))

    assert f"/meeting-summary {unknown}" in said


def a_report(deliveries: SqlDeliveries) -> ReportStatus:
    """As it ships."""
    subscriptions = SqlSubscriptions(deliveries.database, deliveries.wakes)
    return ReportStatus(FakeWorkspaces(), deliveries, subscriptions)
