"""Meetings that no event told of, though one should have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, distinct, func, or_, select

from bot.domain.ids import AppId, WorkspaceId
from bot.store.engine import Database
from bot.store.tables import deliveries


@dataclass(frozen=True, slots=True)
class SqlMissed:
    """What subscriptions expect, as far as it was found by looking."""

    database: Database

    async def count(
        self, workspace: WorkspaceId, since: Mapping[AppId, datetime]
    ) -> Mapping[AppId, int]:
        """How many meetings of each app were found since a moment of its own; none is left out."""
        if not since:
            return {}
        found = or_(
            *(
                and_(deliveries.c.app == app, deliveries.c.created_at > at)
                for app, at in since.items()
            )
        )
        wanted = (deliveries.c.workspace == workspace, deliveries.c.subscription.is_not(None))
        sessions = func.count(distinct(deliveries.c.session)).label("sessions")
        query = select(deliveries.c.app, sessions).where(*wanted, found)
        async with self.database.read() as connection:
            rows = await connection.execute(query.group_by(deliveries.c.app))
            return {AppId(row.app): row.sessions for row in rows}
