"""What a verified webhook leaves in the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from unittest.mock import create_autospec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import AppId, ChannelId, SessionId, SubscriptionId, UserId, WorkspaceId
from bot.domain.subscription import Subscription
from bot.domain.webhook import Event, EventKind
from bot.errors import DatabaseAway
from bot.usecases.subscription_ports import Expectations, Subscriptions, WatchedApps
from bot.usecases.take_event import TakeEvent, Taken
from tests.clock import ManualClock
from tests.fakes import APP, CHANNEL, NOON, OTHER_APP, SESSION, WORKSPACE

ENDED = Event(EventKind.ENDED, APP, SESSION)
SUMMARY = Event(EventKind.SUMMARY, APP, SESSION)


def a_subscription(**changes: object) -> Subscription:
    """A channel that wants everything of the app."""
    subscription = Subscription(
        id=SubscriptionId("SUBSCR2345"),
        workspace=WORKSPACE,
        channel=CHANNEL,
        app=APP,
        name="Standups",
        created_by=UserId("U0MAKER"),
        created_at=NOON - timedelta(days=1),
    )
    return replace(subscription, **changes)  # type: ignore[arg-type]


def numbered() -> Callable[[], str]:
    """Ids that tell in which order they were made."""
    numbers = iter(range(1_000))
    return lambda: f"ID{next(numbers)}"


@dataclass
class Store:
    """A workspace that watches one app; remembers what is asked of it."""

    watched: Any
    subscriptions: Any
    expectations: Any

    @property
    def expected(self) -> list[Delivery]:
        """What was stored, in order."""
        return [each for call in self.expectations.expect.await_args_list for each in call.args[0]]


def a_store() -> Store:
    """One subscription, and nothing that is known already."""
    store = Store(
        watched=create_autospec(WatchedApps, instance=True),
        subscriptions=create_autospec(Subscriptions, instance=True),
        expectations=create_autospec(Expectations, instance=True),
    )
    store.watched.heard_from.side_effect = lambda workspace, app, at: (
        (workspace, app) == (WORKSPACE, APP) and at == NOON
    )
    store.subscriptions.of_app.return_value = [a_subscription()]
    store.expectations.expect.side_effect = lambda deliveries, **_: deliveries
    return store


def taking(store: Store) -> TakeEvent:
    """The use case at noon."""
    return TakeEvent(
        store.watched, store.subscriptions, store.expectations, ManualClock(), numbered()
    )


@pytest.fixture
def store() -> Store:
    """A store of its own for each test."""
    return a_store()


@pytest.fixture
def take(store: Store) -> TakeEvent:
    """The use case."""
    return taking(store)


async def test_a_meeting_that_ended_is_waited_for(take: TakeEvent, store: Store) -> None:
    """Its summary is not there yet: it is looked for a minute later."""
    taken, stored = await take(WORKSPACE, ENDED)

    assert taken is Taken.STORED
    assert stored == store.expected
    assert stored == [
        Delivery(
            id=stored[0].id,
            workspace=WORKSPACE,
            channel=CHANNEL,
            session=SESSION,
            app=APP,
            subscription=SubscriptionId("SUBSCR2345"),
            state=DeliveryState.WAITING,
            reason="summary_not_ready",
            created_at=NOON,
            run_at=NOON + timedelta(minutes=1),
        )
    ]
    assert store.expectations.expect.await_args.kwargs == {"ready": False}


async def test_a_summary_that_exists_is_due(take: TakeEvent, store: Store) -> None:
    """There is nothing to wait for, neither for what is stored now nor for what waited before."""
    taken, stored = await take(WORKSPACE, SUMMARY)

    assert taken is Taken.STORED
    assert (stored[0].state, stored[0].reason) == (DeliveryState.DUE, None)
    assert stored[0].run_at == NOON
    assert stored[0].asker is None
    assert store.expectations.expect.await_args.kwargs == {"ready": True}


async def test_every_channel_that_subscribes_gets_one(take: TakeEvent, store: Store) -> None:
    """All in one transaction, each for its channel, also for a subscription that is paused."""
    other = a_subscription(
        id=SubscriptionId("OTHER23456"), channel=ChannelId("C0OTHER"), paused="not_in_channel"
    )
    store.subscriptions.of_app.return_value = [a_subscription(), other]

    await take(WORKSPACE, SUMMARY)

    assert store.expectations.expect.await_count == 1
    assert [(each.channel, each.subscription) for each in store.expected] == [
        (CHANNEL, "SUBSCR2345"),
        ("C0OTHER", "OTHER23456"),
    ]
    assert len({each.id for each in store.expected}) == 2
    store.subscriptions.of_app.assert_awaited_once_with(WORKSPACE, APP)


async def test_what_is_known_already_is_nothing_new(take: TakeEvent, store: Store) -> None:
    """A twin of an event, or one that comes after a look found the session."""
    store.expectations.expect.side_effect = None
    store.expectations.expect.return_value = []

    taken, stored = await take(WORKSPACE, SUMMARY)

    assert (taken, list(stored)) == (Taken.NOTHING_NEW, [])


async def test_what_nobody_wants_any_more_is_nothing_new(take: TakeEvent, store: Store) -> None:
    """Between the last subscription's end and the webhook's removal."""
    store.subscriptions.of_app.return_value = []

    taken, _ = await take(WORKSPACE, ENDED)

    assert taken is Taken.NOTHING_NEW
    store.expectations.expect.assert_not_awaited()


@pytest.mark.parametrize(
    ("workspace", "app"),
    [
        (WORKSPACE, OTHER_APP),
        (WorkspaceId("T0OTHER"), APP),
        (WORKSPACE, AppId("../apps")),
        (WORKSPACE, AppId("nul\x00inside")),
    ],
)
async def test_an_app_the_workspace_does_not_watch_is_foreign(
    take: TakeEvent, store: Store, workspace: WorkspaceId, app: AppId
) -> None:
    """RealtimeKit's key signs for all its customers: a good signature opens nothing by itself."""
    taken, _ = await take(workspace, Event(EventKind.SUMMARY, app, SESSION))

    assert taken is Taken.FOREIGN
    store.subscriptions.of_app.assert_not_awaited()
    store.expectations.expect.assert_not_awaited()


