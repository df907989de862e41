"""Everything that is remembered, in one database."""

from __future__ import annotations

from dataclasses import dataclass

from bot.jobs.queue import Queue
from bot.settings import Settings
from bot.store.audit import SqlAudit
from bot.store.credentials import SqlCredentials
from bot.store.deliveries import SqlDeliveries
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.expectations import SqlExpectations
from bot.store.installations import SqlInstallations
from bot.store.oauth_states import SqlOAuthStates
from bot.store.policies import SqlPolicies
from bot.store.setup_links import SqlSetupLinks
from bot.store.subscriptions import SqlSubscriptions
from bot.store.watched_apps import SqlWatchedApps
from bot.store.workspaces import SqlWorkspaces
from bot.usecases.ports import Clock


@dataclass(frozen=True, slots=True)
class Stores:
    """What is remembered, by what it is about; all in one database."""

    credentials: SqlCredentials
    database: Database
    deliveries: SqlDeliveries
    expectations: SqlExpectations
    installations: SqlInstallations
    oauth_states: SqlOAuthStates
    audit: SqlAudit
    policies: SqlPolicies
    setup_links: SqlSetupLinks
    subscriptions: SqlSubscriptions
    watched: SqlWatchedApps
    workspaces: SqlWorkspaces


def build_sealer(settings: Settings) -> Sealer:
    """What seals secrets. One workspace alone may go without a key: its bot token serves as one.

    What that has sealed still opens when there is a key, which seals from then on.
    """
    token = settings.slack_bot_token
    return Sealer([*settings.encryption_keys, *([token.get_secret_value()] if token else [])])


def build_stores(database: Database, sealer: Sealer, queue: Queue, now: Clock) -> Stores:
    """Build them around an open database."""
    return Stores(
        credentials=SqlCredentials(database, sealer),
        database=database,
        deliveries=SqlDeliveries(database, sealer, queue),
        expectations=SqlExpectations(database, sealer, queue),
        installations=SqlInstallations(database, sealer),
        oauth_states=SqlOAuthStates(database),
        audit=SqlAudit(database),
        policies=SqlPolicies(database, now),
        setup_links=SqlSetupLinks(database),
        subscriptions=SqlSubscriptions(database, queue),
        watched=SqlWatchedApps(database),
        workspaces=SqlWorkspaces(database, sealer),
    )
