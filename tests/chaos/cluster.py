"""Many meetings, some processes, and everything that can go wrong among them."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.connections import utc_now
from bot.demo.stage import Stage, open_stage
from tests.chaos import town
from tests.chaos.crew import Member, kept
from tests.chaos.holds import read_holds, takeovers, watch
from tests.chaos.ledger import judge
from tests.chaos.notes import Key, Notes, NotThere, PostgresNotes, Row, SqliteNotes, read_rows
from tests.chaos.outcome import Outcome
from tests.chaos.plan import Plan
from tests.chaos.telling import Telling
from tests.chaos.town import Home
from tests.chaos.trouble import Trouble
from tests.postgres import PostgresServer, postgres_server

AFTER_THE_END = 3.0
"""Seconds the processes get to do something they should not do any more."""


@dataclass
class Cluster:
    """One run: the same plan gives the same meetings, kills and failures, as far as time lets."""

    plan: Plan
    stage: Stage
    homes: Sequence[Home]
    members: Sequence[Member]
    notes: Notes
    server: PostgresServer | None
    trouble: Trouble = field(default_factory=Trouble)
    restarts: int = 0

    def __post_init__(self) -> None:
        """Draw lots by the plan's seed."""
        self.chance = random.Random(self.plan.seed)  # noqa: S311 - the same run again
        doors = [member.url for member in self.members if member.command == "web"]
        lots = random.Random(self.plan.seed + 1)  # noqa: S311 - as above
        self.telling = Telling(
            self.stage, doors, lots, self.plan.written_within, self.plan.never_told
        )

    async def prepare(self) -> None:
        """Have all channels subscribed, before anything goes wrong."""
        await town.subscribe(self.stage, self.homes, self.telling.doors[0])

    async def rage(self) -> Outcome:
        """Let everything happen; returns what came of it."""
        began = time.monotonic()
        self.trouble.begin(self.stage, self.plan.trouble)
        killing = asyncio.create_task(self._kill_again_and_again())
        restarting = asyncio.create_task(self._restart_the_database())
        ended = True
        try:
            async with asyncio.timeout(self.plan.limit):
                await self.tell()
                await self.until_ended()
        except TimeoutError:
            ended = False
        killing.cancel()
        await asyncio.gather(killing, restarting, return_exceptions=True)
        seconds = time.monotonic() - began
        await asyncio.sleep(AFTER_THE_END)
        return await self.judge(seconds=seconds, ended=ended)

    async def tell(self) -> None:
        """Hold all the meetings."""
        plan = self.plan
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.telling.meetings(self.homes, plan.meetings, plan.told_within))
            tasks.create_task(self.telling.commands(self.homes, plan.commands, plan.told_within))

    async def until_ended(self) -> None:
        """Wait until all that was promised is stored and nothing is left to do."""
        while True:
            with suppress(NotThere):
                rows = await read_rows(self.notes)
                stored = {row.key for row in rows}
                if self.telling.promised.keys() <= stored and not any(map(_is_busy, rows)):
                    return
            await asyncio.sleep(0.5)

    async def judge(self, *, seconds: float, ended: bool) -> Outcome:
        """Compare what was promised with what people read."""
        telling, dice = self.telling, (self.trouble.slack, self.trouble.cloudflare)
        teams = [home.team for home in self.homes]
        rows = await read_rows(self.notes)
        kills = [kill for member in self.members for kill in member.kills]
        return Outcome(
            plan=self.plan,
            verdict=judge(telling.promised, telling.names, teams, rows),
            took=takeovers(await read_holds(self.notes), kills),
            waited=list(self._waits(rows)),
            figures={
                "restarts of the database": self.restarts,
                "calls of Slack and Cloudflare": sum(each.calls for each in dice),
                "  failed or slow on purpose": sum(each.spoiled for each in dice),
                "events sent again": telling.sent_again,
                "events given up": telling.given_up,
                "commands not acknowledged": telling.acks_missed,
            },
            seconds=seconds,
            ended=ended,
            kills={member.name: len(member.kills) for member in self.members},
        )

    def _waits(self, rows: Sequence[Row]) -> Iterator[float]:
        """Seconds from each promise to the message in the channel."""
        by_id = {row.id: row.key for row in rows}
        for home in self.homes:
            for channel in home.team.channels.values():
                for parent in channel.parents:
                    about = parent.metadata.get("event_payload", {})
                    key: Key = by_id.get(about.get("delivery_id"), ("", "", ""))
                    if key in self.telling.promised:
                        yield max(0.0, float(parent.ts) - self.telling.promised[key])

    async def _kill_again_and_again(self) -> None:
        until = time.monotonic() + self.plan.killed_for
        while time.monotonic() < until:
            await asyncio.sleep(self.chance.uniform(*self.plan.kills_every))
            await self.chance.choice(self.members).kill()

    async def _restart_the_database(self) -> None:
        if self.server is None or self.plan.database_away is None:
            return
        await asyncio.sleep(self.plan.told_within / 2)
        await asyncio.to_thread(self.server.stop)
        try:
            await asyncio.sleep(self.plan.database_away)
        finally:
            await asyncio.to_thread(self.server.start)
            self.restarts += 1


def _is_busy(row: Row) -> bool:
    return row.has_more_to_do or row.state in ("due", "waiting")


@asynccontextmanager
async def open_cluster(plan: Plan, folder: Path) -> AsyncIterator[Cluster]:
    """Set the stand-ins up in this process, and the bot's processes beside it, all subscribed."""
    server = postgres_server() if len(plan.crew) > 1 else None
    path = folder / "bot.db"
    url = f"sqlite:///{path}" if server is None else server.url(await server.create_database())
    notes: Notes = SqliteNotes(path) if server is None else PostgresNotes(url)
    async with open_stage(utc_now) as stage:
        homes = town.furnish(
            stage, workspaces=plan.workspaces, channels=plan.channels, unreadable=plan.unreadable
        )
        await town.install(homes, url)
        await watch(notes)
        given = dict(town.environment(stage, url))
        if server is not None:
            given["RUN_WORKER"] = "false"
        members = [
            Member(name, name.partition("-")[0], given, folder, plan.program) for name in plan.crew
        ]
        async with kept(members):
            cluster = Cluster(plan, stage, homes, members, notes, server)
            await cluster.prepare()
            yield cluster
