"""Installing: begun here, agreed to at Slack, finished here."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bot.domain.installation import NewInstallation
from bot.errors import SlackRefused, SlackUnavailable, StateUnknown
from bot.usecases.install import Install, Installed, new_state
from bot.usecases.installation_ports import BotAccount
from tests.clock import ManualClock
from tests.installing import FakeInstallations, FakeOAuth, FakeStates, a_grant


@dataclass
class Place:
    """The use case and what stands behind it."""

    oauth: FakeOAuth = field(default_factory=FakeOAuth)
    installations: FakeInstallations = field(default_factory=FakeInstallations)
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        """Build the use case."""
        self.install = Install(
            states=FakeStates(),
            oauth=self.oauth,
            installations=self.installations,
            now=self.clock,
        )


@pytest.mark.parametrize("is_connected", [False, True])
async def test_stores_what_was_granted(*, is_connected: bool) -> None:
    """With what only the token could tell; and says whether Cloudflare is connected already."""
    place = Place(installations=FakeInstallations(is_connected=is_connected))
    state = await place.install.begin()
    place.clock.advance(minutes=9)

    installed = await place.install.finish(state, "a code")

    assert installed == Installed(grant=a_grant(), is_connected=is_connected)
    assert place.oauth.codes == ["a code"]
    assert place.installations.stored == [
        NewInstallation(
            grant=a_grant(), url="https://acme.slack.com/", bot_id="B0BOT", at=place.clock()
        )
    ]


@pytest.mark.parametrize("way", ["never begun", "too late", "used", "cancelled"])
async def test_a_state_works_once_and_for_ten_minutes(way: str) -> None:
    """Otherwise Slack is not even asked."""
    place = Place()
    state = await place.install.begin()
    if way == "never begun":
        state = new_state()
    elif way == "too late":
        place.clock.advance(minutes=10)
    elif way == "used":
        await place.install.finish(state, "a code")
        place.oauth.codes.clear()
        place.installations.stored.clear()
    else:
        await place.install.cancel(state)

    with pytest.raises(StateUnknown):
        await place.install.finish(state, "another code")

    assert place.oauth.codes == []
    assert place.installations.stored == []


@pytest.mark.parametrize(
    "oauth",
    [
        FakeOAuth(granted=SlackRefused("invalid_code")),
        FakeOAuth(account_of=SlackUnavailable("timeout")),
        FakeOAuth(account_of=BotAccount("https://acme.slack.com/", "B0BOT", "U0ANOTHER")),
    ],
    ids=["no grant", "nobody answers", "another bot's token"],
)
async def test_what_fails_on_the_way_stores_nothing(oauth: FakeOAuth) -> None:
    """Half an installation would be one that cannot link to its messages."""
    place = Place(oauth=oauth)
    state = await place.install.begin()

    with pytest.raises((SlackRefused, SlackUnavailable)):
        await place.install.finish(state, "a code")

    assert place.installations.stored == []


def test_states_cannot_be_guessed() -> None:
    """Each is another one, of 256 random bits."""
    assert len({new_state() for _ in range(50)}) == 50
    assert len(new_state()) == 43
