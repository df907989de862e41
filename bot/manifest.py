"""The Slack app's manifest: read, checked, and filled in for one deployment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SLACK_PATH = "/slack/events"
"""Where everything from Slack arrives."""

REDIRECT_PATH = "/slack/oauth_redirect"
"""Where a browser comes back to after an installation."""

SCOPE_REASONS: Mapping[str, str] = {
    "commands": "receives `/meeting-summary`",
    "chat:write": "posts the thread, and writes to its asker when a private answer is too late",
    "files:write": "attaches the whole text of a summary that is too long for three replies",
    "users:read": "tells administrators from others, for `doctor` and the settings",
    "channels:read": "sees who will read a channel before it posts there",
    "groups:read": "sees who will read a private channel that the app was invited to",
    "im:read": "sees that a direct conversation is the asker's own before it posts there",
    "mpim:read": "sees who will read a group conversation before it posts there",
    "channels:history": "optional: looks up whether a message arrived after a broken connection",
    "groups:history": "optional: looks up in private channels whether a message arrived",
}
"""Every bot scope that is asked for, and why; the README's table."""

OPTIONAL_SCOPES = frozenset({"channels:history", "groups:history"})
"""Those an administrator may leave out."""

EVENT_SCOPES: Mapping[str, str | None] = {
    "app_home_opened": None,
    "app_uninstalled": None,
    "tokens_revoked": None,
}
"""Every event that is listened to, and the scope Slack sends it for, if it needs one.

Source: https://docs.slack.dev/reference/events
"""


MANIFEST_FILE = Path(__file__).parent.parent / "manifest.yml"


class ManifestUnusable(Exception):
    """`manifest.yml` is missing, is no manifest, or is one that Slack would not take."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as Slack takes it: nested mappings, ready for YAML or JSON."""

    document: Mapping[str, Any]

    @property
    def scopes(self) -> tuple[str, ...]:
        """The bot scopes that are asked for, optional ones included."""
        return tuple(self.document["oauth_config"]["scopes"]["bot"])

    @property
    def optional_scopes(self) -> tuple[str, ...]:
        """The bot scopes an administrator may leave out."""
        return tuple(self.document["oauth_config"]["scopes"].get("bot_optional", ()))

    @property
    def commands(self) -> tuple[str, ...]:
        """The slash commands, with their slashes."""
        return tuple(each["command"] for each in self.document["features"]["slash_commands"])

    @property
    def events(self) -> tuple[str, ...]:
        """The bot events that are subscribed to."""
        return tuple(self.document["settings"].get("event_subscriptions", {}).get("bot_events", ()))

    def to_yaml(self) -> str:
        """The manifest as text to paste into Slack's "create an app from a manifest"."""
        return yaml.safe_dump(self.document, sort_keys=False, allow_unicode=True, width=100)


def load_manifest(path: Path = MANIFEST_FILE) -> Manifest:
    """Read and check a manifest.

    Raises:
        ManifestUnusable: it cannot be read, or Slack would refuse it; the error says why.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        problems = tuple(find_problems(document))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ManifestUnusable(f"{path.name} cannot be read; run this in the checkout") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ManifestUnusable(f"{path.name} lacks a part, or one has the wrong form") from error
    if problems:
        raise ManifestUnusable("\n".join(problems))
    return Manifest(document)


def for_address(manifest: Manifest, public_url: str) -> Manifest:
    """Have Slack call a deployment over HTTP.

    Args:
        manifest: the manifest to fill in.
        public_url: where the deployment is reached, `https://…` without a slash at its end.
    """
    document = deepcopy(dict(manifest.document))
    for holder, name in _addressed(document):
        holder[name] = f"{public_url}{SLACK_PATH}"
    document["oauth_config"]["redirect_urls"] = [f"{public_url}{REDIRECT_PATH}"]
    document["settings"]["socket_mode_enabled"] = False
    return Manifest(document)


def for_socket_mode(manifest: Manifest) -> Manifest:
    """Have Slack send everything through the bot's own connection, without any address."""
    document = deepcopy(dict(manifest.document))
    for holder, name in _addressed(document):
        holder.pop(name, None)
    document["oauth_config"].pop("redirect_urls", None)
    document["settings"]["socket_mode_enabled"] = True
    return Manifest(document)


