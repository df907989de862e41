"""Which app is looked through next, and by whom, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from bot.domain.ids import AppId, SubscriptionId, WebhookId, WorkspaceId
from bot.domain.watched_app import WatchedApp, WebhookState
from tests.fakes import APP, ASKER, CHANNEL, NOON, OTHER_APP, WORKSPACE
from tests.store.held import overlap, two_processes
from tests.subscribing import Kept, a_subscription, kept_in

SECOND = timedelta(seconds=1)
LATER = NOON + timedelta(minutes=5)


async def subscribe(kept: Kept, workspace: str, app: str, **changes: object) -> None:
    """Have an app watched."""
    await kept.subscriptions.add(
        a_subscription(
            id=SubscriptionId(f"{workspace}/{app}"[:32]),
            workspace=WorkspaceId(workspace),
            app=AppId(app),
            **changes,
        )
    )


async def watched(kept: Kept) -> WatchedApp:
    """The app as it stands."""
    found = await kept.watched.get(WORKSPACE, APP)
    assert found is not None
    return found


async def test_an_app_with_a_subscription_is_due_for_a_look(kept: Kept) -> None:
    """At once after subscribing, then when it was said, or a minute after a lost claim."""
    await kept.subscriptions.add(a_subscription())

    (claimed,) = await kept.watched.claim_due(NOON)
    assert await kept.watched.claim_due(NOON) == []
    await kept.watched.looked_at(claimed, next_at=LATER, complete_at=NOON)

    assert await kept.watched.claim_due(NOON + timedelta(minutes=2)) == []
    assert [each.complete_at for each in await kept.watched.claim_due(LATER)] == [NOON]
    assert len(await kept.watched.claim_due(LATER + timedelta(minutes=1))) == 1


async def test_the_looks_of_a_workspace_are_apart(kept: Kept) -> None:
    """One app of a workspace at a time; those of other workspaces do not wait for it."""
    for number, (workspace, app) in enumerate(
        [(WORKSPACE, APP), (WORKSPACE, OTHER_APP), (WorkspaceId("T0OTHER"), APP)]
    ):
        await kept.subscriptions.add(
            a_subscription(id=SubscriptionId(f"SUB{number}"), workspace=workspace, app=app)
        )

    first = await kept.watched.claim_due(NOON)
    assert sorted(each.workspace for each in first) == sorted([WORKSPACE, "T0OTHER"])
    assert await kept.watched.claim_due(NOON + timedelta(seconds=19)) == []
    assert len(await kept.watched.claim_due(NOON + timedelta(seconds=20))) == 1


async def test_two_processes_never_claim_the_same_app(kept: Kept) -> None:
    """However many ask at once, each app is given out once."""
    for number in range(12):
        await kept.subscriptions.add(
            a_subscription(id=SubscriptionId(f"SUB{number}"), workspace=WorkspaceId(f"T{number}"))
        )

    claims = await asyncio.gather(*(kept.watched.claim_due(NOON, limit=5) for _ in range(4)))

    given = [each.workspace for claim in claims for each in claim]
    assert len(given) == len(set(given))


async def test_a_webhook_is_remembered_with_its_app(kept: Kept) -> None:
    """How it stands, and when something was heard; an app nobody watches is not heard."""
    await kept.subscriptions.add(a_subscription())
    watched = await kept.watched.get(WORKSPACE, APP)
    assert watched is not None

    await kept.watched.webhook_is(
        watched, WebhookState.ACTIVE, at=NOON, webhook=WebhookId("webhook-1")
    )

    assert await kept.watched.heard_from(WORKSPACE, APP, LATER)
    assert not await kept.watched.heard_from(WORKSPACE, OTHER_APP, LATER)
    assert not await kept.watched.heard_from(WorkspaceId("T0OTHER"), APP, LATER)
    now = await kept.watched.get(WORKSPACE, APP)
    assert now is not None
    assert (now.webhook, now.webhook_state, now.heard_at) == ("webhook-1", "active", LATER)
    assert not await kept.watched.remove(now)
    await kept.subscriptions.remove(WORKSPACE, CHANNEL, APP, who=ASKER, at=NOON)
    assert await kept.watched.remove(now)


async def test_claims_at_the_same_moment_take_one_app_of_a_workspace(kept: Kept) -> None:
    """Whichever process takes one, the workspace's others have to wait for 20 seconds."""
    for number in range(12):
        await subscribe(kept, "T0BUSY", f"app-{number}")
    await subscribe(kept, "T0OTHER", "app-0")

    claims = await asyncio.gather(*(kept.watched.claim_due(NOON, limit=1) for _ in range(8)))

    assert sorted(each.workspace for claim in claims for each in claim) == ["T0BUSY", "T0OTHER"]


async def test_a_workspace_of_many_apps_does_not_crowd_out_the_others(kept: Kept) -> None:
    """A claim is for as many workspaces as it may be, those waiting longest first."""
    for number in range(5):
        await subscribe(kept, "T0BUSY", f"app-{number}", created_at=NOON - number * SECOND)
    await subscribe(kept, "T0OTHER", "app-0")
    await subscribe(kept, "T0THIRD", "app-0", created_at=NOON + SECOND)

    claimed = await kept.watched.claim_due(NOON + SECOND, limit=2)

    assert sorted((each.workspace, each.app) for each in claimed) == [
        ("T0BUSY", "app-4"),
        ("T0OTHER", "app-0"),
    ]


