"""Registering webhooks: what is asked, and that the address shows nowhere."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable

import pytest

from bot.domain.ids import AppId, WebhookId
from bot.domain.webhook import Webhook
from bot.errors import (
    AppNotFound,
    RealtimeKitError,
    RealtimeKitUnavailable,
    UnexpectedReply,
    WebhookNotFound,
    WebhookTaken,
)
from bot.realtimekit.client import RealtimeKitClient, open_api_client
from bot.realtimekit.reply import Reply
from tests.realtimekit.cloudflare import KIT, TOKEN, Cloudflare, Observed, client_of, client_to
from tests.realtimekit.raw_server import raw_server, reset
from tests.realtimekit.raw_server import reply as raw_reply
from tests.realtimekit.replies import APP, PAGE, backend, granted, json_reply, raw

KEY = "an-unguessable-key"
URL = f"https://bot.example/realtimekit/webhooks/{KEY}"
EVENTS = ("meeting.ended", "meeting.summary")
ID = WebhookId("0190c7a2-6f3c-7b1e-9c0e-3a1f5b7d9e11")
ROW = {
    "id": ID,
    "name": "meeting-summary",
    "url": URL,
    "events": list(EVENTS),
    "enabled": True,
    "organization_id": APP,
    "created_at": "2026-03-01T10:00:00.000Z",
}
WEBHOOK = Webhook(id=ID, url=URL, events=frozenset(EVENTS))
CONTENT = {"name": "meeting-summary", "url": URL, "events": list(EVENTS), "enabled": True}

Call = Callable[[RealtimeKitClient], Awaitable[object]]


def listed(client: RealtimeKitClient) -> Awaitable[object]:
    """List an app's webhooks."""
    return client.list_webhooks(APP)


def created(client: RealtimeKitClient) -> Awaitable[object]:
    """Register one."""
    return client.create_webhook(APP, URL, EVENTS)


def replaced(client: RealtimeKitClient) -> Awaitable[object]:
    """Set one right."""
    return client.replace_webhook(APP, ID, URL, EVENTS)


def deleted(client: RealtimeKitClient) -> Awaitable[object]:
    """Remove one."""
    return client.delete_webhook(APP, ID)


async def test_lists_webhooks() -> None:
    """One call without paging, at the app's own address."""
    cloudflare = Cloudflare(granted([ROW]))

    webhooks = await client_to(cloudflare).list_webhooks(APP)

    assert webhooks == [WEBHOOK]
    (request,) = cloudflare.requests
    assert (request.method, request.url.raw_path.decode()) == ("GET", f"{KIT}/{APP}/webhooks")


async def test_registers_a_webhook() -> None:
    """The name, the address and the events are sent, and that it is to be enabled."""
    cloudflare = Cloudflare(json_reply(201, {"success": True, "data": ROW}))

    webhook = await client_to(cloudflare).create_webhook(APP, URL, EVENTS)

    assert webhook == WEBHOOK
    (request,) = cloudflare.requests
    assert (request.method, request.url.raw_path.decode()) == ("POST", f"{KIT}/{APP}/webhooks")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert json.loads(request.content) == CONTENT


async def test_sets_a_webhook_right() -> None:
    """All of it is sent anew, so that whatever was changed by hand is as it should be."""
    cloudflare = Cloudflare(granted(ROW))

    webhook = await client_to(cloudflare).replace_webhook(APP, ID, URL, EVENTS)

    assert webhook == WEBHOOK
    (request,) = cloudflare.requests
    assert (request.method, request.url.raw_path.decode()) == ("PUT", f"{KIT}/{APP}/webhooks/{ID}")
    assert json.loads(request.content) == CONTENT


@pytest.mark.parametrize("reply", [granted(ROW), raw(204), raw(200), raw(404), backend(404)])
async def test_removes_a_webhook(reply: Reply) -> None:
    """The removed one may be returned or not, and may have been gone already."""
    cloudflare = Cloudflare(reply)

    await client_to(cloudflare).delete_webhook(APP, ID)

    (request,) = cloudflare.requests
    assert (request.method, request.url.path) == ("DELETE", f"{KIT}/{APP}/webhooks/{ID}")
    assert request.content == b""


