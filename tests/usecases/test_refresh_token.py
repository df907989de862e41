"""Refreshing a bot token: once, and in time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.domain.installation import BotToken
from bot.errors import (
    AppMisconfigured,
    InstallationBroken,
    SlackBusy,
    SlackError,
    SlackUnavailable,
)
from bot.usecases.refresh_token import RefreshToken
from tests.clock import ManualClock
from tests.fakes import NOON, WORKSPACE
from tests.installing import FakeBotTokens, FakeOAuth, a_rotated_token

OLD = a_rotated_token(1)
NEW = a_rotated_token(2, expires_at=NOON + timedelta(hours=30))
DUE, DEAD = timedelta(hours=11), timedelta(hours=13)


@dataclass
class Place:
    """The use case and what stands behind it."""

    oauth: FakeOAuth = field(default_factory=lambda: FakeOAuth(refreshed=NEW))
    tokens: FakeBotTokens = field(default_factory=FakeBotTokens)
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        """Build the use case."""
        self.refresh = RefreshToken(
            tokens=self.tokens, oauth=self.oauth, now=self.clock, sleep=self.clock.sleep
        )

    async def get(self, after: timedelta = timedelta(), known: BotToken = OLD) -> BotToken:
        """The token, some time later."""
        self.clock.moment += after
        return await self.refresh(WORKSPACE, known)


@pytest.mark.parametrize("after", [DUE, DEAD])
async def test_a_due_token_is_refreshed_and_stored(after: timedelta) -> None:
    """With the refresh token it came with, and the turn is free again."""
    place = Place()

    token = await place.get(after)

    assert token == place.tokens.token == NEW
    assert place.oauth.used == [OLD.refresh_token]
    assert place.tokens.holder is None


async def test_one_that_was_refreshed_meanwhile_is_taken_as_it_is() -> None:
    """What is stored counts, not what the caller has known."""
    place = Place(tokens=FakeBotTokens(token=NEW))

    assert await place.get(DUE) == NEW
    assert place.oauth.used == []


async def test_who_has_the_turn_looks_again() -> None:
    """Another process may have refreshed it between the look and the turn."""
    place = Place()

    class Meanwhile(FakeBotTokens):
        async def get(self, workspace: object) -> BotToken:
            token, self.token = self.token, NEW
            assert token is not None
            return token

    place.tokens = Meanwhile()
    place.__post_init__()

    assert await place.get(DUE) == NEW
    assert place.oauth.used == []
    assert place.tokens.holder is None


async def test_while_another_refreshes_the_old_one_serves() -> None:
    """As long as it lives, nobody waits."""
    place = Place(tokens=FakeBotTokens(holder="another"))

    assert await place.get(DUE) == OLD
    assert place.oauth.used == []
    assert place.clock.slept == []


async def test_a_dead_one_is_waited_for() -> None:
    """Until the other one has stored what it got."""
    place = Place(tokens=FakeBotTokens(holder="another", becomes={4: NEW}))

    assert await place.get(DEAD) == NEW
    assert place.oauth.used == []
    assert len(place.clock.slept) == 3


async def test_waiting_has_an_end() -> None:
    """The other one may have died; whoever waited can try again."""
    place = Place(tokens=FakeBotTokens(holder="another"))

    with pytest.raises(SlackUnavailable):
        await place.get(DEAD)

    assert sum(place.clock.slept) == pytest.approx(15, abs=1)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (SlackUnavailable("timeout"), 10),
        (AppMisconfigured("bad_client_secret"), 10),
        (SlackBusy("ratelimited", retry_after=30), 30),
    ],
)
async def test_when_slack_cannot_be_asked_the_old_one_serves(
    error: SlackError, seconds: float
) -> None:
    """And nobody asks again at once."""
    place = Place(oauth=FakeOAuth(refreshed=error))

    first, second = await place.get(DUE), await place.get(timedelta(seconds=seconds - 1))
    place.oauth.refreshed = NEW
    third = await place.get(timedelta(seconds=1))

    assert (first, second, third) == (OLD, OLD, NEW)
    assert len(place.oauth.used) == 2


async def test_a_dead_one_and_slack_away_is_an_error_that_may_pass() -> None:
    """It is tried again with the next request, however soon that comes."""
    place = Place(oauth=FakeOAuth(refreshed=SlackUnavailable("timeout")))

    with pytest.raises(SlackUnavailable):
        await place.get(DEAD)
    place.oauth.refreshed = NEW

    assert await place.get() == NEW


async def test_a_refused_one_serves_to_its_end_and_is_not_asked_about_again() -> None:
    """Then the app must be installed again."""
    place = Place(oauth=FakeOAuth(refreshed=InstallationBroken("invalid_refresh_token")))

    before = await place.get(DUE)
    again = await place.get(timedelta(seconds=30))
    with pytest.raises(InstallationBroken):
        await place.get(timedelta(hours=2))

    assert before.value == again.value == OLD.value
    assert place.oauth.used == [OLD.refresh_token]


async def test_a_dead_one_that_is_refused_is_broken() -> None:
    """There is nothing to go on with."""
    place = Place(oauth=FakeOAuth(refreshed=InstallationBroken("invalid_refresh_token")))

    with pytest.raises(InstallationBroken):
        await place.get(DEAD)


@pytest.mark.parametrize("refused", [False, True])
async def test_a_new_installation_is_never_overwritten(*, refused: bool) -> None:
    """It came while Slack was asked: what it stored counts."""
    installed = a_rotated_token(7, expires_at=NOON + timedelta(hours=40))
    place = Place()

    class Meanwhile(FakeOAuth):
        async def refresh(self, refresh_token: str) -> BotToken:
            place.tokens.token = installed
            return await super().refresh(refresh_token)

    answer = InstallationBroken("token_revoked") if refused else NEW
    place.oauth = Meanwhile(refreshed=answer)
    place.__post_init__()

    assert await place.get(DUE) == installed
    assert place.tokens.token == installed


class SlowOAuth(FakeOAuth):
    """A Slack that answers when it is told to."""

    def __init__(self) -> None:
        super().__init__(refreshed=NEW)
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def refresh(self, refresh_token: str) -> BotToken:
        """Wait for leave."""
        self.asked.set()
        await self.may_answer.wait()
        return await super().refresh(refresh_token)


async def test_who_gives_up_does_not_stop_the_refresh() -> None:
    """Slack's answer comes once: it is stored although nobody waits for it any more."""
    slow = SlowOAuth()
    place = Place(oauth=slow)
    waiting = asyncio.create_task(place.get(DUE))
    await slow.asked.wait()

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    slow.may_answer.set()
    await place.refresh.drain()

    assert place.tokens.token == NEW


async def test_one_process_asks_once() -> None:
    """Those with a dead token wait for the same answer; those with a living one do not wait."""
    slow = SlowOAuth()
    place = Place(oauth=slow)
    waiting = [asyncio.create_task(place.get(known=OLD)) for _ in range(3)]
    place.clock.moment += DEAD
    await slow.asked.wait()
    async with asyncio.timeout(5):
        living = await place.get(known=NEW)
    slow.may_answer.set()

    assert living == NEW
    assert await asyncio.gather(*waiting) == [NEW] * 3
    assert len(slow.used) == 1
