"""Many workspaces on one deployment: none touches another, and all are served at once."""

from __future__ import annotations

import asyncio
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
from tests.databases import database_url
from tests.scenarios.world import World, open_world, read

__all__ = ["database_url"]

WORKSPACES, MEETINGS = 8, 4
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
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
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


async def test_the_same_names_in_two_workspaces_are_two_things(world: World) -> None:
    """Channel, app name and person have the same ids in both; each gets its own summary."""
    first, second = await install(world, 1), await install(world, 2)
    for home, secret in ((first, "apples"), (second, "pears")):
        session = meet(world, home, secret)
        person = world.stage.slack.person(ASKER, world.served.http, team=home.team)
        await person.command(f"{APP_NAME} {session}", CHANNEL)
    await world.rest()

    assert "apples" in str(first.posts())
    assert "pears" not in str(first.posts())
    assert "pears" in str(second.posts())
    assert "apples" not in str(second.posts())


async def test_nobody_reads_another_workspaces_meeting(world: World) -> None:
    """Asked for by its id, it is not found: the workspace's own account has no such session."""
    first, second = await install(world, 1), await install(world, 2)
    session = meet(world, first, "apples")
    stranger = world.stage.slack.person(ASKER, world.served.http, team=second.team)

    await stranger.command(f"{APP_NAME} {session}", CHANNEL)
    await world.rest()
    await stranger.command(f"status {session}", CHANNEL)
    await world.rest()

    assert second.posts() == []
    assert first.posts() == []
    assert "apples" not in " ".join(read(answer) for answer in stranger.answers)


async def test_an_event_at_the_wrong_door_is_refused(world: World) -> None:
    """A genuine event of one workspace's app does nothing at another's address."""
    first, second = await install(world, 1), await install(world, 2)
    for home in (first, second):
        await subscribe(world, home)
    world.clock.advance(minutes=31)
    session = meet(world, first, "apples")

    wrong, right = (
        await tell(world, session, door=second),
        await tell(world, session, door=first),
    )
    await world.rest()

    assert (wrong, right) == (403, 200)
    assert second.posts() == []
    assert len(first.posts()) == 2


async def test_a_team_that_did_not_install_the_app_gets_nothing(world: World) -> None:
    """Its requests are signed like all others, but nobody's tokens are used for them."""
    await install(world, 1)
    stranger = world.stage.slack.add_team("T9999", "stranger")
    stranger.add_user(ASKER, "mallory", is_admin=True)
    stranger.add_channel(CHANNEL, "mobile-team", members=(ASKER,))
    person = world.stage.slack.person(ASKER, world.served.http, team=stranger)

    await person.command(f"{APP_NAME} {SAME_SESSION}", CHANNEL)
    await world.rest()

    assert stranger.channels[CHANNEL].messages == []
    assert world.stage.kit.calls("summary") == []


async def test_all_meetings_of_a_minute_are_posted_once(world: World) -> None:
    """Many workspaces' meetings end together: nothing is lost and nothing comes twice."""
    homes = [await install(world, number) for number in range(WORKSPACES)]
    for home in homes:
        await subscribe(world, home)
    world.clock.advance(minutes=31)
    told = [
        (home, meet(world, home, f"{home.team.id}-{number}"))
        for home in homes
        for number in range(MEETINGS)
    ]

    statuses = await asyncio.gather(*(tell(world, session, door=home) for home, session in told))
    for _ in range(5):  # what Slack or Cloudflare asked to wait for comes after a while
        await world.later(minutes=1)
    await world.go_round()

    assert set(statuses) == {200}
    for home in homes:
        posts = " ".join(home.posts())
        for number in range(MEETINGS):
            assert posts.count(f"{home.team.id}-{number} stays among us") == 1
        assert len(home.posts()) == 2 * MEETINGS