async def test_apps_due_at_the_same_moment_come_one_by_one(kept: Kept) -> None:
    """None is passed over, none comes twice."""
    for number in range(3):
        await subscribe(kept, WORKSPACE, f"app-{number}")

    claims = [await kept.watched.claim_due(NOON + step * 20 * SECOND) for step in range(3)]

    assert [[each.app for each in claim] for claim in claims] == [["app-0"], ["app-1"], ["app-2"]]


async def test_who_subscribes_during_a_look_gets_another_at_once(kept: Kept) -> None:
    """The look that is under way may have begun too early to see what they want."""
    await subscribe(kept, WORKSPACE, APP)
    (claimed,) = await kept.watched.claim_due(NOON)
    await kept.subscriptions.add(
        a_subscription(id=SubscriptionId("SUB2"), title="weekly*", created_at=NOON + SECOND)
    )

    await kept.watched.looked_at(claimed, next_at=LATER, complete_at=NOON)

    now = await watched(kept)
    assert (now.next_at, now.complete_at) == (NOON + SECOND, None)


async def test_a_look_that_took_too_long_does_not_disturb_its_successor(kept: Kept) -> None:
    """The app was claimed by somebody else meanwhile, who says when the next look is."""
    await subscribe(kept, WORKSPACE, APP)
    (late,) = await kept.watched.claim_due(NOON)
    (successor,) = await kept.watched.claim_due(NOON + timedelta(minutes=1))

    await kept.watched.looked_at(late, next_at=LATER, complete_at=NOON)

    assert await watched(kept) == successor


async def test_an_app_is_watched_when_it_gets_a_subscription_at_the_last_moment() -> None:
    """A process that stops watching sees what another has not quite committed."""
    async with two_processes() as (held, other):
        mine, theirs = kept_in(held), kept_in(other)
        await subscribe(theirs, WORKSPACE, APP)
        here = await watched(theirs)
        await theirs.subscriptions.remove(WORKSPACE, CHANNEL, APP, who=ASKER, at=NOON)

        _, gone = await overlap(held, subscribe(mine, WORKSPACE, APP), theirs.watched.remove(here))

        assert not gone
        assert await theirs.watched.get(WORKSPACE, APP) is not None


async def test_claims_of_two_processes_come_one_after_another() -> None:
    """The second sees which workspaces have to wait, also for an app that has just come up."""
    async with two_processes() as (held, other):
        mine, theirs = kept_in(held), kept_in(other)
        await subscribe(theirs, WORKSPACE, "app-0")

        async def subscribe_and_claim() -> Sequence[WatchedApp]:
            await subscribe(theirs, WORKSPACE, "app-1", created_at=NOON - SECOND)
            return await theirs.watched.claim_due(NOON)

        first, second = await overlap(held, mine.watched.claim_due(NOON), subscribe_and_claim())

        assert [each.app for each in first] == ["app-0"]
        assert second == []


async def test_it_is_kept_to_the_minute_when_an_event_came(kept: Kept) -> None:
    """A hundred events at once are not a hundred changes of one row."""
    await subscribe(kept, WORKSPACE, APP)

    kept_times = []
    for seconds in (0, 59, 60):
        assert await kept.watched.heard_from(WORKSPACE, APP, NOON + seconds * SECOND)
        kept_times.append((await watched(kept)).heard_at)

    assert kept_times == [NOON, NOON, NOON + 60 * SECOND]


async def test_all_apps_of_a_workspace_can_be_looked_at_sooner(kept: Kept) -> None:
    """Not later than they would be, and nobody else's."""
    other = WorkspaceId("T0OTHER")
    for workspace, app in ((WORKSPACE, APP), (WORKSPACE, OTHER_APP), (other, APP)):
        await subscribe(kept, workspace, app)
        found = await kept.watched.get(workspace, app)
        assert found is not None
        later = NOON if app == OTHER_APP else LATER
        await kept.watched.looked_at(found, next_at=later, complete_at=None)

    await kept.watched.look_soon(WORKSPACE, NOON + SECOND)

    pairs = ((WORKSPACE, APP), (WORKSPACE, OTHER_APP), (other, APP))
    looks = [await kept.watched.get(*pair) for pair in pairs]
    assert [look.next_at for look in looks if look] == [NOON + SECOND, NOON, LATER]


async def test_since_when_a_webhook_is_registered(kept: Kept) -> None:
    """From the look that first found it so; another registration or a refusal begins anew."""
    await kept.subscriptions.add(a_subscription())
    first, second = WebhookId("webhook-1"), WebhookId("webhook-2")

    async def active(webhook: WebhookId, minutes: int) -> None:
        at = NOON + timedelta(minutes=minutes)
        await kept.watched.webhook_is(
            await watched(kept), WebhookState.ACTIVE, at=at, webhook=webhook
        )

    await active(first, 0)
    await active(first, 60)
    assert (await watched(kept)).registered_at == NOON

    await active(second, 120)
    assert (await watched(kept)).registered_at == NOON + timedelta(minutes=120)

    await kept.watched.webhook_is(await watched(kept), WebhookState.REFUSED, at=LATER)
    assert (await watched(kept)).registered_at is None


async def test_the_apps_of_a_workspace(kept: Kept) -> None:
    """All of them, and nobody else's."""
    await subscribe(kept, WORKSPACE, OTHER_APP)
    await subscribe(kept, WORKSPACE, APP)
    await subscribe(kept, "T0OTHER", APP)

    found = await kept.watched.of_workspace(WORKSPACE)

    assert {each.app for each in found} == {APP, OTHER_APP}
