"""A Cloudflare that never leaves the process, and clients of it."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx

from bot.realtimekit.account import Budget
from bot.realtimekit.client import RealtimeKitClient
from bot.realtimekit.reply import Reply

ACCOUNT = "0123456789abcdef0123456789abcdef"
TOKEN = "cfat_not-a-real-token"
NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
KIT = f"/client/v4/accounts/{ACCOUNT}/realtime/kit"


class Cloudflare:
    """Answers in turn, the last answer again and again; remembers the requests."""

    def __init__(self, *replies: Reply) -> None:
        """Answer with these."""
        self._replies = list(replies)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.requests.append(request)
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body)

    @property
    def queries(self) -> list[dict[str, str]]:
        """The parameters of every request."""
        return [dict(request.url.params) for request in self.requests]


class Observed:
    """What `observe` was told."""

    def __init__(self) -> None:
        """Nothing so far."""
        self.calls: list[tuple[str, str]] = []

    def __call__(self, endpoint: str, outcome: str, seconds: float) -> None:
        """Write a call down."""
        assert seconds >= 0
        self.calls.append((endpoint, outcome))


def client_of(
    http: httpx.AsyncClient,
    *,
    base_url: str = "https://api.cloudflare.example/client/v4",
    account_id: str = ACCOUNT,
    api_token: str = TOKEN,
    observed: Observed | None = None,
    deadline: float = 10.0,
    budget: Budget | None = None,
) -> RealtimeKitClient:
    """A client with make-believe credentials."""
    return RealtimeKitClient(
        http,
        base_url=base_url,
        account_id=account_id,
        api_token=api_token,
        observe=observed or Observed(),
        now=lambda: NOW,
        deadline=deadline,
        budget=budget,
    )


def client_to(
    cloudflare: Cloudflare, *, observed: Observed | None = None, budget: Budget | None = None
) -> RealtimeKitClient:
    """A client whose requests end in `cloudflare`."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(cloudflare))
    return client_of(http, observed=observed, budget=budget)
