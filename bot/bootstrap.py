"""The composition root: opens the resources and builds the use cases that work goes through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bot.checks import Examination, build_health, examine_beside
from bot.connections import Connections, open_connections, utc_now
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import new_reference
from bot.errors import DatabaseOutdated
from bot.jobs.agenda import Agenda
from bot.jobs.health import HealthRounds
from bot.jobs.queue import queue_for
from bot.jobs.rounds import Rounds
from bot.jobs.worker import Worker
from bot.metrics import Metrics
from bot.settings import Settings
from bot.store.alarms import SqlAlarms
from bot.store.bot_tokens import SqlBotTokens
from bot.store.budgets import Budgets
from bot.store.credentials import SqlCredentials
from bot.store.deliveries import SqlDeliveries
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.migrate import is_current, migrate
from bot.store.workers import SqlWorkers
from bot.store.workspaces import Identity
from bot.stores import Stores, build_sealer, build_stores
from bot.tenants import Tenants, tenants_of
from bot.usecases.answer_asker import AnswerAsker
from bot.usecases.app_directory import AppDirectory
from bot.usecases.audience_gate import AudienceGate
from bot.usecases.connect import Connect
from bot.usecases.deliver_summary import DeliverSummary
from bot.usecases.diagnose import Diagnose
from bot.usecases.expire_notice import ExpireNotice
from bot.usecases.fetch_admitted import FetchAdmitted
from bot.usecases.fetch_summary import FetchSummary
from bot.usecases.keep_webhook import KeepWebhook
from bot.usecases.leave_workspace import LeaveWorkspace
from bot.usecases.ports import Clock, Workspaces
from bot.usecases.refresh_token import RefreshToken
from bot.usecases.sweep_app import SweepApp
from bot.usecases.tell_of_pauses import TellOfPauses

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fetching:
    """How summaries are looked up: all that `fetch` needs, without Slack or a database."""

    directory: AppDirectory
    fetch: FetchSummary


def build_fetching(connections: Connections, workspaces: Workspaces) -> Fetching:
    """Build the use cases that only ask Cloudflare."""
    directory = AppDirectory(workspaces, connections.realtimekit, connections.now)
    diagnose = Diagnose(directory, connections.realtimekit, connections.now)
    fetch = FetchSummary(directory, connections.realtimekit, connections.downloads, diagnose)
    return Fetching(directory, fetch)


def build_connect(
    connections: Connections, stored: SqlCredentials, workspaces: Workspaces, fetching: Fetching
) -> Connect:
    """Build the use case that takes a workspace's Cloudflare credentials."""
    return Connect(
        workspaces=workspaces,
        account=connections.realtimekit,
        stored=stored,
        directory=fetching.directory,
        now=connections.now,
        can_seal=bool(connections.settings.encryption_keys),
    )


@dataclass(frozen=True, slots=True)
class Bot:
    """The bot at work: what the edges are built from."""

    connections: Connections
    stores: Stores
    tenants: Tenants
    fetching: Fetching
    gate: AudienceGate
    keep_webhook: KeepWebhook
    agenda: Agenda
    worker: Worker
    rounds: Rounds
    examination: Examination
    alarms: SqlAlarms
    health: HealthRounds

    @property
    def deliveries(self) -> SqlDeliveries:
        """The promises made."""
        return self.stores.deliveries

    @property
    def who(self) -> Identity:
        """The workspace the settings name. Raises `LookupError` where any number is served."""
        if self.tenants.who is None:
            raise LookupError("the settings name no workspace")
        return self.tenants.who


