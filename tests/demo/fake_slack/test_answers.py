"""Response URLs."""

from __future__ import annotations

from typing import Any

import pytest

from bot.demo.fake_slack import FakeSlack, faults
from tests.clock import ManualClock
from tests.demo.fake_slack.calling import ADA, CHANNEL, Caller, section


@pytest.fixture
def url(slack: FakeSlack) -> str:
    """A response URL."""
    return slack.team.new_response_url(slack.url, "commands", ADA, CHANNEL)


async def test_an_answer_is_seen_by_one_person(call: Caller, slack: FakeSlack, url: str) -> None:
    """It is no message of the channel, and others do not see it."""
    reply = await call.raw(url, json={"text": "Hi", "blocks": [section()]})

    [answer] = slack.team.answers_to(ADA)
    assert reply.status_code == 200
    assert (answer.text, answer.blocks, answer.channel) == ("Hi", [section()], CHANNEL)
    assert answer.as_json()["text"] == "Hi"
    assert slack.team.answers_to("U0BOT") == []


async def test_five_uses(call: Caller, url: str) -> None:
    """The sixth is refused."""
    codes = [(await call.raw(url, json={"text": "Hi"})).status_code for _ in range(6)]

    assert codes == [200] * 5 + [404]


async def test_half_an_hour(call: Caller, url: str, clock: ManualClock) -> None:
    """After that it is refused."""
    clock.advance(minutes=30, seconds=1)

    reply = await call.raw(url, json={"text": "Hi"})

    assert (reply.status_code, reply.json()["error"]) == (404, "expired_url")


async def test_two_addresses_are_never_the_same(slack: FakeSlack, url: str) -> None:
    """Nobody can guess one from another."""
    assert slack.team.new_response_url(slack.url, "commands", ADA, CHANNEL) != url


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "no_text"),
        ({"text": "x", "response_type": "in_channel"}, "invalid_payload"),
        ({"text": "x", "replace_orignal": False}, "invalid_payload"),
        ({"text": "x", "replace_original": "no"}, "invalid_payload"),
        ([], "invalid_payload"),
        ({"text": "x", "blocks": [section("")]}, "invalid_blocks"),
    ],
)
async def test_refuses_an_answer(body: Any, code: str, call: Caller, url: str) -> None:
    """A mistake in an answer is refused with its code."""
    reply = await call.raw(url, json=body)

    assert reply.json()["error"] == code


async def test_refuses_what_does_not_belong_there(call: Caller, slack: FakeSlack, url: str) -> None:
    """A token must not go there, a body must be JSON, and the address must be one."""
    with_token = await call.raw(url, json={"text": "x"}, headers=call.token())
    no_json = await call.raw(url, content=b"text")
    elsewhere = await call.raw(f"{slack.url}/commands/T0ACME/guess", json={"text": "x"})
    nobody = await call.raw(f"{slack.url}/commands/T0NONE/guess", json={"text": "x"})

    codes = [reply.status_code for reply in (with_token, no_json, elsewhere, nobody)]
    assert codes == [400, 400, 404, 404]
    assert slack.team.answers == []


async def test_a_scripted_fault(call: Caller, slack: FakeSlack, url: str) -> None:
    """Answers can be spoiled too."""
    slack.faults.add("response_url", faults.answer(500))

    assert (await call.raw(url, json={"text": "x"})).status_code == 500
