"""Registering webhooks."""

from __future__ import annotations

from typing import Any

import pytest

from bot.demo.fake_realtimekit import FakeRealtimeKit, Token
from bot.demo.fake_realtimekit.webhooks import EVENTS
from bot.domain.ids import AppId
from tests.clock import ManualClock
from tests.demo.fake_realtimekit.calling import Caller

URL = "https://bot.example/realtimekit/webhooks/key"
BOTH = ["meeting.ended", "meeting.summary"]
GOOD = {"name": "Meeting summaries", "url": URL, "events": BOTH}


async def create(call: Caller, **changes: Any) -> dict[str, Any]:
    """Register one; returns the registration."""
    reply = await call("POST", "webhooks", json={**GOOD, **changes})
    assert reply.status_code == 200
    data: dict[str, Any] = reply.json()["data"]
    return data


async def test_registers_and_lists(call: Caller, app: AppId) -> None:
    """A registration says whose it is; the list is bare and has no pages."""
    made = await create(call)

    listed = (await call("GET", "webhooks")).json()
    assert listed == {"success": True, "data": [made]}
    assert made.pop("id")
    assert made == {
        **GOOD,
        "organization_id": app,
        "enabled": True,
        "created_at": "2026-11-23T12:00:00.000Z",
        "updated_at": "2026-11-23T12:00:00.000Z",
    }
    assert (await call("GET", "webhooks")).json()["data"][0]["url"] == URL


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"url": URL, "events": BOTH}, '"name" is required'),
        ({"name": "x", "events": BOTH}, '"url" is required'),
        ({"name": "x", "url": URL}, '"events" is required'),
        ({**GOOD, "name": ""}, '"name" is not allowed to be empty'),
        ({**GOOD, "name": 5}, '"name" must be a string'),
        ({**GOOD, "url": "ftp://bot.example/"}, '"url" must be a valid uri'),
        ({**GOOD, "url": "https://"}, '"url" must be a valid uri'),
        ({**GOOD, "url": "https://a b/"}, '"url" must be a valid uri'),
        ({**GOOD, "url": "https://[x/"}, '"url" must be a valid uri'),
        ({**GOOD, "url": None}, '"url" must be a string'),
        ({**GOOD, "events": "meeting.ended"}, '"events" must be an array'),
        ({**GOOD, "events": []}, '"events" must contain at least 1 items'),
        ({**GOOD, "events": ["meeting.over"]}, '"events[0]" must be one of [meeting.started'),
        ({**GOOD, "events": ["meeting.ended"] * 2}, '"events[1]" contains a duplicate'),
        ({**GOOD, "enabled": "yes"}, '"enabled" must be a boolean'),
        ({**GOOD, "secret": "x"}, '"secret" is not allowed'),
        ([], '"value" must be of type object'),
    ],
)
async def test_refuses_a_wrong_registration(
    body: object, words: str, call: Caller, kit: FakeRealtimeKit, app: AppId
) -> None:
    """Everything wrong is a 422 that says what; nothing is registered."""
    reply = await call("POST", "webhooks", json=body)

    assert reply.status_code == 422
    assert words in reply.json()["error"]["message"]
    assert kit.state.webhooks_of(app) == []


async def test_refuses_what_is_not_json(call: Caller) -> None:
    """A form, or nothing at all, is no registration."""
    replies = [await call("POST", "webhooks", content=body) for body in (b"", b"name=x", b"\xff")]

    assert [reply.status_code for reply in replies] == [422] * 3


async def test_an_address_is_registered_once_an_app(
    call: Caller, kit: FakeRealtimeKit, app: AppId
) -> None:
    """A second registration is a conflict; another app's is none."""
    await create(call)
    other = kit.state.add_app(kit.state.accounts[kit.state.apps[app].account_id], "other")

    again = await call("POST", "webhooks", json=GOOD)
    elsewhere = await call("POST", "webhooks", json=GOOD, app=other)

    assert (again.status_code, elsewhere.status_code) == (409, 200)
    assert len((await call("GET", "webhooks")).json()["data"]) == 1