async def test_a_summary_of_no_app_makes_what_waits_for_it_due(
    take: TakeEvent, store: Store
) -> None:
    """The session is known to this workspace, so the worker can ask; nothing new is stored."""
    store.expectations.hasten.return_value = True

    taken, stored = await take(WORKSPACE, Event(EventKind.SUMMARY, AppId(""), SESSION))

    assert (taken, list(stored)) == (Taken.HINT, [])
    store.expectations.hasten.assert_awaited_once_with(WORKSPACE, SESSION, NOON)
    store.watched.look_soon.assert_not_awaited()
    store.expectations.expect.assert_not_awaited()


async def test_a_summary_of_no_app_that_nothing_waits_for_is_looked_for(
    take: TakeEvent, store: Store
) -> None:
    """Whose it is, looking through the workspace's own apps will tell."""
    store.expectations.hasten.return_value = False

    taken, stored = await take(WORKSPACE, Event(EventKind.SUMMARY, AppId(""), SESSION))

    assert (taken, list(stored)) == (Taken.HINT, [])
    store.watched.look_soon.assert_awaited_once_with(WORKSPACE, NOON)


async def test_an_app_that_cannot_be_one_is_not_looked_for(take: TakeEvent, store: Store) -> None:
    """A database may refuse what no id contains, and would do so each time."""
    await take(WORKSPACE, Event(EventKind.SUMMARY, AppId("nul\x00inside"), SESSION))

    store.watched.heard_from.assert_not_awaited()


@pytest.mark.parametrize(
    "event",
    [
        Event(None, APP, SESSION),
        Event(None, OTHER_APP, SessionId("")),
        Event(EventKind.SUMMARY, APP, SessionId("")),
        Event(EventKind.ENDED, APP, SessionId("../../sessions")),
    ],
)
async def test_what_is_of_no_use_is_ignored(take: TakeEvent, store: Store, event: Event) -> None:
    """Other events, and those that name no session."""
    taken, _ = await take(WORKSPACE, event)

    assert taken is Taken.IGNORED
    store.expectations.expect.assert_not_awaited()


async def test_ids_are_compared_in_lower_case(take: TakeEvent) -> None:
    """A UUID is the same in any case, and must not be posted once for each."""
    event = Event(EventKind.SUMMARY, AppId(APP.upper()), SessionId(SESSION.upper()))

    taken, stored = await take(WORKSPACE, event)

    assert taken is Taken.STORED
    assert (stored[0].app, stored[0].session) == (APP, SESSION)


async def test_other_ids_are_kept_as_they_are(take: TakeEvent) -> None:
    """What is no UUID may mean something else in another case."""
    event = Event(EventKind.SUMMARY, APP, SessionId("Session_One"))

    _, stored = await take(WORKSPACE, event)

    assert stored[0].session == "Session_One"


@pytest.mark.parametrize(
    "step", ["watched.heard_from", "subscriptions.of_app", "expectations.expect"]
)
async def test_a_store_that_is_away_is_not_kept_quiet(
    take: TakeEvent, store: Store, step: str
) -> None:
    """Whoever answers has to know that the event was not stored."""
    port, _, method = step.partition(".")
    getattr(getattr(store, port), method).side_effect = DatabaseAway("connection refused")

    with pytest.raises(DatabaseAway):
        await take(WORKSPACE, ENDED)


@given(
    kind=st.sampled_from([*EventKind, None]),
    app=st.text(max_size=40) | st.just(APP),
    session=st.text(max_size=40) | st.uuids().map(str),
)
async def test_whatever_is_signed_has_one_of_few_ends(
    kind: EventKind | None, app: str, session: str
) -> None:
    """Only an event of the watched app is ever stored, and never without a session."""
    store = a_store()

    taken, stored = await taking(store)(WORKSPACE, Event(kind, AppId(app), SessionId(session)))

    assert bool(stored) is (taken is Taken.STORED)
    assert all(each.app == APP and each.session for each in stored)
