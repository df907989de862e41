"""What happens in the demo: each scene is somebody's wish and what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.demo import meetings
from bot.demo.fake_slack import Channel
from bot.demo.fake_slack.person import Person
from bot.demo.screen import Screen
from bot.demo.stage import APP_NAME, CHANNEL, Served, Stage
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import ChannelId, SessionId

PATIENCE = 60.0
"""Seconds after which a scene that does not come to its end is a fault of ours."""


class StageClock:
    """The present moment of the demo: it runs, and can be moved on so that nobody has to wait."""

    def __init__(self) -> None:
        """Begin with the real time."""
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC) + self._ahead

    def move_on(self, span: timedelta) -> None:
        """Let that much time pass at once."""
        self._ahead += span


@dataclass(frozen=True, slots=True)
class Scenes:
    """The scenes, with everything they are played on."""

    stage: Stage
    served: Served
    clock: StageClock
    screen: Screen
    dana: Person

    async def play(self) -> None:
        """Play them all, one after another. Raises `TimeoutError` when one does not end."""
        async with asyncio.timeout(PATIENCE):
            await self.a_summary()
            await self.a_mistake()
            await self.a_summary_that_takes_a_while()
            await self.a_summary_that_posts_itself()

    async def a_summary(self) -> None:
        """Somebody asks for a meeting's summary and gets it as a thread."""
        session = self._meeting(meetings.WEEKLY_PLANNING_TITLE, timedelta(minutes=52))
        self.stage.kit.state.add_summary(session, meetings.WEEKLY_PLANNING)
        self.screen.title("A summary, asked for after the meeting")
        await self._ask(session)
        await self._until(lambda d: d.state is DeliveryState.POSTED, session)
        self.screen.thread(self._channel, self._channel.parents[-1])

    async def a_mistake(self) -> None:
        """Somebody pastes an id that leads nowhere."""
        self.screen.title("A session that does not exist")
        session = SessionId("00000000-0000-4000-8000-000000000000")
        seen = len(self.dana.answers)
        await self._ask(session)
        await self._until(lambda d: d.told is DeliveryState.FAILED, session)
        self._show_answers(seen + 1)

    async def a_summary_that_takes_a_while(self) -> None:
        """Somebody asks right after the meeting, before there is a summary."""
        session = self._meeting(meetings.RETROSPECTIVE_TITLE, timedelta(minutes=25))
        self.screen.title("Asked for too early")
        seen = len(self.dana.answers)
        await self._ask(session)
        waiting = await self._until(lambda d: d.told is DeliveryState.WAITING, session)
        self._show_answers(seen + 1)
        self.stage.kit.state.add_summary(session, meetings.RETROSPECTIVE)
        self.clock.move_on(timedelta(minutes=2))
        self.screen.remark("Two minutes later the summary is there:")
        await self.served.bot.worker.look(waiting.id)
        await self._until(lambda d: d.state is DeliveryState.POSTED, session)
        self.screen.thread(self._channel, self._channel.parents[-1])

    async def a_summary_that_posts_itself(self) -> None:
        """A channel subscribes; when a meeting ends, its summary appears without anybody asking."""
        bot = self.stage.slack.team.bot_user_id
        self.screen.title("Summaries that post themselves")
        self.screen.typed(self.dana, "/invite @meeting-summary", self._channel)
        self._channel.members.add(bot)
        seen = len(self.dana.answers)
        await self._type(f"subscribe {APP_NAME}")
        while len(self.dana.answers) == seen:  # noqa: ASYNC110 - it comes after the checks
            await asyncio.sleep(0.02)
        self._show_answers(seen)
        self.clock.move_on(timedelta(minutes=31))
        session = self._meeting(meetings.DESIGN_REVIEW_TITLE, timedelta(minutes=30))
        self.screen.remark("Later a meeting ends, and RealtimeKit tells the bot of it:")
        await self.stage.kit.events.meeting_ended(session)
        self.stage.kit.state.add_summary(session, meetings.DESIGN_REVIEW)
        await self.stage.kit.events.summary_ready(session)
        await self._until(lambda d: d.state is DeliveryState.POSTED, session)
        self.screen.thread(self._channel, self._channel.parents[-1])

    @property
    def _channel(self) -> Channel:
        return self.stage.slack.team.channels[CHANNEL]

    def _meeting(self, title: str, lasted: timedelta) -> SessionId:
        return self.stage.kit.state.add_session(
            self.stage.app, title=title, started_at=self.clock() - lasted, lasted=lasted
        )

    async def _ask(self, session: SessionId) -> None:
        seen = len(self.dana.answers)
        await self._type(f"{APP_NAME} {session}")
        self._show_answers(seen)

    async def _type(self, line: str) -> None:
        self.screen.typed(self.dana, f"/meeting-summary {line}", self._channel)
        await self.dana.command(line, CHANNEL)

    def _show_answers(self, seen: int) -> None:
        for answer in self.dana.answers[seen:]:
            self.screen.private(self.dana, answer)

    async def _until(self, reached: Callable[[Delivery], bool], session: SessionId) -> Delivery:
        bot = self.served.bot
        while True:
            delivery = await bot.deliveries.latest(bot.who.id, ChannelId(CHANNEL), session)
            if delivery is not None and reached(delivery):
                return delivery
            await asyncio.sleep(0.02)
