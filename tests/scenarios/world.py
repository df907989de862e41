"""A whole situation: people at a local Slack, a local RealtimeKit, and the real bot in between.

Everything goes over real sockets on loopback. Time stands still unless a scenario moves it, and
who sleeps moves it too, so that a day of waiting takes no time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.demo.fake_realtimekit.scripted import Script
from bot.demo.fake_slack import Channel, PrivateAnswer
from bot.demo.fake_slack.door import Ack
from bot.demo.fake_slack.person import Person
from bot.demo.fake_slack.state import Message as SlackMessage
from bot.demo.stage import APP_NAME, CHANNEL, Served, Stage, open_stage, serve_bot
from bot.domain.delivery import Delivery
from bot.domain.ids import ChannelId, DeliveryId, SessionId
from bot.messages.kit import Message
from bot.messages.text_view import as_text
from tests.clock import ManualClock
from tests.leaks import searched

SUMMARY = "## Decisions\n\n- We ship on Thursday.\n- Offline mode can wait."
PATIENCE = 120.0
"""Seconds of real time until a scenario that does not come to rest has failed."""


@dataclass
class World:
    """One workspace, one account, one bot."""

    stage: Stage
    served: Served
    clock: ManualClock
    dana: Person = field(init=False)

    def __post_init__(self) -> None:
        """Somebody who is in the channel and asks for things."""
        self.dana = self.stage.person(self.served.http)

    def meeting(self, summary: str | bytes | None = SUMMARY, **facts: object) -> SessionId:
        """A meeting that has just ended, with a summary unless it is `None`."""
        known: dict[str, object] = {"title": "Weekly planning", **facts}
        session = self.stage.kit.state.add_session(self.stage.app, **known)  # type: ignore[arg-type]
        if summary is not None:
            self.stage.kit.state.add_summary(session, summary)
        return session

    async def ask(
        self, session: str, *, channel: str = CHANNEL, person: Person | None = None
    ) -> Ack:
        """Type the command for a session and wait until the bot has come to rest."""
        ack = await self._command(f"{APP_NAME} {session}", channel, person or self.dana)
        await self.rest()
        return ack

    async def type(self, line: str, *, person: Person | None = None) -> list[str]:
        """Type a command line; returns what the person was privately told until the bot rests."""
        who = person or self.dana
        before = len(self.private(who))
        await self._command(line, CHANNEL, who)
        await self.rest()
        return self.private(who)[before:]

    async def _command(self, line: str, channel: str, person: Person) -> Ack:
        """Type a command; what the ack says is read first.

        On one machine the bot may have failed, and said so, before the ack has travelled back.
        """
        answers = self.stage.slack.team.answers
        before = len(answers)
        ack = await person.command(line, channel)
        answers[before:] = sorted(answers[before:], key=lambda answer: answer.came != "ack")
        return ack

    async def press(
        self, button: str, place: SlackMessage | PrivateAnswer, *, person: Person | None = None
    ) -> list[str]:
        """Press a button that answers; returns what the person was privately told for it."""
        who = person or self.dana
        before = len(who.answers)
        await who.press(button, place, channel=CHANNEL)
        await until(lambda: len(who.answers) > before)
        await self.rest()
        return self.private(who)[before:]

    async def look(self, delivery: DeliveryId) -> None:
        """Have the worker look at a delivery now."""
        await self.served.bot.worker.look(delivery)

    async def go_round(self) -> None:
        """Go round the watched apps, and wait until the bot has done what became due."""
        await self.served.bot.rounds.round()
        await self.rest()

    async def rest(self) -> None:
        """Wait until the bot has done everything that is due at this moment."""
        worker, agenda = self.served.bot.worker, self.served.bot.agenda
        async with asyncio.timeout(PATIENCE):
            while True:
                # The engine keeps to real time, so what became due by the scenario's clock is
                # looked at here.
                due = [delivery for delivery, _ in await agenda.due(self.clock())]
                at_work = set(worker._at_work.values())
                if not due and not at_work:
                    return
                if at_work:  # told about, perhaps, after nothing is due any more
                    await asyncio.wait(at_work)
                for delivery in due:
                    await worker.look(delivery)
                await asyncio.sleep(0)

    async def later(self, **span: float) -> None:
        """Let time pass, and wait until the bot has done what became due."""
        self.clock.advance(**span)
        await self.rest()

    async def until_next_step(self) -> timedelta:
        """Let time pass until there is next something to do; returns how much that was."""
        due = await self.served.bot.agenda.due(self.clock() + timedelta(days=400))
        assert due, "there is nothing left to do"
        ahead = max(due[0][1] - self.clock(), timedelta())
        await self.later(seconds=ahead.total_seconds())
        return ahead

    async def heard(self, answers: int, person: Person | None = None) -> list[str]:
        """Wait until a person alone was shown so many answers; some come after the worker rests."""
        await until(lambda: len(self.private(person)) >= answers)
        # What the ack says is read first, whichever was here first.
        self.stage.slack.team.answers.sort(key=lambda answer: answer.came != "ack")
        return self.private(person)

    async def delivery(self, session: SessionId, channel: str = CHANNEL) -> Delivery:
        """The newest delivery of a session in a channel."""
        found = await self.served.bot.deliveries.latest(
            self.served.bot.who.id, ChannelId(channel), session
        )
        assert found is not None
        return found

    async def until_settled(self, session: SessionId, *, most: int = 20) -> Delivery:
        """Let time pass until a delivery is no longer open; it may take so many tries."""
        for _ in range(most):
            delivery = await self.delivery(session)
            if not delivery.state.is_open or delivery.run_at is None:
                return delivery
            self.clock.moment = max(self.clock.moment, delivery.run_at)
            await self.look(delivery.id)
            await self.rest()
        return await self.delivery(session)

    def forget(self) -> None:
        """Empty the channel and the answers, and let nothing go wrong any more.

        What was promised before stays stored; a scenario that begins here uses its own sessions.
        """
        self.stage.kit.script = Script()
        self.stage.kit.requests.clear()
        self.stage.slack.faults.clear()
        self.stage.slack.team.answers.clear()
        self.stage.slack.team.total_text = None
        for channel in self.stage.slack.team.channels.values():
            channel.messages.clear()

    def channel(self, channel: str = CHANNEL) -> Channel:
        """A channel as it stands."""
        return self.stage.slack.team.channels[channel]

    def threads(self, channel: str = CHANNEL) -> list[tuple[SlackMessage, list[SlackMessage]]]:
        """The bot's threads in a channel: each parent with its replies."""
        there = self.channel(channel)
        bot = self.stage.slack.team.bot_user_id
        return [(m, there.replies(m.ts)) for m in there.parents if m.user == bot]

    def private(self, person: Person | None = None) -> list[str]:
        """What a person alone was shown, oldest first, as they read it."""
        return [read(answer) for answer in (person or self.dana).answers]

    def direct(self, person: Person | None = None) -> list[str]:
        """What the bot wrote to a person in its own conversation with them, oldest first."""
        own = self.stage.slack.team.conversation_with((person or self.dana).id)
        return [read(message) for message in own.messages]


