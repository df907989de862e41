"""The settings' windows: changed by administrators, obeyed by the bot, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.fake_slack import faults
from bot.demo.fake_slack.state import View
from bot.demo.stage import APP_NAME, ASKER, CHANNEL
from bot.domain.audit import AuditAction
from bot.domain.choices import Choice
from bot.domain.ids import AppId, ChannelId, UserId
from bot.domain.policy import AllowedChannels, AppPolicy
from bot.messages import actions
from tests.databases import database_url
from tests.scenarios.world import World, open_world, until

__all__ = ["database_url"]


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """One workspace, whose dana administers it."""
    async with open_world(tmp_path, database_url=database_url) as opened:
        yield opened


async def open_settings(world: World) -> View:
    """Have dana open the window and wait until it is filled in."""
    await world.dana.command("settings", CHANNEL)
    await until(lambda: _filled(world.dana.window, actions.SETTINGS))
    assert world.dana.window is not None
    return world.dana.window


async def open_app(world: World, view: View) -> View:
    """Press **Edit** beside the app and wait for its window."""
    await world.dana.press(actions.EDIT_APP, view, chosen=world.stage.app)
    await until(lambda: _filled(world.dana.window, actions.APP_SETTINGS))
    assert world.dana.window is not None
    return world.dana.window


def _filled(view: View | None, callback: str) -> bool:
    return view is not None and view.content.get("callback_id") == callback


async def record(world: World) -> list[tuple[AuditAction, str, str, str]]:
    """What was written down, oldest first."""
    entries = await world.served.bot.stores.audit.latest(world.served.bot.who.id)
    assert {entry.who for entry in entries} <= {ASKER}
    return [(entry.action, entry.subject, entry.before, entry.after) for entry in entries][::-1]


async def test_nothing_changed_is_nothing_written(world: World) -> None:
    """Opened and sent off as it is: the window closes and no record is made."""
    view = await open_settings(world)

    ack = await world.dana.submit(view)

    assert ack.is_taken
    assert not view.is_open
    assert await record(world) == []


async def test_who_opens_the_settings_is_told_what_breaks(world: World) -> None:
    """They look after the bot."""
    bot = world.served.bot
    before = await bot.alarms.contact(bot.who.id)

    await open_settings(world)

    assert (before, await bot.alarms.contact(bot.who.id)) == (None, ASKER)


async def test_a_default_app_is_meant_when_none_is_named(world: World) -> None:
    """With two apps, a session alone is enough."""
    world.stage.kit.state.add_app(world.stage.account, "weekly")
    view = await open_settings(world)
    world.dana.fill(view, Choice.DEFAULT_APP, world.stage.app)
    await world.dana.submit(view)

    await world.type(world.meeting())

    assert len(world.threads()) == 1
    assert await record(world) == [(AuditAction.DEFAULT_APP, "", "", world.stage.app)]


async def test_shared_channels_and_confirmation(world: World) -> None:
    """Both are kept, and what was chosen before is shown when the window opens again."""
    view = await open_settings(world)
    world.dana.fill(view, Choice.SHARED, "allowed")
    world.dana.fill(view, Choice.CONFIRM_FROM, "42")
    await world.dana.submit(view)

    policy = await world.served.bot.stores.policies.policy(world.served.bot.who.id)
    assert (policy.allows_shared, policy.confirm_from) == (True, 42)
    again = await open_settings(world)
    world.dana.fill(again, Choice.CONFIRM_FROM)
    await world.dana.submit(again)
    policy = await world.served.bot.stores.policies.policy(world.served.bot.who.id)
    assert (policy.allows_shared, policy.confirm_from) == (True, None)


async def test_somebody_else_may_administer(world: World) -> None:
    """A member who is added can open the settings from then on, and no longer once removed."""
    team = world.stage.slack.team
    team.add_user("U0ERIN", "erin")
    erin = world.stage.person(world.served.http, "U0ERIN")
    view = await open_settings(world)
    world.dana.fill(view, Choice.ADMINISTRATORS, "U0ERIN")
    await world.dana.submit(view)

    await erin.command("settings", CHANNEL)
    await until(lambda: _filled(erin.window, actions.SETTINGS))
    again = await open_settings(world)
    world.dana.fill(again, Choice.ADMINISTRATORS)
    await world.dana.submit(again)

    policies = world.served.bot.stores.policies
    assert await policies.administrators(world.served.bot.who.id) == frozenset()
    assert erin.window is not None
    await erin.submit(erin.window)
    assert "Only administrators" in str(erin.window.errors)


@pytest.mark.parametrize(
    "stranger", [{"is_guest": True}, {"is_bot": True}, {"team_id": "T0OTHER"}, {"deleted": True}]
)
async def test_only_members_can_be_added(world: World, stranger: dict[str, object]) -> None:
    """Said under the field; nothing is changed."""
    world.stage.slack.team.add_user("U0X", "x", **stranger)  # type: ignore[arg-type]
    view = await open_settings(world)
    world.dana.fill(view, Choice.ADMINISTRATORS, "U0X")
    world.dana.fill(view, Choice.SHARED, "allowed")

    await world.dana.submit(view)

    assert view.is_open
    assert "full members" in view.errors[Choice.ADMINISTRATORS]
    assert await record(world) == []


async def test_two_administrators_at_once_keep_each_others_changes(world: World) -> None:
    """Each window changes what was changed in it, not what it shows of before."""
    first, policies = await open_settings(world), world.served.bot.stores.policies
    await policies.set_confirm_from(world.served.bot.who.id, 7, UserId(ASKER))
    world.dana.fill(first, Choice.SHARED, "allowed")

    await world.dana.submit(first)

    policy = await policies.policy(world.served.bot.who.id)
    assert (policy.allows_shared, policy.confirm_from) == (True, 7)


async def test_an_app_gets_an_alias_and_its_channels(world: World) -> None:
    """The alias works at once, and the window below shows it."""
    below = await open_settings(world)
    view = await open_app(world, below)
    world.dana.fill(view, Choice.ALIASES, "Weekly, planning")
    world.dana.fill(view, Choice.CHANNELS, AllowedChannels.LISTED.value)
    world.dana.fill(view, Choice.LISTED, CHANNEL)

    await world.dana.submit(view)
    await until(lambda: "weekly" in str(below.content))
    await world.type(f"weekly {world.meeting()}")

    assert len(world.threads()) == 1
    policies, who = world.served.bot.stores.policies, world.served.bot.who.id
    assert await policies.aliases(who) == {"planning": world.stage.app, "weekly": world.stage.app}
    decided = (await policies.policy(who)).of(world.stage.app)
    assert decided == AppPolicy(
        channels=AllowedChannels.LISTED, listed=frozenset({ChannelId(CHANNEL)})
    )


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("help", "word of the command"),
        ("subscribe", "word of the command"),
        ("no/slash", "1 to 40 letters"),
        ("x" * 41, "1 to 40 letters"),
        ("2f6a1c7e-8d43-4b1f-9e20-5c7d8a9b0c1d", "1 to 40 letters"),
        ("taken", "Another app already"),
    ],
)
async def test_what_cannot_be_an_alias_is_said_under_the_field(
    world: World, typed: str, why: str
) -> None:
    """Nothing is changed by such a window."""
    policies, who = world.served.bot.stores.policies, world.served.bot.who.id
    await policies.set_alias(who, "taken", AppId("another-app"), UserId(ASKER))
    view = await open_app(world, await open_settings(world))
    world.dana.fill(view, Choice.ALIASES, f"good {typed}")

    await world.dana.submit(view)

    assert why in view.errors[Choice.ALIASES]
    assert await policies.aliases(who) == {"taken": "another-app"}


async def test_listed_channels_must_be_listed(world: World) -> None:
    """An app that may post nowhere is a mistake."""
    view = await open_app(world, await open_settings(world))
    world.dana.fill(view, Choice.CHANNELS, AllowedChannels.LISTED.value)

    await world.dana.submit(view)

    assert "at least one channel" in view.errors[Choice.LISTED]


async def test_when_slack_cannot_be_asked_nothing_is_changed(world: World) -> None:
    """Whoever it is, they may not for now; the window says so."""
    view = await open_settings(world)
    world.dana.fill(view, Choice.SHARED, "allowed")
    world.stage.slack.faults.add("users.info", faults.error("internal_error"))

    await world.dana.submit(view)

    assert view.is_open
    assert "could not be asked" in view.errors[Choice.DEFAULT_APP]
    assert await record(world) == []


async def test_without_cloudflare_the_window_opens_all_the_same(world: World) -> None:
    """It says that the apps could not be listed."""
    world.stage.account.tokens.clear()

    view = await open_settings(world)

    assert "could not be listed" in str(view.content)


async def test_a_member_gets_no_window(world: World) -> None:
    """Only the answer that everybody gets."""
    world.stage.slack.team.add_user("U0ERIN", "erin")
    erin = world.stage.person(world.served.http, "U0ERIN")

    await world.type("settings", person=erin)
    await until(lambda: bool(world.stage.slack.calls_of("users.info")))
    await world.rest()

    assert erin.window is None
    assert "connected to a Cloudflare account" in world.private(erin)[0]


async def test_an_app_of_somebody_else_cannot_be_edited(world: World) -> None:
    """A value made up by hand opens nothing."""
    foreign = world.stage.kit.state.add_app(world.stage.kit.state.add_account(), "theirs")
    view = await open_settings(world)
    for block in view.content["blocks"]:
        if block.get("accessory", {}).get("action_id") == actions.EDIT_APP:
            block["accessory"]["value"] = foreign

    await world.dana.press(actions.EDIT_APP, view)
    await until(lambda: world.dana.window not in (None, view))
    await until(lambda: "One moment" not in str(world.dana.window))

    assert not _filled(world.dana.window, actions.APP_SETTINGS)
    assert APP_NAME not in str(world.dana.window)
