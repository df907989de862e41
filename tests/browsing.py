"""Somebody with a browser who installs the app: follows addresses and keeps cookies."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode, urlsplit

import httpx

from bot.demo.fake_slack import FakeSlack, Team

PUBLIC_URL = "https://bot.example.com"
"""What the bot's settings say; here it stands for wherever the bot is served."""
REDIRECT_URL = f"{PUBLIC_URL}/slack/oauth_redirect"
KEY = "a key for tests that is long enough for anybody"


def oauth_settings(slack: FakeSlack) -> dict[str, str]:
    """The settings of a deployment for any number of workspaces, as changes to those for one."""
    slack.oauth.redirect_urls[:] = [REDIRECT_URL]
    return {
        "SLACK_BOT_TOKEN": "",
        "SLACK_CLIENT_ID": slack.oauth.client_id,
        "SLACK_CLIENT_SECRET": slack.oauth.client_secret,
        "SLACK_AUTHORIZE_URL": slack.authorize_url,
        "CLOUDFLARE_ACCOUNT_ID": "",
        "CLOUDFLARE_API_TOKEN": "",
        "ENCRYPTION_KEY": KEY,
        "PUBLIC_URL": PUBLIC_URL,
    }


@dataclass
class Browser:
    """A browser; the bot's cookies are Secure, and it keeps them as if there were TLS."""

    http: httpx.AsyncClient
    """The way to the bot."""
    cookies: dict[str, str] = field(default_factory=dict)

    async def begin(self) -> str:
        """Open the bot's address for installing; returns Slack's, where that leads."""
        reply = await self.open("/slack/install")
        assert reply.status_code == 302, reply.text
        return reply.headers["location"]

    async def decide(
        self,
        address: str,
        team: Team,
        user: str,
        decision: str = "allow",
        *,
        org_wide: bool = False,
    ) -> str:
        """Say yes or no on Slack's page; returns where that leads back to."""
        form = {"team": team.id, "user": user, "decision": decision}
        async with httpx.AsyncClient(trust_env=False) as http:
            shown = await http.get(address)
            assert shown.status_code == 200, shown.text
            form["org_wide"] = "yes" if org_wide else ""
            reply = await http.post(
                address,
                content=urlencode(form),
                headers={"content-type": "application/x-www-form-urlencoded"},
            )
        assert reply.status_code == 302, reply.text
        return reply.headers["location"]

    async def open(self, address: str) -> httpx.Response:
        """Open an address of the bot's; what it sets and deletes of cookies is done."""
        url = urlsplit(address)
        assert address.startswith(PUBLIC_URL) or not url.netloc
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        reply = await self.http.get(f"{url.path}?{url.query}", headers={"cookie": kept})
        for cookie in reply.headers.get_list("set-cookie"):
            self._keep(cookie)
        return reply

    async def install(self, team: Team, user: str, *, org_wide: bool = False) -> httpx.Response:
        """Install the app; returns the page at the end."""
        address = await self.begin()
        return await self.open(await self.decide(address, team, user, org_wide=org_wide))

    def _keep(self, cookie: str) -> None:
        name, _, rest = cookie.partition("=")
        value, _, attributes = rest.partition(";")
        said = {part.strip().lower() for part in attributes.split(";")}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= said, cookie
        if "max-age=0" in said:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value


def read_page(reply: httpx.Response) -> str:
    """What a page says, without its markup."""
    _, _, body = reply.text.partition("<main>")
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())