@asynccontextmanager
async def open_bot(
    settings: Settings, *, now: Clock = utc_now, sleep: Sleep = asyncio.sleep
) -> AsyncIterator[Bot]:
    """Open everything.

    Raises:
        StoreError: the database cannot be opened, or is not prepared for this version.
        SlackError: Slack refuses the bot token, or cannot be asked whose it is for the first time.
    """
    async with AsyncExitStack() as stack:
        database = await Database.open(settings.database_url.get_secret_value())
        stack.push_async_callback(database.close)
        if settings.uses_sqlite:
            await migrate(database)
        elif not await is_current(database):
            raise DatabaseOutdated
        connections = await stack.enter_async_context(
            open_connections(settings, now=now, budgets=Budgets(database, now))
        )
        sealer, queue = build_sealer(settings), queue_for(database)
        stores = build_stores(database, sealer, queue, now)
        refresh = build_refresh(connections, database, sealer, sleep)
        if refresh is not None:
            stack.push_async_callback(refresh.drain)
        tenants = await tenants_of(settings, stores.workspaces, connections, refresh=refresh)
        fetching = build_fetching(connections, tenants)
        agenda = Agenda(database, sealer)
        gate = AudienceGate(stores.policies.policy, connections.conversations, connections.now)
        handlers = _handlers(connections, stores, tenants, fetching, gate)
        settled = _counted(connections.metrics, now)
        beat = partial(SqlWorkers(database).beat, new_reference())
        worker = Worker(agenda, handlers, queue, now, sleep, settled=settled, beat=beat)
        keep_webhook = _webhooks(connections, stores)
        alarms = SqlAlarms(database, tenants.who.id if tenants.who else None)
        examination = examine_beside(database, sealer, connections, tenants)
        yield Bot(
            connections=connections,
            stores=stores,
            tenants=tenants,
            fetching=fetching,
            gate=gate,
            keep_webhook=keep_webhook,
            agenda=agenda,
            worker=worker,
            rounds=_rounds(connections, stores, tenants, gate, keep_webhook),
            examination=examination,
            alarms=alarms,
            health=build_health(examination, alarms, tenants.find, stores.policies.administrators),
        )


def build_refresh(
    connections: Connections, database: Database, sealer: Sealer, sleep: Sleep
) -> RefreshToken | None:
    """Build what keeps rotated tokens alive, where there can be any."""
    oauth = connections.oauth()
    if oauth is None:
        return None
    return RefreshToken(
        tokens=SqlBotTokens(database, sealer), oauth=oauth, now=connections.now, sleep=sleep
    )


def build_leave(connections: Connections, stores: Stores, tenants: Tenants) -> LeaveWorkspace:
    """Build the use case that deletes a workspace."""
    return LeaveWorkspace(
        workspaces=tenants,
        watched=stores.watched,
        installations=stores.installations,
        connect=connections.realtimekit,
    )


@dataclass(frozen=True, slots=True)
class _Handlers:
    """What the worker does with a delivery."""

    deliver: DeliverSummary
    tell: AnswerAsker
    expire_notice: ExpireNotice


def _handlers(
    connections: Connections,
    stores: Stores,
    tenants: Tenants,
    fetching: Fetching,
    gate: AudienceGate,
) -> _Handlers:
    return _Handlers(
        DeliverSummary(
            tenants,
            FetchAdmitted(fetching.fetch, gate, stores.subscriptions),
            connections.poster,
            stores.deliveries,
            stores.subscriptions,
            connections.now,
        ),
        AnswerAsker(
            tenants,
            stores.deliveries,
            fetching.directory,
            connections.realtimekit,
            connections.poster,
            connections.conversations,
        ),
        ExpireNotice(tenants, connections.poster),
    )


def _webhooks(connections: Connections, stores: Stores) -> KeepWebhook:
    return KeepWebhook(
        connections.realtimekit,
        stores.workspaces,
        stores.subscriptions,
        stores.watched,
        connections.now,
        connections.settings.public_url,
        count=lambda outcome: connections.metrics.webhook_registrations.labels(outcome).inc(),
    )


def _rounds(
    connections: Connections,
    stores: Stores,
    tenants: Tenants,
    gate: AudienceGate,
    keep_webhook: KeepWebhook,
) -> Rounds:
    sweep = SweepApp(
        tenants,
        connections.realtimekit,
        gate,
        stores.subscriptions,
        stores.watched,
        stores.expectations,
        keep_webhook,
        connections.now,
    )
    tell = TellOfPauses(tenants, connections.poster, stores.subscriptions, connections.now)
    return Rounds(stores.watched, sweep, tell, connections.now, connections.metrics.observe_look)


def _counted(metrics: Metrics, now: Clock) -> Callable[[Delivery], None]:
    """Count each outcome, and time from the promise to the thread where somebody waits for it."""

    def count(delivery: Delivery) -> None:
        if delivery.reason:
            metrics.failures.labels(delivery.reason).inc()
        if not delivery.state.is_open:
            metrics.posts.labels(delivery.state.value).inc()
        if delivery.state is DeliveryState.POSTED and delivery.subscription is None:
            metrics.ack_to_thread.observe((now() - delivery.created_at).total_seconds())

    return count
