"""Several workspaces, each with its own Cloudflare account, that one deployment serves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from bot.connections import utc_now
from bot.demo.fake_realtimekit.records import Token
from bot.demo.fake_slack import Team
from bot.demo.fake_slack.person import Person
from bot.demo.stage import APP_NAME, ASKER, Stage
from bot.domain.ids import AppId, UserId, WorkspaceId
from bot.domain.workspace import Workspace
from bot.store.encryption import Sealer
from bot.store.engine import Database
from bot.store.migrate import migrate
from bot.store.workspaces import Identity, SqlWorkspaces

PUBLIC_URL = "https://bot.example.com"
ASKED_APP = "interviews"
"""The app nobody subscribes to: its summaries are asked for."""

CALLS_IN_FIVE_MINUTES = 1200
"""What Cloudflare grants to a customer."""

_KEY = "a key for tests that is long enough for anybody"
_OF_MANY = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "make-believe"}
_OF_ONE_WORKSPACE = ("SLACK_BOT_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_TOKEN")


@dataclass(frozen=True, slots=True)
class Home:
    """One workspace: its channels, the app they subscribe to, and the app that is asked for."""

    team: Team
    channels: Sequence[str]
    app: AppId
    asked_app: AppId
    installed: Workspace


def furnish(stage: Stage, *, workspaces: int, channels: int, unreadable: int) -> list[Home]:
    """Open workspaces with so many channels each; of the last ones, no history may be read."""
    stage.kit.gate.rate_limit = CALLS_IN_FIVE_MINUTES
    homes = [_open_home(stage, number, channels) for number in range(workspaces)]
    for home in homes[workspaces - unreadable :]:
        scopes = home.team.scopes
        scopes -= {scope for scope in scopes if scope.endswith(":history")}
    return homes


def _open_home(stage: Stage, number: int, channels: int) -> Home:
    team = stage.slack.add_team(f"T{number:04}", f"team-{number}")
    team.add_user(ASKER, "dana", is_admin=True)
    names = [f"C{number:03}{place:03}" for place in range(channels)]
    for name in names:
        team.add_channel(name, f"channel-{name}", members=(ASKER,))
    token = f"cfat_make-believe-of-workspace-{number:04}-0123456789"
    account = stage.kit.state.add_account(Token(value=token))
    installed = Workspace(
        id=WorkspaceId(team.id),
        url=team.url,
        bot_token=team.token,
        account_id=account.id,
        api_token=token,
    )
    app, asked = (stage.kit.state.add_app(account, name) for name in (APP_NAME, ASKED_APP))
    return Home(team, names, app, asked, installed)


def environment(stage: Stage, database_url: str) -> Mapping[str, str]:
    """The settings of a deployment for all of them."""
    given = stage.environment(database_url)
    shared = {name: value for name, value in given.items() if name not in _OF_ONE_WORKSPACE}
    return {**shared, **_OF_MANY, "ENCRYPTION_KEY": _KEY, "PUBLIC_URL": PUBLIC_URL}


async def install(homes: Sequence[Home], database_url: str) -> None:
    """Prepare a database, with all of them installed."""
    database = await Database.open(database_url)
    await migrate(database)
    stored = SqlWorkspaces(database, Sealer([_KEY]))
    for home in homes:
        who = Identity(
            id=home.installed.id,
            url=home.installed.url,
            bot_user_id=UserId(home.team.bot_user_id),
            bot_id=home.team.bot_id,
        )
        await stored.install(home.installed, who, at=utc_now())
    await database.close()


async def subscribe(stage: Stage, homes: Sequence[Home], door: str) -> None:
    """Have every channel subscribe to its workspace's app; returns when all is registered."""
    async with httpx.AsyncClient(base_url=door, trust_env=False) as http:
        for home in homes:
            dana = stage.slack.person(ASKER, http, team=home.team)
            for channel in home.channels:
                said = len(dana.answers)
                line = f"subscribe {APP_NAME}"
                while await ask(dana, line, channel) is None:  # noqa: ASYNC110 - still starting
                    await asyncio.sleep(0.1)
                while len(dana.answers) == said:  # noqa: ASYNC110 - another process answers
                    await asyncio.sleep(0.02)
            assert stage.kit.state.webhooks_of(home.app), "no webhook was registered"


async def ask(person: Person, line: str, channel: str) -> str | None:
    """Type a command; returns what the bot said at once, or `None` if it said nothing."""
    try:
        ack = await person.command(line, channel)
    except httpx.TransportError:
        return None
    return str((ack.json or {}).get("text", "")) if ack.is_taken else None
