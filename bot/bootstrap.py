"""The composition root: opens the resources, builds the use cases and hands them to the edges."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from bot.connections import Connections, open_connections, utc_now
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import AppId, WorkspaceId
from bot.errors import DatabaseOutdated, InstallationBroken, SlackError
from bot.jobs.agenda import Agenda
from bot.jobs.queue import queue_for
from bot.jobs.worker import Worker
from bot.manifest import OPTIONAL_SCOPES, SCOPE_REASONS
from bot.metrics import Metrics
from bot.settings import Settings
from bot.slack.directory import identity
from bot.store.deliveries import SqlDeliveries
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.migrate import is_current, migrate
from bot.store.workspaces import Identity, SqlWorkspaces
from bot.usecases.answer_asker import AnswerAsker
from bot.usecases.app_directory import AppDirectory
from bot.usecases.check_setup import CheckSetup, Schema, SlackAccount, WantedScopes, probes_for
from bot.usecases.deliver_summary import DeliverSummary
from bot.usecases.diagnose import Diagnose
from bot.usecases.expire_notice import ExpireNotice
from bot.usecases.fetch_summary import FetchSummary
from bot.usecases.ports import Clock, Workspace, Workspaces
from bot.web.reach import reach

_log = structlog.get_logger()

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


@dataclass(frozen=True, slots=True)
class ConfiguredWorkspace:
    """The one workspace of a deployment that names it in its settings: is a `Workspaces`."""

    workspace: Workspace
    stored: SqlWorkspaces | None = None
    """Where its aliases are; `fetch` works without a database, and without aliases."""

    async def get(self, workspace: WorkspaceId) -> Workspace:
        """The workspace. Raises `InstallationBroken` for any other."""
        if workspace != self.workspace.id:
            raise InstallationBroken("unknown_workspace")
        return self.workspace

    async def alias(self, workspace: WorkspaceId, name: str) -> AppId | None:
        """The app an administrator gave this alias, if any."""
        if self.stored is None or workspace != self.workspace.id:
            return None
        return await self.stored.alias(workspace, name)


def configured_workspace(settings: Settings, who: Identity | None) -> Workspace:
    """The workspace the settings describe; `who` is what Slack says of it, if it was asked."""
    bot_token, api_token = settings.slack_bot_token, settings.cloudflare_api_token
    return Workspace(
        id=who.id if who else WorkspaceId(""),
        url=who.url if who else "",
        bot_token=bot_token.get_secret_value() if bot_token else "",
        account_id=settings.cloudflare_account_id,
        api_token=api_token.get_secret_value() if api_token else None,
    )


@dataclass(frozen=True, slots=True)
class OpenSchema:
    """The tables of an open database: is a `Schema`."""

    database: Database

    async def is_current(self) -> bool:
        """Whether the tables are this version's."""
        return await is_current(self.database)


def build_checks(connections: Connections, workspace: Workspace, schema: Schema) -> CheckSetup:
    """The checks that apply to these settings, for the terminal and for Slack."""

    def identify() -> Awaitable[SlackAccount]:
        return identity(connections.slack_api(workspace.bot_token))

    connected = workspace.account_id and workspace.api_token
    return CheckSetup(
        probes_for(
            identify=identify if workspace.bot_token else None,
            wanted=WantedScopes(SCOPE_REASONS.keys(), OPTIONAL_SCOPES),
            meetings=connections.realtimekit(workspace) if connected else None,
            schema=schema,
            public_url=connections.settings.public_url,
            reach=reach,
            now=connections.now,
        )
    )


@dataclass(frozen=True, slots=True)
class Bot:
    """The bot at work in its workspace: what the edges are built from."""

    connections: Connections
    database: Database
    agenda: Agenda
    worker: Worker
    deliveries: SqlDeliveries
    stored: SqlWorkspaces
    workspaces: ConfiguredWorkspace
    who: Identity
    fetching: Fetching


@dataclass(frozen=True, slots=True)
class _Handlers:
    """What the worker does with a delivery."""

    deliver: DeliverSummary
    tell: AnswerAsker
    expire_notice: ExpireNotice


@asynccontextmanager
async def open_bot(
    settings: Settings, *, now: Clock = utc_now, sleep: Sleep = asyncio.sleep
) -> AsyncIterator[Bot]:
    """Open everything for one configured workspace.

    Raises:
        StoreError: the database cannot be opened, or is not prepared for this version.
        SlackError: Slack refuses the bot token, or cannot be asked whose it is for the first time.
    """
    async with AsyncExitStack() as stack:
        connections = await stack.enter_async_context(open_connections(settings, now=now))
        database = await Database.open(settings.database_url.get_secret_value())
        stack.push_async_callback(database.close)
        if settings.uses_sqlite:
            await migrate(database)
        elif not await is_current(database):
            raise DatabaseOutdated
        stored = SqlWorkspaces(database)
        who = await identify(connections, stored)
        workspaces = ConfiguredWorkspace(configured_workspace(settings, who), stored)
        sealer = Sealer(settings.encryption_keys or [workspaces.workspace.bot_token])
        queue = queue_for(database)
        deliveries = SqlDeliveries(database, sealer, queue)
        fetching = build_fetching(connections, workspaces)
        agenda = Agenda(database, sealer)
        handlers = _Handlers(
            DeliverSummary(workspaces, fetching.fetch, connections.poster, deliveries, now),
            AnswerAsker(
                workspaces,
                deliveries,
                fetching.directory,
                connections.realtimekit,
                connections.poster,
            ),
            ExpireNotice(workspaces, connections.poster),
        )
        worker = Worker(
            agenda, handlers, queue, now, sleep, settled=_counted(connections.metrics, now)
        )
        yield Bot(
            connections, database, agenda, worker, deliveries, stored, workspaces, who, fetching
        )


async def identify(connections: Connections, stored: SqlWorkspaces) -> Identity:
    """Learn whose bot token this is; an outage of Slack does not stop a bot it knows already.

    Raises:
        SlackError: Slack refuses the token, or is away and never told before.
    """
    secret = connections.settings.slack_bot_token
    token = secret.get_secret_value() if secret else ""
    try:
        told = await identity(connections.slack_api(token))
    except SlackError as error:
        known = await stored.of_token(token) if error.retryable else None
        if known is None:
            raise
        _log.warning("slack not reached, going on with what it said before", detail=error.detail)
        return known
    whole = told.enterprise_id if told.is_enterprise_install else None
    who = Identity(
        id=WorkspaceId(whole or told.team_id),
        url=told.url,
        bot_user_id=told.bot_user_id,
        bot_id=told.bot_id,
    )
    await stored.remember(who, token=token, at=connections.now())
    return who


def _counted(metrics: Metrics, now: Clock) -> Callable[[Delivery], None]:
    """Count each outcome, and time from the promise to the thread."""

    def count(delivery: Delivery) -> None:
        if delivery.reason:
            metrics.failures.labels(delivery.reason).inc()
        if not delivery.state.is_open:
            metrics.posts.labels(delivery.state.value).inc()
        if delivery.state is DeliveryState.POSTED:
            metrics.ack_to_thread.observe((now() - delivery.created_at).total_seconds())

    return count
