"""What every call of an account has in common: the budget it comes out of."""

from __future__ import annotations

import pytest

from bot.domain.ids import AppId, WebhookId
from bot.errors import (
    AccountNotFound,
    AppNotFound,
    RealtimeKitBusy,
    RealtimeKitError,
    RealtimeKitUnavailable,
    TokenRefused,
)
from bot.realtimekit.client import open_api_client
from bot.realtimekit.reply import Reply
from tests.realtimekit.cloudflare import Cloudflare, Observed, client_of, client_to
from tests.realtimekit.raw_server import raw_server, reset
from tests.realtimekit.replies import APP, SESSION, granted, raw

EMPTY = granted([])


class Purse:
    """A budget of so many calls; remembers what it was asked and told."""

    def __init__(self, calls: int = 99) -> None:
        """Let `calls` through."""
        self.left = calls
        self.admitted = 0
        self.held: list[float] = []

    async def admit(self) -> None:
        """Let one through, or refuse it."""
        if not self.left:
            raise RealtimeKitBusy("budget", retry_after=7.0)
        self.left -= 1
        self.admitted += 1

    async def hold(self, seconds: float) -> None:
        """Write the wait down."""
        self.held.append(seconds)


async def test_every_call_comes_out_of_the_budget() -> None:
    """Each page of a list counts, and so do the calls that change something."""
    purse = Purse()
    cloudflare = Cloudflare(granted([{"id": "app-id-1"}]), EMPTY, raw(204))
    client = client_to(cloudflare, budget=purse)

    await client.list_apps()
    await client.generate_summary(APP, SESSION)
    await client.delete_webhook(APP, WebhookId("webhook-1"))

    assert purse.admitted == len(cloudflare.requests) == 4


async def test_a_spent_budget_sends_nothing() -> None:
    """The refusal says how long to wait; Cloudflare hears and `observe` sees nothing."""
    cloudflare, observed = Cloudflare(EMPTY), Observed()
    client = client_to(cloudflare, observed=observed, budget=Purse(0))

    with pytest.raises(RealtimeKitBusy) as raised:
        await client.fetch_summary(APP, SESSION)

    assert raised.value.retry_after == 7.0
    assert cloudflare.requests == []
    assert observed.calls == []


async def test_a_list_stops_where_the_budget_does() -> None:
    """Half a list is not taken for the whole."""
    cloudflare = Cloudflare(granted([{"id": "app-id-1"}]), EMPTY)

    with pytest.raises(RealtimeKitBusy):
        await client_to(cloudflare, budget=Purse(1)).list_apps()

    assert len(cloudflare.requests) == 1


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (raw(429, retry_after="12"), 12.0),
        (raw(429, ratelimit='"default";r=0;t=30'), 30.0),
        (raw(429, retry_after="9999"), 300.0),
    ],
)
async def test_too_many_calls_hold_all_of_the_account(reply: Reply, seconds: float) -> None:
    """What Cloudflare says to one caller is meant for every one."""
    purse = Purse()

    with pytest.raises(RealtimeKitBusy):
        await client_to(Cloudflare(reply), budget=purse).fetch_summary(APP, SESSION)

    assert purse.held == [seconds]


@pytest.mark.parametrize("status", [200, 204, 403, 404, 500, 503])
async def test_nothing_else_holds(status: int) -> None:
    """An outage or a refusal is about one call."""
    purse = Purse()

    with pytest.raises(RealtimeKitError):
        await client_to(Cloudflare(raw(status, retry_after="5")), budget=purse).fetch_summary(
            APP, SESSION
        )

    assert purse.held == []


@pytest.mark.parametrize("reply", [raw(429), raw(429, retry_after="garbage")])
async def test_no_time_said_is_no_time_held(reply: Reply) -> None:
    """The one caller backs off by itself; the others need not stop for an unknown while."""
    purse = Purse()

    with pytest.raises(RealtimeKitBusy):
        await client_to(Cloudflare(reply), budget=purse).fetch_summary(APP, SESSION)

    assert purse.held == []


async def test_a_broken_call_has_cost_one() -> None:
    """Cloudflare may have counted it."""
    purse = Purse()
    async with raw_server(reset) as server, open_api_client() as http:
        client = client_of(http, base_url=f"http://127.0.0.1:{server.port}", budget=purse)
        with pytest.raises(RealtimeKitUnavailable):
            await client.list_apps()

    assert purse.admitted == 1
    assert purse.held == []


async def test_without_a_budget_nobody_counts() -> None:
    """A command on its own needs none."""
    with pytest.raises(RealtimeKitBusy):
        await client_to(Cloudflare(raw(429))).fetch_summary(APP, SESSION)


@pytest.mark.parametrize(
    ("app", "account_id", "token", "error"),
    [
        (AppId("../x"), "0123456789abcdef", "token", AppNotFound),
        (APP, "a/b", "token", AccountNotFound),
        (APP, "0123456789abcdef", "to ken", TokenRefused),
    ],
)
async def test_what_cannot_be_sent_costs_nothing(
    app: AppId, account_id: str, token: str, error: type[RealtimeKitError]
) -> None:
    """A call that is refused before it begins leaves the budget alone."""
    purse = Purse()
    async with open_api_client() as http:
        client = client_of(http, account_id=account_id, api_token=token, budget=purse)
        with pytest.raises(error):
            await client.list_webhooks(app)

    assert purse.admitted == 0
