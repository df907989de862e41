"""The page for an API token in a real browser: filled in, read aloud, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect

from bot.demo.fake_realtimekit.records import Token
from bot.demo.stage import ASKER
from bot.domain.ids import UserId
from bot.domain.setup_link import SETUP_PATH
from tests.browser import DESKTOP, PHONE, browser, problems
from tests.scenarios.neighbours import Home, install
from tests.scenarios.world import World, open_world

__all__ = ["browser"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "cfut_make-believe-typed-by-hand-0123456789"
SETTINGS = {
    "SLACK_BOT_TOKEN": "",
    "CLOUDFLARE_ACCOUNT_ID": "",
    "CLOUDFLARE_API_TOKEN": "",
    "ENCRYPTION_KEY": "a key for tests that is long enough for anybody",
    "PUBLIC_URL": "https://bot.example.com",
}


@dataclass
class Desk:
    """A bot, a workspace that is not connected, and an administrator's browser."""

    world: World
    home: Home
    browser: Browser
    account_id: str
    asked: list[str] = field(default_factory=list)
    """Every address the browser asked for."""
    complaints: list[str] = field(default_factory=list)
    """What the browser complained about."""

    async def link(self) -> str:
        """A one-time address."""
        links, now = self.world.served.bot.stores.setup_links, self.world.clock()
        token = await links.create(self.home.id, UserId(ASKER), now)
        return f"{self.base}{SETUP_PATH}/{token}"

    @property
    def base(self) -> str:
        """Where the bot is served."""
        return str(self.world.served.http.base_url).rstrip("/")

    async def connected_to(self) -> str | None:
        """The workspace's account, as stored."""
        return (await self.world.served.bot.stores.workspaces.get(self.home.id)).account_id

    @asynccontextmanager
    async def tab(
        self,
        *,
        scheme: Literal["light", "dark"] = "light",
        size: ViewportSize = DESKTOP,
        javascript: bool = True,
    ) -> AsyncIterator[Page]:
        """A tab of a browser that has never been here."""
        context = await self.browser.new_context(
            color_scheme=scheme, viewport=size, java_script_enabled=javascript
        )
        page = await context.new_page()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        try:
            yield page
        finally:
            await context.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One bot for all of these tests, where there is a browser."""
    assert browser.is_connected()
    async with open_world(tmp_path_factory.mktemp("browser"), **SETTINGS) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def desk(world: World, browser: Browser) -> Desk:
    """A workspace of its own for each test."""
    kit = world.stage.kit.state
    number = len(world.stage.slack.teams)
    account = kit.add_account(Token(value=f"{TOKEN}-{number}", kind="user"))
    kit.add_app(account, "Standups")
    home = await install(world, number, connected=False)
    return Desk(world, home, browser, account.id)


async def fill_in(page: Page, account_id: str, api_token: str) -> None:
    """Find the fields by their labels, as a screen reader does, and send the form."""
    await page.get_by_label("Cloudflare account id").fill(account_id)
    await page.get_by_label("API token").fill(api_token)
    await page.get_by_role("button", name="Connect").click()


def right(desk: Desk) -> str:
    """The token that works for the desk's account."""
    (token,) = desk.world.stage.kit.state.accounts[desk.account_id].tokens
    return token.value


@pytest.mark.parametrize("javascript", [True, False])
async def test_a_wrong_token_then_the_right_one(desk: Desk, *, javascript: bool) -> None:
    """What is wrong is said beside the form; then it is connected. No script is needed."""
    async with desk.tab(javascript=javascript) as page:
        await page.goto(await desk.link())
        await fill_in(page, desk.account_id, "cfat_wrong")
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("does not know this API token")
        await expect(page.get_by_label("Cloudflare account id")).to_have_value(desk.account_id)
        await expect(page.get_by_label("API token")).to_have_value("")
        await expect(page.get_by_label("API token")).to_be_focused()
        assert await desk.connected_to() is None

        await page.get_by_label("API token").fill(right(desk))
        await page.keyboard.press("Enter")

        await expect(page.get_by_role("heading", name="Connected")).to_be_visible()
        await expect(page.get_by_text("Standups")).to_be_visible()
        assert right(desk) not in await page.content()
    assert await desk.connected_to() == desk.account_id


