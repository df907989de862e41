"""Five hundred meetings of fifty companies end in the same minute: how long until all are posted.

Their summaries are told of within ten seconds, so that every channel has more to post than it
takes. What is dictated is what Slack's one message a second and channel leaves to the best bot
there could be: it begins with a summary as soon as that was told of, and the stand-ins have
answered about it.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.connections import utc_now
from bot.demo.fake_slack import Channel
from bot.demo.stage import Stage, open_stage
from bot.domain.ids import SessionId, WorkspaceId
from tests.bench.crowd import Company, any_number, databases, gather, settle_in, until
from tests.bench.figures import Figure
from tests.bench.load import PACED_AFTER, paced, send_all, signed_event

COMPANIES = 50
MEETINGS = 10  # of each company
ANSWERS_TAKE = 0.1  # seconds
BETWEEN_MESSAGES = 1.0  # seconds
GOAL = 1.1
EVERY = 0.02  # seconds between two events
UNAVOIDABLE = 3 * ANSWERS_TAKE
"""Seconds for what must come one after another: the link, the download, the parent."""

_PATIENCE = 180.0  # seconds
_MORE = 3.0  # seconds in which something might come twice


async def measure_minute(folder: Path) -> list[Figure]:
    """Measure on both databases, and count what is lost and what comes twice."""
    figures = []
    for name, url in (await databases(folder)).items():
        async with open_stage(utc_now) as stage:
            stage.slack.latency = stage.kit.latency = ANSWERS_TAKE
            figures += await _measured(stage, name, url, folder / f"{name}.log")
    return figures


async def _measured(stage: Stage, name: str, database_url: str, log: Path) -> list[Figure]:
    companies = gather(stage, COMPANIES)
    doors = await settle_in(database_url, companies, at=utc_now())
    process = any_number(stage, database_url, log)
    await process.start()
    try:
        meetings = [
            (company, company.meet(stage)) for _ in range(MEETINGS) for company in companies
        ]
        await send_all(process.port, _events(stage, doors, meetings, "ended"), connections=4)
        told = _events(stage, doors, meetings, "summary")
        began = time.time() + PACED_AFTER
        await paced(process.port, every=EVERY, count=len(told), request=told.__getitem__)

        channels = [company.channel for company in companies]
        await until(lambda: _messages(channels) >= 2 * len(meetings), within=_PATIENCE)
        await asyncio.sleep(_MORE)
    finally:
        await process.stop()
    return _figures(name, began, channels, [session for _, session in meetings])


def _events(
    stage: Stage,
    doors: Mapping[WorkspaceId, str],
    meetings: Sequence[tuple[Company, SessionId]],
    kind: str,
) -> list[bytes]:
    events = stage.kit.events
    tell = events.ended if kind == "ended" else events.summary
    return [
        signed_event(stage.kit, doors[company.home.id], tell(session))
        for company, session in meetings
    ]


def _messages(channels: Sequence[Channel]) -> int:
    return sum(len(channel.messages) for channel in channels)


def _figures(
    name: str, began: float, channels: Sequence[Channel], sessions: Sequence[SessionId]
) -> list[Figure]:
    took = max(float(channel.messages[-1].ts) for channel in channels) - began
    dictated = max(_dictated(first * EVERY) for first in range(len(channels)))
    posted = Counter(found for channel in channels for found in _sessions(channel))
    lost = sum(posted[session] == 0 for session in sessions)
    twice = sum(posted[session] > 1 for session in sessions)
    what = f"{len(sessions)} meetings of {len(channels)} workspaces, {name}"
    return [
        Figure(f"{what}, all posted", "s", took, dictated, GOAL),
        Figure(f"{what}, lost", "meetings", lost, 0, 1),
        Figure(f"{what}, posted twice", "meetings", twice, 0, 1),
    ]


def _dictated(first: float) -> float:
    """When the last reply can be there at the earliest in a channel; `first` is its first event."""
    next_at = 0.0
    for meeting in range(MEETINGS):
        told = first + meeting * COMPANIES * EVERY
        next_at = max(next_at, told + UNAVOIDABLE) + 2 * BETWEEN_MESSAGES
    return next_at - BETWEEN_MESSAGES


def _sessions(channel: Channel) -> list[str]:
    """The meetings whose summaries stand in a channel, as often as they do."""
    blocks = json.dumps([message.blocks for message in channel.messages if message.thread_ts])
    return re.findall(r"We ship ([0-9a-f-]{36}) on Thursday", blocks)
