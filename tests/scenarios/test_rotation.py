"""Bot tokens that Slack rotates: refreshed once, by whichever process needs them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.bootstrap import Bot, open_bot
from bot.connections import utc_now
from bot.demo.fake_slack import Team, faults
from bot.demo.stage import API_TOKEN, APP_NAME, ASKER, CHANNEL, Stage, open_stage
from bot.domain.audit import OPERATOR
from bot.domain.credentials import Credentials
from bot.domain.ids import WorkspaceId
from bot.domain.workspace import Workspace
from bot.errors import InstallationBroken, SlackUnavailable
from bot.store.credentials import SqlCredentials
from bot.store.encryption import Sealer
from bot.store.engine import Database
from tests.browsing import KEY, Browser, oauth_settings, read_page
from tests.clock import ManualClock
from tests.databases import database_url, postgres_url
from tests.leaks import found, secrets_of
from tests.processes import BotProcess
from tests.scenarios.world import World, start_bot, until

__all__ = ["database_url"]

NEW = WorkspaceId("T0NEWCO")
ALMOST_DUE = timedelta(hours=9, minutes=59)


def newco_of(stage: Stage) -> Team:
    """A workspace without the app, at a Slack that rotates tokens."""
    stage.slack.oauth.rotates = True
    team = stage.slack.add_team(NEW, "newco", is_installed=False)
    team.add_user(ASKER, "dana", is_admin=True)
    team.add_channel(CHANNEL, "mobile-team", members=(ASKER, team.bot_user_id))
    return team


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A deployment with one workspace that has just installed the app."""
    clock = ManualClock()
    async with open_stage(clock) as stage:
        changes = oauth_settings(stage.slack)
        team = newco_of(stage)
        async with start_bot(
            tmp_path, stage, clock, database_url=database_url, **changes
        ) as opened:
            await Browser(opened.served.http).install(team, ASKER)
            yield opened


@pytest.fixture
async def bots(world: World, database_url: str) -> AsyncIterator[Sequence[Bot]]:
    """The processes of the deployment: two more on PostgreSQL; SQLite has one."""
    if not database_url.startswith("postgres"):
        yield [world.served.bot]
        return
    settings = world.stage.settings(database_url, **oauth_settings(world.stage.slack))
    # They wait for one another in real time.
    async with (
        open_bot(settings, now=world.clock) as one,
        open_bot(settings, now=world.clock) as two,
    ):
        yield [one, two]


async def all_at_once(bots: Sequence[Bot], times: int = 5) -> list[Workspace]:
    """The workspace as each process gets it, several times at the same moment."""
    return await asyncio.gather(*(bot.tenants.get(NEW) for bot in bots for _ in range(times)))


def alive(world: World, home: Workspace) -> bool:
    """Whether Slack takes a workspace's bot token now."""
    died_at = world.stage.slack.teams[NEW].rotated.get(home.bot_token)
    return died_at is not None and died_at > world.clock()


async def test_nothing_is_refreshed_before_it_is_due(world: World, bots: Sequence[Bot]) -> None:
    """Two hours before its end, and not earlier."""
    world.clock.moment += ALMOST_DUE

    await all_at_once(bots)

    assert world.stage.slack.oauth.refreshes == 0


@pytest.mark.parametrize("hours", [10, 11.99, 12, 13, 500])
async def test_all_processes_refresh_once(world: World, bots: Sequence[Bot], hours: float) -> None:
    """Due or dead for long: one refresh, and nobody holds a dead token."""
    world.clock.advance(hours=hours)
    world.stage.slack.faults.add("oauth.v2.access", faults.slow(0.2))

    homes = await all_at_once(bots)
    later = await all_at_once(bots)

    assert world.stage.slack.oauth.refreshes == 1
    assert all(alive(world, home) for home in homes + later)
    assert len({home.bot_token for home in later}) == 1


async def test_refreshing_goes_on_for_days(world: World, bots: Sequence[Bot]) -> None:
    """Each refresh brings what the next one needs."""
    for _ in range(10):
        world.clock.advance(hours=10.5)
        assert all(alive(world, home) for home in await all_at_once(bots, 2))

    assert world.stage.slack.oauth.refreshes == 10


