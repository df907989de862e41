"""The checks of `doctor` and of the alarms, put together: the same in Slack and the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from bot.connections import Connections, utc_now
from bot.domain.check import Check
from bot.domain.ids import UserId, WorkspaceId
from bot.domain.workspace import Workspace
from bot.errors import BotError
from bot.jobs.health import HealthRounds
from bot.jobs.queue import queue_for
from bot.manifest import OPTIONAL_SCOPES, SCOPE_REASONS
from bot.messages.kit import Message
from bot.slack.administrators import Administrators
from bot.slack.authorization import FindInstallation
from bot.slack.directory import Person, identity, user_info
from bot.store.alarms import SqlAlarms
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.migrate import is_current
from bot.store.missed import SqlMissed
from bot.store.policies import SqlPolicies
from bot.store.sealed import SqlSeals
from bot.store.subscriptions import SqlSubscriptions
from bot.store.watched_apps import SqlWatchedApps
from bot.store.workers import SqlWorkers
from bot.usecases.administration_ports import Account
from bot.usecases.checks.cloudflare import CheckCloudflare, UsedApps, nothing_used
from bot.usecases.checks.deployment import (
    Schema,
    check_address,
    check_database,
    check_worker,
)
from bot.usecases.checks.encryption import CheckEncryption
from bot.usecases.checks.failures import Mending
from bot.usecases.checks.setup import CheckSetup, Probe
from bot.usecases.checks.slack import CheckSlack, SlackAccount, WantedScopes
from bot.usecases.checks.subscriptions import CheckSubscriptions, Listening
from bot.usecases.watch_health import WatchHealth
from bot.web.reach import reach

_WANTED = WantedScopes(SCOPE_REASONS.keys(), OPTIONAL_SCOPES)


@dataclass(frozen=True, slots=True)
class OpenSchema:
    """The tables of an open database: is a `Schema`."""

    database: Database

    async def is_current(self) -> bool:
        """Whether the tables are this version's."""
        return await is_current(self.database)


@dataclass(frozen=True, slots=True)
class Records:
    """What the checks read from the database; they change nothing there."""

    seals: SqlSeals
    subscriptions: SqlSubscriptions
    watched: SqlWatchedApps
    missed: SqlMissed
    workers: SqlWorkers
    policies: SqlPolicies

    async def listening(self, workspace: WorkspaceId) -> Listening:
        """What a workspace subscribes to, and how its apps are listened to."""
        watched = await self.watched.of_workspace(workspace)
        since = {each.app: each.unheard_since for each in watched}
        return Listening(
            subscriptions=await self.subscriptions.of_workspace(workspace),
            watched=watched,
            missed=await self.missed.count(
                workspace, {app: at for app, at in since.items() if at is not None}
            ),
        )

    async def used_apps(self, workspace: WorkspaceId) -> UsedApps:
        """The apps a workspace relies on."""
        wanted, policy, aliases = await asyncio.gather(
            self.subscriptions.of_workspace(workspace),
            self.policies.policy(workspace),
            self.policies.aliases(workspace),
        )
        subscribed = {each.app: each.name for each in wanted}
        return UsedApps(subscribed=subscribed, default=policy.default_app, aliases=aliases)


def records_of(database: Database, sealer: Sealer) -> Records:
    """What the checks read from an open database."""
    return Records(
        SqlSeals(database, sealer),
        SqlSubscriptions(database, queue_for(database)),
        SqlWatchedApps(database),
        SqlMissed(database),
        SqlWorkers(database),
        SqlPolicies(database, utc_now),
    )


