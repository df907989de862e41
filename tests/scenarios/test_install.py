"""Workspaces that install the app themselves, install it again, and leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.demo.fake_realtimekit.records import Token
from bot.demo.fake_slack import Team, faults
from bot.demo.stage import APP_NAME, ASKER, CHANNEL, open_stage
from bot.domain.audit import AuditAction
from bot.domain.credentials import Credentials
from bot.domain.ids import AppId, ChannelId, SubscriptionId, UserId, WorkspaceId, new_reference
from bot.domain.subscription import Subscription
from bot.errors import InstallationBroken
from bot.store.audit import SqlAudit
from bot.store.rows import AnyRow
from bot.store.tables import metadata, workspaces
from tests.browsing import Browser, oauth_settings, read_page
from tests.clock import ManualClock
from tests.databases import database_url
from tests.scenarios.world import World, read, start_bot, until

__all__ = ["database_url"]

NEW = WorkspaceId("T0NEWCO")
API_TOKEN = "cfat_make-believe-of-newco-0123456789abcdef"
INSTALLED = "Meeting summaries are installed"
STALE = "Please begin again"


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A deployment for any number of workspaces, which none has installed yet."""
    clock = ManualClock()
    async with open_stage(clock) as stage:
        changes = oauth_settings(stage.slack)
        async with start_bot(
            tmp_path, stage, clock, database_url=database_url, **changes
        ) as opened:
            yield opened


@pytest.fixture
def browser(world: World) -> Browser:
    """Somebody who wants to install the app."""
    return Browser(world.served.http)


@pytest.fixture
def newco(world: World) -> Team:
    """A workspace without the app."""
    return a_team(world, NEW)


def a_team(world: World, name: str, *, enterprise_id: str | None = None) -> Team:
    """A workspace without the app."""
    team = world.stage.slack.add_team(
        name, name.lower(), enterprise_id=enterprise_id, is_installed=False
    )
    team.add_user(ASKER, "dana", is_admin=True)
    team.add_channel(CHANNEL, "mobile-team", members=(ASKER, team.bot_user_id))
    return team


async def row(world: World, workspace: str = NEW) -> AnyRow | None:
    """What is stored of a workspace."""
    query = select(workspaces).where(workspaces.c.id == workspace)
    async with world.served.bot.stores.database.read() as connection:
        return (await connection.execute(query)).first()


async def connect(world: World, workspace: WorkspaceId = NEW) -> AppId:
    """Give a workspace a Cloudflare account with one app, as its administrator would."""
    kit = world.stage.kit.state
    token = API_TOKEN if workspace == NEW else f"cfat_make-believe-of-{workspace}-0123456789"
    account = kit.add_account(Token(value=token))
    await world.served.bot.stores.credentials.connect(
        workspace,
        Credentials(account_id=account.id, api_token=token),
        who=UserId(ASKER),
        at=world.clock(),
    )
    return kit.add_app(account, APP_NAME)


async def ask(world: World, team: Team, app: AppId) -> list[str]:
    """Ask for a meeting's summary; returns what then stands in the channel."""
    session = world.stage.kit.state.add_session(app, title="Planning")
    world.stage.kit.state.add_summary(session, "## Decisions\n\n- We ship on Thursday.")
    person = world.stage.slack.person(ASKER, world.served.http, team=team)
    await person.command(f"{APP_NAME} {session}", CHANNEL)
    await world.rest()
    return [read(message) for message in team.channels[CHANNEL].messages]


async def subscribe(world: World, workspace: WorkspaceId, app: AppId) -> None:
    """Have the workspace's channel subscribe to its app, with a webhook at Cloudflare."""
    bot = world.served.bot
    await bot.stores.subscriptions.add(
        Subscription(
            id=SubscriptionId(new_reference()),
            workspace=workspace,
            channel=ChannelId(CHANNEL),
            app=app,
            name=APP_NAME,
            created_by=UserId(ASKER),
            created_at=world.clock(),
        )
    )
    await bot.keep_webhook(await bot.tenants.get(workspace), app)


async def rows_left(world: World, workspace: WorkspaceId) -> dict[str, int]:
    """How many rows of a workspace there are, in each table that has any."""
    left = {}
    async with world.served.bot.stores.database.read() as connection:
        for table in metadata.sorted_tables:
            column = table.c.id if table is workspaces else table.c.get("workspace")
            if column is not None:
                found = (await connection.execute(select(table).where(column == workspace))).all()
                left[table.name] = len(found)
    return {name: number for name, number in left.items() if number}


