"""The Bolt app: what it listens to, what it never says, and what becomes of failures."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import aiohttp
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.async_app import AsyncBoltRequest
from structlog.testing import capture_logs

from bot.manifest import load_manifest
from bot.messages import actions
from bot.slack.authorization import Installation
from bot.slack.listeners import Listeners
from bot.slack.payloads import Event, SlashCommand, Submission
from tests.fakes import APP, SESSION
from tests.slack_edge import (
    ANSWER_URL,
    CHANNEL,
    TRIGGER,
    Edge,
    a_click,
    a_command,
    a_submission,
    an_edge,
    an_event,
)
from tests.slack_side import HERE, signed

SECRET_WORDS = "xoxb-not-for-logs https://files.example.com/?X-Amz-Signature=s"


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    """The edge, as it ships."""
    async with an_edge(Edge()) as edge:
        yield edge


def broken(listeners: Listeners) -> Listeners:
    """Listeners that all fail in a way nobody expected."""

    async def command(_: SlashCommand, __: Installation) -> None:
        raise ValueError(SECRET_WORDS)

    async def submission(_: Submission, __: Installation) -> None:
        raise ValueError(SECRET_WORDS)

    async def event(_: Event) -> None:
        raise ValueError(SECRET_WORDS)

    async def click(_: object, __: Installation) -> None:
        raise ValueError(SECRET_WORDS)

    return replace(
        listeners,
        commands=dict.fromkeys(listeners.commands, command),
        clicks=dict.fromkeys(listeners.clicks, click),
        submissions=dict.fromkeys(listeners.submissions, submission),
        events=dict.fromkeys(listeners.events, event),
    )


@pytest.fixture
async def broken_edge() -> AsyncIterator[Edge]:
    """The edge with nothing but broken listeners."""
    edge = Edge()
    async with an_edge(edge, broken(edge.listeners())) as edge:
        yield edge


def test_listens_to_what_the_manifest_declares() -> None:
    """Slack sends what the manifest asks for, and nothing of it goes unheard."""
    listeners, manifest = Edge().listeners(), load_manifest()

    assert set(listeners.commands) == set(manifest.commands)
    assert set(listeners.events) == set(manifest.events)


def test_listens_to_every_button_and_window_there_is() -> None:
    """Each name that messages use has its listener: an unheard click shows a warning sign."""
    listeners = Edge().listeners()
    names = {value for name, value in vars(actions).items() if name.isupper()}

    assert set(listeners.clicks) | set(listeners.submissions) == names


@pytest.mark.parametrize(
    "body",
    [
        a_command("help") | {"command": "/another"},
        a_click("of_an_older_version"),
        a_submission(None, None)
        | {"view": {"id": "V1", "type": "modal", "callback_id": "of_an_older_version"}},
        {"type": "shortcut", "callback_id": "x", "team": {"id": "T0TEAM"}, "user": {"id": "U1"}},
        {"type": "view_closed", "view": {"id": "V1"}, "team": {"id": "T0TEAM"}},
        {"type": "block_suggestion", "action_id": "x", "team": {"id": "T0TEAM"}},
        {"type": "something_new", "team": {"id": "T0TEAM"}},
    ],
)
async def test_what_nobody_listens_to_is_acknowledged_and_counted(
    edge: Edge, body: dict[str, Any]
) -> None:
    """Slack counts anything else as a failed delivery."""
    kind = str(body.get("type", "command"))
    text = urlencode(body if kind == "command" else {"payload": json.dumps(body)})

    response = await edge.post(text)

    assert (response.status_code, response.text) == (200, "")
    assert edge.unhandled == [kind if kind != "something_new" else "other"]


@pytest.mark.parametrize("missing", ["user_id", "channel_id"])
async def test_a_request_that_is_not_what_it_should_be_is_refused(edge: Edge, missing: str) -> None:
    """A signed body without its most necessary fields is a bad request, and no crash."""
    body = {name: value for name, value in a_command(SESSION).items() if name != missing}

    with capture_logs() as lines:
        response = await edge.post(urlencode(body))

    assert response.status_code == 400
    assert [(line["event"], line["detail"]) for line in lines] == [
        ("request not understood", f"SlashCommand: {missing}")
    ]


async def test_a_body_that_bolt_stumbles_over_is_refused(edge: Edge) -> None:
    """Bolt takes some fields for granted; a body without them is a bad request all the same."""
    payload = a_submission(None, None) | {"view": {"id": "V1", "callback_id": "another"}}

    with capture_logs() as lines:
        response = await edge.interact(payload)

    assert (response.status_code, response.text) == (400, "not understood")
    assert [line["event"] for line in lines] == ["request not dispatched"]


async def test_a_crash_in_a_command_is_a_private_sentence_with_a_reference(
    broken_edge: Edge,
) -> None:
    """The person and the log share a reference; nothing else of the error gets out."""
    with capture_logs() as lines:
        response = await broken_edge.command("help")

    (line,) = lines
    assert response.status_code == 200
    assert response.json()["response_type"] == "ephemeral"
    assert f"Reference {line['reference']}" in response.json()["text"]
    assert "xoxb" not in response.text
    assert (line["event"], line["kind"]) == ("request crashed", "command")
    assert isinstance(line["exc_info"], ValueError)


async def test_a_crash_in_a_click_is_answered_where_the_click_was(broken_edge: Edge) -> None:
    """A click is acknowledged, since Slack shows nothing of what it is answered with."""
    with capture_logs() as lines:
        response = await broken_edge.interact(a_click(actions.GET_FILE, "REF0000001"))

    ((url, message),) = broken_edge.answers
    assert (response.status_code, response.text) == (200, "")
    assert url == ANSWER_URL
    assert f"Reference {lines[0]['reference']}" in message.text
    assert "xoxb" not in message.text


async def test_a_crash_in_a_window_is_said_in_the_window(broken_edge: Edge) -> None:
    """The window changes into what went wrong."""
    response = await broken_edge.interact(a_submission(SESSION, CHANNEL))

    assert response.json()["response_action"] == "update"
    assert "Reference" in response.text
    assert "xoxb" not in response.text


async def test_a_crash_in_an_event_makes_slack_send_it_again(broken_edge: Edge) -> None:
    """Events are the one thing Slack repeats."""
    response = await broken_edge.event(an_event("app_uninstalled"))

    assert (response.status_code, response.text) == (500, "")


@pytest.mark.parametrize("team", ["T0ELSEWHERE", ""])
async def test_another_workspace_is_refused_in_plain_words(edge: Edge, team: str) -> None:
    """Signed or not, only the installed workspace is served, and nothing is called to say so."""
    response = await edge.command(f"{APP} {SESSION}", team_id=team)

    assert response.status_code == 200
    assert "Reference" in response.json()["text"]
    assert "unknown_workspace" not in response.text
    assert edge.deliveries.kept == {}


async def test_an_event_of_another_workspace_is_not_sent_again(edge: Edge) -> None:
    """Repeating it would change nothing."""
    response = await edge.event(an_event("message") | {"team_id": "T0ELSEWHERE"})

    assert response.status_code == 200


@pytest.mark.parametrize(
    "names", [("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"), ("SLACK_BOT_TOKEN",)]
)
async def test_the_environment_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    """Bolt reads variables that would switch it to another mode; here they do not count."""
    for name in names:
        monkeypatch.setenv(name, "1.2-from-the-environment")
    monkeypatch.setenv("SLACK_VERIFICATION_TOKEN", "legacy-verification-token")
    edge = Edge()

    async with aiohttp.ClientSession() as session:
        app = edge.build(session)

    assert app.oauth_flow is None
    assert app.client.token is None
    assert app._verification_token is None
    assert all(os.environ[name] == "1.2-from-the-environment" for name in names)


async def test_no_log_of_any_level_tells_what_was_sent(caplog: pytest.LogCaptureFixture) -> None:
    """Bolt and the SDK print bodies and secrets at their lower levels, and are not let."""
    caplog.set_level(logging.DEBUG)

    async with an_edge(Edge()) as edge:
        await edge.command("a-word-of-the-asker")
        await edge.http.post("/slack/events", content="text=forged", headers=signed("text=other"))
        await edge.command("help", team_id="T0ELSEWHERE")
        await edge.interact(a_click("unknown", "a-value"))

    for secret in ("a-word-of-the-asker", "forged", ANSWER_URL, TRIGGER, "a-value", "v0="):
        assert secret not in caplog.text


async def test_bolts_own_check_of_the_signature_tells_nothing_either(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Bolt would write down the whole body of a request that somebody forged."""
    caplog.set_level(logging.DEBUG)
    async with aiohttp.ClientSession() as session:
        app = Edge().build(session)
        response = await app.async_dispatch(
            AsyncBoltRequest(body="text=forged", headers=dict(signed("text=other")))
        )

    assert response.status == 401
    assert "forged" not in caplog.text + "".join(capfd.readouterr())


