"""What the replies about an app's webhooks mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.ids import WebhookId
from bot.domain.webhook import Webhook
from bot.errors import (
    AccountNotFound,
    AppNotFound,
    PermissionMissing,
    RealtimeKitBusy,
    RealtimeKitError,
    RealtimeKitUnavailable,
    TokenRefused,
    UnexpectedReply,
    WebhookNotFound,
    WebhookTaken,
)
from bot.realtimekit.reply import Reply
from bot.realtimekit.webhook_replies import (
    read_created,
    read_removal,
    read_replaced,
    read_webhooks,
)
from tests.realtimekit.replies import PAGE, backend, gateway, granted, json_reply, raw

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=UTC)
ID = WebhookId("0190c7a2-6f3c-7b1e-9c0e-3a1f5b7d9e11")
OTHER = "99999999-6f3c-7b1e-9c0e-3a1f5b7d9e11"
URL = "https://bot.example/realtimekit/webhooks/key"


def row(**changes: object) -> dict[str, object]:
    """A webhook as it is listed."""
    fields: dict[str, object] = {
        "id": ID,
        "name": "meeting-summary",
        "url": URL,
        "events": ["meeting.ended"],
        "enabled": True,
    }
    return fields | changes


def webhook(**changes: object) -> Webhook:
    """What `row` means."""
    plain = Webhook(id=ID, url=URL, events=frozenset({"meeting.ended"}))
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("listed", "meaning"),
    [
        (row(), webhook()),
        (row(name=None, organization_id="x", nested={"a": [1]}), webhook()),
        (row(enabled=False), webhook(enabled=False)),
        (row(enabled=None), webhook()),
        (row(enabled="no"), webhook()),
        ({"id": ID, "url": URL}, webhook(events=frozenset())),
        (row(events=None), webhook(events=frozenset())),
        (row(events="meeting.ended"), webhook(events=frozenset())),
        (row(events=["a", None, 5, "b", "a"]), webhook(events=frozenset({"a", "b"}))),
        (row(url=None), webhook(url="")),
        (row(url=5), webhook(url="")),
        (row(id=ID.upper()), webhook(id=ID.upper())),
    ],
)
def test_reads_a_webhook(listed: dict[str, object], meaning: Webhook) -> None:
    """Anything but the id may be missing, null or odd; whoever compares then sets it right."""
    assert read_webhooks(granted([listed]), now=NOW) == [meaning]
    assert read_created(granted(listed), now=NOW) == meaning
    assert read_replaced(granted(listed), webhook=ID, now=NOW) == meaning


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ([], 0),
        (None, 0),
        ([row(), row(id=OTHER)], 2),
        ({"webhooks": [row()]}, 1),
        ([row(id=None), row(id=5), row(id="../x"), "x", None, row()], 1),
    ],
)
def test_reads_a_list(data: object, found: int) -> None:
    """The list is bare or has a name; rows that nobody could address are skipped."""
    assert len(read_webhooks(granted(data), now=NOW)) == found


def test_reads_an_inner_webhook() -> None:
    """What was created may stand a level deeper, as it does for apps."""
    reply = json_reply(201, {"success": True, "data": {"webhook": row()}})

    assert read_created(reply, now=NOW) == webhook()


@pytest.mark.parametrize(
    "reply",
    [
        granted(None),
        granted({}),
        granted([]),
        granted({"webhook": None}),
        granted(row(id=None)),
        granted(row(id="../x")),
        granted([row()]),
        granted("x"),
        raw(200),
        raw(204),
        raw(200, b'{"data":{"id":"0190'),
    ],
    ids=range(11),
)
def test_a_success_has_to_name_the_webhook(reply: Reply) -> None:
    """Without an id nothing was learned; listing will tell."""
    with pytest.raises(UnexpectedReply):
        read_created(reply, now=NOW)
    with pytest.raises(UnexpectedReply):
        read_replaced(reply, webhook=ID, now=NOW)


def test_another_webhook_is_no_answer() -> None:
    """What was set right is what was named."""
    with pytest.raises(UnexpectedReply):
        read_replaced(granted(row(id=OTHER)), webhook=ID, now=NOW)


@pytest.mark.parametrize("reply", [granted(row()), granted(None), raw(200), raw(204), raw(202)])
def test_any_success_removes(reply: Reply) -> None:
    """With or without a body."""
    read_removal(reply, now=NOW)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (backend(403), PermissionMissing),
        (gateway(403, 10000), PermissionMissing),
        (raw(403, b'{"success":false}'), PermissionMissing),
        (raw(403, PAGE), RealtimeKitUnavailable),
        (gateway(401, 1000), TokenRefused),
        (gateway(400, 6003), TokenRefused),
        (gateway(404, 7003, 7000), AccountNotFound),
        (backend(422, '"url" must be a valid uri'), UnexpectedReply),
        (json_reply(422, {"message": '"name" is required'}), UnexpectedReply),
        (raw(429, retry_after="2"), RealtimeKitBusy),
        (raw(500), RealtimeKitUnavailable),
        (raw(520, PAGE), RealtimeKitUnavailable),
        (raw(200, PAGE), RealtimeKitUnavailable),
        (raw(200, b'{"success":false}'), UnexpectedReply),
        (raw(301, location="https://evil.example"), UnexpectedReply),
    ],
    ids=range(15),
)
def test_refusals_mean_the_same_everywhere(reply: Reply, error: type[RealtimeKitError]) -> None:
    """Credentials, limits, outages and bad requests are read alike for all four calls."""
    with pytest.raises(error):
        read_webhooks(reply, now=NOW)
    with pytest.raises(error):
        read_created(reply, now=NOW)
    with pytest.raises(error):
        read_replaced(reply, webhook=ID, now=NOW)
    with pytest.raises(error):
        read_removal(reply, now=NOW)


NOWHERE = [raw(404), backend(404), raw(404, PAGE), backend(200, code=404), gateway(404, 1)]


@pytest.mark.parametrize("reply", NOWHERE, ids=range(5))
def test_a_404_is_about_what_was_addressed(reply: Reply) -> None:
    """The app, where all of its webhooks are; the webhook, where one is."""
    with pytest.raises(AppNotFound):
        read_webhooks(reply, now=NOW)
    with pytest.raises(AppNotFound):
        read_created(reply, now=NOW)
    with pytest.raises(WebhookNotFound):
        read_replaced(reply, webhook=ID, now=NOW)
    with pytest.raises(WebhookNotFound):
        read_removal(reply, now=NOW)


@pytest.mark.parametrize(
    "reply", [raw(409), backend(409), gateway(409, 1), backend(200, code=409)], ids=range(4)
)
def test_a_409_says_that_the_address_is_taken(reply: Reply) -> None:
    """In each of the envelopes, whether one is made or changed."""
    with pytest.raises(WebhookTaken):
        read_created(reply, now=NOW)
    with pytest.raises(WebhookTaken):
        read_replaced(reply, webhook=ID, now=NOW)
