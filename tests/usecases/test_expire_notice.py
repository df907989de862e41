"""The notice changes when the expiry has passed."""

from __future__ import annotations

from bot.domain.ids import MessageTs
from bot.messages import summary as thread
from bot.usecases.expire_notice import ExpireNotice
from tests.deliveries import a_delivery
from tests.fakes import CHANNEL, FakePoster, FakeWorkspaces


async def test_the_notice_of_a_post_is_replaced() -> None:
    """The message that carries it keeps its words and loses its button."""
    poster = FakePoster()
    expire = ExpireNotice(FakeWorkspaces(), lambda _: poster)

    await expire(a_delivery(notice_ts=MessageTs("1700000000.000002")))

    assert poster.footers == [(CHANNEL, MessageTs("1700000000.000002"), thread.expired_notice())]


async def test_a_delivery_without_a_notice_changes_nothing() -> None:
    """There is nothing to edit where nothing was posted."""
    poster = FakePoster()

    await ExpireNotice(FakeWorkspaces(), lambda _: poster)(a_delivery())

    assert poster.footers == []