def _addressed(document: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Every part that has a request address, and the name it has there."""
    for command in document["features"]["slash_commands"]:
        yield command, "url"
    yield document["settings"]["event_subscriptions"], "request_url"
    yield document["settings"]["interactivity"], "request_url"


def find_problems(document: Mapping[str, Any]) -> Iterator[str]:
    """Say what Slack would refuse, and what would not do what the bot needs.

    Raises:
        KeyError, TypeError, AttributeError: a part is missing or has the wrong form.
    """
    for find in _FINDERS:
        yield from find(document)


# Source of the limits: https://docs.slack.dev/reference/app-manifest
_LENGTHS: tuple[tuple[tuple[str, ...], int, int], ...] = (
    (("display_information", "name"), 1, 35),
    (("display_information", "description"), 1, 140),
    (("display_information", "long_description"), 175, 4_000),
    (("features", "bot_user", "display_name"), 1, 80),
)
_COMMAND_LENGTHS = (("command", 2, 32), ("description", 1, 2_000), ("usage_hint", 1, 1_000))


def _wrong_lengths(document: Mapping[str, Any]) -> Iterator[str]:
    for path, least, most in _LENGTHS:
        value: Any = document
        for name in path:
            value = value[name]
        if not least <= len(value) <= most:
            yield f"{'.'.join(path)} must have {least} to {most} characters, not {len(value)}"
    for command in document["features"]["slash_commands"]:
        for name, least, most in _COMMAND_LENGTHS:
            if not least <= len(command[name]) <= most:
                yield f"a command's {name} must have {least} to {most} characters"


def _wrong_names(document: Mapping[str, Any]) -> Iterator[str]:
    display_name = document["features"]["bot_user"]["display_name"]
    if not re.fullmatch(r"[a-z0-9._-]+", display_name):
        yield "the bot's display_name may hold small letters, digits, dots, lines and dashes"
    for command in document["features"]["slash_commands"]:
        if not re.fullmatch(r"/[a-z0-9_-]+", command["command"]):
            yield f"{command['command']} must be a slash, small letters, digits and dashes"
        if command.get("should_escape") is not True:
            yield f"{command['command']} must set should_escape, or mentions arrive as names"


def _wrong_scopes(document: Mapping[str, Any]) -> Iterator[str]:
    scopes = document["oauth_config"]["scopes"]
    asked, optional = set(scopes["bot"]), set(scopes.get("bot_optional", ()))
    for scope in sorted(asked - SCOPE_REASONS.keys()):
        yield f"{scope} is asked for without a reason"
    for scope in sorted(SCOPE_REASONS.keys() - asked):
        yield f"{scope} has a reason but is not asked for"
    for scope in sorted(optional - asked):
        yield f"{scope} is optional and must be among the bot's scopes too"
    if optional != OPTIONAL_SCOPES:
        yield f"bot_optional must be: {', '.join(sorted(OPTIONAL_SCOPES))}"
    if scopes.get("user"):
        yield "no scope of a user's is needed"


def _wrong_events(document: Mapping[str, Any]) -> Iterator[str]:
    asked = set(document["oauth_config"]["scopes"]["bot"])
    for event in document["settings"]["event_subscriptions"]["bot_events"]:
        if event not in EVENT_SCOPES:
            yield f"{event} is subscribed to, but nothing listens to it"
        elif (scope := EVENT_SCOPES[event]) is not None and scope not in asked:
            yield f"{event} needs the scope {scope}"


def _wrong_settings(document: Mapping[str, Any]) -> Iterator[str]:
    settings = document["settings"]
    if settings["interactivity"]["is_enabled"] is not True:
        yield "interactivity must be on, or buttons do nothing"
    if settings.get("token_rotation_enabled"):
        yield "token rotation must stay off: Slack never lets it be turned off again"
    over_http = not settings.get("socket_mode_enabled")
    for holder, name in _addressed(document):
        address = holder.get(name)
        if over_http and not re.fullmatch(rf"https://[^\s/]\S*{SLACK_PATH}", address or ""):
            yield f"a {name} must be https:// and end in {SLACK_PATH}"
        if not over_http and address is not None:
            yield f"a {name} has no meaning in Socket Mode"
    for address in document["oauth_config"].get("redirect_urls", ()):
        if not re.fullmatch(rf"https://[^\s/]\S*{REDIRECT_PATH}", address):
            yield f"a redirect_url must be https:// and end in {REDIRECT_PATH}"


_FINDERS: tuple[Callable[[Mapping[str, Any]], Iterator[str]], ...] = (
    _wrong_lengths,
    _wrong_names,
    _wrong_scopes,
    _wrong_events,
    _wrong_settings,
)
