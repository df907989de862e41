"""The attacker's matrix: every role against everything that only administrators may do.

The table of cells that pass is `MAY`; every other cell must leave all that is stored as it was,
and show nothing but a refusal. On SQLite and on PostgreSQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.demo.fake_slack.person import Person
from bot.demo.fake_slack.state import View
from bot.demo.stage import APP_NAME, CHANNEL
from bot.domain.choices import Choice
from bot.domain.ids import UserId, WorkspaceId
from bot.messages import actions
from bot.store.tables import (
    administrators,
    aliases,
    app_channels,
    app_policies,
    audit,
    policies,
    setup_links,
    subscriptions,
)
from tests.databases import database_url
from tests.scenarios.world import World, open_world, until

__all__ = ["database_url"]

SHARED = "C0SHARED"
WHO = "U0WHO"
KEPT = (
    administrators,
    aliases,
    app_channels,
    app_policies,
    audit,
    policies,
    setup_links,
    subscriptions,
)

ROLES: Mapping[str, dict[str, Any]] = {
    "administrator": {"is_admin": True},
    "owner": {"is_owner": True},
    "added member": {},
    "member": {},
    "guest": {"is_guest": True},
    "guest who was an administrator": {"is_guest": True, "is_admin": True},
    "deleted administrator": {"deleted": True, "is_admin": True},
    "bot": {"is_bot": True, "is_admin": True},
    "another company's administrator": {"team_id": "T0ELSE", "is_admin": True},
    "another company's, added by mistake": {"team_id": "T0ELSE"},
}
ADDED = ("added member", "another company's, added by mistake", "guest")
"""Who is on the list of those who were added; being on it is not enough."""


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """One workspace, administered by dana, with a channel that another company reads."""
    settings = {
        "ENCRYPTION_KEY": "a key for tests that is long enough for anybody",
        "PUBLIC_URL": "https://bot.example.com",
    }
    async with open_world(tmp_path, database_url=database_url, **settings) as opened:
        team = opened.stage.slack.team
        team.add_channel(SHARED, "partners", members=(opened.dana.id,), is_ext_shared=True)
        opened.channel().members.add(team.bot_user_id)
        yield opened


async def somebody(world: World, role: str) -> Person:
    """A person of a role."""
    team, stores = world.stage.slack.team, world.served.bot.stores
    team.add_user(WHO, "who", **ROLES[role])
    for channel in (CHANNEL, SHARED):
        team.channels[channel].members.add(WHO)
    if role in ADDED:
        await stores.policies.set_administrators(
            world.served.bot.who.id, frozenset({UserId(WHO)}), UserId(world.dana.id)
        )
    return world.stage.person(world.served.http, WHO)


async def kept(world: World) -> str:
    """Everything that administrators decide, as it is stored."""
    rows = []
    async with world.served.bot.stores.database.read() as connection:
        for table in KEPT:
            found = (await connection.execute(select(table))).all()
            rows.append(f"{table.name}: {sorted(map(str, found))}")
    return "\n".join(rows)


async def home(world: World) -> View:
    """Dana's Home tab, whose buttons anybody may send as their own click."""
    await world.dana.open_home()
    await until(lambda: world.dana.home is not None)
    assert world.dana.home is not None
    return world.dana.home


async def settings(world: World) -> View:
    """Dana's window of settings."""
    await world.dana.press(actions.OPEN_SETTINGS, await home(world))
    await until(lambda: _is(world.dana.window, actions.SETTINGS))
    assert world.dana.window is not None
    return world.dana.window


async def app_settings(world: World) -> View:
    """Dana's window of one app's settings."""
    await world.dana.press(actions.EDIT_APP, await settings(world), chosen=world.stage.app)
    await until(lambda: _is(world.dana.window, actions.APP_SETTINGS))
    assert world.dana.window is not None
    return world.dana.window


def _is(view: View | None, callback: str) -> bool:
    return view is not None and view.content.get("callback_id") == callback


Attempt = Callable[[World, Person], Awaitable[bool]]
"""Tries something; returns whether it was let through."""


async def opens_by_command(world: World, who: Person) -> bool:
    """`/meeting-summary settings`."""
    asked = len(world.stage.slack.calls_of("users.info"))
    await who.command("settings", CHANNEL)
    await until(lambda: len(world.stage.slack.calls_of("users.info")) > asked)
    await _settled(world)
    return _is(who.window, actions.SETTINGS)


async def opens_by_button(world: World, who: Person) -> bool:
    """**Settings** on the Home tab."""
    await who.press(actions.OPEN_SETTINGS, await home(world))
    await _settled(world)
    return _is(who.window, actions.SETTINGS)


async def edits_an_app(world: World, who: Person) -> bool:
    """**Edit** beside an app."""
    view = await settings(world)
    if who is not world.dana:
        view.user = who.id
    await who.press(actions.EDIT_APP, view, chosen=world.stage.app)
    await _settled(world)
    return _is(who.window, actions.APP_SETTINGS)


