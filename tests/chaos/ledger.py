"""What came of it all: who was promised what, and what stands in Slack for it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.demo.fake_slack import Team
from bot.demo.fake_slack.state import Message
from bot.errors import SendUnconfirmed
from bot.messages.sentences import sentence_for
from tests.chaos.notes import Key, Row

NAME = "meeting-"
"""What every meeting's name begins with; nothing else in a thread does."""


@dataclass(slots=True)
class Verdict:
    """What stands in Slack at the end, counted by what people read, not by what the bot knows."""

    promised: int
    posted: int = 0
    unsure: int = 0
    reports: int = 0
    beside: int = 0
    """What is posted though nobody was promised it: the promise was made, its answer lost."""
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    unreported: list[str] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)

    @property
    def faults(self) -> Iterator[str]:
        """What must not be, whatever the bot may see of the history."""
        for what, which in (
            ("lost", self.lost),
            ("posted twice", self.twice),
            ("posted in part", self.incomplete),
            ("unsure, and its asker not told", self.unreported),
            ("posted where it was not wanted", self.astray),
        ):
            if which:
                yield f"{what}: {', '.join(which)}"


def judge(
    promised: Iterable[Key], names: Mapping[str, str], teams: Iterable[Team], rows: Sequence[Row]
) -> Verdict:
    """Compare what was promised with what people read.

    Args:
        promised: what the bot said yes to.
        names: the meeting's name of each session.
        teams: the workspaces as they stand.
        rows: what the bot wrote down, which excuses what is not posted.
    """
    wanted, teams = set(promised), list(teams)
    threads, told = _Threads(teams, names, rows), _told(teams)
    verdict = Verdict(len(wanted))
    known = {row.key: row for row in rows}
    for key in sorted(wanted | known.keys()):
        seen, name = threads.seen(key), " ".join((*key[:2], names[key[2]]))
        if max(seen) > 1:
            verdict.twice.append(f"{name} {seen}")
        if min(seen) == 1 and key not in wanted:
            verdict.beside += 1
        if key in wanted:
            _judge_one(verdict, name, known.get(key), min(seen), told)
    verdict.astray += threads.outside(known.keys())
    return verdict


def _judge_one(
    verdict: Verdict, name: str, row: Row | None, seen: int, told: Sequence[str]
) -> None:
    if row is None:
        verdict.lost.append(f"{name} was not stored")
    elif row.state == "posted":
        verdict.posted += 1
        if seen < 1:
            verdict.incomplete.append(name)
    elif row.state == "failed" and row.reason == SendUnconfirmed.reason:
        reports = sum(row.id in text for text in told)
        verdict.unsure += 1
        verdict.reports += reports
        if row.has_asker and not reports:
            verdict.unreported.append(name)
    else:
        verdict.lost.append(f"{name} is {row.state} {row.reason or ''}".strip())


def _told(teams: Iterable[Team]) -> Sequence[str]:
    """What people alone were told of deliveries that may or may not have been posted."""
    unconfirmed = sentence_for(SendUnconfirmed).happened
    shown = (_text(answer.blocks) for team in teams for answer in team.answers)
    return [text for text in shown if unconfirmed in text]


class _Threads:
    """How often each meeting is a parent, and how often its summary is a reply to its own parent.

    A reply anywhere else is counted as two, since nobody would find it.
    """

    def __init__(
        self, teams: Iterable[Team], names: Mapping[str, str], rows: Iterable[Row]
    ) -> None:
        self._names = names
        self._of_delivery = {row.id: names[row.key[2]] for row in rows}
        self._parents: Counter[Key] = Counter()
        self._replies: Counter[Key] = Counter()
        for team in teams:
            for channel in team.channels.values():
                by_ts = {message.ts: message for message in channel.messages}
                for message in channel.messages:
                    self._count(team.id, channel.id, message, by_ts.get(message.thread_ts or ""))

    def seen(self, key: Key) -> tuple[int, int]:
        """How many parents and how many replies one delivery has."""
        place = (*key[:2], self._names[key[2]])
        return self._parents[place], self._replies[place]

    def outside(self, keys: Iterable[Key]) -> list[str]:
        """What stands where no delivery put it."""
        places = {(*key[:2], self._names[key[2]]) for key in keys}
        return [" ".join(place) for place in self._parents | self._replies if place not in places]

    def _count(self, team: str, channel: str, message: Message, above: Message | None) -> None:
        place = (team, channel, self._name(message))
        if message.thread_ts is None:
            self._parents[place] += 1
        else:
            own = above is not None and self._name(above) == self._name(message)
            self._replies[place] += 1 if own else 2

    def _name(self, message: Message) -> str:
        """The meeting's name as it is read; a parent without a title has one in the metadata."""
        words = _text(message.blocks).replace('"', " ").split()
        named = next((word for word in words if word.startswith(NAME)), None)
        about = message.metadata.get("event_payload", {}).get("delivery_id", "")
        return named or self._of_delivery.get(about, "nothing known")


def _text(blocks: Iterable[Mapping[str, object]]) -> str:
    return json.dumps(list(blocks))
