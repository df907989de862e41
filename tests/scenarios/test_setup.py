"""Connecting a workspace: asked for in Slack, entered on the one-time page, used in a channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bot.demo.fake_realtimekit import Account, Token
from bot.demo.fake_realtimekit.scripted import edge_page
from bot.demo.fake_slack import windows
from bot.demo.fake_slack.faults import error
from bot.demo.fake_slack.person import Person
from bot.demo.fake_slack.state import View
from bot.demo.stage import APP_NAME, ASKER, CHANNEL, open_stage
from bot.domain.audit import AuditAction
from bot.domain.ids import AppId, ChannelId
from bot.errors import NotConnected
from bot.messages import actions
from bot.store.audit import SqlAudit
from tests.clock import ManualClock
from tests.databases import database_url
from tests.scenarios.neighbours import SAME_SESSION, Home, install, meet, subscribe
from tests.scenarios.world import World, open_world, start_bot, until

__all__ = ["database_url"]

PUBLIC_URL = "https://bot.example.com"
MANY = {
    "SLACK_BOT_TOKEN": "",
    "CLOUDFLARE_ACCOUNT_ID": "",
    "CLOUDFLARE_API_TOKEN": "",
    "ENCRYPTION_KEY": "a key for tests that is long enough for anybody",
    "PUBLIC_URL": PUBLIC_URL,
}
MEMBER = "U0MEMBER"
NEW_TOKEN = "cfut_make-believe-of-an-administrator-0123456789"
USERS_INFO = "users.info"


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A deployment whose settings name no workspace."""
    async with open_world(tmp_path, database_url=database_url, **MANY) as opened:
        yield opened


@dataclass
class Office:
    """A workspace that is not connected, its administrator, and a Cloudflare account for it."""

    world: World
    home: Home
    account: Account
    app: AppId
    dana: Person
    token: str = field(repr=False)

    async def press(self, person: Person | None = None) -> View:
        """Press **Connect Cloudflare** on the Home tab; returns the window once it is filled."""
        who = person or self.dana
        home = windows.show(self.home.team, who.id, _HOME, view_id=f"VHOME{who.id}")
        before = who.window
        await who.press(actions.CONNECT, home)
        await until(lambda: who.window not in (None, before))
        window = who.window
        assert window is not None
        await until(lambda: "One moment" not in str(window.content))
        return window

    async def ask(self) -> str:
        """The path of a one-time address, as the window's button has it."""
        window = await self.press()
        address = _address(window)
        assert address is not None
        assert address.startswith(f"{PUBLIC_URL}/setup/")
        return urlsplit(address).path

    async def send(self, path: str, **typed: str) -> httpx.Response:
        """Fill the page in, with what works unless something else is typed."""
        form = {"account_id": self.account.id, "api_token": self.token, **typed}
        headers = {"sec-fetch-site": "same-origin", "origin": "null"}
        return await self.world.served.http.post(path, data=form, headers=headers)

    async def stored(self) -> tuple[str | None, str | None]:
        """The workspace's credentials."""
        home = await self.world.served.bot.stores.workspaces.get(self.home.id)
        return home.account_id, home.api_token

    async def audit(self) -> list[tuple[str, AuditAction, str]]:
        """Who changed what, newest first."""
        entries = await SqlAudit(self.world.served.bot.stores.database).latest(self.home.id)
        return [(entry.who, entry.action, entry.after) for entry in entries]


_HOME = {
    "type": "home",
    "blocks": [
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": actions.CONNECT,
                    "text": {"type": "plain_text", "text": "Connect Cloudflare"},
                }
            ],
        }
    ],
}


def _address(window: View) -> str | None:
    """Where the window's button leads."""
    blocks: list[dict[str, Any]] = window.content["blocks"]
    elements = [each for block in blocks for each in block.get("elements", [])]
    return next((each["url"] for each in elements if "url" in each), None)


async def an_office(world: World, number: int = 1) -> Office:
    """Install the app in a workspace; nobody has connected it yet."""
    home = await install(world, number, connected=False)
    token = f"cfut_make-believe-typed-by-hand-{number:04}-{'0123456789' * 2}"
    account = world.stage.kit.state.add_account(Token(value=token, kind="user"))
    app = world.stage.kit.state.add_app(account, APP_NAME)
    home.team.add_user(MEMBER, "mel")
    dana = world.stage.slack.person(ASKER, world.served.http, team=home.team)
    return Office(world, home, account, app, dana, token)


@pytest.fixture
async def office(world: World) -> Office:
    """One such workspace."""
    return await an_office(world)


