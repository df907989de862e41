"""`apps.manifest.*`: who may call it, what it takes, and what it remembers."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from bot.demo.fake_slack import FakeSlack
from bot.demo.fake_slack.manifests import App
from bot.manifest import for_address, for_socket_mode, load_manifest
from tests.clock import ManualClock
from tests.demo.fake_slack.calling import Caller

OURS = for_address(load_manifest(), "https://bot.example.com").document


@pytest.fixture
def app(slack: FakeSlack) -> App:
    """An app that was made before."""
    app = App(id="A0BEFORE", manifest=deepcopy(dict(OURS)), client_id="1.2")
    slack.manifests.apps[app.id] = app
    return app


async def ask(
    call: Caller, method: str, *, token: str | None = None, **arguments: str
) -> dict[str, Any]:
    """Call a method with a form, with the configuration token unless another one is given."""
    headers = {"Authorization": f"Bearer {token or call.slack.manifests.token}"}
    reply = await call.raw(f"/api/apps.manifest.{method}", data=arguments, headers=headers)
    said: dict[str, Any] = reply.json()
    return said


def changed(path: str, value: object) -> str:
    """Our manifest as JSON with one thing in it changed; `None` takes it away."""
    document: Any = deepcopy(dict(OURS))
    *holders, last = path.split(".")
    holder = document
    for name in holders:
        holder = holder[int(name) if name.isdigit() else name]
    if value is None:
        del holder[last]
    else:
        holder[last] = value
    return json.dumps(document)


async def test_makes_an_app(call: Caller, slack: FakeSlack) -> None:
    """The answer has the app's id and its secrets; the manifest is remembered."""
    said = await ask(call, "create", manifest=json.dumps(OURS))

    app = slack.manifests.apps[said["app_id"]]
    assert said["ok"]
    assert app.manifest == OURS
    assert {*app.credentials, app.client_id} == set(said["credentials"].values())
    assert app.client_id in said["oauth_authorize_url"]
    assert [(c.method, c.outcome) for c in slack.calls] == [("apps.manifest.create", "ok")]


@pytest.mark.parametrize("fill", [lambda m: for_address(m, "https://a.example"), for_socket_mode])
async def test_takes_our_manifest(call: Caller, fill: Callable[..., Any]) -> None:
    """Both ways to reach the bot; nothing is made of it."""
    said = await ask(call, "validate", manifest=json.dumps(fill(load_manifest()).document))

    assert said == {"ok": True, "errors": []}
    assert call.slack.manifests.apps == {}


async def test_replaces_the_whole_configuration(call: Caller, app: App) -> None:
    """What the new manifest does not say is gone; other scopes mean another installation."""
    fewer = changed("oauth_config.scopes", {"bot": ["commands"]})

    said = await ask(call, "update", app_id=app.id, manifest=fewer)

    assert said == {"ok": True, "app_id": app.id, "permissions_updated": True}
    assert (app.manifest, app.updates) == (json.loads(fewer), 1)


async def test_the_same_scopes_need_no_other_installation(call: Caller, app: App) -> None:
    """Whatever else has changed."""
    said = await ask(
        call, "update", app_id=app.id, manifest=changed("display_information.name", "Other")
    )

    assert said["permissions_updated"] is False


async def test_shows_an_app_in_its_own_way(call: Caller, app: App) -> None:
    """The same configuration, in another order and with more said."""
    del app.manifest["settings"]["org_deploy_enabled"]

    shown = (await ask(call, "export", app_id=app.id))["manifest"]

    assert "_metadata" not in shown
    assert shown["settings"]["org_deploy_enabled"] is False
    assert shown["oauth_config"]["scopes"]["bot"] != OURS["oauth_config"]["scopes"]["bot"]
    assert set(shown["oauth_config"]["scopes"]["bot"]) == set(OURS["oauth_config"]["scopes"]["bot"])


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("xoxb-bot", "not_allowed_token_type"),
        ("xapp-1-A1", "not_allowed_token_type"),
        ("xoxp-1", "not_allowed_token_type"),
        ("xoxe-1-refresh", "invalid_auth"),
        ("xoxe.xoxp-1-other", "invalid_auth"),
    ],
)
@pytest.mark.parametrize("method", ["validate", "create", "update", "export"])
async def test_takes_a_configuration_token_alone(
    call: Caller, method: str, token: str, code: str
) -> None:
    """Neither a bot's token nor the refresh token beside it."""
    said = await ask(call, method, token=token)

    assert said == {"ok": False, "error": code}


