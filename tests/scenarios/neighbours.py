"""Workspaces beside one another on one deployment: the same names, and nothing else in common."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.demo.fake_realtimekit.records import Token
from bot.demo.fake_slack import Team
from bot.demo.stage import APP_NAME, ASKER, CHANNEL
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
from bot.store.workspaces import Identity
from bot.usecases.keep_webhook import WEBHOOKS_PATH
from tests.scenarios.world import World, open_world, read

SAME_SESSION = "2f6a1c7e-8d43-4b1f-9e20-5c7d8a9b0c1d"


@dataclass(frozen=True)
class Home:
    """One workspace with its own Cloudflare account; channel and app go by the same names."""

    team: Team
    app: AppId

    @property
    def id(self) -> WorkspaceId:
        """Its id."""
        return WorkspaceId(self.team.id)

    def posts(self) -> list[str]:
        """What stands in its channel, parents and replies."""
        return [read(message) for message in self.team.channels[CHANNEL].messages]


@pytest.fixture
async def neighbours(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A deployment whose settings name no workspace."""
    settings = {
        "SLACK_BOT_TOKEN": "",
        "CLOUDFLARE_ACCOUNT_ID": "",
        "CLOUDFLARE_API_TOKEN": "",
        "ENCRYPTION_KEY": "a key for tests that is long enough for anybody",
        "PUBLIC_URL": "https://bot.example.com",
    }
    async with open_world(tmp_path, database_url=database_url, **settings) as opened:
        yield opened


async def install(world: World, number: int, *, connected: bool = True) -> Home:
    """Install a workspace, as an installation would leave it in the database."""
    kit, bot = world.stage.kit.state, world.served.bot
    team = world.stage.slack.add_team(f"T{number:04}", f"team-{number}")
    team.add_user(ASKER, "dana", is_admin=True)
    team.add_channel(CHANNEL, "mobile-team", members=(ASKER, team.bot_user_id))
    token = f"cfat_make-believe-of-workspace-{number:04}-0123456789"
    account = kit.add_account(Token(value=token))
    app = kit.add_app(account, APP_NAME)
    home = Workspace(
        id=WorkspaceId(team.id),
        url=f"https://team-{number}.slack.com/",
        bot_token=team.token,
        account_id=account.id if connected else None,
        api_token=token if connected else None,
    )
    who = Identity(
        id=home.id, url=home.url, bot_user_id=UserId(team.bot_user_id), bot_id=team.bot_id
    )
    await bot.stores.workspaces.install(home, who, at=world.clock())
    return Home(team, app)


async def subscribe(world: World, home: Home) -> None:
    """Have the workspace's channel subscribe to its app."""
    await world.served.bot.stores.subscriptions.add(
        Subscription(
            id=SubscriptionId(new_reference()),
            workspace=home.id,
            channel=ChannelId(CHANNEL),
            app=home.app,
            name=APP_NAME,
            created_by=UserId(ASKER),
            created_at=world.clock(),
        )
    )


def meet(world: World, home: Home, secret: str, session: str | None = None) -> SessionId:
    """Hold a meeting whose summary says something only this workspace may read."""
    kit = world.stage.kit.state
    held = kit.add_session(
        home.app,
        title=f"About {secret}",
        session=session,
        started_at=world.clock() - timedelta(minutes=30),
        lasted=timedelta(minutes=30),
    )
    kit.add_summary(held, f"## Decisions\n\n- {secret} stays among us.")
    return held


async def tell(world: World, session: SessionId, door: Home) -> int:
    """Send the event of a meeting to the address of `door`, whose it may not be."""
    key = await world.served.bot.stores.workspaces.webhook_key(door.id)
    events = world.stage.kit.events
    body = json.dumps(events.summary(session)).encode()
    reply = await world.served.http.post(
        f"{WEBHOOKS_PATH}/{key}", content=body, headers={"rtk-signature": events.sign(body)}
    )
    return reply.status_code
