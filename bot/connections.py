"""The ways out of this process: to Cloudflare, to Slack, and to the files behind links."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import httpx

from bot.errors import NotConnected
from bot.manifest import REDIRECT_PATH
from bot.metrics import Metrics
from bot.realtimekit.client import RealtimeKitClient, open_api_client
from bot.realtimekit.download import Downloader
from bot.realtimekit.webhook_keys import SigningKeys
from bot.settings import Settings
from bot.slack.conversations import SlackConversations
from bot.slack.oauth import SlackOAuth
from bot.slack.poster import SlackPoster
from bot.slack.sessions import open_session
from bot.slack.web_api import WebApi
from bot.store.budgets import Budgets
from bot.usecases.ports import Clock, Poster, Workspace


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Connections:
    """The ways out of this process, opened once and shared by everything."""

    settings: Settings
    now: Clock
    metrics: Metrics
    http: httpx.AsyncClient = field(repr=False)
    slack: aiohttp.ClientSession = field(repr=False)
    downloads: Downloader = field(repr=False)
    signing_keys: SigningKeys = field(repr=False)
    budgets: Budgets | None = field(default=None, repr=False)
    """What a workspace may ask of Cloudflare; without a database nobody counts."""

    def realtimekit(self, workspace: Workspace) -> RealtimeKitClient:
        """RealtimeKit with a workspace's credentials. Raises `NotConnected` without any."""
        if not workspace.account_id or not workspace.api_token:
            raise NotConnected
        return RealtimeKitClient(
            self.http,
            base_url=self.settings.cloudflare_base_url,
            account_id=workspace.account_id,
            api_token=workspace.api_token,
            observe=self.metrics.observe_cloudflare,
            now=self.now,
            budget=self.budgets.of(workspace.id) if self.budgets else None,
        )

    def slack_api(self, token: str) -> WebApi:
        """Slack's Web API with a bot token."""
        return WebApi(
            self.slack,
            token=token,
            base_url=self.settings.slack_api_url,
            now=self.now,
            observe=self.metrics.observe_slack,
        )

    def oauth(self) -> SlackOAuth | None:
        """Slack's OAuth with this app's id and secret, where workspaces install it themselves."""
        settings = self.settings
        client_id, secret = settings.slack_client_id, settings.slack_client_secret
        if client_id is None or secret is None:
            return None
        return SlackOAuth(
            session=self.slack,
            client_id=client_id,
            client_secret=secret.get_secret_value(),
            redirect_uri=f"{settings.public_url or ''}{REDIRECT_PATH}",
            base_url=settings.slack_api_url,
            now=self.now,
            observe=self.metrics.observe_slack,
        )

    def poster(self, workspace: Workspace) -> Poster:
        """Slack with a workspace's bot token."""
        return SlackPoster(self.slack_api(workspace.bot_token))

    def conversations(self, workspace: Workspace) -> SlackConversations:
        """Slack's conversations with a workspace's bot token."""
        return SlackConversations(self.slack_api(workspace.bot_token))


@asynccontextmanager
async def open_connections(
    settings: Settings, *, now: Clock = utc_now, budgets: Budgets | None = None
) -> AsyncIterator[Connections]:
    """Open the ways out; no connection is made before it is needed."""
    async with AsyncExitStack() as stack:
        metrics = Metrics()
        downloads = Downloader(
            allow_local=settings.allow_local_downloads,
            observe=metrics.observe_cloudflare,
            now=now,
        )
        stack.push_async_callback(downloads.aclose)
        http = await stack.enter_async_context(open_api_client())
        slack = await stack.enter_async_context(open_session())
        signing_keys = SigningKeys(
            http, settings.realtimekit_webhook_key_url, now, metrics.observe_cloudflare
        )
        yield Connections(settings, now, metrics, http, slack, downloads, signing_keys, budgets)
