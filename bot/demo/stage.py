"""A local Slack and a local RealtimeKit, furnished, and the real bot between the two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from bot.bootstrap import Bot, open_bot
from bot.connections import utc_now
from bot.demo.fake_realtimekit import API, Account, FakeRealtimeKit, Token
from bot.demo.fake_slack import SIGNING_SECRET, FakeSlack
from bot.demo.fake_slack.person import Person
from bot.demo.serving import serve
from bot.domain.ids import AppId
from bot.serve import serve_web
from bot.settings import Settings
from bot.web.server import listen

CHANNEL = "C0MOBILE"
ASKER = "U0DANA"
APP_NAME = "standups"
API_TOKEN = "cfat_make-believe-0123456789abcdefghijklmnop"  # noqa: S105 - make-believe

STARTS_WITHIN = 90.0
"""Seconds the bot may take until it is ready."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Both stand-ins, served on this machine: one workspace, one account, one app."""

    slack: FakeSlack
    kit: FakeRealtimeKit
    kit_url: str
    account: Account
    app: AppId
    now: Callable[[], datetime]

    def environment(self, database_url: str) -> dict[str, str]:
        """The settings of a bot that works between the two."""
        return {
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_BOT_TOKEN": self.slack.team.token,
            "SLACK_API_URL": self.slack.api_url,
            "CLOUDFLARE_ACCOUNT_ID": self.account.id,
            "CLOUDFLARE_API_TOKEN": API_TOKEN,
            "CLOUDFLARE_BASE_URL": f"{self.kit_url}{API}",
            "REALTIMEKIT_WEBHOOK_KEY_URL": self.kit.key_url,
            "DATABASE_URL": database_url,
            "ALLOW_LOCAL_DOWNLOADS": "true",
            "HOST": "127.0.0.1",
        }

    def settings(self, database_url: str, **changes: str) -> Settings:
        """The same, read; what else this machine's environment says has no say."""
        given = {**self.environment(database_url), **changes}
        defaults = {name: field.default for name, field in Settings.model_fields.items()}
        own = {name.lower(): value for name, value in given.items()}
        return Settings(_env_file=None, **{**defaults, **own})

    def person(self, http: httpx.AsyncClient, user: str = ASKER) -> Person:
        """Somebody at their Slack; `http` leads to the bot."""
        return self.slack.person(user, http)


@asynccontextmanager
async def open_stage(
    now: Callable[[], datetime], *, certificate: Path | None = None
) -> AsyncIterator[Stage]:
    """Serve the stand-ins for as long as the block runs, over TLS with a certificate."""
    slack, kit = FakeSlack(now), FakeRealtimeKit(now=now)
    slack.signs_at = utc_now  # signatures are checked by the real time, wherever `now` has got to
    account = kit.state.add_account(Token(value=API_TOKEN))
    app = kit.state.add_app(account, APP_NAME)
    slack.team.add_user(ASKER, "dana", is_admin=True)
    slack.team.add_channel(CHANNEL, "mobile-team", members=(ASKER,))
    async with (
        serve(slack.app, certificate=certificate) as slack_url,
        serve(kit, certificate=certificate) as kit_url,
    ):
        slack.url, kit.url = slack_url, kit_url
        yield Stage(slack, kit, kit_url, account, app, now)


@dataclass(frozen=True, slots=True)
class Served:
    """The bot at work, and the way to its address."""

    bot: Bot
    http: httpx.AsyncClient


@asynccontextmanager
async def serve_bot(
    settings: Settings,
    *,
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncIterator[Served]:
    """Run the `web` process's own code inside this one, on a free port of this machine."""
    stop, listener = asyncio.Event(), listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with (
        open_bot(settings, now=now, sleep=sleep) as bot,
        httpx.AsyncClient(base_url=address, trust_env=False) as http,
    ):
        serving = asyncio.create_task(serve_web(bot, settings, stop, listener))
        try:
            await ready(http, serving)
            yield Served(bot, http)
        finally:
            stop.set()
            await serving


async def ready(http: httpx.AsyncClient, serving: asyncio.Task[None]) -> None:
    """Wait until the bot says that all its parts are up. Raises what its start raised."""
    async with asyncio.timeout(STARTS_WITHIN):
        while not serving.done():
            with suppress(httpx.TransportError):
                if (await http.get("/readyz")).is_success:
                    return
            await asyncio.sleep(0.02)
    await serving