class Homes(Protocol):
    """The workspaces that are served. Both methods raise `BotError`."""

    async def known(self, workspace: WorkspaceId) -> Workspace:
        """A workspace as it is stored."""

    async def in_slack(self, workspace: WorkspaceId) -> Workspace:
        """A workspace with a bot token that lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """Looks at the deployment, and at one workspace at a time."""

    connections: Connections
    homes: Homes
    schema: Schema
    records: Records | None
    """Without a database that can be read, nothing is said of what is stored."""
    is_serving: bool = True
    """Whether the bot runs, so that somebody has to do the work."""

    async def everything(self, workspace: WorkspaceId) -> Sequence[Check]:
        """What concerns one workspace, the deployment included."""
        own, shared = await asyncio.gather(self.workspace(workspace), self.deployment())
        return [*own, *shared]

    async def deployment(self, *, address: bool = True) -> Sequence[Check]:
        """What all workspaces share; the public address only where that is wanted."""
        probes: dict[str, Probe] = {"Database": partial(check_database, self.schema)}
        if self.records is not None:
            probes["Worker"] = partial(self._worker, self.records.workers)
        public_url = self.connections.settings.public_url
        if public_url is not None and address:
            probes["Public address"] = partial(check_address, public_url, reach)
        return await CheckSetup(probes)()

    async def workspace(self, workspace: WorkspaceId) -> Sequence[Check]:
        """What is one workspace's own."""
        try:
            home = await self.homes.known(workspace)
        except BotError:
            home = None  # each check meets the error itself, and says what it means
        probes: dict[str, Probe] = {}
        if home is None or home.bot_token:
            probes["Slack"] = self._slack(workspace)
        if self.records is not None or (home is not None and home.api_token):
            probes["Cloudflare"] = self._cloudflare(workspace)
        if self.records is not None:
            probes |= self._stored(workspace, self.records)
        mending = {"Slack": self._slack_mending(), "Cloudflare": self._cloudflare_mending(home)}
        return await CheckSetup(probes, mending)()

    def _slack(self, workspace: WorkspaceId) -> CheckSlack:
        async def identify() -> SlackAccount:
            home = await self.homes.in_slack(workspace)
            return await identity(self.connections.slack_api(home.bot_token))

        async def granted() -> frozenset[str]:
            return (
                frozenset() if self.records is None else await self.records.seals.scopes(workspace)
            )

        return CheckSlack(
            identify=identify,
            granted=granted,
            wanted=_WANTED,
            now=self.connections.now,
            mending=self._slack_mending(),
        )

    def _cloudflare(self, workspace: WorkspaceId) -> CheckCloudflare:
        async def account() -> Account:
            return self.connections.realtimekit(await self.homes.known(workspace))

        used = partial(self.records.used_apps, workspace) if self.records else nothing_used
        return CheckCloudflare(account, used)

    def _stored(self, workspace: WorkspaceId, records: Records) -> dict[str, Probe]:
        settings = self.connections.settings
        return {
            "Webhooks": CheckSubscriptions(
                partial(records.listening, workspace),
                settings.public_url is not None,
                self.connections.now,
            ),
            "Encryption": CheckEncryption(
                partial(records.seals.of_workspace, workspace), bool(settings.encryption_keys)
            ),
        }

    async def _worker(self, workers: SqlWorkers) -> Sequence[Check]:
        seen_at = await workers.seen_at()
        return [check_worker(seen_at, self.connections.now(), is_serving=self.is_serving)]

    def _slack_mending(self) -> Mending:
        many = self.connections.settings.serves_many
        return Mending.BY_ADMINISTRATOR if many else Mending.BY_OPERATOR

    def _cloudflare_mending(self, home: Workspace | None) -> Mending:
        set_here = self.connections.settings.cloudflare_api_token
        if home is None or set_here is None or home.api_token != set_here.get_secret_value():
            return Mending.BY_ADMINISTRATOR
        return Mending.BY_OPERATOR


def examine_beside(
    database: Database, sealer: Sealer, connections: Connections, homes: Homes
) -> Examination:
    """Build what looks at everything while the bot is at work on this database."""
    return Examination(
        connections=connections,
        homes=homes,
        schema=OpenSchema(database),
        records=records_of(database, sealer),
    )


def build_health(
    examination: Examination,
    alarms: SqlAlarms,
    find: FindInstallation,
    added: Callable[[WorkspaceId], Awaitable[frozenset[UserId]]],
) -> HealthRounds:
    """Build what looks after every workspace and writes to its administrator.

    Args:
        examination: what looks.
        alarms: how the checks stood before.
        find: which installation a workspace is.
        added: those whom a workspace's administrators have added.
    """
    connections = examination.connections

    async def look_up(workspace: WorkspaceId, user: UserId) -> Person:
        home = await examination.homes.in_slack(workspace)
        return await user_info(connections.slack_api(home.bot_token), user)

    administrators = Administrators(look_up, added)

    async def may_administer(workspace: WorkspaceId, user: UserId) -> bool:
        # The same id is a team's or an organisation's, whichever the app was installed for.
        installation = await find(workspace, workspace)
        return installation is not None and await administrators(installation, user)

    async def tell(workspace: WorkspaceId, user: UserId, message: Message) -> None:
        await connections.poster(await examination.homes.in_slack(workspace)).tell(user, message)

    watch = WatchHealth(
        check=examination.workspace,
        alarms=alarms,
        may_administer=may_administer,
        tell=tell,
        now=connections.now,
    )
    # Where many are served, their administrators can do nothing about the deployment's address.
    deployment = partial(examination.deployment, address=alarms.only is not None)
    return HealthRounds(alarms, deployment, watch, connections.now)