_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["id", "type", "team_id", "user", "view"]), inner)
    ),
    max_leaves=8,
)
_FIELDS = [
    *("type", "event", "team", "team_id", "user", "channel", "view", "actions", "authorizations"),
    *("enterprise", "response_urls", "response_url", "item", "message", "is_ext_shared_channel"),
    *("command", "callback_id", "action_id", "container", "function_data", "assistant_thread"),
]
_REAL = st.sampled_from(
    [a_command("help"), a_click("get_file", "x"), a_submission(SESSION, CHANNEL)]
    + [an_event("app_uninstalled"), an_event("tokens_revoked", tokens={"bot": ["U0BOT"]})]
    + [{"type": kind, "team_id": "T0TEAM"} for kind in ("shortcut", "message_action", "x")]
)


@given(_REAL, st.dictionaries(st.sampled_from(_FIELDS), _VALUES, max_size=4))
async def test_no_signed_body_is_an_error_of_ours(
    real: dict[str, Any], changes: dict[str, Any]
) -> None:
    """Whatever is in a signed body, the answer is never a 5xx."""
    async with an_edge(Edge()) as edge:
        response = await edge.event(real | changes)

    assert response.status_code < 500


async def test_every_request_is_answered_without_any_call(edge: Edge) -> None:
    """Nothing listens at the Web API's address here, so a call would have shown."""
    response = await edge.command(f"{APP} {SESSION}")

    assert isinstance(response, httpx.Response)
    assert response.status_code == 200
    assert HERE.workspace in {delivery.workspace for delivery in edge.deliveries.kept.values()}
