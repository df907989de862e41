"""A make-believe Slack in this process, and a caller of its methods."""

from __future__ import annotations

import pytest

from bot.demo.fake_slack import FakeSlack
from tests.clock import ManualClock
from tests.demo.fake_slack.calling import ADA, CHANNEL, Caller


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still."""
    return ManualClock()


@pytest.fixture
def slack(clock: ManualClock) -> FakeSlack:
    """A Slack with one person and one channel that the bot is in."""
    fake = FakeSlack(clock)
    fake.url = "http://127.0.0.1"
    fake.team.add_user(ADA, "ada")
    fake.team.add_channel(CHANNEL, "general", members=(ADA,))
    return fake


@pytest.fixture
def call(slack: FakeSlack) -> Caller:
    """Calls methods with the workspace's token."""
    return Caller(slack)