async def test_from_the_button_to_the_summary(office: Office) -> None:
    """Before there is no account; after it, a summary is fetched with the account's token."""
    held = Home(office.home.team, office.app)
    session = meet(office.world, held, "apples")
    await office.dana.command(f"{APP_NAME} {session}", CHANNEL)
    await office.world.rest()
    before = office.home.posts()

    path = await office.ask()
    shown = await office.world.served.http.get(path)
    done = await office.send(path)
    await office.dana.command(f"{APP_NAME} {session}", CHANNEL)
    await office.world.rest()

    assert before == []
    assert (shown.status_code, done.status_code) == (200, 200)
    assert "team-1.slack.com" in shown.text
    assert APP_NAME in done.text
    assert "apples stays among us" in " ".join(office.home.posts())
    assert await office.stored() == (office.account.id, office.token)
    ending = f"account {office.account.id}, token …{office.token[-4:]}"
    assert await office.audit() == [(ASKER, AuditAction.CONNECTED, ending)]


async def test_a_wrong_token_is_explained_and_the_right_one_taken(office: Office) -> None:
    """The link stays good for the second try."""
    path = await office.ask()

    wrong = await office.send(path, api_token="cfat_wrong")
    nothing = await office.stored()
    right = await office.send(path)

    assert (wrong.status_code, right.status_code) == (422, 200)
    assert "does not know this API token" in wrong.text
    assert nothing == (None, None)
    assert await office.stored() == (office.account.id, office.token)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"kind": "account", "status": "disabled"}, "switched off"),
        ({"kind": "user", "status": "expired"}, "has expired"),
        ({"kind": "account", "may_use_realtime": False}, "may not use RealtimeKit"),
    ],
)
async def test_what_is_wrong_with_a_token_is_found_out(
    office: Office, facts: dict[str, Any], words: str
) -> None:
    """For tokens of users and of accounts alike."""
    office.account.tokens[:] = [Token(value=office.token, **facts)]

    response = await office.send(await office.ask())

    assert response.status_code == 422
    assert words in response.text
    assert await office.stored() == (None, None)


async def test_an_accounts_own_token_connects(office: Office) -> None:
    """It need not be a person's."""
    office.account.tokens[:] = [Token(value=office.token, kind="account")]

    response = await office.send(await office.ask())

    assert response.status_code == 200
    assert await office.stored() == (office.account.id, office.token)


@pytest.mark.parametrize(
    ("account_id", "words"),
    [("0" * 32, "may not use RealtimeKit of this account"), ("acme", "The account id must be")],
)
async def test_another_account_is_not_taken(office: Office, account_id: str, words: str) -> None:
    """A token opens its own account only."""
    response = await office.send(await office.ask(), account_id=account_id)

    assert response.status_code == 422
    assert words in response.text
    assert await office.stored() == (None, None)


async def test_an_account_without_apps_is_taken_with_a_hint(office: Office) -> None:
    """The apps can be made later."""
    office.world.stage.kit.state.apps.clear()

    response = await office.send(await office.ask())

    assert response.status_code == 200
    assert "has no RealtimeKit app yet" in response.text


async def test_while_cloudflare_is_away_nothing_is_saved(office: Office) -> None:
    """Trying again is all there is to do, and it is not counted."""
    office.world.stage.kit.script.always("apps", edge_page(502))
    path = await office.ask()

    away = [await office.send(path) for _ in range(7)]
    nothing = await office.stored()
    office.world.stage.kit.script.always("apps", None)
    back = await office.send(path)

    assert {response.status_code for response in away} == {503}
    assert "Nothing was saved" in away[-1].text
    assert nothing == (None, None)
    assert back.status_code == 200


async def test_a_link_works_once(office: Office) -> None:
    """Whoever finds it in a browser's history connects nothing with it."""
    other = office.world.stage.kit.state.add_account(Token(value="cfat_of-somebody-else-012345"))
    path = await office.ask()
    await office.send(path)

    shown = await office.world.served.http.get(path)
    again = await office.send(path, account_id=other.id, api_token=other.tokens[0].value)

    assert (shown.status_code, again.status_code) == (404, 404)
    assert await office.stored() == (office.account.id, office.token)


async def test_of_two_forms_at_once_one_connects(office: Office) -> None:
    """However they meet: the second finds the link used."""
    path = await office.ask()

    answers = await asyncio.gather(*(office.send(path) for _ in range(3)))

    assert sorted(response.status_code for response in answers) == [200, 404, 404]
    assert len(await office.audit()) == 1


async def test_a_link_dies_after_a_quarter_of_an_hour(office: Office) -> None:
    """Opened or not."""
    path = await office.ask()
    await office.world.served.http.get(path)
    office.world.clock.advance(minutes=15)

    shown, sent = await office.world.served.http.get(path), await office.send(path)

    assert (shown.status_code, sent.status_code) == (404, 404)
    assert await office.stored() == (None, None)


async def test_guessing_ends(office: Office) -> None:
    """After five wrong tokens the link is dead, even for the right one."""
    path = await office.ask()

    wrong = [await office.send(path, api_token=f"cfat_wrong-{number}") for number in range(5)]
    right = await office.send(path)

    assert {response.status_code for response in wrong} == {422}
    assert "last try" in wrong[-1].text
    assert right.status_code == 404
    assert await office.stored() == (None, None)


