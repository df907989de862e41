"""The pages of an installation in a real browser: read aloud, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ViewportSize

from bot.demo.serving import serve
from bot.usecases.install import Installed
from bot.web.app import build_web_app
from bot.web.oauth import COOKIE, InstallEndpoint, not_for_many
from tests.browser import DESKTOP, PHONE, browser, problems
from tests.browsing import REDIRECT_URL
from tests.installing import a_grant
from tests.scraping import scraped
from tests.web.test_oauth import BACK, Installing

__all__ = ["browser"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST = Installed(grant=a_grant(name="Acme & Söhne"), is_connected=False)
AGAIN = Installed(grant=a_grant(is_org_wide=True), is_connected=True)
PAGES = {
    f"{BACK}&code=1.2.3": "Meeting summaries are installed",
    "/slack/oauth_redirect?error=access_denied": "Nothing was installed",
    "/slack/oauth_redirect?error=invalid_scope": "The installation did not work",
    "/slack/oauth_redirect": "Please begin again",
    "/slack/events": "Nothing to install here",
}
"""Each page, by an address that leads to it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[FIRST, AGAIN])
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """Where the pages are served."""
    endpoint = InstallEndpoint(
        install=Installing(installed=request.param),
        authorize_url="https://slack.example.com/oauth/v2/authorize",
        client_id="1.2",
        redirect_uri=REDIRECT_URL,
        scopes=("commands",),
    )
    app = build_web_app(
        slack=not_for_many,
        install=(endpoint.begin, endpoint.finish),
        probes={},
        scrape=scraped(b"", "x"),
    )
    async with serve(app) as served:
        yield served


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_can_be_used_by_everybody(
    browser: Browser, url: str, scheme: Literal["light", "dark"], size: ViewportSize
) -> None:
    """No accessibility problem, nothing to scroll to, and a heading that says what happened."""
    found = {}
    context = await browser.new_context(color_scheme=scheme, viewport=size, bypass_csp=True)
    await context.set_extra_http_headers({"cookie": f"{COOKIE}=the-state"})
    page = await context.new_page()
    for path in PAGES:
        method = "POST" if path == "/slack/events" else "GET"
        reply = await context.request.fetch(f"{url}{path}", method=method, max_redirects=0)
        await page.set_content(await reply.text())
        found[path] = (await page.locator("h1").inner_text(), await problems(page))
    await context.close()

    assert found == {path: (heading, []) for path, heading in PAGES.items()}
