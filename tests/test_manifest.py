"""The manifest: valid for Slack, the same as the code, and filled in for one deployment."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import jsonschema
import pytest
import yaml

from bot.manifest import (
    EVENT_SCOPES,
    REDIRECT_PATH,
    SCOPE_REASONS,
    Manifest,
    ManifestUnusable,
    find_problems,
    for_address,
    for_socket_mode,
    load_manifest,
)
from bot.messages.grammar import COMMAND
from bot.slack.listeners import table
from bot.web import oauth

SCHEMA = "shared/data/slack-manifest-schema/manifest.schema.2.0.0.json"
HTTPS = "https://bot.example.com"

VARIANTS: dict[str, Callable[[Manifest], Manifest]] = {
    "as it is": lambda manifest: manifest,
    "for an address": lambda manifest: for_address(manifest, HTTPS),
    "for Socket Mode": for_socket_mode,
    "for Socket Mode and back": lambda manifest: for_address(for_socket_mode(manifest), HTTPS),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_slack_would_take_it(project_root: Path, variant: str) -> None:
    """By our own checks always, and by Slack's schema where that lies beside the project."""
    manifest = VARIANTS[variant](load_manifest())
    schema = project_root.parent / SCHEMA

    problems = tuple(find_problems(manifest.document))

    assert problems == ()
    if schema.is_file():
        jsonschema.validate(manifest.document, json.loads(schema.read_text(encoding="utf-8")))


def test_what_is_printed_can_be_read_back() -> None:
    """The YAML says the same as the manifest."""
    manifest = for_address(load_manifest(), HTTPS)

    assert yaml.safe_load(manifest.to_yaml()) == manifest.document


def test_slack_calls_the_address_that_was_given() -> None:
    """Commands, buttons and events all arrive at the one route."""
    document = for_address(load_manifest(), HTTPS).document

    settings = document["settings"]
    assert document["features"]["slash_commands"][0]["url"] == f"{HTTPS}/slack/events"
    assert settings["interactivity"]["request_url"] == f"{HTTPS}/slack/events"
    assert settings["event_subscriptions"]["request_url"] == f"{HTTPS}/slack/events"
    assert settings["socket_mode_enabled"] is False
    assert document["oauth_config"]["redirect_urls"] == [f"{HTTPS}{REDIRECT_PATH}"]


def test_browsers_come_back_to_a_route_there_is() -> None:
    """The manifest, the bot's question to Slack and the web app name the same path."""
    assert REDIRECT_PATH == oauth.REDIRECT_PATH


def test_socket_mode_has_no_address() -> None:
    """Slack refuses request addresses there, or calls nobody at them."""
    manifest = for_socket_mode(load_manifest())

    assert "https://meeting-summary" not in manifest.to_yaml()
    assert manifest.document["settings"]["socket_mode_enabled"] is True


def test_filling_in_changes_nothing_else() -> None:
    """The manifest that was filled in stays as it was."""
    manifest = load_manifest()
    before = deepcopy(dict(manifest.document))

    for_socket_mode(manifest)

    assert manifest.document == before


def test_the_command_is_the_one_the_bot_understands() -> None:
    """One slash command, declared once and parsed once."""
    assert load_manifest().commands == (COMMAND,)


def test_scopes_and_events_are_those_with_reasons() -> None:
    """No scope without a reason, no reason without a scope; history is optional."""
    manifest = load_manifest()

    assert set(manifest.scopes) == set(SCOPE_REASONS)
    assert set(manifest.events) == set(EVENT_SCOPES)
    optional = {scope for scope, why in SCOPE_REASONS.items() if why.startswith("optional")}
    assert set(manifest.optional_scopes) == optional


