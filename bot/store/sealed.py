"""A look at what is sealed for a workspace, and at what Slack granted it: nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import select

from bot.domain.ids import WorkspaceId
from bot.domain.seals import Seals
from bot.errors import SealBroken
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.rows import AnyRow
from bot.store.tables import workspaces
from bot.store.workspaces import bound_to

_TOKENS: Mapping[str, str] = {
    "bot_token": "Slack bot token",
    "refresh_token": "Slack refresh token",
    "api_token": "Cloudflare API token",
}
"""The columns of stored tokens, and what people call them."""

_ADDRESS = "webhook_key"


class _State(Enum):
    CURRENT = auto()
    OLD = auto()
    BROKEN = auto()


@dataclass(frozen=True, slots=True)
class SqlSeals:
    """The sealed values of workspaces. Addresses of private answers live half an hour: left out."""

    database: Database
    sealer: Sealer

    async def of_workspace(self, workspace: WorkspaceId) -> Seals:
        """Which of a workspace's sealed values open, and which an older key sealed."""
        query = select(workspaces).where(workspaces.c.id == workspace)
        async with self.database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return Seals()
        states = {name: self._state(workspace, name, text) for name, text in _sealed(row)}
        broken = {name for name, state in states.items() if state is _State.BROKEN}
        return Seals(
            tokens=len(states.keys() & _TOKENS.keys()),
            broken=tuple(_TOKENS[name] for name in _TOKENS if name in broken),
            old=list(states.values()).count(_State.OLD),
            address_broken=_ADDRESS in broken,
        )

    async def scopes(self, workspace: WorkspaceId) -> frozenset[str]:
        """What Slack granted when the app was installed, as far as that was written down."""
        query = select(workspaces.c.scopes).where(workspaces.c.id == workspace)
        async with self.database.read() as connection:
            granted = await connection.scalar(query)
        return frozenset(filter(None, (granted or "").split(",")))

    def _state(self, workspace: WorkspaceId, column: str, sealed: str) -> _State:
        try:
            fresh = self.sealer.reseal(sealed, bound_to(workspace, column))
        except SealBroken:
            return _State.BROKEN
        return _State.CURRENT if fresh is None else _State.OLD


def _sealed(row: AnyRow) -> Iterator[tuple[str, str]]:
    facts = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    for name in (*_TOKENS, _ADDRESS):
        if facts[name] is not None:
            yield name, facts[name]
