"""The pages of an installation in a real browser: read aloud, on a phone, in the dark."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.async_api import Browser, ViewportSize
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.domain.installation import BotToken, Grant
from bot.usecases.install import Installed
from bot.web import oauth
from bot.web.oauth import not_for_many
from tests.browser import DESKTOP, PHONE, browser, problems
from tests.fakes import ASKER, WORKSPACE
from tests.served_web import served

__all__ = ["browser"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG_NAME = "Acme Robotics and Sons of Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"


def installed(*, is_org_wide: bool, is_connected: bool) -> Response:
    """What somebody sees who has just installed the app."""
    grant = Grant(
        workspace=WORKSPACE,
        is_org_wide=is_org_wide,
        name=LONG_NAME,
        app_id="A0APP",
        bot_user_id="U0BOT",
        installer=ASKER,
        scopes=frozenset(),
        token=BotToken(value="xoxb-make-believe"),
    )
    return oauth._installed(Installed(grant=grant, is_connected=is_connected))


async def show(request: Request) -> Response:
    """One of the pages, by its name."""
    match request.path_params["name"]:
        case "new":
            return installed(is_org_wide=False, is_connected=False)
        case "again":
            return installed(is_org_wide=True, is_connected=True)
        case "cancelled":
            return oauth._cancelled()
        case "stale":
            return oauth._stale()
        case "failed":
            return oauth._failed()
    return await not_for_many(request)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_can_be_used_by_everybody(
    browser: Browser, scheme: Literal["light", "dark"], size: ViewportSize
) -> None:
    """No accessibility problem, nothing to scroll to sideways, whatever a workspace is called."""
    pages = ("new", "again", "cancelled", "stale", "failed", "nothing")
    context = await browser.new_context(color_scheme=scheme, viewport=size)
    found = {}
    async with served(Starlette(routes=[Route("/{name}", show)])) as (host, port):
        page = await context.new_page()
        for name in pages:
            await page.goto(f"http://{host}:{port}/{name}")
            found[name] = await problems(page)
    await context.close()

    assert found == {name: [] for name in pages}