async def test_while_slack_is_away_the_old_token_serves(world: World, bots: Sequence[Bot]) -> None:
    """Nobody waits and nobody fails; when Slack is back, it is refreshed."""
    world.clock.advance(hours=10.5)
    world.stage.slack.faults.add("oauth.v2.access", faults.answer().always())

    away = await all_at_once(bots)
    calls = len(world.stage.slack.calls_of("oauth.v2.access"))
    world.stage.slack.faults.clear()
    world.clock.advance(seconds=11)
    back = await all_at_once(bots)
    later = await all_at_once(bots)

    assert all(alive(world, home) for home in away + back)
    assert calls == 2  # the installation's own, and one that failed
    assert {home.bot_token for home in away}.isdisjoint(home.bot_token for home in later)


async def test_a_dead_token_and_slack_away_is_a_matter_of_time(world: World) -> None:
    """It can be tried again, and then works."""
    world.clock.advance(hours=13)
    world.stage.slack.faults.add("oauth.v2.access", faults.answer())

    with pytest.raises(SlackUnavailable):
        await world.served.bot.tenants.get(NEW)

    assert alive(world, await world.served.bot.tenants.get(NEW))


async def test_a_refused_refresh_asks_for_a_new_installation(world: World) -> None:
    """The old token serves to its end; then the app must be installed again, which works."""
    slack, tenants = world.stage.slack, world.served.bot.tenants
    slack.oauth.refresh_tokens.clear()
    world.clock.advance(hours=11)
    before = await tenants.get(NEW)
    world.clock.advance(hours=2)

    with pytest.raises(InstallationBroken):
        await tenants.get(NEW)
    with pytest.raises(InstallationBroken):
        await tenants.get(NEW)
    calls = len(slack.calls_of("oauth.v2.access"))
    page = await Browser(world.served.http).install(slack.teams[NEW], ASKER)

    assert before.bot_token
    assert calls == 2
    assert page.status_code == 200
    assert alive(world, await tenants.get(NEW))


async def test_a_workspace_that_asks_gets_its_answer_with_a_refreshed_token(world: World) -> None:
    """A command half a day later works as the first one did."""
    team = world.stage.slack.teams[NEW]
    person = world.stage.slack.person(ASKER, world.served.http, team=team)
    world.clock.advance(hours=13)

    await person.command("", CHANNEL)
    await until(lambda: bool(team.views))

    assert world.stage.slack.oauth.refreshes == 1


async def test_real_processes_install_and_work(tmp_path: Path) -> None:
    """`web` and `worker` as they are run, on PostgreSQL: installed by one, served by both."""
    url = await postgres_url()
    async with open_stage(utc_now) as stage:
        team = newco_of(stage)
        changes = oauth_settings(stage.slack) | {"RUN_WORKER": "false"}
        settings = {**stage.environment(url), **changes}
        environment = {name: value for name, value in settings.items() if value}
        web = BotProcess(environment, tmp_path / "web.log")
        worker = BotProcess(environment, tmp_path / "worker.log", command="worker")
        await web.start()
        await worker.start()
        async with httpx.AsyncClient(base_url=web.url, trust_env=False) as http:
            page = await Browser(http).install(team, ASKER)
            await connect(stage, url)
            person = stage.slack.person(ASKER, http, team=team)
            session = stage.kit.state.add_session(stage.app, title="Planning")
            stage.kit.state.add_summary(session, "## Decisions\n\n- We ship on Thursday.")
            await person.command(f"{APP_NAME} {session}", CHANNEL)
            await until(lambda: len(team.channels[CHANNEL].messages) > 1)
        codes = [await web.stop(), await worker.stop()]

    assert "Newco" in read_page(page)
    assert codes == [0, 0]
    assert found((tmp_path / "web.log").read_text(), secrets_of(stage)) == []
    assert found((tmp_path / "worker.log").read_text(), secrets_of(stage)) == []


async def connect(stage: Stage, database_url: str) -> None:
    """Give the workspace the stage's account, as `python -m bot connect` would."""
    database = await Database.open(database_url)
    await SqlCredentials(database, Sealer([KEY])).connect(
        NEW,
        Credentials(account_id=stage.account.id, api_token=API_TOKEN),
        who=OPERATOR,
        at=utc_now(),
    )
    await database.close()