async def test_a_workspace_installs_the_app_and_uses_it(
    world: World, browser: Browser, newco: Team
) -> None:
    """From the first page to a summary in the channel; the page says what comes next."""
    page = await browser.install(newco, ASKER)
    person = world.stage.slack.person(ASKER, world.served.http, team=newco)
    await person.command("settings", CHANNEL)
    await world.rest()
    before = [read(answer) for answer in person.answers]
    app = await connect(world)
    posts = await ask(world, newco, app)

    assert page.status_code == 200
    assert INSTALLED in read_page(page)
    assert "Press Connect Cloudflare" in read_page(page)
    assert "T0NEWCO" in page.text
    assert before
    assert "We ship on Thursday." in " ".join(posts)
    assert browser.cookies == {}


async def test_what_is_stored_of_an_installation(
    world: World, browser: Browser, newco: Team
) -> None:
    """Who did it and what was granted, in the record too; the token is sealed."""
    await browser.install(newco, ASKER)

    stored = await row(world)
    assert stored is not None
    assert (stored.name, stored.url) == ("T0Newco", newco.url)
    assert (stored.bot_user_id, stored.bot_id) == (newco.bot_user_id, newco.bot_id)
    assert (stored.installed_by, stored.contact) == (ASKER, ASKER)
    assert set(stored.scopes.split(",")) == newco.scopes
    assert newco.token not in str(stored)
    [entry] = await SqlAudit(world.served.bot.stores.database).latest(NEW)
    assert (entry.action, entry.who) == (AuditAction.INSTALLED, ASKER)
    assert (await world.served.bot.tenants.get(NEW)).bot_token == newco.token


async def test_saying_no_installs_nothing(world: World, browser: Browser, newco: Team) -> None:
    """The page says so, and the state is of no more use."""
    address = await browser.begin()
    back = await browser.decide(address, newco, ASKER, "cancel")
    cookies = dict(browser.cookies)
    page = await browser.open(back)
    browser.cookies = cookies
    again = await browser.open(back.replace("error=access_denied", "code=1.2.3"))

    assert page.status_code == 200
    assert "Nothing was installed" in read_page(page)
    assert STALE in read_page(again)
    assert await row(world) is None
    assert world.stage.slack.calls_of("oauth.v2.access") == []


async def test_installing_again_adds_scopes_and_keeps_the_rest(
    world: World, browser: Browser, newco: Team
) -> None:
    """The Cloudflare account, its token and the webhook's key stay as they were."""
    await browser.install(newco, ASKER)
    await connect(world)
    stores = world.served.bot.stores
    key = await stores.workspaces.webhook_key(NEW)
    newco.scopes.clear()
    newco.scopes.add("commands")

    page = await browser.install(newco, ASKER)

    home = await world.served.bot.tenants.get(NEW)
    stored = await row(world)
    assert stored is not None
    assert "nothing more to do" in read_page(page)
    assert "chat:write" in stored.scopes
    assert home.api_token == API_TOKEN
    assert await stores.workspaces.webhook_key(NEW) == key


async def test_of_several_installations_at_once_one_counts_whole(world: World, newco: Team) -> None:
    """Both tabs end well, and what is stored belongs together."""
    browsers = [Browser(world.served.http) for _ in range(2)]
    world.stage.slack.oauth.rotates = True

    pages = await asyncio.gather(*(browser.install(newco, ASKER) for browser in browsers))

    token = await world.served.bot.tenants.get(NEW)
    assert [page.status_code for page in pages] == [200] * 2
    assert token.bot_token in world.stage.slack.oauth.given
    assert token.token_expires_at == world.clock() + timedelta(hours=12)


@pytest.mark.parametrize("way", ["stale", "reused", "foreign", "missing", "guessed", "twice"])
async def test_a_state_that_is_not_this_browsers_installs_nothing(
    world: World, browser: Browser, newco: Team, way: str
) -> None:
    """Too late, a second time, from elsewhere or made up: begin again."""
    back = await browser.decide(await browser.begin(), newco, ASKER)
    calls = 0
    if way == "stale":
        world.clock.advance(minutes=10)
    elif way == "reused":
        cookies = dict(browser.cookies)
        await browser.open(back)
        browser.cookies, calls = cookies, 1
        await world.served.bot.stores.workspaces.forget(NEW)
    elif way == "foreign":
        browser = Browser(world.served.http)
        await browser.begin()
    elif way == "missing":
        back = back.partition("state=")[0] + "code=" + back.partition("code=")[2]
    elif way == "guessed":
        name = next(iter(browser.cookies))
        browser.cookies[name] = "guessed"
        back = f"{back.partition('state=')[0]}state=guessed&code={back.partition('code=')[2]}"
    else:
        back = f"{back}&state=another"

    page = await browser.open(back)

    assert page.status_code == 400
    assert STALE in read_page(page)
    assert await row(world) is None
    assert len(world.stage.slack.calls_of("oauth.v2.access")) == calls


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("oauth.v2.access", faults.error("invalid_code")),
        ("oauth.v2.access", faults.error("bad_client_secret")),
        ("oauth.v2.access", faults.answer()),
        ("oauth.v2.access", faults.drop()),
        ("oauth.v2.access", faults.rate_limited("30")),
        ("auth.test", faults.error("internal_error")),
    ],
)
async def test_an_exchange_that_fails_stores_nothing(
    world: World, browser: Browser, newco: Team, method: str, fault: faults.Fault
) -> None:
    """The page says so in plain words and offers to try again, which works."""
    world.stage.slack.faults.add(method, fault)

    page = await browser.install(newco, ASKER)

    assert page.status_code == 502
    assert "did not work" in read_page(page)
    assert await row(world) is None
    assert INSTALLED in read_page(await browser.install(newco, ASKER))


