"""Sealing every secret with the first key, after keys were rotated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Column, Table, select, update

from bot.errors import SealBroken
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.tables import SEALED, metadata

PAGE = 500
"""Rows that are read at a time."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """What was found in one column."""

    column: str
    """Such as `workspaces.api_token`."""
    changed: int = 0
    unchanged: int = 0
    unreadable: int = 0
    """Sealed by no key we have, or changed by hand; left as they are."""


@dataclass(frozen=True, slots=True)
class Reseal:
    """Seals anew what another key than the first has sealed, beside a bot that is at work."""

    database: Database
    sealer: Sealer

    async def __call__(self) -> list[Resealed]:
        """Go through every column of secrets; may be run again at any time."""
        return [await self._column(table, column) for table, column in sealed_columns()]

    async def _column(self, table: Table, column: Column[str]) -> Resealed:
        counts = {"changed": 0, "unchanged": 0, "unreadable": 0}
        last = ""
        while True:
            query = select(table.c.id, column).where(table.c.id > last, column.is_not(None))
            async with self.database.read() as connection:
                rows = (await connection.execute(query.order_by(table.c.id).limit(PAGE))).all()
            for row in rows:
                last, sealed = row
                counts[await self._one(table, column, last, sealed)] += 1
            if len(rows) < PAGE:
                return Resealed(f"{table.name}.{column.name}", **counts)

    async def _one(self, table: Table, column: Column[str], row: str, sealed: str) -> str:
        try:
            fresh = self.sealer.reseal(sealed, f"{table.name}/{row}/{column.name}")
        except SealBroken:
            return "unreadable"
        if fresh is None:
            return "unchanged"
        # What was replaced meanwhile was sealed by a bot that has the first key too.
        same = (table.c.id == row, column == sealed)
        async with self.database.begin() as connection:
            await connection.execute(update(table).where(*same).values({column.name: fresh}))
        return "changed"


def sealed_columns() -> Iterator[tuple[Table, Column[str]]]:
    """Every column of secrets, with its table."""
    for table in metadata.sorted_tables:
        for column in table.c:
            if column.info == SEALED:
                yield table, column
