"""The bot is told of meetings: by RealtimeKit's webhooks, and by people."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.demo.fake_realtimekit import payloads
from bot.demo.stage import APP_NAME, ASKER, Stage
from bot.domain.ids import AppId, SessionId
from bot.messages import replies
from tests.chaos.ledger import NAME
from tests.chaos.notes import Key
from tests.chaos.town import ASKED_APP, PUBLIC_URL, Home, ask

SENT_AGAIN_AFTER = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 16.0, 16.0)
"""Seconds between RealtimeKit's tries. It publishes no schedule: these outlast a start."""

TWINS = 0.1
"""The share of events that come twice."""

ASKED_FOR_TOO = 0.1
"""The share of meetings that a person asks for while they post themselves."""

_YES = replies.fetching().text
"""What the bot says when it promises a post; anything else is an apology."""


@dataclass
class Telling:
    """Tells of meetings, at the doors in turn."""

    stage: Stage
    doors: Sequence[str]
    chance: random.Random
    written_within: float
    """Seconds until a summary is written, at the most."""
    never_told: float
    """The share of summaries that no event tells of; the end of their meeting was told."""
    names: dict[str, str] = field(default_factory=dict)
    """What each session's meeting is called."""
    promised: dict[Key, float] = field(default_factory=dict)
    """What the bot said yes to, and when it could post it; seconds since 1970."""
    sent_again: int = 0
    given_up: int = 0
    acks_missed: int = 0

    def __post_init__(self) -> None:
        """Begin at the first door."""
        self._turns: Iterator[str] = itertools.cycle(self.doors)

    async def meetings(self, homes: Sequence[Home], count: int, within: float) -> None:
        """Hold so many meetings, spread evenly over the workspaces and by chance over the time."""
        async with asyncio.TaskGroup() as tasks:
            for home in itertools.islice(itertools.cycle(homes), count):
                tasks.create_task(self._hold(home, self.chance.uniform(0, within)))

    async def commands(self, homes: Sequence[Home], count: int, within: float) -> None:
        """Have people ask for so many other meetings."""
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
            clients = [
                await stack.enter_async_context(httpx.AsyncClient(base_url=door, trust_env=False))
                for door in self.doors
            ]
            turns = zip(itertools.cycle(homes), itertools.cycle(clients), strict=False)
            for home, http in itertools.islice(turns, count):
                at = self.chance.uniform(0, within)
                tasks.create_task(self._ask(home, http, at, self.chance.choice(home.channels)))

    async def _hold(self, home: Home, at: float) -> None:
        """A meeting ends, its summary is written, and RealtimeKit tells of both."""
        writing = self.chance.uniform(0, self.written_within)
        is_told = self.chance.random() >= self.never_told
        channel = self.chance.choice(home.channels) if self.chance.random() < ASKED_FOR_TOO else ""
        await asyncio.sleep(at)
        session = self._meet(home.app)
        events = self.stage.kit.events
        ended = await self._tell(home, events.ended(session))
        await asyncio.sleep(writing)
        self._write(session)
        if channel:
            asking = asyncio.create_task(self._ask_once(home, session, channel))
        told = is_told and await self._tell(home, events.summary(session))
        if channel:
            await asking
        if ended or told:
            for each in home.channels:
                self.promised[home.team.id, each, session] = time.time()

    async def _ask_once(self, home: Home, session: SessionId, channel: str) -> None:
        """Somebody is too impatient to wait for what posts itself."""
        async with httpx.AsyncClient(base_url=next(self._turns), trust_env=False) as http:
            dana = self.stage.slack.person(ASKER, http, team=home.team)
            await ask(dana, f"{APP_NAME} {session}", channel)

    async def _ask(self, home: Home, http: httpx.AsyncClient, at: float, channel: str) -> None:
        """Type a command once; Slack does not send commands again."""
        await asyncio.sleep(at)
        session = self._meet(home.asked_app)
        self._write(session)
        dana = self.stage.slack.person(ASKER, http, team=home.team)
        if await ask(dana, f"{ASKED_APP} {session}", channel) == _YES:
            self.promised[home.team.id, channel, session] = time.time()
        else:
            self.acks_missed += 1

    def _meet(self, app: AppId) -> SessionId:
        name = f"{NAME}{len(self.names):04}"
        session: SessionId = self.stage.kit.state.add_session(app, title=name)
        self.names[session] = name
        return session

    def _write(self, session: SessionId) -> None:
        text = f"## Decisions\n\n- {self.names[session]} was worth it."
        self.stage.kit.state.add_summary(session, text)

    async def _tell(self, home: Home, content: Mapping[str, Any]) -> bool:
        """Post an event, now and then twice; whether it was taken."""
        tries = [self._send(home, content)]
        if self.chance.random() < TWINS:
            tries.append(self._send(home, content))
        return any(await asyncio.gather(*tries))

    async def _send(self, home: Home, content: Mapping[str, Any]) -> bool:
        """Post an event until it is taken or given up."""
        events, body = self.stage.kit.events, payloads.encode(content)
        (webhook,) = self.stage.kit.state.webhooks_of(home.app)
        path = webhook.url.removeprefix(PUBLIC_URL)
        for pause in (*SENT_AGAIN_AFTER, None):
            headers = events.headers(body, webhook=webhook.id)
            attempt = await events.post(f"{next(self._turns)}{path}", body, headers)
            if attempt.is_taken:
                return True
            assert attempt.is_retried, f"{attempt.event} was refused with {attempt.status}"
            if pause is not None:
                self.sent_again += 1
                await asyncio.sleep(pause)
        self.given_up += 1
        return False
