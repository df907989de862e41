"""The fields of the settings' windows: the `block_id` and `action_id` of each are its `Choice`.

Source: https://docs.slack.dev/reference/block-kit/block-elements
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.choices import MOST_READERS, Choice
from bot.domain.ids import AppId, UserId
from bot.domain.policy import AllowedChannels, AppPolicy, Policy
from bot.domain.summary import App
from bot.messages.cleaning import one_line
from bot.messages.kit import OPTION_TEXT_MAX, Block, Element, plain_text

NO_DEFAULT = "none"
"""The option for having every command name its app."""

ALLOWED = "allowed"
"""The one box that allows channels shared with other companies."""

APPS_SHOWN = 30
"""Apps that are shown; each takes a block of a window's hundred, or an option."""

PLACES: Mapping[AllowedChannels, str] = {
    AllowedChannels.ALL: "All channels the bot is in",
    AllowedChannels.LISTED: "Only the channels listed below",
    AllowedChannels.PRIVATE: "Private channels only",
}


def default_app(apps: Sequence[App], chosen: AppId | None) -> Block:
    """Which app is meant when none is named."""
    known = {app.id: one_line(app.name) or app.id for app in apps}
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


def shared(policy: Policy) -> Block:
    """Whether channels are allowed that other companies read."""
    box = _option("Summaries may be posted there", ALLOWED)
    boxes: dict[str, Any] = {"type": "checkboxes", "options": [box]}
    if policy.allows_shared:
        boxes["initial_options"] = [box]
    return _input(Choice.SHARED, "Channels shared with other companies", boxes, optional=True)


def confirm_from(policy: Policy) -> Block:
    """From how many readers a person must confirm."""
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


def administrators(people: frozenset[UserId]) -> Block:
    """Who may administer beside the workspace's own administrators."""
    menu: dict[str, Any] = {
        "type": "multi_users_select",
        "placeholder": plain_text("Nobody else", OPTION_TEXT_MAX),
    }
    if people:
        menu["initial_users"] = sorted(people)
    label = "Who else may change these settings"
    hint = "Beside the workspace's own administrators and owners."
    return _input(Choice.ADMINISTRATORS, label, menu, optional=True, hint=hint)


def aliases(names: Sequence[str]) -> Block:
    """What an app is called here."""
    text: dict[str, Any] = {"type": "plain_text_input", "max_length": 200}
    if names:
        text["initial_value"] = " ".join(names)[:200]
    hint = "What people type instead of the app's id; several with a space between them."
    return _input(Choice.ALIASES, "Alias", text, optional=True, hint=hint)


def channels(policy: AppPolicy) -> Block:
    """To which channels an app's summaries may go."""
    options = {place: _option(text, place.value) for place, text in PLACES.items()}
    radio = {
        "type": "radio_buttons",
        "options": list(options.values()),
        "initial_option": options[policy.channels],
    }
    return _input(Choice.CHANNELS, "Where its summaries may be posted", radio)


def listed(policy: AppPolicy) -> Block:
    """The channels, where only listed ones are allowed."""
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
