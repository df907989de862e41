"""Whether it lives, and whether it works."""

from __future__ import annotations

import asyncio
import json

import pytest
from starlette.requests import Request

from bot.web import health
from bot.web.health import Readiness, healthz

REQUEST = Request({"type": "http", "method": "GET", "path": "/", "headers": []})


async def up() -> bool:
    """A part that works."""
    return True


async def down() -> bool:
    """A part that says it does not work."""
    return False


async def broken() -> bool:
    """A part that cannot even say so."""
    raise OSError("no such host: postgres://user:secret@db")


async def silent() -> bool:
    """A part that does not answer."""
    return await asyncio.Event().wait()


async def test_a_process_that_answers_is_up() -> None:
    """Health asks nobody else."""
    response = await healthz(REQUEST)

    assert response.status_code == 200


async def test_ready_when_every_part_is_up() -> None:
    """All parts up: ready."""
    response = await Readiness({"database": up, "worker": up})(REQUEST)

    assert response.status_code == 200
    assert json.loads(bytes(response.body)) == {"database": "up", "worker": "up"}


@pytest.mark.parametrize("probe", [down, broken, silent])
async def test_says_which_part_is_down(
    probe: health.Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that is down, broken or silent is named, and nothing else of it."""
    monkeypatch.setattr(health, "PROBED_WITHIN", 0.01)

    response = await Readiness({"database": probe, "worker": up})(REQUEST)

    assert response.status_code == 503
    assert json.loads(bytes(response.body)) == {"database": "down", "worker": "up"}
