"""`/setup/{token}`: the page for an API token, from the outside."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import StringIO
from urllib.parse import urlencode

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot import logs
from bot.domain.credentials import Credentials
from bot.domain.ids import AppId, UserId, WorkspaceId
from bot.domain.setup_link import MOST_TRIES, SetupLink
from bot.domain.summary import App
from bot.errors import (
    AccountNotFound,
    BotError,
    CredentialMalformed,
    DatabaseAway,
    InstallationBroken,
    KeyMissing,
    PermissionMissing,
    RealtimeKitBusy,
    RealtimeKitUnavailable,
    SetupLinkDead,
    SlackUnavailable,
    TokenDisabled,
    TokenExpired,
    TokenRefused,
)
from bot.usecases.connect import Connected
from bot.web.app import build_web_app
from bot.web.setup import BODY_MAX, SetupEndpoint
from tests.fakes import APP, ASKER, NOON, WORKSPACE
from tests.scraping import scraped
from tests.served_web import exchange, served

LINK_TOKEN = "n0b0dy-gu3sses-th1s-l1nk-0123456789-abcdefg"
PATH = f"/setup/{LINK_TOKEN}"
ACCOUNT = "fedcba9876543210fedcba9876543210"
TOKEN = "cfat_make-believe-0123456789-WXYZ"
FILLED_IN = {"account_id": ACCOUNT, "api_token": TOKEN}
OURS = {"sec-fetch-site": "same-origin", "origin": "null"}
DEAD = "This link does not work"


@dataclass
class Others:
    """Whom the page asks: they remember what, and go wrong where they are told to."""

    link: SetupLink | None = field(
        default_factory=lambda: SetupLink(
            digest="0" * 64,
            workspace=WORKSPACE,
            workspace_name="Acme & <Sons>",
            administrator=ASKER,
            expires_at=NOON + timedelta(minutes=12),
            tries=0,
        )
    )
    apps: Sequence[App] = (App(APP, "Stand<ups"), App(AppId("0f1d2c3b"), ""))
    is_administrator: bool = True
    trouble: BotError | Exception | None = None
    may_trouble: BotError | None = None
    changed_trouble: Exception | None = None
    connected: list[tuple[WorkspaceId, Credentials, UserId]] = field(default_factory=list)
    changes: list[tuple[WorkspaceId, UserId]] = field(default_factory=list)

    async def create(self, workspace: WorkspaceId, administrator: UserId, at: datetime) -> str:
        """Nobody asks here."""
        raise NotImplementedError

    async def find(self, token: str, at: datetime) -> SetupLink | None:
        """There is one link, while it works."""
        works = self.link and self.link.tries_left and self.link.expires_at > at
        return self.link if works and token == LINK_TOKEN else None

    async def begin_try(self, token: str, at: datetime) -> SetupLink | None:
        """Count a try."""
        link = await self.find(token, at)
        if link is not None:
            self.link = link = replace(link, tries=link.tries + 1)
        return link

    async def give_back(self, link: SetupLink) -> None:
        """Count one less."""
        assert self.link is not None
        self.link = replace(self.link, tries=self.link.tries - 1)

    async def may_administer(self, workspace: WorkspaceId, user: UserId) -> bool:
        """As set up."""
        if self.may_trouble:
            raise self.may_trouble
        return self.is_administrator

    async def connect(
        self,
        workspace: WorkspaceId,
        typed: Credentials,
        who: UserId,
        *,
        link: SetupLink | None = None,
    ) -> Connected:
        """Connect, which uses the link up."""
        assert link == self.link
        if self.trouble:
            raise self.trouble
        self.connected.append((workspace, typed, who))
        self.link = None
        return Connected(
            account_id=typed.account_id, token_ending=typed.token_ending, apps=self.apps
        )

    async def changed(self, workspace: WorkspaceId, who: UserId) -> None:
        """Remember."""
        if self.changed_trouble:
            raise self.changed_trouble
        self.changes.append((workspace, who))

    def endpoint(self) -> SetupEndpoint:
        """The page between them."""
        return SetupEndpoint(
            links=self,
            may_administer=self.may_administer,
            connect=self.connect,
            now=lambda: NOON,
            changed=self.changed,
        )


async def slack(_: Request) -> Response:
    """Slack's endpoint, which nobody asks here."""
    return PlainTextResponse("slack")