async def test_a_link_connects_the_workspace_it_was_asked_in(world: World) -> None:
    """Whoever uses it, and whatever they type: no other workspace is touched."""
    first, second = await an_office(world, 1), await an_office(world, 2)
    path = await first.ask()
    await second.send(await second.ask())

    response = await second.send(path)

    assert response.status_code == 200
    assert "team-1.slack.com" in response.text
    assert await first.stored() == (second.account.id, second.token)
    assert [who for who, _, _ in await first.audit()] == [first.dana.id]
    assert len(await second.audit()) == 1


async def test_who_stopped_administering_connects_nothing(office: Office) -> None:
    """The link was theirs, but Slack is asked again."""
    path = await office.ask()
    office.home.team.add_user(ASKER, "dana", is_admin=False)

    response = await office.send(path)

    assert response.status_code == 403
    assert await office.stored() == (None, None)
    assert await office.audit() == []


async def test_while_slack_cannot_be_asked_nothing_is_saved(office: Office) -> None:
    """Unknown means no; and the try is not counted."""
    path = await office.ask()
    office.world.stage.slack.faults.add(USERS_INFO, error("service_unavailable"))

    away, back = await office.send(path), await office.send(path)

    assert (away.status_code, back.status_code) == (503, 200)


async def test_members_get_no_link(office: Office) -> None:
    """The window says who may, and nothing is made."""
    mel = office.world.stage.slack.person(MEMBER, office.world.served.http, team=office.home.team)

    window = await office.press(mel)

    assert _address(window) is None
    assert "Only an administrator" in str(window.content)


async def test_paused_subscriptions_go_on(office: Office) -> None:
    """What waited for the account is looked at soon, not hours later."""
    held = Home(office.home.team, office.app)
    await subscribe(office.world, held)
    office.world.clock.advance(minutes=31)
    meet(office.world, held, "pears")
    await office.world.go_round()
    subscriptions = office.world.served.bot.stores.subscriptions
    channel = ChannelId(CHANNEL)
    [paused] = await subscriptions.of_channel(office.home.id, channel)

    await office.send(await office.ask())
    for _ in range(3):
        office.world.clock.advance(minutes=1)
        await office.world.go_round()

    [going] = await subscriptions.of_channel(office.home.id, channel)
    assert paused.paused == NotConnected.reason
    assert going.paused is None
    assert "pears stays among us" in " ".join(office.home.posts())


async def test_without_a_public_address_a_command_is_named(
    database_url: str, tmp_path: Path
) -> None:
    """And no link is made that nobody could open."""
    settings = MANY | {"PUBLIC_URL": ""}
    async with open_world(tmp_path, database_url=database_url, **settings) as world:
        office = await an_office(world)

        window = await office.press()

        assert _address(window) is None
        assert f"python -m bot connect --workspace {office.home.id}" in str(window.content)


async def test_without_a_key_no_token_is_asked_for(database_url: str, tmp_path: Path) -> None:
    """One workspace alone may run without a key, until a token is to be stored."""
    settings = {"PUBLIC_URL": PUBLIC_URL}
    async with open_world(tmp_path, database_url=database_url, **settings) as world:
        team = next(iter(world.stage.slack.teams.values()))
        home = Home(team, world.stage.app)
        office = Office(world, home, world.stage.account, world.stage.app, world.dana, "")

        window = await office.press()

        assert _address(window) is None
        assert "encryption key" in str(window.content)


async def test_the_one_workspace_of_the_settings_is_connected_too(
    database_url: str, tmp_path: Path
) -> None:
    """What an administrator enters wins over the settings, also after a restart."""
    settings = {"PUBLIC_URL": PUBLIC_URL, "ENCRYPTION_KEY": MANY["ENCRYPTION_KEY"]}
    clock = ManualClock()
    async with open_stage(clock) as stage:
        opened = partial(start_bot, tmp_path, stage, clock, database_url=database_url, **settings)
        account = stage.kit.state.add_account(Token(value=NEW_TOKEN, kind="user"))
        app = stage.kit.state.add_app(account, "elsewhere")
        home = Home(next(iter(stage.slack.teams.values())), app)
        async with opened() as world:
            office = Office(world, home, account, app, world.dana, NEW_TOKEN)
            done = await office.send(await office.ask())
            told = await world.type(f"{APP_NAME} {SAME_SESSION}")
        async with opened() as world:
            session = meet(world, home, "apples")
            await world.dana.command(f"elsewhere {session}", CHANNEL)
            await world.rest()

    assert done.status_code == 200
    assert "There is no RealtimeKit app of that name" in str(told)
    assert "apples stays among us" in " ".join(home.posts())
