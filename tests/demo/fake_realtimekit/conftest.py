"""A make-believe RealtimeKit with one app."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.demo.fake_realtimekit import FakeRealtimeKit, Token
from bot.domain.ids import AppId
from tests.clock import ManualClock
from tests.demo.fake_realtimekit.calling import NOWHERE, TOKEN, Caller


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still."""
    return ManualClock()


@pytest.fixture
def kit(clock: ManualClock) -> FakeRealtimeKit:
    """A service with one account and one app."""
    fake = FakeRealtimeKit(now=clock)
    fake.url = NOWHERE
    fake.state.add_app(fake.state.add_account(Token(value=TOKEN)), "standups")
    return fake


@pytest.fixture
def app(kit: FakeRealtimeKit) -> AppId:
    """The app."""
    [app] = kit.state.apps
    return app


@pytest.fixture
async def call(kit: FakeRealtimeKit, app: AppId) -> AsyncIterator[Caller]:
    """Calls the app's endpoints with the account's token."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(kit), base_url=NOWHERE) as http:
        yield Caller(kit, app, http)
