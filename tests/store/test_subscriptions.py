"""Subscriptions, the apps they watch and what they expect, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import ChannelId, DeliveryId, SessionId, SubscriptionId, WebhookId, WorkspaceId
from bot.domain.watched_app import WebhookState
from bot.errors import InstallationBroken, RealtimeKitBusy, SealBroken
from bot.store.budgets import BLOCK, Budgets
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.tables import deliveries, workspaces
from bot.store.workspaces import SqlWorkspaces
from tests.clock import ManualClock
from tests.deliveries import a_delivery
from tests.fakes import APP, ASKER, CHANNEL, NOON, OTHER_APP, SESSION, WORKSPACE, a_workspace
from tests.subscribing import Kept, a_subscription, install, kept_in

LATER = NOON + timedelta(minutes=5)
OTHER_CHANNEL = ChannelId("C0OTHER")


@pytest.fixture
async def kept(database: Database) -> Kept:
    """An empty store with one workspace."""
    kept = kept_in(database)
    await install(kept, WORKSPACE)
    return kept


def expected(**changes: object) -> Delivery:
    """What a subscription wants, not ready yet."""
    facts: dict[str, object] = {
        "asker": None,
        "answer_url": None,
        "subscription": SubscriptionId("SUB1"),
        "state": DeliveryState.WAITING,
        "reason": "summary_not_ready",
        "run_at": LATER,
    }
    return a_delivery(**{**facts, **changes})


async def end(database: Database, reason: str, **values: object) -> None:
    """Let all deliveries end, as the worker would write it."""
    ended = {"state": "failed", "reason": reason, "run_at": None, **values}
    async with database.begin() as connection:
        await connection.execute(update(deliveries).values(ended))


async def test_a_channel_subscribes_once_to_an_app(kept: Kept) -> None:
    """A second time changes the title and ends a pause; who made it, and when, stays."""
    first, new = await kept.subscriptions.add(a_subscription())
    await kept.subscriptions.pause(first.id, "not_in_channel", NOON)

    second, again = await kept.subscriptions.add(
        a_subscription(id=SubscriptionId("SUB2"), title="weekly*", created_at=LATER)
    )

    assert (new, again) == (True, False)
    assert second == replace(first, title="weekly*")
    assert await kept.subscriptions.of_channel(WORKSPACE, CHANNEL) == [second]


async def test_subscriptions_are_found_by_channel_app_and_workspace(kept: Kept) -> None:
    """And none of another workspace is, though channel and app have the same ids."""
    here, _ = await kept.subscriptions.add(a_subscription())
    there, _ = await kept.subscriptions.add(
        a_subscription(id=SubscriptionId("SUB2"), workspace=WorkspaceId("T0OTHER"))
    )

    assert await kept.subscriptions.of_app(WORKSPACE, APP) == [here]
    assert await kept.subscriptions.of_workspace(WorkspaceId("T0OTHER")) == [there]
    assert await kept.subscriptions.of_app(WORKSPACE, OTHER_APP) == []
    assert await kept.subscriptions.get(here.id) == here


async def test_unsubscribing_ends_what_was_still_open(kept: Kept) -> None:
    """Nothing is posted after; what a person asked for is not touched."""
    await kept.subscriptions.add(a_subscription())
    await kept.expectations.expect([expected()], ready=False)
    asked = a_delivery(id=DeliveryId("ASKED"), channel=OTHER_CHANNEL)
    await kept.deliveries.promise(asked)

    gone = await kept.subscriptions.remove(WORKSPACE, CHANNEL, APP)

    ended = await kept.deliveries.get(expected().id)
    assert gone == a_subscription()
    assert ended is not None
    assert (ended.state, ended.reason, ended.run_at) == (
        DeliveryState.SKIPPED,
        "unsubscribed",
        None,
    )
    assert await kept.deliveries.get(asked.id) == asked
    assert await kept.subscriptions.remove(WORKSPACE, CHANNEL, APP) is None


async def test_a_pause_keeps_its_first_reason_and_ends_once(kept: Kept) -> None:
    """Its end makes due what waited for it, and nothing else."""
    await kept.subscriptions.add(a_subscription())
    paused = expected(reason="token_refused")
    other = expected(id=DeliveryId("OTHER"), session=SessionId("another-session"))
    await kept.expectations.expect([paused, other], ready=False)
    await kept.subscriptions.pause(SubscriptionId("SUB1"), "token_refused", NOON)
    await kept.subscriptions.pause(SubscriptionId("SUB1"), "not_in_channel", LATER)

    assert [each.paused for each in await kept.subscriptions.untold()] == ["token_refused"]
    assert await kept.subscriptions.resume(SubscriptionId("SUB1"), NOON)
    assert not await kept.subscriptions.resume(SubscriptionId("SUB1"), NOON)

    first, second = await kept.deliveries.get(paused.id), await kept.deliveries.get(other.id)
    assert first is not None
    assert second is not None
    assert (first.run_at, second.run_at) == (NOON, LATER)
    assert (paused.id, True) in kept.wakes.committed_


async def test_a_pause_is_told_once(kept: Kept) -> None:
    """Whoever takes it on is alone with it, until it is given back or the pause is another."""
    await kept.subscriptions.add(a_subscription())
    name = SubscriptionId("SUB1")
    assert not await kept.subscriptions.told(name, NOON)
    await kept.subscriptions.pause(name, "token_refused", NOON)

    assert sorted(
        await asyncio.gather(*(kept.subscriptions.told(name, NOON) for _ in range(3)))
    ) == [False, False, True]

    assert await kept.subscriptions.untold() == []
    await kept.subscriptions.not_told(name)
    assert len(await kept.subscriptions.untold()) == 1
    assert await kept.subscriptions.count_paused() == 1


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
    await kept.subscriptions.remove(WORKSPACE, CHANNEL, APP)
    assert await kept.watched.remove(now)


async def test_twin_events_are_one_delivery(kept: Kept) -> None:
    """Also when they come at the same moment, in any order of their channels."""
    both = [expected(), expected(id=DeliveryId("TWO"), channel=OTHER_CHANNEL)]
    twins = [replace(each, id=DeliveryId(f"TWIN{each.id}")) for each in reversed(both)]

    stored = await asyncio.gather(
        kept.expectations.expect(both, ready=False), kept.expectations.expect(twins, ready=False)
    )

    assert sum(map(len, stored)) == 2
    assert await kept.expectations.known(WORKSPACE, [SESSION]) == {
        (CHANNEL, SESSION),
        (OTHER_CHANNEL, SESSION),
    }


async def test_a_summary_that_is_there_makes_the_waiting_one_due(kept: Kept) -> None:
    """It is the same delivery, and the worker hears of it."""
    await kept.expectations.expect([expected()], ready=False)
    ready = expected(id=DeliveryId("READY"), state=DeliveryState.DUE, reason=None, run_at=NOON)

    assert await kept.expectations.expect([ready], ready=True) == []

    waiting = await kept.deliveries.get(expected().id)
    assert waiting is not None
    assert waiting.run_at == NOON
    assert kept.wakes.committed_[-1] == (expected().id, True)


@pytest.mark.parametrize("reason", ["never_ready", "no_transcript", "summary_empty"])
async def test_a_summary_that_came_after_all_opens_what_had_ended(
    kept: Kept, database: Database, reason: str
) -> None:
    """It had ended because there was none; now there is one."""
    await kept.expectations.expect([expected()], ready=False)
    await end(database, reason)
    ready = expected(id=DeliveryId("READY"), state=DeliveryState.DUE, reason=None, run_at=NOON)

    (opened,) = await kept.expectations.expect([ready], ready=True)

    assert (opened.id, opened.state, opened.run_at) == (expected().id, DeliveryState.DUE, NOON)


@pytest.mark.parametrize("reason", ["title_differs", "unconfirmed", "summary_expired"])
async def test_what_ended_for_another_reason_stays_ended(
    kept: Kept, database: Database, reason: str
) -> None:
    """An event sent again, or by somebody who caught one, posts nothing a second time."""
    await kept.expectations.expect([expected()], ready=False)
    await end(database, reason)
    ready = expected(id=DeliveryId("READY"), state=DeliveryState.DUE, run_at=NOON)

    assert await kept.expectations.expect([ready], ready=True) == []


async def test_a_persons_failure_is_not_the_channels(kept: Kept, database: Database) -> None:
    """Where nothing was sent, the subscription's own try is still to come."""
    await kept.deliveries.promise(a_delivery())
    await end(database, "token_refused")
    ready = expected(id=DeliveryId("READY"), state=DeliveryState.DUE, reason=None, run_at=NOON)

    (opened,) = await kept.expectations.expect([ready], ready=True)

    assert (opened.id, opened.subscription, opened.asker) == (a_delivery().id, "SUB1", None)