def test_everything_that_is_listened_to_is_declared() -> None:
    """Commands and events of the manifest are those of the table of listeners, both ways."""
    nobody: Any = Mock()
    listeners = table(
        commands=nobody,
        clicks=nobody,
        picker=nobody,
        subscriptions=nobody,
        connects=nobody,
        settings=nobody,
        home=nobody,
        departures=nobody,
    )
    manifest = load_manifest()

    assert set(listeners.commands) == set(manifest.commands)
    assert set(listeners.events) == set(manifest.events)
    assert manifest.document["features"].get("shortcuts", []) == []
    assert manifest.document["settings"]["interactivity"]["is_enabled"] is bool(listeners.clicks)


def _change(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    *holders, last = path.split(".")

    def change(document: dict[str, Any]) -> None:
        holder: Any = document
        for name in holders:
            holder = holder[int(name) if name.isdigit() else name]
        holder[last] = value

    return change


COMMAND_PATH = "features.slash_commands.0"


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("display_information.name", "N" * 36, "display_information.name must have 1 to 35"),
        ("display_information.description", "", "must have 1 to 140"),
        ("display_information.long_description", "short", "must have 175 to 4000"),
        ("features.bot_user.display_name", "Meeting Summary", "small letters"),
        (f"{COMMAND_PATH}.command", "/Meeting Summary", "must be a slash"),
        (f"{COMMAND_PATH}.command", f"/{'m' * 40}", "a command's command must have 2 to 32"),
        (f"{COMMAND_PATH}.should_escape", False, "should_escape"),
        (f"{COMMAND_PATH}.url", "http://bot.example.com/slack/events", "must be https://"),
        (f"{COMMAND_PATH}.url", "https://bot.example.com/", "end in /slack/events"),
        ("oauth_config.scopes.bot", [*SCOPE_REASONS, "admin"], "admin is asked for without"),
        ("oauth_config.scopes.bot", ["commands"], "chat:write has a reason but is not asked"),
        ("oauth_config.scopes.bot_optional", ["im:history"], "im:history is optional and must"),
        ("oauth_config.scopes.user", ["chat:write"], "no scope of a user's"),
        ("settings.event_subscriptions.bot_events", ["message.im"], "nothing listens to it"),
        ("settings.interactivity.is_enabled", False, "interactivity must be on"),
        ("settings.token_rotation_enabled", True, "token rotation must stay off"),
        ("oauth_config.redirect_urls", ["http://bot.example.com/slack/oauth_redirect"], "https://"),
        ("oauth_config.redirect_urls", ["https://bot.example.com/"], "in /slack/oauth_redirect"),
        ("settings.socket_mode_enabled", True, "no meaning in Socket Mode"),
    ],
)
def test_what_slack_would_refuse_is_found(path: str, value: object, words: str) -> None:
    """Each mistake in the manifest is said in words, before Slack's form says it."""
    document = deepcopy(dict(load_manifest().document))
    _change(path, value)(document)

    problems = "\n".join(find_problems(document))

    assert words in problems


def test_an_event_needs_its_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack sends no event for which the scope was not granted."""
    document = deepcopy(dict(load_manifest().document))
    document["settings"]["event_subscriptions"]["bot_events"] = ["app_mention"]
    monkeypatch.setattr("bot.manifest.EVENT_SCOPES", {"app_mention": "app_mentions:read"})

    problems = tuple(find_problems(document))

    assert problems == ("app_mention needs the scope app_mentions:read",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"features: [", "cannot be read"),
        (b"", "lacks a part"),
        (b"features: {}", "lacks a part"),
    ],
)
def test_a_file_that_is_no_manifest_is_refused(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    """A missing or broken file is said in words."""
    file = tmp_path / "manifest.yml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ManifestUnusable, match=words):
        load_manifest(file)


def test_a_manifest_with_mistakes_is_not_loaded(tmp_path: Path) -> None:
    """All mistakes are said at once."""
    document = deepcopy(dict(load_manifest().document))
    document["settings"]["token_rotation_enabled"] = True
    document["settings"]["interactivity"]["is_enabled"] = False
    file = tmp_path / "manifest.yml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")

    with pytest.raises(ManifestUnusable) as caught:
        load_manifest(file)

    assert len(str(caught.value).splitlines()) == 2
