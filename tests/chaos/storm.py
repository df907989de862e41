"""People ask for summaries while the bot is killed again and again and Slack's answers get lost."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.connections import utc_now
from bot.demo.fake_slack.faults import drop
from bot.demo.stage import APP_NAME, ASKER, Stage, open_stage
from bot.domain.ids import SessionId
from tests.chaos.ledger import NAME, Verdict, judge
from tests.chaos.notes import Key, Notes, NotThere, SqliteNotes, read_rows
from tests.processes import BotProcess

SLACK_TAKES = 0.15
"""Seconds an answer of Slack takes, so that kills also come while one is on its way."""

LOST = 0.04
"""The share of posts whose connection breaks after they arrived; about as many break before."""

KILLED_WHILE_STARTING = 0.2
"""The share of starts that are cut short before the bot is ready."""

AFTER_THE_END = 1.5
"""Seconds a last start gets to do something it should not do any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How bad it gets. Times are in seconds."""

    deliveries: int
    channels: int
    seed: int
    history: bool
    limit: float
    asked_within: float
    most_kills: int | None = None
    longest_life: float = 5.0
    program: Sequence[str] = ("-m", "bot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What came of a storm."""

    plan: Plan
    verdict: Verdict
    kills: int
    seconds: float
    acks_missed: int
    look_ups: int
    ended: bool

    @property
    def faults(self) -> Iterator[str]:
        """What must not be."""
        if not self.ended:
            yield "the deliveries had not ended in time"
        yield from self.verdict.faults
        if self.verdict.promised != self.plan.deliveries:
            yield f"{self.plan.deliveries} were asked for, {self.verdict.promised} acknowledged"
        if self.verdict.unsure and self.plan.history:
            yield f"{self.verdict.unsure} were unsure, though the history could be read"

    def lines(self) -> Iterator[str]:
        """The counts, to be printed."""
        verdict = self.verdict
        yield (
            f"  {verdict.promised} asked for, {verdict.posted} posted, {verdict.unsure} unsure, "
            f"{verdict.reports} private answers about those, {len(verdict.twice)} posted twice"
        )
        yield (
            f"  {self.kills} kills, {self.acks_missed} commands typed again, "
            f"{self.look_ups} look-ups in histories, {self.seconds:.0f} s"
        )


@dataclass(slots=True)
class Storm:
    """One run: the same plan gives the same people and the same kills."""

    plan: Plan
    stage: Stage
    bot: BotProcess
    notes: Notes
    chance: random.Random
    names: dict[str, str] = field(default_factory=dict)
    promised: set[Key] = field(default_factory=set)
    kills: int = 0
    acks_missed: int = 0

    async def rage(self) -> Tally:
        """Let everything happen; returns what came of it."""
        began = time.monotonic()
        asking = asyncio.create_task(self._ask_for_all())
        killing = asyncio.create_task(self._kill_again_and_again())
        tasks = {asking, killing}
        done, _ = await asyncio.wait(
            tasks, timeout=self.plan.limit, return_when=asyncio.FIRST_COMPLETED
        )
        for task in tasks - done:
            task.cancel()
        await asyncio.gather(*tasks - done, return_exceptions=True)
        for task in done:
            task.result()
        ended = asking in done
        seconds = time.monotonic() - began
        await self._start_once_more()
        return await self._tally(seconds=seconds, ended=ended)

    async def _tally(self, *, seconds: float, ended: bool) -> Tally:
        slack, rows = self.stage.slack, await read_rows(self.notes)
        return Tally(
            plan=self.plan,
            verdict=judge(self.promised, self.names, [slack.team], rows),
            kills=self.kills,
            seconds=seconds,
            acks_missed=self.acks_missed,
            look_ups=sum(call.method.startswith("conversations.") for call in slack.calls),
            ended=ended,
        )

    async def _ask_for_all(self) -> None:
        async with (
            httpx.AsyncClient(base_url=self.bot.url, trust_env=False) as http,
            asyncio.TaskGroup() as people,
        ):
            for number in range(self.plan.deliveries):
                channel = f"C{number % self.plan.channels:04}"
                at = self.chance.uniform(0, self.plan.asked_within)
                people.create_task(self._ask(http, f"{NAME}{number:04}", channel, at))
        while not await self._have_ended():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)

    async def _have_ended(self) -> bool:
        """Whether all that was asked for is stored and has nothing left to do."""
        try:
            rows = await read_rows(self.notes)
        except NotThere:
            return False
        return len(rows) == self.plan.deliveries and not any(row.has_more_to_do for row in rows)

    async def _ask(self, http: httpx.AsyncClient, name: str, channel: str, at: float) -> None:
        """Type a command, and type it again as long as Slack says that it did not work."""
        state, person = self.stage.kit.state, self.stage.person(http)
        session: SessionId = state.add_session(self.stage.app, title=name)
        state.add_summary(session, f"## Decisions\n\n- {name} was worth it.")
        self.names[session] = name
        await asyncio.sleep(at)
        while True:
            with suppress(httpx.TransportError):
                if (await person.command(f"{APP_NAME} {session}", channel)).is_taken:
                    self.promised.add((self.stage.slack.team.id, channel, session))
                    return
            self.acks_missed += 1
            await asyncio.sleep(0.5)

    async def _kill_again_and_again(self) -> None:
        most = self.plan.most_kills
        while most is None or self.kills < most:
            await self._start()
            await asyncio.sleep(self.chance.uniform(0, self.plan.longest_life))
            self.kills += 1
            await self.bot.kill()
        await self.bot.start()
        await asyncio.Event().wait()

    async def _start(self) -> None:
        """Start the bot, now and then only after a kill in the middle of its start."""
        if self.chance.random() < KILLED_WHILE_STARTING:
            starting = asyncio.create_task(self.bot.start())
            await asyncio.sleep(self.chance.uniform(0.2, 1))
            self.kills += 1
            await self.bot.kill()
            with suppress(AssertionError):  # says that it never was ready
                await starting
        await self.bot.start()

    async def _start_once_more(self) -> None:
        await self.bot.kill()
        await self.bot.start()
        await asyncio.sleep(AFTER_THE_END)
        await self.bot.stop()


@asynccontextmanager
async def open_storm(plan: Plan, folder: Path) -> AsyncIterator[Storm]:
    """Set the stand-ins up in this process, and a bot that is not started yet beside it."""
    chance = random.Random(plan.seed)  # noqa: S311 - the same storm again
    async with open_stage(utc_now) as stage:
        team, faults = stage.slack.team, stage.slack.faults
        for number in range(plan.channels):
            team.add_channel(f"C{number:04}", f"channel-{number}", members=(ASKER,))
        if not plan.history:
            team.scopes -= {scope for scope in team.scopes if scope.endswith(":history")}
        stage.slack.latency = SLACK_TAKES
        lost = random.Random(plan.seed + 1)  # noqa: S311 - as above

        def is_lost(_: Mapping[str, Any]) -> bool:
            return lost.random() < LOST

        faults.add(
            "chat.postMessage",
            drop(after_acting=True).always().only_for(is_lost),
            drop().always().only_for(is_lost),
        )
        path = folder / "bot.db"
        bot = BotProcess(
            stage.environment(f"sqlite:///{path}"), folder / "bot.log", program=plan.program
        )
        try:
            yield Storm(plan, stage, bot, SqliteNotes(path), chance)
        finally:
            if bot.process is not None and bot.process.returncode is None:
                await bot.kill()
