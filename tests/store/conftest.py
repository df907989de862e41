"""The fixtures of these tests."""

from __future__ import annotations

import pytest

from bot.store.engine import Database
from tests.databases import clock, database, database_url, sealer
from tests.fakes import WORKSPACE
from tests.subscribing import Kept, install, kept_in

__all__ = ["clock", "database", "database_url", "sealer"]


@pytest.fixture
async def kept(database: Database) -> Kept:
    """An empty store with one workspace."""
    kept = kept_in(database)
    await install(kept, WORKSPACE)
    return kept
