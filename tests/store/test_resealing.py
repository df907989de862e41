"""Sealing everything anew."""

from __future__ import annotations

from sqlalchemy import update

from bot.domain.credentials import Credentials
from bot.domain.ids import DeliveryId, WorkspaceId
from bot.store.bot_tokens import SqlBotTokens
from bot.store.credentials import SqlCredentials
from bot.store.deliveries import SqlDeliveries
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.installations import SqlInstallations
from bot.store.resealing import PAGE, Reseal, Resealed, sealed_columns
from bot.store.tables import workspaces
from bot.store.workspaces import SqlWorkspaces
from tests.deliveries import RecordedWakes, a_delivery
from tests.fakes import NOON, WORKSPACE
from tests.installing import INSTALLER, a_new_installation, a_rotated_token

OLD, NEW = "the old key for tests", "the new key for tests"
ANSWER_URL = "https://hooks.slack.com/commands/1/s3cr3t"
COLUMNS = [
    "deliveries.answer_url",
    "workspaces.api_token",
    "workspaces.bot_token",
    "workspaces.refresh_token",
    "workspaces.webhook_key",
]


async def fill(database: Database, sealer: Sealer) -> str:
    """Store one secret of every kind; returns the webhook's key."""
    await SqlInstallations(database, sealer).put(a_new_installation(token=a_rotated_token()))
    known = SqlWorkspaces(database, sealer)
    credentials = Credentials(account_id="a" * 32, api_token="cfat_make-believe")
    await SqlCredentials(database, sealer).connect(WORKSPACE, credentials, who=INSTALLER, at=NOON)
    await SqlDeliveries(database, sealer, RecordedWakes()).promise(
        a_delivery(answer_url=ANSWER_URL)
    )
    return await known.webhook_key(WORKSPACE)


async def test_every_secret_opens_with_the_new_key_alone(database: Database) -> None:
    """Nothing is lost, and the old key is of no more use."""
    key = await fill(database, Sealer([OLD]))

    found = await Reseal(database, Sealer([NEW, OLD]))()

    alone = Sealer([NEW])
    home = await SqlWorkspaces(database, alone).get(WORKSPACE)
    delivery = await SqlDeliveries(database, alone, RecordedWakes()).get(a_delivery().id)
    assert sorted(found, key=lambda each: each.column) == [
        Resealed(column, changed=1) for column in COLUMNS
    ]
    assert home.api_token == "cfat_make-believe"
    assert await SqlBotTokens(database, alone).get(WORKSPACE) == a_rotated_token()
    assert await SqlWorkspaces(database, alone).webhook_key(WORKSPACE) == key
    assert delivery is not None
    assert delivery.answer_url == ANSWER_URL


async def test_a_second_time_changes_nothing(database: Database) -> None:
    """It may be run whenever somebody likes."""
    await fill(database, Sealer([OLD]))
    await Reseal(database, Sealer([NEW, OLD]))()

    found = await Reseal(database, Sealer([NEW, OLD]))()

    assert {(each.changed, each.unchanged, each.unreadable) for each in found} == {(0, 1, 0)}


async def test_what_no_key_opens_is_told_of_and_left(database: Database) -> None:
    """Perhaps the key that sealed it is found again."""
    await fill(database, Sealer([OLD]))

    found = await Reseal(database, Sealer([NEW]))()

    assert {(each.changed, each.unreadable) for each in found} == {(0, 1)}
    assert await SqlBotTokens(database, Sealer([OLD])).get(WORKSPACE) == a_rotated_token()


async def test_a_secret_moved_to_another_row_is_not_sealed_there(database: Database) -> None:
    """Sealing anew must not make good what was tampered with."""
    sealer = Sealer([OLD])
    installations = SqlInstallations(database, sealer)
    await installations.put(a_new_installation())
    await installations.put(a_new_installation(workspace=WorkspaceId("T0OTHER")))
    async with database.begin() as connection:
        row = (await connection.execute(workspaces.select())).first()
        assert row is not None
        moved = update(workspaces).where(workspaces.c.id != row.id)
        await connection.execute(moved.values(bot_token=row.bot_token))

    found = await Reseal(database, Sealer([NEW, OLD]))()

    assert Resealed("workspaces.bot_token", changed=1, unreadable=1) in found


async def test_more_than_a_page_is_gone_through(database: Database) -> None:
    """Each row once."""
    deliveries = SqlDeliveries(database, Sealer([OLD]), RecordedWakes())
    for number in range(PAGE + 1):
        await deliveries.promise(
            a_delivery(id=DeliveryId(f"D{number:05}"), repeat=number, answer_url=ANSWER_URL)
        )

    found = await Reseal(database, Sealer([NEW, OLD]))()

    assert Resealed("deliveries.answer_url", changed=PAGE + 1) in found


def test_all_columns_of_secrets_are_known() -> None:
    """Each is marked as one, and belongs to a table whose rows have an id."""
    assert sorted(f"{table.name}.{column.name}" for table, column in sealed_columns()) == COLUMNS