async def test_replaces_all_of_it(call: Caller, clock: ManualClock) -> None:
    """PUT needs everything, and what may be left out is as for a new one."""
    made = await create(call, enabled=False)
    where = f"webhooks/{made['id']}"
    clock.advance(minutes=1)

    lacking = await call("PUT", where, json={"name": "x", "url": URL})
    replaced = await call("PUT", where, json={**GOOD, "name": "New", "events": [*EVENTS]})

    assert (lacking.status_code, replaced.status_code) == (422, 200)
    assert replaced.json()["data"] == made | {
        "name": "New",
        "events": [*EVENTS],
        "enabled": True,
        "updated_at": "2026-11-23T12:01:00.000Z",
    }
    assert (await call("GET", where)).json() == replaced.json()


async def test_changes_a_part(call: Caller) -> None:
    """PATCH leaves alone what it does not name, but checks what it does."""
    made = await create(call)
    where = f"webhooks/{made['id']}"

    changed = (await call("PATCH", where, json={"enabled": False})).json()["data"]
    wrong = await call("PATCH", where, json={"url": "nonsense"})

    assert changed == made | {"enabled": False}
    assert wrong.status_code == 422


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_does_not_move_to_a_taken_address(method: str, call: Caller) -> None:
    """Its own address may be said again, that of another registration not."""
    mine = await create(call)
    await create(call, url="https://bot.example/other")
    where = f"webhooks/{mine['id']}"

    same = await call(method, where, json=GOOD)
    taken = await call(method, where, json={**GOOD, "url": "https://bot.example/other"})

    assert (same.status_code, taken.status_code) == (200, 409)


async def test_deletes(call: Caller) -> None:
    """The answer is what was there; then it is not found."""
    made = await create(call)
    where = f"webhooks/{made['id']}"

    deleted = await call("DELETE", where)

    assert (deleted.status_code, deleted.json()["data"]) == (200, made)
    statuses = [(await call(method, where, json=GOOD)).status_code for method in METHODS]
    assert statuses == [404] * 4
    assert (await call("GET", "webhooks")).json()["data"] == []


METHODS = ("GET", "PUT", "PATCH", "DELETE")


async def test_keeps_apps_apart(call: Caller, kit: FakeRealtimeKit, app: AppId) -> None:
    """Another app's webhook is not found, nor is anything of another account's app."""
    made = await create(call)
    mine = kit.state.accounts[kit.state.apps[app].account_id]
    sister = kit.state.add_app(mine, "sister")
    foreign = kit.state.add_app(kit.state.add_account(Token(value="another-token")), "foreign")

    of_sister = await call("GET", f"webhooks/{made['id']}", app=sister)
    of_foreign = await call("POST", "webhooks", json=GOOD, app=foreign)

    assert (of_sister.status_code, of_foreign.status_code) == (404, 404)


async def test_each_call_is_remembered_by_its_own_name(call: Caller, kit: FakeRealtimeKit) -> None:
    """With its body, so that a test can see what was asked for, or spoil one kind of call."""
    made = await create(call)
    for method in METHODS:
        await call(method, f"webhooks/{made['id']}", json=GOOD)

    assert [seen.endpoint for seen in kit.requests] == [
        "create_webhook",
        "webhook",
        "replace_webhook",
        "change_webhook",
        "delete_webhook",
    ]
    assert b'"url"' in kit.calls("create_webhook")[0].body
    assert URL not in repr(kit.requests)


async def test_needs_a_token(kit: FakeRealtimeKit, call: Caller, app: AppId) -> None:
    """Nobody registers anything without the account's own token."""
    kit.state.accounts[kit.state.apps[app].account_id].tokens[0].may_use_realtime = False

    assert (await call("POST", "webhooks", json=GOOD)).status_code == 403