@pytest.mark.parametrize(
    ("call", "reply", "error"),
    [
        (listed, backend(404), AppNotFound),
        (created, backend(404), AppNotFound),
        (created, backend(409), WebhookTaken),
        (replaced, backend(404), WebhookNotFound),
        (replaced, backend(409), WebhookTaken),
        (deleted, backend(409), UnexpectedReply),
        (deleted, raw(200, PAGE), RealtimeKitUnavailable),
    ],
)
async def test_each_call_has_its_refusals(
    call: Call, reply: Reply, error: type[RealtimeKitError]
) -> None:
    """A 404 is about the app or about the one webhook, as the address says."""
    with pytest.raises(RealtimeKitError) as raised:
        await call(client_to(Cloudflare(reply)))

    assert type(raised.value) is error


async def test_an_impossible_id_is_not_sent() -> None:
    """What would change the address cannot be registered: it is not found, hence gone."""
    cloudflare = Cloudflare(granted(ROW))
    client = client_to(cloudflare)

    with pytest.raises(WebhookNotFound):
        await client.replace_webhook(APP, WebhookId("../x"), URL, EVENTS)
    with pytest.raises(AppNotFound):
        await client.create_webhook(AppId("a/b"), URL, EVENTS)
    await client.delete_webhook(APP, WebhookId("../x"))

    assert cloudflare.requests == []


@pytest.mark.parametrize("status", [409, 429, 500, 503])
@pytest.mark.parametrize("call", [created, replaced])
async def test_never_registers_twice(call: Call, status: int) -> None:
    """What to do about a refusal or an outage is the caller's decision."""
    cloudflare = Cloudflare(raw(status))

    with pytest.raises(RealtimeKitError):
        await call(client_to(cloudflare))

    assert len(cloudflare.requests) == 1


ECHO = json.dumps(
    {"success": False, "error": {"code": 422, "message": f'"url" {URL} is not allowed'}}
).encode()


@pytest.mark.usefixtures("talkative_libraries")
@pytest.mark.parametrize(
    "act",
    [
        reset,
        raw_reply("200 OK", json.dumps({"success": True, "data": {"url": URL}}).encode()),
        raw_reply("200 OK", json.dumps({"success": True, "data": URL}).encode()),
        raw_reply("200 OK", json.dumps({"data": ROW | {"id": 5}}).encode()),
        raw_reply("200 OK", f"<html>{URL}".encode()),
        raw_reply("302 Found", b"", f"Location: {URL}"),
        raw_reply("403 Forbidden", ECHO),
        raw_reply("409 Conflict", ECHO),
        raw_reply("422 Unprocessable Entity", ECHO),
        raw_reply("500 Internal Server Error", ECHO),
    ],
    ids=range(10),
)
@pytest.mark.parametrize("call", [created, replaced])
async def test_the_address_shows_nowhere(
    act: Callable[[asyncio.StreamWriter], Awaitable[None]],
    call: Call,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It holds the workspace's key: no error, no cause of one, no log and no metric has it."""
    caplog.set_level(logging.DEBUG)
    observed = Observed()
    async with raw_server(act) as server, open_api_client() as http:
        client = client_of(http, base_url=f"http://127.0.0.1:{server.port}", observed=observed)
        with pytest.raises(RealtimeKitError) as raised:
            await call(client)

    told = caplog.text + repr(observed.calls) + "".join(_told(raised.value))
    assert KEY not in told


def _told(error: BaseException | None) -> list[str]:
    """An error, and what it came from, in words."""
    if error is None:
        return []
    return [
        str(error),
        repr(error),
        repr(vars(error)),
        *_told(error.__cause__ or error.__context__),
    ]


def test_a_webhook_hides_its_address() -> None:
    """What is logged of one is its id."""
    assert KEY not in repr(WEBHOOK)
