"""The settings' windows: one for the workspace, and one on top of it for each app.

Each field's `block_id` and `action_id` are the same `Choice`.
Source: https://docs.slack.dev/surfaces/modals
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.choices import MOST_ADMINISTRATORS, MOST_READERS, Choice, WorkspaceChoices, Wrong
from bot.domain.ids import AppId, UserId
from bot.domain.policy import AllowedChannels, AppPolicy, Policy
from bot.domain.summary import App
from bot.errors import BotError
from bot.messages import actions
from bot.messages.cleaning import one_line
from bot.messages.kit import (
    MODAL_TITLE_MAX,
    OPTION_TEXT_MAX,
    Block,
    Element,
    button,
    code,
    context,
    header,
    plain_text,
    section,
)
from bot.messages.picker import View
from bot.messages.replies import explain

NO_DEFAULT = "none"
"""The option for having every command name its app."""

ALLOWED = "allowed"
"""The one box that allows channels shared with other companies."""

APPS_SHOWN = 30
"""Apps that have a line of their own; each takes a block of a window's hundred."""

_TITLE = "Meeting summaries"
_PLACES: Mapping[AllowedChannels, str] = {
    AllowedChannels.ALL: "All channels the bot is in",
    AllowedChannels.LISTED: "Only the channels listed below",
    AllowedChannels.PRIVATE: "Private channels only",
}
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
    fields = [
        _default_app(page),
        _shared(page.policy),
        _confirm_from(page.policy),
        _administrators(page.administrators),
    ]
    blocks = [*_connection(page), *_apps(page), header("Everybody"), *fields]
    view = _window(blocks, submit="Save", callback=actions.SETTINGS)
    return {**view, "private_metadata": pack(page.choices)}


def app_window(app: App, aliases: Sequence[str], policy: AppPolicy) -> View:
    """The settings of one app; its `private_metadata` is the app's id."""
    blocks = [
        header(one_line(app.name) or app.id),
        _aliases(aliases),
        _channels(policy),
        _listed(policy),
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
    except (ValueError, TypeError, KeyError, RecursionError):
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
    lines = [_app_line(app, page) for app in page.apps[:APPS_SHOWN]]
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
    return _PLACES[policy.channels]


def _default_app(page: Page) -> Block:
    known = {app.id: one_line(app.name) or app.id for app in page.apps or ()}
    chosen = page.policy.default_app
    if chosen is not None:
        known.setdefault(chosen, chosen)
    nothing = _option("None: a command names its app", NO_DEFAULT)
    options = {app: _option(name, app) for app, name in list(known.items())[:APPS_SHOWN]}
    if chosen is not None:
        options[chosen] = _option(known[chosen], chosen)
    menu = {
        "type": "static_select",
        "options": [nothing, *options.values()],
        "initial_option": nothing if chosen is None else options[chosen],
    }
    return _input(Choice.DEFAULT_APP, "App that is meant when none is named", menu)


def _shared(policy: Policy) -> Block:
    box = _option("Summaries may be posted there", ALLOWED)
    boxes: dict[str, Any] = {"type": "checkboxes", "options": [box]}
    if policy.allows_shared:
        boxes["initial_options"] = [box]
    return _input(Choice.SHARED, "Channels shared with other companies", boxes, optional=True)


def _confirm_from(policy: Policy) -> Block:
    number: dict[str, Any] = {
        "type": "number_input",
        "is_decimal_allowed": False,
        "min_value": "1",
        "max_value": str(MOST_READERS),
    }
    if policy.confirm_from is not None:
        number["initial_value"] = str(policy.confirm_from)
    label = "Have people confirm from this many readers on"
    return _input(Choice.CONFIRM_FROM, label, number, optional=True, hint="Empty: never.")


def _administrators(people: frozenset[UserId]) -> Block:
    menu: dict[str, Any] = {
        "type": "multi_users_select",
        "placeholder": plain_text("Nobody else", OPTION_TEXT_MAX),
    }
    if people:
        menu["initial_users"] = sorted(people)
    label = "Who else may change these settings"
    hint = "Beside the workspace's own administrators and owners."
    return _input(Choice.ADMINISTRATORS, label, menu, optional=True, hint=hint)


def _aliases(aliases: Sequence[str]) -> Block:
    text: dict[str, Any] = {"type": "plain_text_input", "max_length": 200}
    if aliases:
        text["initial_value"] = " ".join(aliases)[:200]
    hint = "What people type instead of the app's id; several with a space between them."
    return _input(Choice.ALIASES, "Alias", text, optional=True, hint=hint)


def _channels(policy: AppPolicy) -> Block:
    options = {place: _option(text, place.value) for place, text in _PLACES.items()}
    radio = {
        "type": "radio_buttons",
        "options": list(options.values()),
        "initial_option": options[policy.channels],
    }
    return _input(Choice.CHANNELS, "Where its summaries may be posted", radio)


def _listed(policy: AppPolicy) -> Block:
    menu: dict[str, Any] = {
        "type": "multi_conversations_select",
        "placeholder": plain_text("No channel", OPTION_TEXT_MAX),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    if policy.listed:
        menu["initial_conversations"] = sorted(policy.listed)
    return _input(Choice.LISTED, "Listed channels", menu, optional=True)


def _input(
    choice: Choice, label: str, element: Element, *, optional: bool = False, hint: str = ""
) -> Block:
    block: dict[str, Any] = {
        "type": "input",
        "block_id": choice.value,
        "label": plain_text(label, 150),
        "element": {"action_id": choice.value, **element},
        "optional": optional,
    }
    return {**block, "hint": plain_text(hint, 150)} if hint else block


def _option(text: str, value: str) -> Element:
    return {"text": plain_text(text, OPTION_TEXT_MAX), "value": value}
