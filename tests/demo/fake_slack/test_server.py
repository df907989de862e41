"""Tokens, arguments, limits and faults: what holds for every method."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.demo.fake_slack import FakeSlack, faults
from bot.demo.serving import serve
from tests.clock import ManualClock
from tests.demo.fake_slack.calling import ADA, CHANNEL, Caller

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def http(slack: FakeSlack) -> AsyncIterator[httpx.AsyncClient]:
    """A caller over a socket: only there can a connection break."""
    async with (
        serve(slack.app) as slack.url,
        httpx.AsyncClient(base_url=slack.api_url, timeout=0.5) as client,
    ):
        client.headers["Authorization"] = f"Bearer {slack.team.token}"
        yield client


async def post(http: httpx.AsyncClient) -> httpx.Response:
    """Post a message over the socket."""
    return await http.post("chat.postMessage", json={"channel": CHANNEL, "text": "Hi"})


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "not_authed"),
        ({"Authorization": "Bearer "}, "not_authed"),
        ({"Authorization": "Basic abc"}, "not_authed"),
        ({"Authorization": "Bearer xoxb-wrong"}, "invalid_auth"),
    ],
)
async def test_refuses_without_the_token(
    headers: dict[str, str], code: str, call: Caller, slack: FakeSlack
) -> None:
    """No token and a wrong one are told apart; the call is written down."""
    said = (await call.raw("/api/auth.test", headers=headers)).json()

    assert said == {"ok": False, "error": code}
    assert [(c.method, c.team, c.outcome) for c in slack.calls] == [("auth.test", None, code)]


async def test_takes_the_token_in_a_form(call: Caller, slack: FakeSlack) -> None:
    """The older way still works."""
    said = (await call.raw("/api/auth.test", data={"token": slack.team.token})).json()

    assert said["ok"]


async def test_says_who_the_token_is(call: Caller, slack: FakeSlack) -> None:
    """The identity in the body, the scopes in a header."""
    slack.team.enterprise_id = "E0ORG"
    reply = await call.raw("/api/auth.test", headers=call.token())

    assert reply.json()["bot_id"] == "B0SUMMARY"
    assert reply.json()["enterprise_id"] == "E0ORG"
    assert reply.headers["x-oauth-scopes"] == ",".join(sorted(slack.team.scopes))


async def test_two_workspaces_do_not_see_each_other(call: Caller, slack: FakeSlack) -> None:
    """Each token opens its own workspace."""
    other = slack.add_team("T0OTHER", "other", enterprise_id="E0ORG")
    headers = {"Authorization": f"Bearer {other.token}"}

    who = (await call.raw("/api/auth.test", headers=headers)).json()
    said = await call.raw(
        "/api/chat.postMessage", json={"channel": CHANNEL, "text": "x"}, headers=headers
    )

    assert (who["team_id"], said.json()["error"]) == ("T0OTHER", "channel_not_found")


async def test_users_info(call: Caller, slack: FakeSlack) -> None:
    """A user's object, a stranger's mark, an unknown user, and the scope it needs."""
    slack.team.add_user("U0OUT", "out", team_id="T0ELSEWHERE", is_admin=True)

    ada = (await call.form("users.info", user=ADA))["user"]
    stranger = (await call.form("users.info", user="U0OUT"))["user"]
    nobody = await call.form("users.info", user="U0NONE")
    slack.team.scopes.discard("users:read")
    refused = await call.form("users.info", user=ADA)

    assert (ada["is_admin"], ada["team_id"], "is_stranger" in ada) == (False, "T0ACME", False)
    assert (stranger["is_stranger"], stranger["team_id"]) == (True, "T0ELSEWHERE")
    assert nobody["error"] == "user_not_found"
    assert (refused["error"], refused["needed"]) == ("missing_scope", "users:read")


@pytest.mark.parametrize(
    ("method", "request_", "code"),
    [
        ("chat.postMassage", {"json": {}}, "unknown_method"),
        ("auth.test", {"json": {"foo": 1}}, "invalid_arguments"),
        ("users.info", {"data": {}}, "invalid_arguments"),
        ("users.info", {"json": {"user": ADA}}, "invalid_post_type"),
        ("auth.test", {"content": b"{"}, "missing_post_type"),
        (
            "auth.test",
            {"content": b"{", "headers": {"Content-Type": "text/xml"}},
            "invalid_post_type",
        ),
        (
            "auth.test",
            {"content": b"{", "headers": {"Content-Type": "application/json"}},
            "invalid_arguments",
        ),
        ("auth.test", {"json": []}, "invalid_arguments"),
        ("chat.postMessage", {"json": {"channel": 5, "text": "x"}}, "invalid_arguments"),
        (
            "chat.postMessage",
            {"json": {"channel": CHANNEL, "text": "x", "unfurl_links": "false"}},
            "invalid_arguments",
        ),
        (
            "files.getUploadURLExternal",
            {"json": {"filename": "a", "length": True}},
            "invalid_arguments",
        ),
    ],
)
async def test_refuses_arguments(
    method: str, request_: dict[str, Any], code: str, call: Caller
) -> None:
    """A misspelt argument, a wrong kind and a wrong form are refused, not ignored."""
    headers = call.token() | request_.pop("headers", {})

    said = (await call.raw(f"/api/{method}", headers=headers, **request_)).json()

    assert said["error"] == code


async def test_reads_arguments_in_every_form(call: Caller, slack: FakeSlack) -> None:
    """As a form, with JSON inside, and in the address."""
    blocks = '[{"type": "divider"}]'
    await call.form("chat.postMessage", channel=CHANNEL, blocks=blocks, unfurl_links="0")
    reply = await call.raw(f"/api/users.info?user={ADA}", headers=call.token())

    assert slack.team.channels[CHANNEL].messages[0].blocks == [{"type": "divider"}]
    assert reply.json()["ok"]


async def test_a_methods_tier(call: Caller, slack: FakeSlack, clock: ManualClock) -> None:
    """Fifty calls a minute for tier 3; then a 429 that says how long; another method is free."""
    for _ in range(50):
        await call.form("conversations.info", channel=CHANNEL)
    clock.advance(seconds=20)
    refused = await call.raw(
        "/api/conversations.info", data={"channel": CHANNEL}, headers=call.token()
    )
    other = await call.form("conversations.members", channel=CHANNEL)
    clock.advance(seconds=40)
    later = await call.form("conversations.info", channel=CHANNEL)

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "40")
    assert (other["ok"], later["ok"]) == (True, True)
    assert [c.outcome for c in slack.calls_of("conversations.info")][-2:] == ["ratelimited", "ok"]


async def test_tiers_can_be_off(clock: ManualClock) -> None:
    """A load test may not want them."""
    slack = FakeSlack(clock, tiers=False)
    slack.url = "http://127.0.0.1"
    call = Caller(slack)

    said = [await call.form("users.info", user="U0BOT") for _ in range(101)]

    assert said[-1]["ok"]


async def test_a_scripted_error(call: Caller, slack: FakeSlack) -> None:
    """The next call fails as told, without acting; the one after it is well."""
    slack.faults.add("chat.postMessage", faults.error("missing_scope", needed="x"))

    first, second = await call.post(), await call.post()

    assert (first["error"], first["needed"], second["ok"]) == ("missing_scope", "x", True)
    assert len(slack.team.channels[CHANNEL].messages) == 1
    assert [c.outcome for c in slack.calls] == ["answer 200", "ok"]


async def test_a_scripted_page(call: Caller, slack: FakeSlack) -> None:
    """By default, what a load balancer says."""
    slack.faults.add("auth.test", faults.answer())

    reply = await call.raw("/api/auth.test", headers=call.token())

    assert (reply.status_code, reply.headers["content-type"]) == (502, "text/html")


async def test_a_scripted_limit(call: Caller, slack: FakeSlack) -> None:
    """With any `Retry-After`."""
    slack.faults.add("auth.test", faults.rate_limited("0.5"))

    reply = await call.raw("/api/auth.test", headers=call.token())

    assert (reply.status_code, reply.headers["retry-after"]) == (429, "0.5")


async def test_faults_in_turn_for_some_and_for_good(call: Caller, slack: FakeSlack) -> None:
    """Faults are taken in turn, may wait for their call, and may stay until they are cleared."""
    only_b = faults.error("for_b").only_for(lambda given: given.get("text") == "b")
    slack.faults.add(
        "chat.postMessage", only_b, faults.error("once"), faults.error("ever").always()
    )

    said = [(await call.post(text=text))["error"] for text in ("a", "b", "a", "a")]
    slack.faults.clear()

    assert said == ["once", "for_b", "ever", "ever"]
    assert (await call.post())["ok"]


async def test_a_connection_dropped_before_acting(
    http: httpx.AsyncClient, slack: FakeSlack
) -> None:
    """The caller sees a broken connection, and nothing happened."""
    slack.faults.add("chat.postMessage", faults.drop())

    with pytest.raises(httpx.RemoteProtocolError):
        await post(http)

    assert slack.team.channels[CHANNEL].messages == []
    assert [c.outcome for c in slack.calls] == ["drop"]


async def test_a_connection_dropped_after_acting(http: httpx.AsyncClient, slack: FakeSlack) -> None:
    """The caller sees the same, and the message is there."""
    slack.faults.add("chat.postMessage", faults.drop(after_acting=True))

    with pytest.raises(httpx.RemoteProtocolError):
        await post(http)

    assert len(slack.team.channels[CHANNEL].messages) == 1


async def test_no_answer(http: httpx.AsyncClient, slack: FakeSlack) -> None:
    """The caller waits until it gives up; then the next call is well."""
    slack.faults.add("chat.postMessage", faults.hang())

    with pytest.raises(httpx.ReadTimeout):
        await post(http)

    assert (await post(http)).json()["ok"]


async def test_a_late_answer(http: httpx.AsyncClient, slack: FakeSlack) -> None:
    """The right answer, after a while; meanwhile others are served."""
    slack.faults.add("chat.postMessage", faults.slow(0.05))

    late = asyncio.create_task(post(http))
    other = await http.post("auth.test")

    assert not late.done()
    assert other.json()["ok"]
    assert (await late).json()["ok"]