async def saves_the_workspace(world: World, who: Person) -> bool:
    """**Save** in the workspace's window."""
    view = await settings(world)
    who.fill(view, Choice.CONFIRM_FROM, "7")
    await who.submit(view)
    await _settled(world)
    policy = await world.served.bot.stores.policies.policy(world.served.bot.who.id)
    return policy.confirm_from == 7


async def saves_an_app(world: World, who: Person) -> bool:
    """**Save** in an app's window."""
    view = await app_settings(world)
    who.fill(view, Choice.ALIASES, "stolen")
    await who.submit(view)
    await _settled(world)
    return bool(await world.served.bot.stores.policies.aliases(world.served.bot.who.id))


async def connects(world: World, who: Person) -> bool:
    """**Connect Cloudflare**: is there a link to the page for a token?"""
    await who.press(actions.CONNECT, await home(world))
    await _settled(world)
    async with world.served.bot.stores.database.read() as connection:
        return (await connection.execute(select(setup_links))).first() is not None


async def runs_the_doctor(world: World, who: Person) -> bool:
    """`/meeting-summary doctor`."""
    before = len(world.private(who))
    await who.command("doctor", CHANNEL)
    told = await world.heard(before + 2, who)
    return "The bot token works" in told[-1]


async def lets_another_company_read(world: World, who: Person) -> bool:
    """`subscribe` in a channel that another company reads, where that is not allowed."""
    before = len(world.private(who))
    await who.command(f"subscribe {APP_NAME}", SHARED)
    await until(lambda: len(world.private(who)) > before)
    await _settled(world)
    return "Subscribe anyway" in world.private(who)[-1]


async def sees_everything_at_home(_: World, who: Person) -> bool:
    """The Home tab."""
    await who.open_home()
    await until(lambda: who.home is not None)
    return "Who may change this" in str(who.home)


AFTERWARDS = {
    "open the settings",
    "show the settings again",
    "offer the setup page",
    "show the home tab",
    "subscribe",
    "doctor",
}
"""What goes on after an acknowledgement, by the names of its tasks."""


async def _settled(world: World) -> None:
    """Wait for what goes on after the acknowledgements."""
    await until(lambda: not any(task.get_name() in AFTERWARDS for task in asyncio.all_tasks()))
    await world.rest()


ATTEMPTS: Mapping[str, Attempt] = {
    "open the settings by command": opens_by_command,
    "open the settings by button": opens_by_button,
    "edit an app": edits_an_app,
    "save the workspace's settings": saves_the_workspace,
    "save an app's settings": saves_an_app,
    "connect Cloudflare": connects,
    "run the doctor": runs_the_doctor,
    "let another company read": lets_another_company_read,
    "see everything at home": sees_everything_at_home,
}

MAY = {
    (role, attempt) for role in ("administrator", "owner", "added member") for attempt in ATTEMPTS
}
"""The cells that pass."""


@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("role", ROLES)
async def test_only_the_cells_of_the_table_pass(world: World, role: str, attempt: str) -> None:
    """And what does not pass leaves everything as it was."""
    who = await somebody(world, role)
    before = await kept(world)

    passed = await ATTEMPTS[attempt](world, who)

    assert passed is ((role, attempt) in MAY)
    if not passed:
        assert await kept(world) == before


async def test_an_unsigned_click_gets_nowhere(world: World) -> None:
    """Nor one that is signed with another secret."""
    await home(world)
    before = await kept(world)
    forged = {"payload": '{"type":"block_actions","user":{"id":"U0DANA","team_id":"T0ACME"}}'}

    unsigned = await world.served.http.post("/slack/events", data=forged)
    signed = await world.served.http.post(
        "/slack/events",
        data=forged,
        headers={"x-slack-signature": "v0=" + "0" * 64, "x-slack-request-timestamp": "1"},
    )

    assert (unsigned.status_code, signed.status_code) == (401, 401)
    assert await kept(world) == before


async def test_a_window_changes_nothing_of_another_workspace(world: World) -> None:
    """Whatever ids are put into it: the workspace is that of the signed request."""
    other, stores = WorkspaceId("T0OTHER"), world.served.bot.stores
    dana = UserId(world.dana.id)
    await stores.policies.set_alias(other, "theirs", world.stage.app, dana)
    await stores.policies.set_confirm_from(other, 9, dana)
    before = (await stores.policies.policy(other), await stores.policies.aliases(other))
    view = await app_settings(world)
    view.content = {**view.content, "private_metadata": "11111111-90cd-4e8f-a7b2-c3d4e5f60718"}
    world.dana.fill(view, Choice.ALIASES, "theirs")

    await world.dana.submit(view)
    await _settled(world)

    after = (await stores.policies.policy(other), await stores.policies.aliases(other))
    assert after == before