@pytest.fixture
def others() -> Others:
    """A link that works, and credentials that do."""
    return Others()


@pytest.fixture
async def browser(others: Others) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without anything in it."""
    app = build_web_app(slack=slack, setup=others.endpoint(), probes={}, scrape=scraped(b"", "x"))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot.test") as client:
        yield client


async def send(
    browser: httpx.AsyncClient, fields: dict[str, str] | None = None, **headers: str
) -> httpx.Response:
    """Send the form as a browser does."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await browser.post(PATH, data=fields or FILLED_IN, headers=OURS | named)


async def test_the_page_names_the_workspace(browser: httpx.AsyncClient) -> None:
    """One sees what one connects; nothing in the name is markup."""
    response = await browser.get(PATH)

    assert response.status_code == 200
    assert "<strong>Acme &amp; &lt;Sons&gt;</strong>" in response.text
    assert "for 12 more minutes (until 12:12 UTC) and 5 tries." in response.text
    assert "Not connected" not in response.text


async def test_the_form_keeps_nothing(browser: httpx.AsyncClient) -> None:
    """The token is hidden while it is typed, and no browser is to remember it."""
    text = (await browser.get(PATH)).text

    assert '<form method="post" autocomplete="off">' in text
    assert 'name="api_token" type="password"' in text
    assert text.count('autocomplete="off"') == 3
    assert "<script" not in text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_looking_uses_nothing_up(
    browser: httpx.AsyncClient, others: Others, method: str
) -> None:
    """Mail filters and link previews open addresses before people do."""
    for _ in range(MOST_TRIES + 1):
        response = await browser.request(method, PATH)

    assert response.status_code == 200
    assert bool(response.text) is (method == "GET")
    assert others.link is not None
    assert others.link.tries == 0


async def test_right_values_connect(browser: httpx.AsyncClient, others: Others) -> None:
    """In the name of who asked for the link; the page says what is connected, and no secret."""
    response = await send(browser)

    assert response.status_code == 200
    typed = Credentials(account_id=ACCOUNT, api_token=TOKEN)
    assert others.connected == [(WORKSPACE, typed, ASKER)]
    assert others.changes == [(WORKSPACE, ASKER)]
    assert "<h1>Connected</h1>" in response.text
    assert '<strong class="whole">3210</strong>' in response.text
    assert '<strong class="whole">WXYZ</strong>' in response.text
    assert "<li>Stand&lt;ups</li>" in response.text
    assert "<li>0f1d2c3b</li>" in response.text
    assert TOKEN not in response.text
    assert ACCOUNT not in response.text


async def test_an_account_without_apps_is_told_of(
    browser: httpx.AsyncClient, others: Others
) -> None:
    """It is connected all the same."""
    others.apps = ()

    response = await send(browser)

    assert "<h1>Connected</h1>" in response.text
    assert "has no RealtimeKit app yet" in response.text


async def test_of_very_many_apps_some_are_named(browser: httpx.AsyncClient, others: Others) -> None:
    """And the rest counted."""
    others.apps = [App(AppId(f"app-{number:04}"), f"App {number}") for number in range(25)]

    response = await send(browser)

    assert response.text.count("<li>") == 21
    assert "and 5 more" in response.text


async def test_what_follows_cannot_undo_it(browser: httpx.AsyncClient, others: Others) -> None:
    """It is connected, even if the Home tab cannot be drawn anew."""
    others.changed_trouble = ValueError("boom")

    response = await send(browser)

    assert response.status_code == 200
    assert "<h1>Connected</h1>" in response.text


