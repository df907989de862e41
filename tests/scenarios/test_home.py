"""The Home tab: what administrators and members find there, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.fake_realtimekit.records import Token
from bot.demo.fake_slack import faults
from bot.demo.fake_slack.person import Person
from bot.demo.stage import APP_NAME, CHANNEL
from bot.domain.choices import Choice
from bot.messages import actions
from bot.messages.text_view import blocks_text
from tests.databases import database_url
from tests.scenarios.world import World, open_world, until

__all__ = ["database_url"]


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """One workspace, whose dana administers it."""
    async with open_world(tmp_path, database_url=database_url) as opened:
        opened.channel().members.add(opened.stage.slack.team.bot_user_id)
        yield opened


def a_member(world: World) -> Person:
    """Somebody who does not administer."""
    world.stage.slack.team.add_user("U0ERIN", "erin")
    world.channel().members.add("U0ERIN")
    return world.stage.person(world.served.http, "U0ERIN")


async def home_of(world: World, person: Person | None = None) -> str:
    """What somebody reads who opens the tab."""
    who = person or world.dana
    before = who.home.hash if who.home else None
    ack = await who.open_home()
    assert ack.is_taken
    await until(lambda: who.home is not None and who.home.hash != before)
    return shown(who)


def shown(person: Person) -> str:
    """What stands on a person's tab."""
    assert person.home is not None
    return blocks_text(person.home.content["blocks"])


async def test_an_administrator_finds_everything(world: World) -> None:
    """The account, the apps, what failed with its next step, and who may change what."""
    lost = world.meeting(summary=None, transcript_minutes=0.0)
    await world.type(f"{APP_NAME} {world.meeting()}")
    await world.type(f"{APP_NAME} {lost}")
    await world.until_settled(lost)

    text = await home_of(world)

    assert world.stage.account.id[-4:] in text
    assert world.stage.account.id not in text
    assert APP_NAME in text
    assert "posted, asked for by" in text
    assert "not posted, asked for by" in text
    assert "administrators and owners of this workspace" in text
    assert "[Settings]" in text


async def test_a_member_finds_how_to_use_it_and_their_own(world: World) -> None:
    """And neither settings nor what other people asked for."""
    erin = a_member(world)
    await world.type(f"{APP_NAME} {world.meeting()}")
    before = await home_of(world, erin)
    await world.type(f"{APP_NAME} {world.meeting()}", person=erin)

    after = await home_of(world, erin)

    assert "You have not asked for any yet." in before
    assert "[Settings]" not in before + after
    assert APP_NAME not in before
    assert after.count("asked for by") == 1
    assert "@U0ERIN" in after


async def test_the_tab_follows_each_change(world: World) -> None:
    """A subscription, and a setting, are there without opening it again."""
    await home_of(world)
    await world.dana.command(f"subscribe {APP_NAME}", CHANNEL)
    await until(lambda: "subscribed #" in shown(world.dana))
    assert "Posted by themselves" in shown(world.dana)
    assert world.dana.home is not None
    await world.dana.press(actions.OPEN_SETTINGS, world.dana.home)
    await until(lambda: _settings(world))
    assert world.dana.window is not None
    world.dana.fill(world.dana.window, Choice.CONFIRM_FROM, "7")

    await world.dana.submit(world.dana.window)

    await until(lambda: "how many readers people confirm: `7`" in shown(world.dana))


def _settings(world: World) -> bool:
    window = world.dana.window
    return window is not None and window.content.get("callback_id") == actions.SETTINGS


async def test_refresh(world: World) -> None:
    """What came in the meantime is there."""
    await home_of(world)
    await world.type(f"{APP_NAME} {world.meeting()}")
    assert world.dana.home is not None

    await world.dana.press(actions.REFRESH_HOME, world.dana.home)

    await until(lambda: "posted, asked for by" in shown(world.dana))


async def test_without_cloudflare_the_tab_is_there(world: World) -> None:
    """With the next step for what stopped."""
    await world.dana.command(f"subscribe {APP_NAME}", CHANNEL)
    await until(lambda: len(world.private()) > 0)
    world.stage.account.tokens[:] = [Token(value="cfat_another-make-believe-token-012345")]
    world.clock.advance(minutes=6)
    await world.go_round()

    text = await home_of(world)

    assert "could not be listed" in text
    assert "Paused since" in text


async def test_who_cannot_be_known_sees_what_members_see(world: World) -> None:
    """Failing closed."""
    world.stage.slack.faults.add("users.info", faults.error("internal_error").always())

    text = await home_of(world)

    assert "[Settings]" not in text
    assert "Your latest summaries" in text


async def test_the_tab_of_messages_is_left_alone(world: World) -> None:
    """The same event comes for it."""
    await world.dana.open_home("messages")
    await world.rest()

    assert world.dana.home is None
    assert world.stage.slack.calls_of("views.publish") == []