async def until(happened: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.005)


def read(shown: SlackMessage | PrivateAnswer) -> str:
    """What a message or an answer says to whoever sees it."""
    attachments = shown.attachments if isinstance(shown, SlackMessage) else []
    footer = tuple(block for one in attachments for block in one["blocks"])
    return as_text(Message(shown.text, tuple(shown.blocks), footer))


@asynccontextmanager
async def open_world(
    folder: Path, *, database_url: str | None = None, **settings: str
) -> AsyncIterator[World]:
    """Set everything up, with a database in a folder unless another is named."""
    clock = ManualClock()
    async with (
        open_stage(clock) as stage,
        start_bot(folder, stage, clock, database_url=database_url, **settings) as world,
    ):
        yield world


@asynccontextmanager
async def start_bot(
    folder: Path,
    stage: Stage,
    clock: ManualClock,
    *,
    database_url: str | None = None,
    **settings: str,
) -> AsyncIterator[World]:
    """Start a bot between stand-ins that are there; the same folder again is a restart."""
    database_url = database_url or f"sqlite:///{folder / 'bot.db'}"
    served_with = stage.settings(database_url, **settings)
    async with (
        searched(stage, database_url, folder / "bot.log"),
        serve_bot(served_with, now=clock, sleep=clock.sleep) as served,
    ):
        yield World(stage, served, clock)
