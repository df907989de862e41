"""A served make-believe Slack, and the real way to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest

from bot.demo.fake_slack import Channel, FakeSlack
from bot.demo.serving import serve
from bot.slack.poster import SlackPoster
from bot.slack.sessions import open_session
from bot.slack.web_api import WebApi
from tests.clock import ManualClock
from tests.fakes import ASKER, CHANNEL


@dataclass
class Observations:
    """An `Observe` that remembers."""

    seen: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, name: str, outcome: str, seconds: float) -> None:
        """Write a call's name and outcome down."""
        assert seconds >= 0
        self.seen.append((name, outcome))


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still."""
    return ManualClock()


@pytest.fixture
async def slack(clock: ManualClock) -> AsyncIterator[FakeSlack]:
    """A Slack with one person and one channel that the bot is in."""
    fake = FakeSlack(clock)
    fake.team.add_user(ASKER, "ada")
    fake.team.add_channel(CHANNEL, "general", members=(ASKER,))
    async with serve(fake.app) as fake.url:
        yield fake


@pytest.fixture
def channel(slack: FakeSlack) -> Channel:
    """The channel."""
    return slack.team.channels[CHANNEL]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """The session as the bot opens it."""
    async with open_session() as opened:
        yield opened


@pytest.fixture
def observed() -> Observations:
    """What the poster reported of its calls."""
    return Observations()


@pytest.fixture
def poster(
    slack: FakeSlack, session: aiohttp.ClientSession, observed: Observations, clock: ManualClock
) -> SlackPoster:
    """The poster of the one workspace."""
    return SlackPoster(
        WebApi(
            session,
            token=slack.team.token,
            base_url=slack.api_url,
            now=clock,
            observe=observed,
        )
    )
