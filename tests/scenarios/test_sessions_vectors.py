"""Every odd list of sessions that RealtimeKit may give, met by a look of a real bot.

What should be posted is, once; what should not leaves no trace. On SQLite and on PostgreSQL.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.demo.fake_realtimekit.records import iso
from bot.demo.fake_realtimekit.scripted import Scripted, json_reply
from bot.demo.stage import APP_NAME, CHANNEL
from bot.domain.ids import SessionId
from bot.realtimekit.paging import PER_PAGE
from tests.databases import database_url
from tests.scenarios.world import World, open_world, until

__all__ = ["database_url"]

Row = dict[str, Any]


@dataclass
class Place:
    """A channel that subscribes to an app, where nobody tells of meetings."""

    world: World
    rows: dict[SessionId, Row] = field(default_factory=dict)

    def meet(self, **changes: Any) -> Row:
        """Hold a meeting with a summary; returns its row in the list, changed."""
        began = self.world.clock()
        self.world.clock.advance(minutes=31)
        session = self.world.meeting(started_at=began, lasted=timedelta(minutes=30))
        record = self.world.stage.kit.state.sessions[session]
        return {
            "id": session,
            "associated_id": record.meeting_id,
            "meeting_display_name": "Weekly planning",
            "organization_id": record.app_id,
            "status": "ENDED",
            "created_at": iso(record.created_at),
            "started_at": iso(record.started_at),
            "ended_at": iso(record.ended_at),
        } | changes

    def reply(self, rows: Sequence[Row] | object, **paging: Any) -> Scripted:
        """One page of the list, with what it says of its place in it."""
        data: Any = {"sessions": rows} if paging.pop("wrapped", True) else rows
        said: Row = {"success": True, "data": data}
        return json_reply(200, said | ({"paging": paging} if paging else {}))

    async def look(self, *pages: Scripted, then: Scripted | None = None) -> int:
        """Go round once with these pages; returns how many threads there are then."""
        self.world.stage.kit.script.add("sessions", *pages)
        self.world.stage.kit.script.always("sessions", then or self.reply([]))
        self.world.clock.advance(minutes=6)
        await self.world.go_round()
        return len(self.world.threads())


@pytest.fixture
async def place(database_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    """One subscription, looked through once already."""
    async with open_world(tmp_path, database_url=database_url) as world:
        world.channel().members.add(world.stage.slack.team.bot_user_id)
        await world.dana.command(f"subscribe {APP_NAME}", CHANNEL)
        await until(lambda: len(world.private()) > 0)
        await world.go_round()
        yield Place(world)


Pages = Callable[[Place], tuple[Sequence[Scripted], Scripted | None]]


def _one(place: Place, **changes: Any) -> list[Row]:
    return [place.meet(**changes)]


def _filler(place: Place, count: int) -> list[Row]:
    """Rows of meetings from before the subscription, which nobody wants."""
    long_ago = iso(place.world.clock() - timedelta(hours=20))
    moments = {"created_at": long_ago, "started_at": long_ago, "ended_at": long_ago}
    return [
        {"id": f"00000000-0000-4000-8000-{number:012}", "status": "ENDED"} | moments
        for number in range(count)
    ]


def _paged(place: Place, *sizes: int) -> list[Scripted]:
    """A wanted meeting at the end of a list of several pages."""
    rows = _filler(place, sum(sizes) - 1)
    rows.append(place.meet())
    pages, start = [], 0
    for size in sizes:
        chunk = rows[start : start + size]
        offsets = {"start_offset": start + 1, "end_offset": start + len(chunk)}
        pages.append(place.reply(chunk, total_count=len(rows), **offsets))
        start += size
    return pages


WANTED: Mapping[str, Pages] = {
    "one": lambda p: ([p.reply(_one(p), total_count=1)], None),
    "exactly one page": lambda p: (_paged(p, PER_PAGE), None),
    "three pages": lambda p: (_paged(p, PER_PAGE, PER_PAGE, 7), None),
    "the same page forever": lambda p: ((), p.reply(_one(p) + _filler(p, PER_PAGE - 1))),
    "no word of pages": lambda p: ([p.reply(_one(p))], None),
    "a count with a fraction": lambda p: ([p.reply(_one(p), total_count=1.0)], None),
    "a count of nothing with rows": lambda p: ([p.reply(_one(p), total_count=0)], None),
    "a huge count": lambda p: ([p.reply(_one(p), total_count=10**18)], None),
    "a bare list": lambda p: ([p.reply(_one(p), wrapped=False)], None),
    "a running one among them": lambda p: (
        [p.reply([*_one(p), p.meet(status="LIVE", ended_at=None)])],
        None,
    ),
    "unsorted": lambda p: ([p.reply([*_filler(p, 3), *_one(p), *_filler(p, 2)])], None),
    "twice, since one came in between": lambda p: (
        [p.reply(row) for row in [_one(p)] for _ in range(2)],
        None,
    ),
    "no title": lambda p: ([p.reply(_one(p, meeting_display_name=None))], None),
    "an empty title": lambda p: ([p.reply(_one(p, meeting_display_name=""))], None),
    "a very long title": lambda p: ([p.reply(_one(p, meeting_display_name="t" * 2_000))], None),
    "a hostile title": lambda p: (
        [p.reply(_one(p, meeting_display_name="<!channel> *x* <https://evil|y>"))],
        None,
    ),
    "ended in the future": lambda p: (
        [p.reply(_one(p, ended_at=iso(p.world.clock() + timedelta(hours=1))))],
        None,
    ),
    "with breakout rooms": lambda p: (
        [
            p.reply(
                [
                    parent
                    for parent in _one(p)
                    for parent in (parent, p.meet(parent_session_id=parent["id"]))
                ]
            )
        ],
        None,
    ),
}


@pytest.mark.parametrize("way", WANTED)
async def test_what_is_wanted_is_posted_once(place: Place, way: str) -> None:
    """However the list comes, and whatever else is in it."""
    pages, then = WANTED[way](place)

    threads = await place.look(*pages, then=then)

    assert threads == 1
    assert await place.look(*pages, then=then) == 1


UNWANTED: Mapping[str, Pages] = {
    "none": lambda p: ([p.reply([], total_count=0)], None),
    "no end": lambda p: ([p.reply(_one(p, ended_at=None))], None),
    "ended eight days ago": lambda p: (
        [p.reply(_one(p, ended_at=iso(p.world.clock() - timedelta(days=8))))],
        None,
    ),
    "from before": lambda p: ([p.reply(_filler(p, 5))], None),
    "no list at all": lambda _: ([json_reply(200, {"success": True, "data": None})], None),
    "no such id": lambda p: ([p.reply(_one(p, id="../../webhooks"))], None),
}


@pytest.mark.parametrize("way", UNWANTED)
async def test_what_is_not_wanted_leaves_no_post(place: Place, way: str) -> None:
    """Too old, not over, or no session at all."""
    pages, then = UNWANTED[way](place)

    assert await place.look(*pages, then=then) == 0
    assert place.world.direct() == []


async def test_a_hostile_title_calls_nobody(place: Place) -> None:
    """Whoever names a meeting does not speak to the channel."""
    record = place.world.stage.kit.state.sessions
    row = place.meet()
    record[SessionId(row["id"])].title = "<!channel> & <@U0DANA>"

    await place.look(place.reply([row]))

    ((parent, _),) = place.world.threads()
    assert "<!channel>" not in parent.text
    assert "<!channel>" not in json.dumps([b for b in parent.blocks if b["type"] != "header"])
