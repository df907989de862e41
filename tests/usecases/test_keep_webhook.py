"""An app's webhook is registered, healed, told apart from others' and removed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.ids import WebhookId
from bot.domain.watched_app import WatchedApp, WebhookState
from bot.domain.webhook import Webhook
from bot.errors import PermissionMissing, RealtimeKitUnavailable, WebhookTaken
from bot.usecases.keep_webhook import EVENTS, WEBHOOKS_PATH, KeepWebhook
from tests.fakes import APP, ASKER, CHANNEL, NOON, WORKSPACE, a_workspace
from tests.subscribing import PUBLIC_URL, Kept, WatchedMeetings, a_subscription


@pytest.fixture
async def subscribed(kept: Kept) -> Kept:
    """One subscription."""
    await kept.subscriptions.add(a_subscription())
    return kept


def keeper(
    kept: Kept, meetings: WatchedMeetings, public_url: str | None = PUBLIC_URL
) -> KeepWebhook:
    """As it ships."""
    return KeepWebhook(
        lambda _: meetings,
        kept.workspaces,
        kept.subscriptions,
        kept.watched,
        lambda: NOON,
        public_url,
    )


async def standing(kept: Kept) -> WatchedApp:
    """How the app's webhook stands."""
    watched = await kept.watched.get(WORKSPACE, APP)
    assert watched is not None
    return watched


async def test_the_first_subscription_registers_one(subscribed: Kept) -> None:
    """With the workspace's key in its address, for the two events that are of use."""
    meetings = WatchedMeetings()

    await keeper(subscribed, meetings)(a_workspace(), APP)

    (registered,) = meetings.webhooks.values()
    key = await subscribed.workspaces.webhook_key(WORKSPACE)
    assert registered.url == f"{PUBLIC_URL}{WEBHOOKS_PATH}/{key}"
    assert registered.events == {"meeting.ended", "meeting.summary"}
    watched = await standing(subscribed)
    assert (watched.webhook, watched.webhook_state) == (registered.id, WebhookState.ACTIVE)
    assert key not in repr(registered)


async def test_what_is_right_is_left_alone(subscribed: Kept) -> None:
    """Keeping it again registers nothing and changes nothing."""
    meetings = WatchedMeetings()
    keep = keeper(subscribed, meetings)
    await keep(a_workspace(), APP)
    before = dict(meetings.webhooks)

    await keep(a_workspace(), APP)

    assert meetings.webhooks == before


@pytest.mark.parametrize(
    "broken",
    [{"enabled": False}, {"events": frozenset({"meeting.ended"})}, {"url": "https://old.example"}],
)
async def test_what_is_wrong_is_set_right(subscribed: Kept, broken: dict[str, object]) -> None:
    """Disabled, without an event, or at an address we had before."""
    meetings = WatchedMeetings()
    keep = keeper(subscribed, meetings)
    await keep(a_workspace(), APP)
    (right,) = meetings.webhooks.values()
    meetings.webhooks[right.id] = replace(right, **broken)  # type: ignore[arg-type]

    await keep(a_workspace(), APP)

    assert meetings.webhooks == {right.id: right}


async def test_what_was_deleted_is_registered_again(subscribed: Kept) -> None:
    """Somebody tidied up in Cloudflare's dashboard."""
    meetings = WatchedMeetings()
    keep = keeper(subscribed, meetings)
    await keep(a_workspace(), APP)
    meetings.webhooks.clear()

    await keep(a_workspace(), APP)

    assert len(meetings.webhooks) == 1


async def test_doubles_of_ours_are_removed_and_others_are_not(subscribed: Kept) -> None:
    """What other programs registered for the app is none of our business."""
    meetings = WatchedMeetings()
    keep = keeper(subscribed, meetings)
    await keep(a_workspace(), APP)
    (ours,) = meetings.webhooks.values()
    double = replace(ours, id=WebhookId("double"))
    foreign = Webhook(id=WebhookId("foreign"), url="https://crm.example", events=frozenset(EVENTS))
    meetings.webhooks |= {double.id: double, foreign.id: foreign}

    await keep(a_workspace(), APP)

    assert set(meetings.webhooks) == {ours.id, foreign.id}


async def test_another_process_may_be_faster(subscribed: Kept) -> None:
    """An address that is taken is ours: it is listed and kept."""

    class Raced(WatchedMeetings):
        async def create_webhook(self, app: str, url: str, events: object) -> Webhook:
            self._put(WebhookId("theirs"), url, EVENTS)
            raise WebhookTaken

    meetings = Raced()

    await keeper(subscribed, meetings)(a_workspace(), APP)

    assert (await standing(subscribed)).webhook == "theirs"


async def test_a_refusal_is_written_down(subscribed: Kept) -> None:
    """Looking through the sessions does without; the answer says so."""
    meetings = WatchedMeetings(refusal=PermissionMissing())

    await keeper(subscribed, meetings)(a_workspace(), APP)

    watched = await standing(subscribed)
    assert (watched.webhook_state, watched.webhook_reason) == ("refused", "permission_missing")


async def test_an_outage_changes_nothing(subscribed: Kept) -> None:
    """What was active is believed to be until somebody says otherwise."""
    meetings = WatchedMeetings()
    keep = keeper(subscribed, meetings)
    await keep(a_workspace(), APP)
    meetings.refusal = RealtimeKitUnavailable()

    await keep(a_workspace(), APP)

    assert (await standing(subscribed)).webhook_state is WebhookState.ACTIVE


async def test_without_an_address_there_is_nothing_to_register(subscribed: Kept) -> None:
    """And nothing is asked."""
    meetings = WatchedMeetings(refusal=AssertionError())

    await keeper(subscribed, meetings, None)(a_workspace(), APP)

    assert (await standing(subscribed)).webhook_state is WebhookState.NONE


async def test_the_last_subscription_takes_it_along(subscribed: Kept) -> None:
    """The webhook is removed, and the app no longer watched."""
    meetings = WatchedMeetings()
    keep = keeper(subscribed, meetings)
    await keep(a_workspace(), APP)
    await subscribed.subscriptions.remove(WORKSPACE, CHANNEL, APP, who=ASKER, at=NOON)

    await keep(a_workspace(), APP)

    assert meetings.webhooks == {}
    assert await subscribed.watched.get(WORKSPACE, APP) is None
