"""Whoever made a subscription learns once that it is paused."""

from __future__ import annotations

import pytest

from bot.domain.ids import SubscriptionId
from bot.errors import BotError, InstallationBroken, SendUnconfirmed, SlackUnavailable
from bot.usecases.tell_of_pauses import TellOfPauses
from tests.fakes import ASKER, NOON, FakePoster, FakeWorkspaces
from tests.subscribing import Kept, a_subscription


@pytest.fixture
async def paused(kept: Kept) -> Kept:
    """A paused subscription."""
    await kept.subscriptions.add(a_subscription())
    await kept.subscriptions.pause(SubscriptionId("SUB1"), "token_refused", NOON)
    return kept


async def tell(kept: Kept, poster: FakePoster) -> None:
    """Tell everybody who is to be told."""
    await TellOfPauses(FakeWorkspaces(), lambda _: poster, kept.subscriptions, lambda: NOON)()


async def test_the_maker_is_told_once(paused: Kept) -> None:
    """In the app's own conversation with them."""
    poster = FakePoster()

    await tell(paused, poster)
    await tell(paused, poster)

    assert [user for user, _ in poster.told] == [ASKER]


@pytest.mark.parametrize(
    ("error", "times"),
    [(SlackUnavailable("503"), 1), (SendUnconfirmed("reset"), 0), (InstallationBroken("x"), 0)],
)
async def test_only_what_surely_failed_is_repeated(
    paused: Kept, error: BotError, times: int
) -> None:
    """What may have arrived is not sent twice, and what never will is not tried forever."""
    poster = FakePoster()
    poster.tell_error = error

    await tell(paused, poster)
    poster.tell_error = None
    await tell(paused, poster)

    assert len(poster.told) == times
