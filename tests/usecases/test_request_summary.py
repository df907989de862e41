"""A request becomes one promise, however often it is made."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.domain.audience import Consent
from bot.domain.delivery import DeliveryClick, DeliveryState
from bot.domain.ids import ChannelId, DeliveryId, UserId, WorkspaceId
from bot.errors import NotYours
from bot.store.deliveries import SqlDeliveries
from bot.store.tables import deliveries as table
from bot.usecases.request_summary import Asked, RequestSummary, SummaryRequest
from tests.clock import ManualClock
from tests.fakes import APP, ASKER, CHANNEL, NOON, SESSION, WORKSPACE

REQUEST = SummaryRequest(
    workspace=WORKSPACE,
    channel=CHANNEL,
    asker=ASKER,
    app=APP,
    session=SESSION,
    answer_url="https://hooks.slack.com/commands/T0/1/s3cr3t",
)


@pytest.fixture
def request_summary(deliveries: SqlDeliveries, clock: ManualClock) -> RequestSummary:
    """The use case over an empty store."""
    return RequestSummary(deliveries, clock)


def a_click(delivery: DeliveryId, /, **changes: str) -> DeliveryClick:
    """The asker's click in the delivery's channel."""
    here = {"workspace": WORKSPACE, "channel": CHANNEL, "clicker": ASKER, "delivery": delivery}
    return DeliveryClick(**{**here, **changes})  # type: ignore[arg-type]


async def end(deliveries: SqlDeliveries, delivery: DeliveryId, state: DeliveryState) -> None:
    """Let a delivery end."""
    async with deliveries.database.begin() as connection:
        await connection.execute(
            table.update().where(table.c.id == delivery).values(state=state.value)
        )


async def test_a_first_request_is_accepted_and_due_at_once(
    request_summary: RequestSummary, deliveries: SqlDeliveries
) -> None:
    """What was asked is stored, with who asked and how to answer them."""
    asked, delivery = await request_summary(REQUEST)

    stored = await deliveries.get(delivery.id)
    assert asked is Asked.ACCEPTED
    assert stored == delivery
    assert (delivery.asker, delivery.app, delivery.session) == (ASKER, APP, SESSION)
    assert (delivery.run_at, delivery.answer_url) == (NOON, REQUEST.answer_url)


async def test_the_same_request_at_once_is_one_promise(request_summary: RequestSummary) -> None:
    """Two people who ask in the same moment get one post."""
    others = replace(REQUEST, asker=UserId("U0OTHER"))

    outcomes = await asyncio.gather(request_summary(REQUEST), request_summary(others))

    assert sorted(asked for asked, _ in outcomes) == [Asked.ACCEPTED, Asked.UNDERWAY]
    assert len({delivery.id for _, delivery in outcomes}) == 1


async def test_what_was_posted_is_not_posted_again(
    request_summary: RequestSummary, deliveries: SqlDeliveries
) -> None:
    """Asking for what is there leads to it."""
    _, first = await request_summary(REQUEST)
    await end(deliveries, first.id, DeliveryState.POSTED)

    asked, found = await request_summary(REQUEST)

    assert (asked, found.id) == (Asked.POSTED, first.id)


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.SKIPPED])
async def test_what_failed_may_be_asked_for_again(
    request_summary: RequestSummary, deliveries: SqlDeliveries, state: DeliveryState
) -> None:
    """A promise that could not be kept is made anew, to the new asker."""
    _, first = await request_summary(REQUEST)
    await end(deliveries, first.id, state)

    asked, again = await request_summary(replace(REQUEST, asker=UserId("U0OTHER")))

    assert (asked, again.id) == (Asked.ACCEPTED, first.id)
    assert (again.state, again.asker) == (DeliveryState.DUE, "U0OTHER")


async def test_the_same_session_in_another_channel_is_another_promise(
    request_summary: RequestSummary,
) -> None:
    """A promise is kept a channel."""
    _, here = await request_summary(REQUEST)

    asked, there = await request_summary(replace(REQUEST, channel=ChannelId("C0OTHER")))

    assert asked is Asked.ACCEPTED
    assert there.id != here.id


async def test_post_again_makes_one_more_promise_however_often_it_is_clicked(
    request_summary: RequestSummary, deliveries: SqlDeliveries
) -> None:
    """A double click is one more post, not two."""
    _, first = await request_summary(REQUEST)
    await end(deliveries, first.id, DeliveryState.POSTED)

    clicks = [await request_summary.again(a_click(first.id), None) for _ in range(2)]

    assert [asked for asked, _ in clicks] == [Asked.ACCEPTED, Asked.UNDERWAY]
    assert {delivery.repeat for _, delivery in clicks} == {1}


async def test_asking_after_post_again_leads_to_the_newest(
    request_summary: RequestSummary, deliveries: SqlDeliveries
) -> None:
    """The command knows about posts that a button made."""
    _, first = await request_summary(REQUEST)
    await end(deliveries, first.id, DeliveryState.FAILED)
    _, second = await request_summary.again(a_click(first.id), None)
    await end(deliveries, second.id, DeliveryState.POSTED)

    asked, found = await request_summary(REQUEST)

    assert (asked, found.id) == (Asked.POSTED, second.id)


async def test_post_again_while_it_is_being_posted_changes_nothing(
    request_summary: RequestSummary,
) -> None:
    """A button of an old answer does not double what is under way."""
    _, first = await request_summary(REQUEST)

    asked, found = await request_summary.again(a_click(first.id), None)

    assert (asked, found.id) == (Asked.UNDERWAY, first.id)


@pytest.mark.parametrize(
    ("workspace", "channel", "known"),
    [
        (WorkspaceId("T0OTHER"), CHANNEL, True),
        (WORKSPACE, ChannelId("C0OTHER"), True),
        (WORKSPACE, CHANNEL, False),
    ],
)
async def test_post_again_works_only_where_the_delivery_is(
    request_summary: RequestSummary, workspace: WorkspaceId, channel: ChannelId, *, known: bool
) -> None:
    """An id that was guessed, or taken from elsewhere, posts nothing."""
    _, first = await request_summary(REQUEST)
    delivery = first.id if known else DeliveryId("NEVERSEEN2")

    with pytest.raises(NotYours):
        await request_summary.again(
            a_click(delivery, workspace=workspace, channel=channel, clicker=UserId("U0OTHER")), None
        )


async def test_post_again_in_the_askers_own_conversation_posts_in_the_channel(
    request_summary: RequestSummary, deliveries: SqlDeliveries
) -> None:
    """An answer that came by direct message has buttons that work, for the asker alone."""
    _, first = await request_summary(REQUEST)
    await end(deliveries, first.id, DeliveryState.FAILED)

    asked, again = await request_summary.again(a_click(first.id, channel="D0ASKER"), None)

    assert (asked, again.channel) == (Asked.ACCEPTED, CHANNEL)


async def test_what_its_asker_agreed_to_is_promised_anew(
    request_summary: RequestSummary, deliveries: SqlDeliveries
) -> None:
    """In the same row, also from the app's own conversation; a second click finds the first's."""
    _, first = await request_summary(REQUEST)
    await end(deliveries, first.id, DeliveryState.FAILED)
    click = a_click(first.id, channel="D0ASKER")

    clicks = [await request_summary.confirmed(click, Consent(42, 1), None) for _ in range(2)]

    assert [asked for asked, _ in clicks] == [Asked.ACCEPTED, Asked.UNDERWAY]
    assert {delivery.id for _, delivery in clicks} == {first.id}
    assert {delivery.agreed for _, delivery in clicks} == {Consent(42, 1)}


async def test_agreeing_late_leads_to_what_was_posted_meanwhile(
    request_summary: RequestSummary, deliveries: SqlDeliveries
) -> None:
    """An old button posts nothing a second time."""
    _, first = await request_summary(REQUEST)
    await end(deliveries, first.id, DeliveryState.POSTED)

    asked, found = await request_summary.confirmed(a_click(first.id), Consent(42, 1), None)

    assert (asked, found.id, found.agreed) == (Asked.POSTED, first.id, None)


@pytest.mark.parametrize(
    "changes", [{"workspace": "T0OTHER"}, {"clicker": "U0OTHER"}, {"delivery": "NEVERSEEN2"}]
)
async def test_nobody_else_agrees(
    request_summary: RequestSummary, deliveries: SqlDeliveries, changes: dict[str, str]
) -> None:
    """Another person in the same channel, another workspace, a delivery that never was."""
    _, first = await request_summary(REQUEST)
    await end(deliveries, first.id, DeliveryState.FAILED)

    with pytest.raises(NotYours):
        await request_summary.confirmed(a_click(first.id, **changes), Consent(42, 1), None)


async def test_post_again_takes_no_consent_along(
    request_summary: RequestSummary, deliveries: SqlDeliveries
) -> None:
    """Who reads may have changed since."""
    _, first = await request_summary(replace(REQUEST, agreed=Consent(150, 0)))
    await end(deliveries, first.id, DeliveryState.POSTED)

    _, again = await request_summary.again(a_click(first.id), None)

    assert (first.agreed, again.agreed) == (Consent(150, 0), None)
