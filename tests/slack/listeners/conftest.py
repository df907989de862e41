"""One Slack edge a test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.slack_edge import Edge, an_edge


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    """The edge, with nothing done to it."""
    async with an_edge(Edge()) as edge:
        yield edge
