"""What a manifest may hold: the parts that this app's has, and no others.

Sources: https://docs.slack.dev/reference/app-manifest and Slack's own JSON schema,
https://github.com/slackapi/manifest-schema
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.demo.fake_slack.schema import Problem, Rule, boolean, integer, items, record, text


def matching(pattern: str, words: str, *, maximum: int) -> Rule:
    """A string of a certain form."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        yield from text(maximum)(value, pointer)
        if isinstance(value, str) and not re.fullmatch(pattern, value):
            yield Problem(pointer, words)

    return check


_ADDRESS = matching(r"https://[^\s/]\S*", "must be a valid https URL", maximum=3_000)
_SCOPES = items(matching(r"[a-z_.:]+", "must be a scope", maximum=100), maximum=255)

_COMMAND = record(
    {
        "command": matching(r"/\S+", "must start with a slash", maximum=32),
        "description": text(2_000),
    },
    {"usage_hint": text(1_000), "should_escape": boolean, "url": _ADDRESS},
)
_MANIFEST = record(
    {
        "display_information": record(
            {"name": text(35)},
            {
                "description": text(140),
                "long_description": text(4_000, minimum=175),
                "background_color": matching(
                    r"#(?:[0-9a-fA-F]{3}){1,2}", "must be a color", maximum=7
                ),
            },
        )
    },
    {
        "_metadata": record({}, {"major_version": integer(1, 2), "minor_version": integer(0, 99)}),
        "features": record(
            {},
            {
                "app_home": record(
                    {},
                    {
                        "home_tab_enabled": boolean,
                        "messages_tab_enabled": boolean,
                        "messages_tab_read_only_enabled": boolean,
                    },
                ),
                "bot_user": record(
                    {
                        "display_name": matching(
                            r"[a-z0-9._-]+", "has characters that are not allowed", maximum=80
                        )
                    },
                    {"always_online": boolean},
                ),
                "slash_commands": items(_COMMAND, maximum=50),
            },
        ),
        "oauth_config": record(
            {},
            {
                "scopes": record({}, {"bot": _SCOPES, "bot_optional": _SCOPES}),
                "redirect_urls": items(_ADDRESS, maximum=1_000),
                "pkce_enabled": boolean,
            },
        ),
        "settings": record(
            {},
            {
                "event_subscriptions": record(
                    {},
                    {"request_url": _ADDRESS, "bot_events": items(text(100), maximum=100)},
                ),
                "interactivity": record({"is_enabled": boolean}, {"request_url": _ADDRESS}),
                "org_deploy_enabled": boolean,
                "socket_mode_enabled": boolean,
                "token_rotation_enabled": boolean,
            },
        ),
    },
)


def find_complaints(manifest: Mapping[str, Any]) -> Iterator[Problem]:
    """Say what Slack would not take: first what has a wrong form, then what cannot go together."""
    wrong = list(_MANIFEST(manifest, ""))
    yield from wrong
    if not wrong:
        yield from _unreachable(manifest.get("settings", {}))
        yield from _optional_alone(manifest.get("oauth_config", {}).get("scopes", {}))


def _unreachable(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """Slack must know where to send what the app wants to hear."""
    if settings.get("socket_mode_enabled"):
        return
    events = settings.get("event_subscriptions")
    if events and "request_url" not in events:
        words = "Event Subscription requires either Request URL or Socket Mode Enabled"
        yield Problem("/settings/event_subscriptions", words)
    interactivity = settings.get("interactivity", {})
    if interactivity.get("is_enabled") and "request_url" not in interactivity:
        yield Problem("/settings/interactivity", "Interactivity requires a Request URL")


def _optional_alone(scopes: Mapping[str, Any]) -> Iterator[Problem]:
    for index, scope in enumerate(scopes.get("bot_optional", ())):
        if scope not in scopes.get("bot", ()):
            words = f"Optional scope {scope} must be among the bot scopes"
            yield Problem(f"/oauth_config/scopes/bot_optional/{index}", words)
