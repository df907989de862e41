"""The two addresses of an installation, and every page they lead to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.errors import BotError, DatabaseAway, SlackRefused, StateUnknown
from bot.usecases.install import Installed
from bot.web.app import build_web_app
from bot.web.oauth import COOKIE, InstallEndpoint, not_for_many
from tests.browsing import REDIRECT_URL, Browser, read_page
from tests.installing import a_grant
from tests.scraping import scraped


@dataclass
class Installing:
    """The use case: remembers what it was told, and does or raises what it was set up for."""

    installed: Installed | BotError = field(
        default_factory=lambda: Installed(grant=a_grant(), is_connected=False)
    )
    away: BotError | None = None
    finished: list[tuple[str, str]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    async def begin(self) -> str:
        """Begin."""
        if self.away:
            raise self.away
        return "the-state"

    async def cancel(self, state: str) -> None:
        """Note a no."""
        self.cancelled.append(state)

    async def finish(self, state: str, code: str) -> Installed:
        """Finish."""
        self.finished.append((state, code))
        if isinstance(self.installed, BotError):
            raise self.installed
        return self.installed


@pytest.fixture
def installing() -> Installing:
    """What stands behind the pages."""
    return Installing()


@pytest.fixture
async def browser(installing: Installing) -> AsyncIterator[Browser]:
    """Somebody who wants to install the app."""
    endpoint = InstallEndpoint(
        install=installing,
        authorize_url="https://slack.example.com/oauth/v2/authorize",
        client_id="1.2",
        redirect_uri=REDIRECT_URL,
        scopes=("commands", "chat:write"),
    )
    app = build_web_app(
        slack=not_for_many,
        install=(endpoint.begin, endpoint.finish),
        probes={},
        scrape=scraped(b"", "x"),
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://bot.test") as http:
        yield Browser(http)


BACK = "/slack/oauth_redirect?state=the-state"


async def test_the_way_to_slack_asks_for_what_is_needed(browser: Browser) -> None:
    """With a state that the browser keeps too, for ten minutes, out of scripts' reach."""
    reply = await browser.open("/slack/install")

    url = urlsplit(reply.headers["location"])
    assert reply.status_code == HTTPStatus.FOUND
    assert (
        f"{url.scheme}://{url.netloc}{url.path}" == "https://slack.example.com/oauth/v2/authorize"
    )
    assert parse_qs(url.query) == {
        "client_id": ["1.2"],
        "scope": ["commands,chat:write"],
        "redirect_uri": [REDIRECT_URL],
        "state": ["the-state"],
    }
    assert browser.cookies == {COOKIE: "the-state"}
    assert "Max-Age=600" in reply.headers["set-cookie"]
    assert "domain" not in reply.headers["set-cookie"].lower()
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("installed", "words"),
    [
        (Installed(grant=a_grant(), is_connected=False), "Press Connect Cloudflare"),
        (Installed(grant=a_grant(), is_connected=True), "There is nothing more to do"),
        (
            Installed(grant=a_grant(workspace="E0ORG", is_org_wide=True), is_connected=False),
            "for the whole organization",
        ),
    ],
    ids=["first", "again", "org-wide"],
)
async def test_an_installation_says_what_comes_next(
    browser: Browser, installing: Installing, installed: Installed, words: str
) -> None:
    """The page leads to the app in Slack; the state's cookie is gone."""
    installing.installed = installed
    await browser.begin()

    page = await browser.open(f"{BACK}&code=1.2.3")

    assert page.status_code == HTTPStatus.OK
    assert words in read_page(page)
    assert "Acme" in read_page(page)
    assert 'href="https://slack.com/app_redirect?app=A0SUMMARY' in page.text
    assert installing.finished == [("the-state", "1.2.3")]
    assert browser.cookies == {}


