"""What the demo's screen shows of a workspace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, timezone
from typing import Any

import httpx
import pytest

from bot.demo.fake_slack import Team
from bot.demo.fake_slack.door import Door
from bot.demo.fake_slack.person import Person
from bot.demo.fake_slack.state import File, Message, PrivateAnswer
from bot.demo.screen import Screen
from tests.fakes import NOON

CHANNEL, DANA = "C0MOBILE", "U0DANA"
BERLIN = timezone(timedelta(hours=1))
AT_NOON = f"{NOON.timestamp():.6f}"


class Shown(list[str]):
    """What was written."""

    @property
    def lines(self) -> list[str]:
        """Line by line, without the empty ones."""
        return [line for line in "".join(self).split("\n") if line]


@pytest.fixture
def team() -> Team:
    """A workspace with a channel and a person in it."""
    team = Team(now=lambda: NOON)
    team.add_user(DANA, "dana")
    team.add_channel(CHANNEL, "mobile-team", members=(DANA,))
    return team


@pytest.fixture
def dana(team: Team) -> Person:
    """Somebody at the screen, who does nothing."""
    door = Door(http=httpx.AsyncClient(), signing_secret="", now=lambda: NOON)
    return Person(id=DANA, team=team, door=door, slack_url="")


@pytest.fixture
def shown() -> Shown:
    """Nothing yet."""
    return Shown()


@pytest.fixture
def screen(team: Team, shown: Shown) -> Screen:
    """A narrow screen, read in Berlin."""
    return Screen(team, shown.append, BERLIN, width=40)


def a_context(text: str) -> dict[str, Any]:
    """A block with a line of small text."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def an_answer(text: str, *blocks: Mapping[str, Any]) -> PrivateAnswer:
    """Something dana alone was shown."""
    return PrivateAnswer(
        user=DANA, channel=CHANNEL, text=text, blocks=blocks, came="ack", ts=AT_NOON
    )


def a_list(text: str) -> dict[str, Any]:
    """A block with a list of one item."""
    item = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    items = {"type": "rich_text_list", "style": "bullet", "indent": 0, "elements": [item]}
    return {"type": "rich_text", "elements": [items]}


def test_a_thread_is_shown_with_its_times_its_notice_and_its_file(
    team: Team, screen: Screen, shown: Shown
) -> None:
    """The reader's own time; what stands in the attachment has a bar; files have a size."""
    parent = Message(
        ts=AT_NOON,
        user="U0BOT",
        text="Weekly planning",
        attachments=[{"blocks": [a_context(f"Asked for by <@{DANA}>")]}],
    )
    file = File(id="F1", name="summary.md", length=3, secret="s", content="né".encode())
    reply = Message(ts="2.0", user="U0BOT", text="All is well", thread_ts=AT_NOON, files=[file])
    channel = team.channels[CHANNEL]
    channel.messages.extend([parent, reply])

    screen.thread(channel, parent)

    assert shown.lines == [
        "  #mobile-team",
        "  meeting-summary  APP  13:00",
        "  │ Asked for by @dana",
        "  └─ 1 reply",
        "     meeting-summary  APP  01:00",
        "     All is well",
        "     [file] summary.md, 3 bytes",
    ]


def test_no_replies_are_counted_too(team: Team, screen: Screen, shown: Shown) -> None:
    """As Slack counts them."""
    channel = team.channels[CHANNEL]
    parent = Message(ts=AT_NOON, user="U0BOT", text="Weekly planning")
    channel.messages.append(parent)

    screen.thread(channel, parent)

    assert shown.lines[-1] == "  └─ 0 replies"


def test_a_private_answer_names_who_sees_it(dana: Person, screen: Screen, shown: Shown) -> None:
    """Names stand for ids; a stranger keeps the id."""
    screen.private(dana, an_answer(f"<#{CHANNEL}> for <@{DANA}> and <@U0ZED>"))

    assert shown.lines == ["  Only dana sees this:", "    #mobile-team for @dana and @U0ZED"]


def test_long_lines_go_on_where_their_text_begins(
    dana: Person, screen: Screen, shown: Shown
) -> None:
    """An item of a list goes on under its first word, a notice behind its bar."""
    words = "one two three four five six seven eight"

    screen.private(dana, an_answer("", a_list(words)))

    assert shown.lines[1:] == [
        "    • one two three four five six seven",
        "      eight",
    ]


def test_a_long_word_is_not_broken(dana: Person, screen: Screen, shown: Shown) -> None:
    """An address must stay one to be clicked."""
    address = "https://example.com/" + "a-b" * 20

    screen.private(dana, an_answer(address))

    assert shown.lines[1:] == [f"    {address}"]


def test_a_command_and_a_scene_are_announced(
    team: Team, dana: Person, screen: Screen, shown: Shown
) -> None:
    """Who types what where, under the scene's title as wide as the screen."""
    screen.title("A summary")
    screen.typed(dana, "/meeting-summary", team.channels[CHANNEL])
    screen.remark("Later:")

    assert shown.lines == [
        "── A summary " + "─" * 26,
        "dana types in #mobile-team:  /meeting-summary",
        "Later:",
    ]