async def test_a_link_works_once(desk: Desk) -> None:
    """Coming back to it, or reloading the page, connects nothing and says how to go on."""
    link = await desk.link()
    async with desk.tab() as page:
        await page.goto(link)
        await fill_in(page, desk.account_id, right(desk))
        await expect(page.get_by_role("heading", name="Connected")).to_be_visible()

        again = await page.goto(link)

        assert again is not None
        assert again.status == 404
        await expect(page.get_by_role("heading")).to_have_text("This link does not work")
        await expect(page.get_by_text("press Connect Cloudflare")).to_be_visible()


async def test_a_page_left_open_too_long_is_dead(desk: Desk) -> None:
    """What is sent after a quarter of an hour is not taken."""
    async with desk.tab() as page:
        await page.goto(await desk.link())
        desk.world.clock.advance(minutes=15)

        await fill_in(page, desk.account_id, right(desk))

        await expect(page.get_by_role("heading")).to_have_text("This link does not work")
    assert await desk.connected_to() is None


async def test_a_form_on_another_site_connects_nothing(desk: Desk) -> None:
    """Even if it knows the address: the browser says where the form stands."""
    link = await desk.link()
    async with desk.tab() as page:
        await page.goto(f"{desk.base.replace('127.0.0.1', 'localhost')}/healthz")
        await page.set_content(
            f'<form method="post" action="{link}">'
            f'<input name="account_id" value="{desk.account_id}">'
            f'<input name="api_token" value="{right(desk)}"><button>Win</button></form>'
        )

        await page.get_by_role("button").click()

        await expect(page.get_by_text("did not come from this page's form")).to_be_visible()
    assert await desk.connected_to() is None


async def test_the_keyboard_is_enough(desk: Desk) -> None:
    """Every stop is reached in reading order, and can be seen."""
    async with desk.tab() as page:
        await page.goto(await desk.link())
        stops = []
        for _ in range(5):
            await page.keyboard.press("Tab")
            stop = page.locator(":focus")
            stops.append(await stop.evaluate("e => e.id || e.tagName.toLowerCase()"))
            assert await stop.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"

    assert stops == ["a", "account_id", "a", "api_token", "button"]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_can_be_used_by_everybody(
    desk: Desk, scheme: Literal["light", "dark"], size: ViewportSize
) -> None:
    """No accessibility problem on form, error, success and dead link, and nothing to scroll to."""
    link, found = await desk.link(), {}
    async with desk.tab(scheme=scheme, size=size) as page:

        async def look(name: str) -> None:
            found[name] = await problems(page)

        await page.goto(link)
        await look("form")
        await fill_in(page, desk.account_id, "cfat_wrong")
        await look("error")
        await fill_in(page, desk.account_id, right(desk))
        await expect(page.get_by_role("heading", name="Connected")).to_be_visible()
        await look("success")
        await page.goto(link)
        await look("dead link")

    assert found == {"form": [], "error": [], "success": [], "dead link": []}


async def test_the_browser_asks_nobody_else(desk: Desk) -> None:
    """One address, one file: no script, picture or font; and it finds nothing to complain of."""
    link = await desk.link()
    async with desk.tab() as page:
        await page.goto(link)
        await fill_in(page, desk.account_id, right(desk))
        await expect(page.get_by_role("heading", name="Connected")).to_be_visible()
        style = await page.evaluate("getComputedStyle(document.querySelector('main')).paddingTop")

    assert {url for url in desk.asked if not url.endswith("/favicon.ico")} == {link}
    assert desk.complaints == []
    assert style == "32px"
