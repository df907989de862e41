"""The settings' windows: one for the workspace, and one on top of it for each app.

Each field's `block_id` and `action_id` are the same `Choice`.
Source: https://docs.slack.dev/surfaces/modals
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.choices import MOST_ADMINISTRATORS, MOST_READERS, WorkspaceChoices, Wrong
from bot.domain.ids import AppId, UserId
from bot.domain.policy import AllowedChannels, AppPolicy, Policy
from bot.domain.summary import App
from bot.errors import BotError
from bot.messages import actions
from bot.messages import settings_fields as fields
from bot.messages.cleaning import one_line
from bot.messages.kit import (
    MODAL_TITLE_MAX,
    Block,
    button,
    code,
    context,
    header,
    plain_text,
    section,
)
from bot.messages.picker import View
from bot.messages.replies import explain

_TITLE = "Meeting summaries"
PROBLEMS: Mapping[Wrong, str] = {
    Wrong.UNKNOWN_APP: "Choose one of the apps.",
    Wrong.NO_NUMBER: f"Type a whole number from 1 to {MOST_READERS:,}, or leave it empty.",
    Wrong.TOO_MANY_PEOPLE: f"Add at most {MOST_ADMINISTRATORS} people at a time.",
    Wrong.NOT_A_MEMBER: "Only full members of this workspace can be added: no guests, no bots and "
    "nobody from another company.",
    Wrong.NOT_AN_ALIAS: "A name has 1 to 40 letters, digits, dots, dashes or underscores, and is "
    "not an app's id.",
    Wrong.A_KEYWORD: "One of these names is a word of the command itself. Choose another.",
    Wrong.ALIAS_TAKEN: "Another app already has one of these names. Choose another.",
    Wrong.NO_CHANNELS: "Choose at least one channel, or allow all.",
    Wrong.UNKNOWN_CHANNELS: "Choose one of these.",
    Wrong.NOT_ASKED: "Slack could not be asked whether you may change this. Nothing was changed. "
    "Try again in a minute.",
    Wrong.NOT_YOU: "Only administrators of this app can change its settings. Nothing was changed.",
}
"""What stands under a field that is not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything the workspace's window shows."""

    policy: Policy
    administrators: frozenset[UserId]
    aliases: Mapping[str, AppId]
    apps: Sequence[App] | None
    """The account's apps, or `None` where they could not be listed."""
    connected: bool
    token_ending: str | None = None
    """The last four characters of the API token, if it is stored."""

    @property
    def choices(self) -> WorkspaceChoices:
        """What is chosen now."""
        return WorkspaceChoices(
            default_app=self.policy.default_app,
            allows_shared=self.policy.allows_shared,
            confirm_from=self.policy.confirm_from,
            administrators=self.administrators,
        )


def loading() -> View:
    """What opens within Slack's three seconds."""
    return _window([section("One moment.")])


def failed(error: BotError, *, reference: str | None = None) -> View:
    """The window when something is in the way."""
    return _window(list(explain(error, reference=reference).blocks))


def workspace_window(page: Page) -> View:
    """The settings of a workspace; its `private_metadata` is what it shows, to tell changes."""
    chosen = [
        fields.default_app(page.apps or (), page.policy.default_app),
        fields.shared(page.policy),
        fields.confirm_from(page.policy),
        fields.administrators(page.administrators),
    ]
    blocks = [*_connection(page), *_apps(page), header("For everybody"), *chosen]
    view = _window(blocks, submit="Save", callback=actions.SETTINGS)
    return {**view, "private_metadata": pack(page.choices)}


def app_window(app: App, aliases: Sequence[str], policy: AppPolicy) -> View:
    """The settings of one app; its `private_metadata` is the app's id."""
    blocks = [
        header(one_line(app.name) or app.id),
        fields.aliases(aliases),
        fields.channels(policy),
        fields.listed(policy),
    ]
    view = _window(blocks, submit="Save", callback=actions.APP_SETTINGS)
    return {**view, "private_metadata": app.id}


def pack(choices: WorkspaceChoices) -> str:
    """What a window shows, to be compared with what comes back; at most 3,000 characters."""
    shown = {
        "default_app": choices.default_app,
        "allows_shared": choices.allows_shared,
        "confirm_from": choices.confirm_from,
        "administrators": sorted(choices.administrators),
    }
    packed = json.dumps(shown, separators=(",", ":"))
    return packed if len(packed) <= _METADATA_MAX else ""


def unpack(metadata: str) -> WorkspaceChoices | None:
    """What a window showed, or `None` if that cannot be told: it may have been made up."""
    try:
        shown = json.loads(metadata)
        app, readers = shown["default_app"], shown["confirm_from"]
        return WorkspaceChoices(
            default_app=None if app is None else AppId(str(app)),
            allows_shared=shown["allows_shared"] is True,
            confirm_from=None if readers is None else int(readers),
            administrators=frozenset(UserId(str(each)) for each in shown["administrators"]),
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


_METADATA_MAX = 3_000


def _window(blocks: Sequence[Block], *, submit: str = "", callback: str = "") -> View:
    view: dict[str, Any] = {
        "type": "modal",
        "title": plain_text(_TITLE, MODAL_TITLE_MAX),
        "close": plain_text("Cancel" if submit else "Close", MODAL_TITLE_MAX),
        "blocks": list(blocks),
    }
    if callback:
        view["callback_id"] = callback
    return {**view, "submit": plain_text(submit, MODAL_TITLE_MAX)} if submit else view


def _connection(page: Page) -> list[Block]:
    label = "Change" if page.connected else "Connect Cloudflare"
    way = button(label, actions.CONNECT, spoken="Connect Cloudflare")
    if not page.connected:
        return [section("This workspace is not connected to Cloudflare yet.", accessory=way)]
    ending = f" API token ending in {code(page.token_ending)}." if page.token_ending else ""
    return [section(f"Connected to a Cloudflare account.{ending}", accessory=way)]


def _apps(page: Page) -> list[Block]:
    if not page.connected:
        return []
    if page.apps is None:
        return [context("The account's apps could not be listed. Try again in a minute.")]
    if not page.apps:
        return [context("The account has no RealtimeKit app yet.")]
    lines = [_app_line(app, page) for app in page.apps[: fields.APPS_SHOWN]]
    more = len(page.apps) - len(lines)
    rest = [context(f"And {more} more, which have no settings of their own.")] if more > 0 else []
    return [header("RealtimeKit apps"), *lines, *rest]


def _app_line(app: App, page: Page) -> Block:
    names = [code(name) for name, meant in page.aliases.items() if meant == app.id]
    policy = page.policy.of(app.id)
    called = f"Alias: {', '.join(names)}" if names else "No alias"
    name = one_line(app.name) or app.id
    return section(
        f"{code(name)}\n{called} · {_place(policy)}",
        accessory=button("Edit", actions.EDIT_APP, value=app.id, spoken=f"Edit {name}"),
    )


def _place(policy: AppPolicy) -> str:
    if policy.channels is AllowedChannels.LISTED:
        return ", ".join(f"<#{channel}>" for channel in sorted(policy.listed)) or "No channel"
    return fields.PLACES[policy.channels]
