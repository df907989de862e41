"""The doctor, and the one message when something breaks and when it is mended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.fake_realtimekit.records import Token
from bot.demo.fake_realtimekit.scripted import edge_page
from bot.demo.stage import APP_NAME, CHANNEL
from bot.domain.ids import AppId, UserId
from tests.databases import database_url
from tests.scenarios.world import World, open_world, until

__all__ = ["database_url"]


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """One workspace whose administrator, dana, ran the doctor once."""
    key = "a key for tests that is long enough for anybody"
    async with open_world(tmp_path, database_url=database_url, ENCRYPTION_KEY=key) as opened:
        opened.channel().members.add(opened.stage.slack.team.bot_user_id)
        await doctor(opened)
        yield opened


async def doctor(world: World) -> str:
    """What the doctor says in Slack."""
    before = len(world.private())
    await world.dana.command("doctor", CHANNEL)
    told = await world.heard(before + 2)
    return told[-1]


async def look(world: World, **later: float) -> list[str]:
    """Let time pass and the bot look at the workspace; returns what dana was written so far."""
    world.clock.advance(**later)
    await world.served.bot.worker.sweep()
    await world.served.bot.health.round()
    return world.direct()


def revoke(world: World) -> list[Token]:
    """Take the API token away; returns what was there."""
    good = list(world.stage.account.tokens)
    world.stage.account.tokens[:] = [Token(value="cfat_another-make-believe-token-012345")]
    return good


async def test_the_doctor_finds_everything_in_order(world: World) -> None:
    """Each thing with its state."""
    said = await doctor(world)

    for name in ("Slack", "Scopes", "Clock", "Cloudflare", "Database", "Worker", "Encryption"):
        assert name in said
    assert "Problem" not in said


async def test_what_breaks_is_told_once_and_what_is_mended_once(world: World) -> None:
    """After it has lasted; with its next step; and no more of it."""
    assert await look(world, minutes=11) == []
    good = revoke(world)

    first = await look(world, minutes=11)
    second = await look(world, minutes=3)
    third = await look(world, minutes=11)
    world.stage.account.tokens[:] = good
    mended = await look(world, minutes=11)
    after = await look(world, minutes=11)

    assert first == []
    assert len(second) == 1
    assert "may not be posted" in second[0]
    assert "API token" in second[0]
    assert third == second
    assert len(mended) == 2
    assert "In order again: Cloudflare" in mended[1]
    assert after == mended


async def test_an_app_that_is_gone_but_still_named(world: World) -> None:
    """The default app and an alias lead nowhere: somebody should hear of it before asking."""
    who, policies = world.served.bot.who.id, world.served.bot.stores.policies
    gone = AppId("11111111-90cd-4e8f-a7b2-c3d4e5f60718")
    await policies.set_default_app(who, gone, UserId("U0DANA"))
    await policies.set_alias(who, "oldie", gone, UserId("U0DANA"))

    said = await doctor(world)

    assert "OK · Apps" not in said
    assert "oldie" in said


async def test_a_blip_tells_nobody(world: World) -> None:
    """Mended before anybody was told: there is nothing to say."""
    good = revoke(world)
    await look(world, minutes=11)
    world.stage.account.tokens[:] = good

    assert await look(world, minutes=3) == []


async def test_an_outage_is_borne_for_a_while(world: World) -> None:
    """Cloudflare's own trouble mostly ends by itself."""
    world.stage.kit.script.always("apps", edge_page(503))
    for _ in range(3):
        assert await look(world, minutes=10) == []

    told = await look(world, minutes=11)

    assert len(told) == 1


async def test_who_no_longer_administers_is_not_written_to(world: World) -> None:
    """Nobody else is, either."""
    world.stage.slack.team.add_user("U0DANA", "dana", is_admin=False)
    revoke(world)
    await look(world, minutes=11)

    assert await look(world, minutes=3) == []


async def test_two_processes_tell_once(world: World) -> None:
    """Whichever comes first has taken it on."""
    revoke(world)
    await look(world, minutes=11)
    world.clock.advance(minutes=3)
    await world.served.bot.worker.sweep()

    await world.served.bot.health.round()
    await world.served.bot.health.round()

    assert len(world.direct()) == 1


async def test_work_that_nobody_does_is_found(world: World) -> None:
    """The last word of a worker is long ago."""
    world.clock.advance(minutes=30)

    said = await doctor(world)

    assert "Worker" in said
    assert "Problem" in said


async def test_a_missing_scope_and_a_paused_subscription(world: World) -> None:
    """Each with its next step."""
    await world.dana.command(f"subscribe {APP_NAME}", CHANNEL)
    await until(lambda: any("From now on" in told for told in world.private()))
    (subscription,) = await world.served.bot.stores.subscriptions.of_workspace(
        world.served.bot.who.id
    )
    world.channel().members.discard(world.stage.slack.team.bot_user_id)
    await world.served.bot.stores.subscriptions.pause(
        subscription.id, "not_in_channel", world.clock()
    )
    world.stage.slack.team.scopes.discard("files:write")

    said = await doctor(world)

    assert "files:write" in said
    assert "1 of 1 cannot be posted at the moment" in said
