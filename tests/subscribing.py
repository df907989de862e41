"""A store in memory with everything subscriptions need, and stand-ins around it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.audience import Audience, ConversationKind
from bot.domain.ids import AppId, ChannelId, SubscriptionId, UserId, WebhookId, WorkspaceId
from bot.domain.policy import Policy
from bot.domain.subscription import Subscription
from bot.domain.summary import SessionDetails
from bot.domain.webhook import Webhook
from bot.errors import NotInChannel, WebhookNotFound, WebhookTaken
from bot.store.deliveries import SqlDeliveries
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.expectations import SqlExpectations
from bot.store.migrate import migrate
from bot.store.subscriptions import SqlSubscriptions
from bot.store.watched_apps import SqlWatchedApps
from bot.store.workspaces import Identity, SqlWorkspaces
from bot.usecases.audience_gate import AudienceGate
from bot.usecases.ports import Clock
from tests.deliveries import RecordedWakes
from tests.fakes import APP, ASKER, CHANNEL, NOON, WORKSPACE, FakeMeetings, a_workspace

PUBLIC_URL = "https://bot.example.com"


def a_subscription(**changes: object) -> Subscription:
    """A subscription made at noon."""
    made = Subscription(
        id=SubscriptionId("SUB1"),
        workspace=WORKSPACE,
        channel=CHANNEL,
        app=APP,
        name="standups",
        created_by=ASKER,
        created_at=NOON,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class WatchedMeetings(FakeMeetings):
    """RealtimeKit with webhooks and sessions; what is an exception is raised."""

    recent: list[SessionDetails] = field(default_factory=list)
    webhooks: dict[WebhookId, Webhook] = field(default_factory=dict)
    refusal: Exception | None = None
    asked_since: list[datetime] = field(default_factory=list)

    async def list_sessions_since(self, app: AppId, created: datetime) -> Sequence[SessionDetails]:
        """Those set up."""
        self._refuse()
        assert app == APP
        self.asked_since.append(created)
        return self.recent

    async def list_webhooks(self, app: AppId) -> Sequence[Webhook]:
        """All there are."""
        self._refuse()
        return list(self.webhooks.values())

    async def create_webhook(self, app: AppId, url: str, events: Sequence[str]) -> Webhook:
        """One more, unless the address is taken."""
        self._refuse()
        if any(each.url == url for each in self.webhooks.values()):
            raise WebhookTaken
        return self._put(WebhookId(f"webhook-{len(self.webhooks) + 1}"), url, events)

    async def replace_webhook(
        self, app: AppId, webhook: WebhookId, url: str, events: Sequence[str]
    ) -> Webhook:
        """Change one that is there."""
        self._refuse()
        if webhook not in self.webhooks:
            raise WebhookNotFound
        return self._put(webhook, url, events)

    async def delete_webhook(self, app: AppId, webhook: WebhookId) -> None:
        """Remove one."""
        self._refuse()
        self.webhooks.pop(webhook, None)

    def _put(self, webhook: WebhookId, url: str, events: Sequence[str]) -> Webhook:
        self.webhooks[webhook] = Webhook(id=webhook, url=url, events=frozenset(events))
        return self.webhooks[webhook]

    def _refuse(self) -> None:
        if self.refusal:
            raise self.refusal


@dataclass
class FakeConversations:
    """Channels by their ids; an unknown one cannot be seen."""

    known: dict[ChannelId, Audience] = field(default_factory=lambda: {CHANNEL: an_audience()})
    refusal: Exception | None = None
    asked: list[ChannelId] = field(default_factory=list)

    async def audience(self, channel: ChannelId) -> Audience:
        """As set up."""
        self.asked.append(channel)
        if self.refusal:
            raise self.refusal
        if channel not in self.known:
            raise NotInChannel("channel_not_found")
        return self.known[channel]


@dataclass
class FakePolicies:
    """What administrators decided, the same for every workspace."""

    decided: Policy = field(default_factory=Policy)

    async def policy(self, workspace: WorkspaceId) -> Policy:
        """As set up."""
        return self.decided


def a_gate(
    conversations: FakeConversations,
    policies: FakePolicies | None = None,
    now: Clock = lambda: NOON,
) -> AudienceGate:
    """The way to a post, as it ships."""
    return AudienceGate((policies or FakePolicies()).policy, lambda _: conversations, now)


def an_audience(**changes: object) -> Audience:
    """A public channel of 42 people with the bot in it."""
    usual = Audience(
        channel=CHANNEL,
        kind=ConversationKind.PUBLIC,
        has_bot=True,
        is_archived=False,
        is_shared=False,
        outside=0,
        readers=42,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Kept:
    """What is stored."""

    wakes: RecordedWakes
    deliveries: SqlDeliveries
    expectations: SqlExpectations
    subscriptions: SqlSubscriptions
    watched: SqlWatchedApps
    workspaces: SqlWorkspaces


def kept_in(database: Database) -> Kept:
    """The stores of an open database."""
    wakes, sealer = RecordedWakes(), Sealer(["a key for tests"])
    return Kept(
        wakes,
        SqlDeliveries(database, sealer, wakes),
        SqlExpectations(database, sealer, wakes),
        SqlSubscriptions(database, wakes),
        SqlWatchedApps(database),
        SqlWorkspaces(database, sealer),
    )


@asynccontextmanager
async def kept_in_memory() -> AsyncIterator[Kept]:
    """An empty store with one installed workspace."""
    database = await Database.open("sqlite://")
    await migrate(database)
    kept = kept_in(database)
    await install(kept, WORKSPACE)
    yield kept
    await database.close()


async def install(kept: Kept, workspace: WorkspaceId) -> None:
    """Install a workspace with all it takes."""
    who = Identity(
        id=workspace, url="https://acme.slack.com/", bot_user_id=UserId("U0BOT"), bot_id="B0BOT"
    )
    await kept.workspaces.install(replace(a_workspace(), id=workspace), who, at=NOON)
