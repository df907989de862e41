"""What came of a storm: who asked for what, and what stands in Slack for it."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.demo.fake_slack import Team
from bot.errors import SendUnconfirmed
from bot.messages.sentences import sentence_for

NAME = "meeting-"
"""What every meeting's name begins with; nothing else in a thread does."""

_SOON = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Row:
    """What the bot wrote down of one delivery."""

    id: str
    session: str
    state: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Notes:
    """The bot's own database, read from outside while the bot is at work, or dead."""

    path: Path

    def rows(self) -> list[Row]:
        """All deliveries; none before there is a database."""
        found = self._ask("SELECT id, session, state, reason FROM deliveries")
        return [
            Row(str(delivery), str(session), str(state), reason and str(reason))
            for delivery, session, state, reason in found
        ]

    def have_ended(self, count: int) -> bool:
        """Whether that many deliveries are stored and none has anything left to do."""
        soon = (datetime.now(UTC) + _SOON).replace(tzinfo=None).isoformat(sep=" ")
        query = "SELECT COUNT(*), COALESCE(SUM(run_at < ?), 0) FROM deliveries"
        return self._ask(query, soon) == [(count, 0)]

    def _ask(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        try:
            with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as database:
                return database.execute(query, values).fetchall()
        except sqlite3.OperationalError:
            return []


@dataclass(slots=True, kw_only=True)
class Tally:
    """What stands in Slack at the end, counted by what people read, not by what the bot knows."""

    asked: int
    kills: int
    seconds: float
    acks_missed: int
    look_ups: int
    ended: bool
    posted: int = 0
    unsure: int = 0
    reports: int = 0
    incomplete: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    unreported: list[str] = field(default_factory=list)
    otherwise: list[str] = field(default_factory=list)

    @property
    def losses(self) -> Iterator[str]:
        """What must not be, whatever the bot may see of the history."""
        if not self.ended:
            yield "the deliveries had not ended in time"
        if self.posted + self.unsure != self.asked:
            yield f"{self.asked} were asked for, {self.posted + self.unsure} came to a right end"
        for what, which in (
            ("posted twice", self.twice),
            ("posted in part", self.incomplete),
            ("unsure, and its asker not told", self.unreported),
            ("ended otherwise", self.otherwise),
        ):
            if which:
                yield f"{what}: {', '.join(which)}"

    def lines(self) -> Iterator[str]:
        """The counts, to be printed."""
        yield (
            f"  {self.asked} asked for, {self.posted} posted, {self.unsure} unsure, "
            f"{self.reports} private answers about those, {len(self.twice)} posted twice"
        )
        yield (
            f"  {self.kills} kills, {self.acks_missed} commands typed again, "
            f"{self.look_ups} look-ups in histories, {self.seconds:.0f} s"
        )


def count(tally: Tally, team: Team, meetings: Mapping[str, str], rows: list[Row]) -> None:
    """Fill a tally in: `meetings` leads from sessions to what their threads alone contain."""
    parents, replies = _threads(team)
    unconfirmed = sentence_for(SendUnconfirmed).happened
    told = [text for text in map(_text, (a.blocks for a in team.answers)) if unconfirmed in text]
    for row in rows:
        name = meetings[row.session]
        seen = (parents[name], replies[name])
        if max(seen) > 1:
            tally.twice.append(f"{name} {seen}")
        if row.state == "posted":
            tally.posted += 1
            if min(seen) < 1:
                tally.incomplete.append(name)
        elif row.state == "failed" and row.reason == SendUnconfirmed.reason:
            reports = sum(row.id in text for text in told)
            tally.unsure += 1
            tally.reports += reports
            if not reports:
                tally.unreported.append(name)
        else:
            tally.otherwise.append(f"{name} {row.state} {row.reason}")


def _threads(team: Team) -> tuple[Counter[str], Counter[str]]:
    """How often each meeting is a parent, and how often its summary is a reply to its own parent.

    A reply anywhere else is counted as two, since nobody would find it.
    """
    parents: Counter[str] = Counter()
    replies: Counter[str] = Counter()
    for channel in team.channels.values():
        for message in channel.messages:
            if message.thread_ts is None:
                parents[_name(message.blocks)] += 1
                continue
            above = channel.find(message.thread_ts)
            own = above is not None and _name(above.blocks) == _name(message.blocks)
            replies[_name(message.blocks)] += 1 if own else 2
    return parents, replies


def _name(blocks: Iterable[Mapping[str, object]]) -> str:
    parts = _text(blocks).split('"')
    return next(part for part in parts if part.startswith(NAME)).split()[0]


def _text(blocks: Iterable[Mapping[str, object]]) -> str:
    return json.dumps(list(blocks))