UNINSTALLED = {"type": "app_uninstalled"}
REVOKED = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0BOT"]}}


@pytest.mark.parametrize(
    "events",
    [
        [UNINSTALLED],
        [UNINSTALLED, UNINSTALLED],
        [REVOKED, UNINSTALLED],
        [UNINSTALLED, REVOKED, REVOKED],
    ],
    ids=["once", "twice", "revoked first", "revoked last"],
)
async def test_leaving_deletes_everything_and_nothing_of_others(
    world: World, browser: Browser, newco: Team, events: list[dict[str, object]]
) -> None:
    """In any order and number; the webhook at Cloudflare goes too, the record keeps one line."""
    other = a_team(world, "T0OTHER")
    for team in (newco, other):
        await browser.install(team, ASKER)
        app = await connect(world, WorkspaceId(team.id))
        await subscribe(world, WorkspaceId(team.id), app)
        await ask(world, team, app)
    kept = await rows_left(world, WorkspaceId(other.id))
    person = world.stage.slack.person(ASKER, world.served.http, team=newco)
    world.stage.slack.oauth.uninstall(newco)
    world.clock.advance(seconds=5)

    acks = [await person.event(event) for event in events]
    await world.rest()

    hooks = world.stage.kit.state.webhooks
    assert [ack.status for ack in acks] == [200] * len(events)
    assert await rows_left(world, NEW) == {"audit": 1}
    assert await rows_left(world, WorkspaceId(other.id)) == kept
    await until(lambda: sum(len(each) for each in hooks.values()) == 1)
    with pytest.raises(InstallationBroken):
        await world.served.bot.tenants.get(NEW)


async def test_a_late_event_does_not_touch_a_newer_installation(
    world: World, browser: Browser, newco: Team
) -> None:
    """Slack may tell of an uninstallation hours later, when the app is back already."""
    await browser.install(newco, ASKER)
    person = world.stage.slack.person(ASKER, world.served.http, team=newco)
    world.clock.advance(minutes=1)
    left_at = world.clock()
    world.stage.slack.oauth.uninstall(newco)
    world.clock.advance(minutes=1)
    await browser.install(newco, ASKER)

    world.clock.moment = left_at  # what Slack writes into the events
    for event in (UNINSTALLED, REVOKED):
        await person.event(event)

    assert (await world.served.bot.tenants.get(NEW)).bot_token == newco.token


async def test_an_organisation_installs_the_app_for_all_its_workspaces(
    world: World, browser: Browser
) -> None:
    """One installation serves any of its teams, and its departure is not that of a team's own."""
    org = WorkspaceId("E0GROUP")
    team = a_team(world, "T0INSIDE", enterprise_id=org)
    own = a_team(world, "T0OWN", enterprise_id=org)
    page = await browser.install(team, ASKER, org_wide=True)
    await browser.install(own, ASKER)
    posts = await ask(world, team, await connect(world, org))
    world.clock.advance(seconds=5)

    leaving = world.stage.slack.person(ASKER, world.served.http, team=own)
    await leaving.event(UNINSTALLED)
    await leaving.event(UNINSTALLED)
    after_team = [await row(world, name) is not None for name in (org, "T0OWN")]
    await world.stage.slack.person(ASKER, world.served.http, team=team).event(UNINSTALLED)

    assert "whole organization" in read_page(page)
    assert "We ship on Thursday." in " ".join(posts)
    assert after_team == [True, False]
    assert await rows_left(world, org) == {"audit": 1}


async def test_one_configured_workspace_has_nothing_to_install(tmp_path: Path) -> None:
    """Both addresses say so; nobody is sent to Slack."""
    clock = ManualClock()
    async with open_stage(clock) as stage, start_bot(tmp_path, stage, clock) as one:
        pages = [
            await one.served.http.get(path) for path in ("/slack/install", "/slack/oauth_redirect")
        ]

    assert [page.status_code for page in pages] == [404, 404]
    assert all("serves one workspace" in read_page(page) for page in pages)