async def test_what_was_sent_for_a_person_is_not_sent_again(kept: Kept, database: Database) -> None:
    """A thread that may be there is theirs to repeat."""
    await kept.deliveries.promise(a_delivery())
    await kept.deliveries.sending(a_delivery().id, "parent", NOON)
    await end(database, "unconfirmed")

    ready = expected(id=DeliveryId("READY"), state=DeliveryState.DUE, run_at=NOON)
    assert await kept.expectations.expect([ready], ready=True) == []


async def test_who_asks_takes_over_what_nobody_asked_for(kept: Kept) -> None:
    """One thread, at once, and somebody to tell if it fails."""
    await kept.expectations.expect([expected()], ready=False)

    taken, new = await kept.deliveries.promise(a_delivery(id=DeliveryId("ASKED")))

    assert new
    assert (taken.id, taken.asker, taken.subscription) == (expected().id, ASKER, None)
    assert taken.run_at == NOON
    assert await kept.deliveries.promise(a_delivery(id=DeliveryId("AGAIN"))) == (taken, False)


async def test_a_webhook_key_is_made_once_and_finds_its_workspace(kept: Kept) -> None:
    """All processes get the same, and another workspace has another."""
    await install(kept, WorkspaceId("T0OTHER"))
    keys = await asyncio.gather(*(kept.workspaces.webhook_key(WORKSPACE) for _ in range(3)))
    other = await kept.workspaces.webhook_key(WorkspaceId("T0OTHER"))

    assert len(set(keys)) == 1
    assert len(keys[0]) >= 43
    assert await kept.workspaces.of_webhook_key(keys[0]) == WORKSPACE
    assert await kept.workspaces.of_webhook_key(other) == "T0OTHER"
    assert await kept.workspaces.of_webhook_key("guessed") is None
    with pytest.raises(InstallationBroken):
        await kept.workspaces.webhook_key(WorkspaceId("T0NONE"))


