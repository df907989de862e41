"""Subscribing checks everything first, and says what will happen and who will see it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from bot.domain.audience import Consent, ConversationKind
from bot.domain.ids import AppId, SubscriptionId, UserId
from bot.domain.policy import AllowedChannels, AppPolicy, Policy
from bot.errors import (
    AppNotFound,
    AudienceUnknown,
    BotError,
    ChannelClosed,
    ChannelNotAllowed,
    DirectUnseen,
    NotAChannel,
    NotInChannel,
    NotSubscribed,
    PermissionMissing,
    SharedChannel,
    UnknownAlias,
)
from bot.messages.text_view import as_text
from bot.usecases.app_directory import AppDirectory
from bot.usecases.keep_webhook import KeepWebhook
from bot.usecases.subscribe import (
    ListSubscriptions,
    Subscribe,
    SubscriptionRequest,
    Unsubscribe,
)
from tests.fakes import APP, ASKER, CHANNEL, NOON, OTHER_APP, WORKSPACE, FakeWorkspaces
from tests.subscribing import (
    PUBLIC_URL,
    FakeConversations,
    FakePolicies,
    Kept,
    WatchedMeetings,
    a_gate,
    a_subscription,
    an_audience,
)

REQUEST = SubscriptionRequest(
    workspace=WORKSPACE, channel=CHANNEL, person=ASKER, app="Standups", title="weekly*"
)


@dataclass
class Channel:
    """The use cases around one account and one channel."""

    kept: Kept
    public_url: str | None = PUBLIC_URL
    meetings: WatchedMeetings = field(default_factory=WatchedMeetings)
    conversations: FakeConversations = field(default_factory=FakeConversations)
    policies: FakePolicies = field(default_factory=FakePolicies)

    @property
    def keep_webhook(self) -> KeepWebhook:
        """As it ships."""
        return KeepWebhook(
            lambda _: self.meetings,
            self.kept.workspaces,
            self.kept.subscriptions,
            self.kept.watched,
            lambda: NOON,
            self.public_url,
        )

    @property
    def subscribe(self) -> Subscribe:
        """As it ships."""
        workspaces = FakeWorkspaces()
        return Subscribe(
            workspaces,
            AppDirectory(workspaces, lambda _: self.meetings, lambda: NOON),
            a_gate(self.conversations, self.policies),
            self.kept.subscriptions,
            self.kept.watched,
            self.keep_webhook,
            lambda: NOON,
            lambda: "SUB1",
        )

    @property
    def unsubscribe(self) -> Unsubscribe:
        """As it ships."""
        return Unsubscribe(
            FakeWorkspaces(), self.kept.subscriptions, self.keep_webhook, lambda: NOON
        )


@pytest.fixture
def channel(kept: Kept) -> Channel:
    """A channel of 42 people that subscribes to nothing yet."""
    return Channel(kept)


async def test_a_channel_subscribes(channel: Channel) -> None:
    """It is stored, its webhook registered, and the answer says who will see what."""
    said = as_text(await channel.subscribe(REQUEST))

    (stored,) = await channel.kept.subscriptions.of_channel(WORKSPACE, CHANNEL)
    assert stored == a_subscription(name="Standups", title="weekly*", created_by=ASKER)
    assert [each.url.startswith(PUBLIC_URL) for each in channel.meetings.webhooks.values()] == [
        True
    ]
    assert "42" in said
    assert "Standups" in said
    assert "weekly" in said


async def test_an_app_named_by_its_id_is_called_by_its_name(channel: Channel) -> None:
    """Nobody recognises an id in a channel."""
    await channel.subscribe(replace(REQUEST, app=APP.upper()))

    (stored,) = await channel.kept.subscriptions.of_channel(WORKSPACE, CHANNEL)
    assert (stored.app, stored.name) == (APP, "Standups")


async def test_without_an_address_it_says_that_it_looks_by_itself(channel: Channel) -> None:
    """No webhook is registered, and nobody is told of one."""
    channel.public_url = None

    said = as_text(await channel.subscribe(REQUEST))

    assert channel.meetings.webhooks == {}
    assert "minutes" in said


@pytest.mark.parametrize(
    ("audience", "refusal"),
    [
        ({"has_bot": False}, NotInChannel),
        ({"is_archived": True}, ChannelClosed),
        ({"is_shared": True, "outside": 1}, SharedChannel),
        ({"readers": None}, AudienceUnknown),
        ({"kind": ConversationKind.GROUP, "readers": 100}, NotAChannel),
        ({"kind": ConversationKind.DIRECT}, NotAChannel),
        ({"kind": ConversationKind.GROUP}, NotAChannel),
    ],
)
async def test_a_channel_it_cannot_or_should_not_post_in_is_refused(
    channel: Channel, audience: dict[str, object], refusal: type[BotError]
) -> None:
    """Before it says yes, and with nothing stored or registered."""
    channel.conversations.known[CHANNEL] = an_audience(**audience)

    with pytest.raises(refusal):
        await channel.subscribe(REQUEST)

    assert await channel.kept.subscriptions.of_channel(WORKSPACE, CHANNEL) == []
    assert channel.meetings.webhooks == {}


@pytest.mark.parametrize(
    ("app", "problem", "refusal"),
    [
        ("Standups", PermissionMissing(), PermissionMissing),
        ("nothing", None, UnknownAlias),
        (OTHER_APP, None, AppNotFound),
    ],
)
async def test_credentials_that_do_not_work_for_the_app_are_refused(
    channel: Channel, app: str, problem: Exception | None, refusal: type[BotError]
) -> None:
    """An id is not taken at its word: nobody would notice later."""
    channel.meetings.apps_error = problem

    with pytest.raises(refusal):
        await channel.subscribe(replace(REQUEST, app=app))

    assert await channel.kept.subscriptions.of_channel(WORKSPACE, CHANNEL) == []


async def test_another_company_reads_along_once_an_administrator_agreed(channel: Channel) -> None:
    """The agreement is remembered with the subscription; the question says who will read."""
    channel.conversations.known[CHANNEL] = an_audience(is_shared=True, outside=1)
    administrators = replace(REQUEST, allows_outsiders=True)

    asked = as_text(await channel.subscribe(administrators))
    before = await channel.kept.subscriptions.of_channel(WORKSPACE, CHANNEL)
    await channel.subscribe(replace(administrators, consent=Consent(42, 1)))

    (stored,) = await channel.kept.subscriptions.of_channel(WORKSPACE, CHANNEL)
    assert before == []
    assert stored.allows_outsiders
    assert "42 people can read them, some of them from one other company" in asked


async def test_where_shared_channels_are_allowed_a_member_confirms(channel: Channel) -> None:
    """No administrator is needed, and the permission stays the workspace's, not the channel's."""
    channel.policies.decided = Policy(allows_shared=True)
    channel.conversations.known[CHANNEL] = an_audience(is_shared=True, outside=2)

    asked = as_text(await channel.subscribe(REQUEST))
    await channel.subscribe(replace(REQUEST, consent=Consent(42, 2)))

    (stored,) = await channel.kept.subscriptions.of_channel(WORKSPACE, CHANNEL)
    assert not stored.allows_outsiders
    assert "2 other companies" in asked


async def test_many_readers_are_to_be_confirmed(channel: Channel) -> None:
    """Who agreed to fewer is asked again; nothing is stored before."""
    channel.conversations.known[CHANNEL] = an_audience(readers=151)

    asked = as_text(await channel.subscribe(replace(REQUEST, consent=Consent(150, 0))))

    assert "151 people" in asked
    assert "[Subscribe anyway]" in asked
    assert await channel.kept.subscriptions.of_channel(WORKSPACE, CHANNEL) == []


async def test_a_channel_the_app_must_not_go_to_cannot_subscribe(channel: Channel) -> None:
    """Administrators chose others; the app is known by its id however it is written."""
    private = AppPolicy(channels=AllowedChannels.PRIVATE)
    channel.policies.decided = Policy(apps={AppId(APP.upper()): private})

    with pytest.raises(ChannelNotAllowed):
        await channel.subscribe(REQUEST)

    assert await channel.kept.subscriptions.of_channel(WORKSPACE, CHANNEL) == []


async def test_a_direct_conversation_cannot_subscribe_even_unseen(channel: Channel) -> None:
    """What may not be looked at for want of a scope is no channel."""
    channel.conversations.refusal = DirectUnseen("missing_scope im:read")

    with pytest.raises(NotAChannel):
        await channel.subscribe(REQUEST)


async def test_the_last_to_unsubscribe_takes_the_webhook_along(channel: Channel) -> None:
    """While another channel subscribes, it stays."""
    await channel.kept.subscriptions.add(
        a_subscription(id=SubscriptionId("OTHER"), channel="C0OTHER")
    )
    await channel.subscribe(REQUEST)

    await channel.unsubscribe(WORKSPACE, CHANNEL, "standups", ASKER)
    assert len(channel.meetings.webhooks) == 1
    await channel.unsubscribe(WORKSPACE, "C0OTHER", "", ASKER)  # type: ignore[arg-type]

    assert channel.meetings.webhooks == {}
    assert await channel.kept.watched.get(WORKSPACE, APP) is None


async def test_unsubscribing_works_while_cloudflare_is_away(channel: Channel) -> None:
    """What is stored decides; the webhook is removed at a later look."""
    await channel.subscribe(REQUEST)
    channel.meetings.refusal = PermissionMissing()

    await channel.unsubscribe(WORKSPACE, CHANNEL, APP, ASKER)

    assert await channel.kept.subscriptions.of_channel(WORKSPACE, CHANNEL) == []
    assert await channel.kept.watched.get(WORKSPACE, APP) is not None


@pytest.mark.parametrize("app", ["nothing", ""])
async def test_what_is_not_subscribed_to_cannot_be_ended(channel: Channel, app: str) -> None:
    """The answer names what there is."""
    for number, known in enumerate((APP, OTHER_APP)):
        await channel.kept.subscriptions.add(
            a_subscription(id=SubscriptionId(f"S{number}"), app=known, name=f"app {number}")
        )

    with pytest.raises(NotSubscribed) as refusal:
        await channel.unsubscribe(WORKSPACE, CHANNEL, app, ASKER)

    assert refusal.value.names == ("app 0", "app 1")


async def test_a_channel_is_told_what_it_subscribes_to(channel: Channel) -> None:
    """To everybody who asks: which app, which titles, by whom; or that there is nothing."""
    listed = ListSubscriptions(channel.kept.subscriptions)
    nothing = as_text(await listed(WORKSPACE, CHANNEL))
    await channel.kept.subscriptions.add(
        a_subscription(title="weekly*", created_by=UserId("U0MAKER"))
    )

    said = as_text(await listed(WORKSPACE, CHANNEL))

    assert "/meeting-summary subscribe" in nothing
    assert all(word in said for word in ("standups", "weekly", "U0MAKER"))