async def test_a_workspaces_name_is_only_text(browser: Browser, installing: Installing) -> None:
    """Whatever a workspace is called, it makes no markup."""
    name = "<script>alert(1)</script>"
    installing.installed = Installed(grant=a_grant(name=name), is_connected=False)
    await browser.begin()

    page = await browser.open(f"{BACK}&code=1.2.3")

    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


async def test_a_no_is_taken_for_one(browser: Browser, installing: Installing) -> None:
    """Nothing was installed, and one can begin again."""
    await browser.begin()

    page = await browser.open(f"{BACK}&error=access_denied")

    assert page.status_code == HTTPStatus.OK
    assert "Nothing was installed" in read_page(page)
    assert 'href="/slack/install"' in page.text
    assert (installing.finished, installing.cancelled) == ([], ["the-state"])


async def test_a_no_from_elsewhere_uses_nobodys_state_up(
    browser: Browser, installing: Installing
) -> None:
    """Its page is shown, and that is all."""
    await browser.open("/slack/oauth_redirect?state=another&error=access_denied")

    assert installing.cancelled == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=1.2.3",
        "state=the-state",
        "state=the-state&code=",
        "state=another&code=1.2.3",
        "state=th%C3%A9-state&code=1.2.3",
        "state=&code=1.2.3",
        "state=the-state&state=another&code=1.2.3",
        "state=the-state&code=1.2.3&code=4.5.6",
        f"state=the-state&code={'1' * 1_001}",
    ],
)
async def test_what_does_not_fit_asks_to_begin_again(
    browser: Browser, installing: Installing, query: str
) -> None:
    """Slack is not asked."""
    await browser.begin()

    page = await browser.open(f"/slack/oauth_redirect?{query}")

    assert page.status_code == HTTPStatus.BAD_REQUEST
    assert "Please begin again" in read_page(page)
    assert installing.finished == []


@pytest.mark.parametrize("query", ["state=the-state&code=1.2.3", "state=&code=1.2.3"])
async def test_without_the_browsers_own_state_nothing_is_finished(
    browser: Browser, installing: Installing, query: str
) -> None:
    """Somebody may have been sent an address that another person began."""
    page = await browser.open(f"/slack/oauth_redirect?{query}")

    assert page.status_code == HTTPStatus.BAD_REQUEST
    assert installing.finished == []


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (StateUnknown(), HTTPStatus.BAD_REQUEST, "Please begin again"),
        (SlackRefused("invalid_code"), HTTPStatus.BAD_GATEWAY, "did not work"),
        (DatabaseAway("OSError"), HTTPStatus.BAD_GATEWAY, "did not work"),
    ],
)
async def test_what_fails_is_said_without_codes(
    browser: Browser, installing: Installing, error: BotError, status: HTTPStatus, words: str
) -> None:
    """Plain words and one next step; the cookie is gone."""
    installing.installed = error
    await browser.begin()

    page = await browser.open(f"{BACK}&code=1.2.3")

    assert page.status_code == status
    assert words in read_page(page)
    assert 'href="/slack/install"' in page.text
    assert "invalid_code" not in page.text
    assert browser.cookies == {}


async def test_another_no_of_slacks_is_a_failure(browser: Browser) -> None:
    """Such as a scope that it does not know."""
    await browser.begin()

    page = await browser.open(f"{BACK}&error=invalid_scope")

    assert page.status_code == HTTPStatus.BAD_GATEWAY
    assert "did not work" in read_page(page)
    assert "invalid_scope" not in page.text


async def test_nothing_begins_without_a_database(browser: Browser, installing: Installing) -> None:
    """The page says so, instead of an error of the server's."""
    installing.away = DatabaseAway("OSError")

    page = await browser.open("/slack/install")

    assert page.status_code == HTTPStatus.BAD_GATEWAY
    assert "did not work" in read_page(page)


async def test_pages_are_strict(browser: Browser) -> None:
    """Nothing from elsewhere, nothing kept, no address told to whoever comes next."""
    page = await browser.open(BACK)

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "<script" not in page.text
    assert "src=" not in page.text
