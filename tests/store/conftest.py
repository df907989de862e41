"""The fixtures of these tests."""

from __future__ import annotations

from tests.databases import clock, database, database_url, sealer

__all__ = ["clock", "database", "database_url", "sealer"]