@pytest.mark.parametrize(
    ("trouble", "status", "words", "wrong"),
    [
        (TokenRefused("401"), 422, "does not know this API token", "api_token"),
        (TokenDisabled(), 422, "switched off", "api_token"),
        (TokenExpired(), 422, "expired", "api_token"),
        (PermissionMissing("403"), 422, "permission Realtime", "api_token"),
        (AccountNotFound("404"), 422, "no account with this id", "account_id"),
        (CredentialMalformed("account_id", "is missing"), 422, "id is missing", "account_id"),
        (KeyMissing(), 503, "ENCRYPTION_KEY", ""),
        (InstallationBroken("gone"), 503, "no longer installed", ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BotError) else "",
)
async def test_wrong_values_are_said_beside_the_form(
    browser: httpx.AsyncClient,
    others: Others,
    trouble: BotError,
    status: int,
    words: str,
    wrong: str,
) -> None:
    """With the next step; the account id stays, the token does not."""
    others.trouble = trouble

    response = await send(browser)

    assert response.status_code == status
    assert words in response.text.replace("&#39;", "'")
    assert 'role="alert"' in response.text
    assert "and 4 tries" in response.text
    assert f'value="{ACCOUNT}"' in response.text
    assert response.text.count('aria-invalid="true" autofocus') == bool(wrong)
    if wrong:
        _, _, field_of_it = response.text.partition(f'<input id="{wrong}"')
        assert 'aria-invalid="true"' in field_of_it.partition(">")[0]
    assert TOKEN not in response.text
    assert "401" not in response.text


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (RealtimeKitBusy("429"), "five minutes"),
        (RealtimeKitUnavailable("502"), "could not be asked"),
        (DatabaseAway("gone"), "database does not answer"),
    ],
)
async def test_an_outage_is_not_counted(
    browser: httpx.AsyncClient, others: Others, trouble: BotError, words: str
) -> None:
    """Nothing is saved, and the same can be sent again as often as it takes."""
    others.trouble = trouble

    for _ in range(MOST_TRIES + 2):
        response = await send(browser)

    assert response.status_code == 503
    assert words in response.text.replace("&#39;", "'")
    assert "and 5 tries" in response.text


async def test_the_last_try_ends_the_link(browser: httpx.AsyncClient, others: Others) -> None:
    """Who guesses does not get far; the page says what was wrong and where to go."""
    others.trouble = TokenRefused("401")

    answers = [await send(browser) for _ in range(MOST_TRIES + 1)]

    assert "and 1 try." in answers[-3].text
    assert "does not know this API token" in answers[-2].text
    assert "last try" in answers[-2].text
    assert "<form" not in answers[-2].text
    assert DEAD in answers[-1].text


async def test_all_dead_links_have_one_page(browser: httpx.AsyncClient, others: Others) -> None:
    """Used, too old, never made: whoever guesses learns nothing."""
    unknown = await browser.get("/setup/never-made")
    too_long = await browser.get(f"/setup/{'x' * 500}")
    assert others.link is not None
    others.link = replace(others.link, expires_at=NOON)
    expired = await browser.get(PATH)
    others.link = None
    used = await browser.get(PATH)
    sent = await send(browser)

    pages = [unknown, too_long, expired, used, sent]
    assert {response.status_code for response in pages} == {404}
    assert len({response.text for response in pages}) == 1
    assert DEAD in used.text
    assert "Connect Cloudflare" in used.text
    assert others.connected == []


async def test_a_link_used_meanwhile_is_dead(browser: httpx.AsyncClient, others: Others) -> None:
    """Two forms were sent at once; the second connects nothing."""
    others.trouble = SetupLinkDead()

    response = await send(browser)

    assert response.status_code == 404
    assert DEAD in response.text


async def test_who_no_longer_administers_connects_nothing(
    browser: httpx.AsyncClient, others: Others
) -> None:
    """Slack is asked when the form comes in, not only when the link was made."""
    others.is_administrator = False

    response = await send(browser)

    assert response.status_code == 403
    assert "no longer administer" in response.text
    assert others.connected == []


async def test_without_slacks_word_nothing_is_done(
    browser: httpx.AsyncClient, others: Others
) -> None:
    """Unknown means no; the try is not counted."""
    others.may_trouble = SlackUnavailable("timeout")

    response = await send(browser)

    assert response.status_code == 503
    assert "Slack could not be asked" in response.text
    assert others.connected == []
    assert others.link is not None
    assert others.link.tries == 0