async def test_a_bot_token_of_the_workspace_is_refused(call: Caller) -> None:
    """Also one that works elsewhere."""
    said = await call.form("apps.manifest.export", app_id="A0BEFORE")

    assert said["error"] == "not_allowed_token_type"


async def test_a_token_lasts_twelve_hours(call: Caller, slack: FakeSlack) -> None:
    """What has expired says so; no token at all is another thing."""
    slack.manifests.is_expired = True

    expired = await ask(call, "validate", manifest=json.dumps(OURS))
    nobody = await call.raw("/api/apps.manifest.validate", data={})

    assert (expired["error"], nobody.json()["error"]) == ("token_expired", "not_authed")


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("validate", {}, "invalid_arguments"),
        ("create", {"manifest": json.dumps(OURS), "app_id": "A0BEFORE"}, "invalid_arguments"),
        ("update", {"manifest": json.dumps(OURS)}, "invalid_arguments"),
        ("export", {"app_id": "A0BEFORE", "format": "yaml"}, "invalid_arguments"),
        ("export", {"app_id": "B0BEFORE"}, "invalid_app_id"),
        ("export", {"app_id": "A0NONE"}, "app_not_found"),
        ("update", {"app_id": "A0NONE", "manifest": json.dumps(OURS)}, "app_not_found"),
        ("validate", {"app_id": "A0NONE", "manifest": json.dumps(OURS)}, "app_not_found"),
        ("create", {"manifest": "_metadata: {}"}, "invalid_manifest"),
        ("create", {"manifest": "[]"}, "invalid_manifest"),
        ("publish", {}, "unknown_method"),
    ],
)
@pytest.mark.usefixtures("app")
async def test_refuses_a_call(
    call: Caller, method: str, arguments: dict[str, str], code: str
) -> None:
    """Arguments that are missing, unknown or of nothing."""
    said = await ask(call, method, **arguments)

    assert said["error"] == code


async def test_a_manifest_is_a_text(call: Caller, slack: FakeSlack) -> None:
    """JSON inside a string: an object is refused, also where the call itself is JSON."""
    headers = {"Authorization": f"Bearer {slack.manifests.token}"}

    said = await call.raw("/api/apps.manifest.validate", json={"manifest": OURS}, headers=headers)
    broken = await call.raw("/api/apps.manifest.validate", content=b"{}", headers=headers)

    assert said.json()["error"] == "invalid_arguments"
    assert broken.json()["error"] == "missing_post_type"


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        ("display_information.name", "N" * 36, "/display_information/name"),
        ("display_information.long_description", "short", "/display_information/long_description"),
        ("display_information.background_color", "blue", "/display_information/background_color"),
        ("display_information", None, ""),
        ("features.bot_user.display_name", "Big Name", "/features/bot_user/display_name"),
        ("features.slash_commands.0.command", "summary", "/features/slash_commands/0/command"),
        ("features.slash_commands.0.uri", "x", "/features/slash_commands/0"),
        ("settings.interactivity.request_url", "http://a", "/settings/interactivity/request_url"),
        ("settings.interactivity.request_url", None, "/settings/interactivity"),
        ("settings.event_subscriptions.request_url", None, "/settings/event_subscriptions"),
        ("oauth_config.scopes.bot", "commands", "/oauth_config/scopes/bot"),
        ("oauth_config.scopes.bot_optional", ["pins:read"], "/oauth_config/scopes/bot_optional/0"),
    ],
)
async def test_says_where_a_manifest_is_wrong(
    call: Caller, path: str, value: object, pointer: str
) -> None:
    """Each complaint has its place and some words."""
    said = await ask(call, "validate", manifest=changed(path, value))

    assert said["error"] == "invalid_manifest"
    assert [each["pointer"] for each in said["errors"]] == [pointer]
    assert said["errors"][0]["message"]


async def test_apps_are_made_once_a_minute(
    call: Caller, slack: FakeSlack, clock: ManualClock
) -> None:
    """More is too much, as for every method of the first tier."""
    manifest = json.dumps(OURS)

    first = await ask(call, "create", manifest=manifest)
    second = await ask(call, "create", manifest=manifest)
    clock.advance(minutes=1)
    third = await ask(call, "create", manifest=manifest)

    assert [said["ok"] for said in (first, second, third)] == [True, False, True]
    assert second["error"] == "ratelimited"
    assert len(slack.manifests.apps) == 2


def test_secrets_are_in_no_description(slack: FakeSlack, app: App) -> None:
    """A failing test prints its objects."""
    said = f"{slack.manifests!r}"

    assert not [each for each in (*app.credentials, slack.manifests.token) if each in said]
