"""Many companies on one deployment: each a workspace, an account, and a subscribed channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.demo.fake_realtimekit import Token
from bot.demo.fake_slack import Channel, Team
from bot.demo.stage import APP_NAME, ASKER, Stage
from bot.domain.ids import (
    AppId,
    ChannelId,
    SessionId,
    SubscriptionId,
    UserId,
    WorkspaceId,
    new_reference,
)
from bot.domain.subscription import Subscription
from bot.domain.workspace import Workspace
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.migrate import migrate
from bot.store.subscriptions import SqlSubscriptions
from bot.store.watched_apps import SqlWatchedApps
from bot.store.workspaces import Identity, SqlWorkspaces
from bot.usecases.keep_webhook import WEBHOOKS_PATH
from tests.browsing import oauth_settings
from tests.databases import postgres_url
from tests.deliveries import RecordedWakes
from tests.processes import BotProcess

ENCRYPTION_KEY = "a key that is long enough for a bench"

NEXT_LOOK = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One of them; `home` is what its installation leaves in the database."""

    team: Team
    channel: Channel
    app: AppId
    home: Workspace

    def meet(self, stage: Stage) -> SessionId:
        """Hold a meeting that has just ended; what is written of it names its session."""
        state = stage.kit.state
        session = state.add_session(self.app, title="Weekly planning")
        state.add_summary(session, f"## Decisions\n\n- We ship {session} on Thursday.")
        return session


def gather(stage: Stage, companies: int) -> list[Company]:
    """Furnish both stand-ins with so many."""
    return [_company(stage, number) for number in range(companies)]


def _company(stage: Stage, number: int) -> Company:
    mark = f"{number:05}"
    team = stage.slack.add_team(f"T{mark}", f"company-{number}")
    team.add_user(ASKER, "dana", is_admin=True)
    token = f"cfat_make-believe-of-company-{mark}-0123456789"
    account = stage.kit.state.add_account(Token(value=token))
    return Company(
        team=team,
        channel=team.add_channel(f"C{mark}", "mobile-team", members=(ASKER,)),
        app=stage.kit.state.add_app(account, APP_NAME),
        home=Workspace(
            id=WorkspaceId(team.id),
            url=team.url,
            bot_token=team.token,
            account_id=account.id,
            api_token=token,
        ),
    )


async def databases(folder: Path) -> dict[str, str]:
    """The address of an empty database of each kind."""
    return {"SQLite": f"sqlite:///{folder / 'bot.db'}", "PostgreSQL": await postgres_url()}


async def settle_in(
    database_url: str, companies: Sequence[Company], *, at: datetime
) -> dict[WorkspaceId, str]:
    """Store them as installed, their channels as subscribed; returns their webhooks' paths.

    Their apps were looked through a moment ago, so that nothing is found before it is told of.
    """
    database = await Database.open(database_url)
    try:
        await migrate(database)
        workspaces = SqlWorkspaces(database, Sealer([ENCRYPTION_KEY]))
        subscriptions = SqlSubscriptions(database, RecordedWakes())
        watched = SqlWatchedApps(database)
        doors = {}
        for company in companies:
            await workspaces.install(company.home, _identity(company), at=at)
            await subscriptions.add(_subscription(company, at))
            app = await watched.get(company.home.id, company.app)
            assert app is not None
            await watched.looked_at(app, next_at=at + NEXT_LOOK, complete_at=at)
            key = await workspaces.webhook_key(company.home.id)
            doors[company.home.id] = f"{WEBHOOKS_PATH}/{key}"
        return doors
    finally:
        await database.close()


def _identity(company: Company) -> Identity:
    team = company.team
    return Identity(
        id=company.home.id,
        url=team.url,
        bot_user_id=UserId(team.bot_user_id),
        bot_id=team.bot_id,
    )


def _subscription(company: Company, at: datetime) -> Subscription:
    return Subscription(
        id=SubscriptionId(new_reference()),
        workspace=company.home.id,
        channel=ChannelId(company.channel.id),
        app=company.app,
        name=APP_NAME,
        created_by=UserId(ASKER),
        created_at=at,
    )


def environment(stage: Stage, database_url: str) -> dict[str, str]:
    """The settings of a bot that serves whoever is stored, and names no workspace itself."""
    changed = stage.environment(database_url) | oauth_settings(stage.slack)
    kept = {name: value for name, value in changed.items() if value}
    return kept | {"ENCRYPTION_KEY": ENCRYPTION_KEY}


def any_number(stage: Stage, database_url: str, log: Path) -> BotProcess:
    """The `web` process of such a bot."""
    return BotProcess(environment(stage, database_url), log)


async def until(happened: Callable[[], bool], *, within: float) -> None:
    """Wait until something is so; `within` is in seconds."""
    async with asyncio.timeout(within):
        while not happened():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.02)