async def test_a_fault_of_ours_says_nothing_of_itself(
    browser: httpx.AsyncClient, others: Others
) -> None:
    """And is no blank page."""
    others.trouble = ValueError(TOKEN)

    response = await send(browser)

    assert response.status_code == 500
    assert "Something went wrong" in response.text
    assert TOKEN not in response.text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "http://bot.test.evil.example"},
        {"content-type": "text/plain"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-type": "application/json"},
    ],
)
async def test_forms_of_other_pages_are_refused(
    browser: httpx.AsyncClient, others: Others, headers: dict[str, str]
) -> None:
    """Before anything is read or counted."""
    form = {"content-type": "application/x-www-form-urlencoded"}

    response = await browser.post(PATH, content=urlencode(FILLED_IN), headers=form | headers)

    assert response.status_code == 400
    assert others.connected == []
    assert others.link is not None
    assert others.link.tries == 0


@pytest.mark.parametrize("headers", [{}, {"origin": "null"}, {"origin": "http://bot.test"}])
async def test_older_browsers_can_send_the_form(
    browser: httpx.AsyncClient, others: Others, headers: dict[str, str]
) -> None:
    """They do not say from which site a form comes."""
    response = await browser.post(PATH, data=FILLED_IN, headers=headers)

    assert response.status_code == 200
    assert len(others.connected) == 1


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"&".join(b"a=%d" % number for number in range(11)), b"x" * 9_000]
)
async def test_what_is_no_form_is_refused(
    browser: httpx.AsyncClient, others: Others, body: bytes
) -> None:
    """Bytes that are no text, too many fields, too large."""
    assert len(b"x" * 9_000) > BODY_MAX
    headers = OURS | {"content-type": "application/x-www-form-urlencoded"}

    response = await browser.post(PATH, content=body, headers=headers)

    assert response.status_code == 400
    assert others.connected == []


async def test_missing_fields_are_empty_ones(browser: httpx.AsyncClient, others: Others) -> None:
    """Whatever checks them says so."""
    await send(browser, {"other": "x"})

    assert others.connected == [(WORKSPACE, Credentials(account_id="", api_token=""), ASKER)]


async def test_every_page_is_strict(browser: httpx.AsyncClient, others: Others) -> None:
    """Form, error, success and dead link: nothing is loaded, framed, kept or referred to."""
    shown = await browser.get(PATH)
    foreign = await browser.post(PATH, data=FILLED_IN, headers={"sec-fetch-site": "cross-site"})
    others.trouble = TokenRefused("401")
    wrong = await send(browser)
    others.trouble = None
    right = await send(browser)
    dead = await browser.get(PATH)

    for response in (shown, foreign, wrong, right, dead):
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert policy.endswith("form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in response.headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_not_allowed(browser: httpx.AsyncClient, method: str) -> None:
    """The page is read, or its form is sent."""
    assert (await browser.request(method, PATH)).status_code == 405


async def test_nothing_secret_is_logged(others: Others) -> None:
    """Neither the address nor what was entered, also when something goes wrong, over a socket."""
    out = StringIO()
    logs.configure("DEBUG", "json", stream=out)
    app = build_web_app(slack=slack, setup=others.endpoint(), probes={}, scrape=scraped(b"", "x"))
    others.trouble = ValueError(TOKEN)
    form = urlencode(FILLED_IN)
    kind = "Host: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"

    async with served(app) as address:
        for request in (
            f"GET {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            f"POST {PATH} HTTP/1.1\r\n{kind}Content-Length: {len(form)}\r\n\r\n{form}",
            f"BREW {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            f"GET {PATH} HTTP/9\r\n\r\n",
        ):
            await exchange(address, request.encode())

    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    units = [line for line in lines if line["event"] == "setup page"]
    assert [line["outcome"] for line in units] == ["shown", "crashed"]
    assert units[0]["workspace"] == WORKSPACE
    for secret in (LINK_TOKEN, TOKEN):
        assert secret not in out.getvalue()