async def test_a_webhook_key_nobody_can_open_is_replaced(kept: Kept, database: Database) -> None:
    """After the encryption key was lost, webhooks are registered anew."""
    old = await kept.workspaces.webhook_key(WORKSPACE)
    elsewhere = SqlWorkspaces(database, Sealer(["another key"]))

    new = await elsewhere.webhook_key(WORKSPACE)

    assert new != old
    assert await elsewhere.of_webhook_key(old) is None


async def test_an_installations_secrets_are_sealed_and_bound_to_it(
    kept: Kept, database: Database
) -> None:
    """They come back as they were, lie nowhere in clear, and do not open for another row."""
    home = await kept.workspaces.get(WORKSPACE)
    assert home == replace(a_workspace(), id=WORKSPACE)
    await install(kept, WorkspaceId("T0OTHER"))

    async with database.begin() as connection:
        row = (await connection.execute(workspaces.select())).first()
        assert row is not None
        assert not any(
            secret in str(value)
            for value in row
            for secret in (a_workspace().bot_token, a_workspace().api_token)
            if secret
        )
        sealed = {"api_token": row.api_token, "bot_token": row.bot_token}
        moved = workspaces.c.id != row.id
        await connection.execute(update(workspaces).where(moved).values(sealed))

    stranger = {WORKSPACE, WorkspaceId("T0OTHER")} - {row.id}
    with pytest.raises(SealBroken):
        await kept.workspaces.get(stranger.pop())


async def test_a_team_comes_before_its_organisation(kept: Kept) -> None:
    """A request is for the team's own installation, or else for the organisation's."""
    await install(kept, WorkspaceId("E0ORG"))

    for enterprise, team, found in [
        ("E0ORG", WORKSPACE, WORKSPACE),
        ("E0ORG", "T0NONE", "E0ORG"),
        (None, "T0NONE", None),
    ]:
        identity = await kept.workspaces.find(enterprise, team)
        assert (identity and identity.id) == found


async def test_forgetting_a_workspace_forgets_what_it_subscribed_to(kept: Kept) -> None:
    """Everything of it is gone, and nothing of any other."""
    other = WorkspaceId("T0OTHER")
    await install(kept, other)
    for number, workspace in enumerate((WORKSPACE, other)):
        await kept.subscriptions.add(
            a_subscription(id=SubscriptionId(f"SUB{number}"), workspace=workspace)
        )

    await kept.workspaces.forget(WORKSPACE)

    assert await kept.subscriptions.of_workspace(WORKSPACE) == []
    assert await kept.watched.get(WORKSPACE, APP) is None
    assert len(await kept.subscriptions.of_workspace(other)) == 1
    with pytest.raises(InstallationBroken):
        await kept.workspaces.get(WORKSPACE)


async def calls_admitted(budgets: list[Budgets], workspace: WorkspaceId, tries: int) -> int:
    """How many of so many calls pass, asked for by several processes in turn."""
    admitted = 0
    for number in range(tries):
        with suppress(RealtimeKitBusy):
            await budgets[number % len(budgets)].of(workspace).admit()
            admitted += 1
    return admitted


async def test_all_processes_share_a_workspaces_calls(database: Database) -> None:
    """At most 600 in any five minutes, and a block a process; another's are its own."""
    clock = ManualClock()
    processes = [Budgets(database, clock), Budgets(database, clock)]

    at_once = await calls_admitted(processes, WORKSPACE, 400)
    later = 0
    for _ in range(30):
        clock.advance(seconds=10)
        later += await calls_admitted(processes, WORKSPACE, 30)

    assert at_once == 300
    assert 250 <= later <= 300 + 2 * BLOCK
    assert await calls_admitted(processes, WorkspaceId("T0OTHER"), 20) == 20


async def test_a_refusal_of_cloudflares_holds_every_process(database: Database) -> None:
    """Nobody asks before the time Cloudflare named is over."""
    clock = ManualClock()
    first, second = Budgets(database, clock), Budgets(database, clock)
    await first.of(WORKSPACE).admit()

    await first.of(WORKSPACE).hold(60.0)

    assert await calls_admitted([first, second], WORKSPACE, 4) == 0
    clock.advance(seconds=60)
    assert await calls_admitted([first, second], WORKSPACE, 4) == 4
