"""What the fields of a window hold: as shown, as filled in, and as they are sent off.

Source: https://docs.slack.dev/reference/block-kit/block-elements and
https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.demo.fake_slack.state import View

_LISTS = {
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
}
_TEXTS = ("plain_text_input", "number_input")


class CannotDo(AssertionError):
    """There is no such button, the menu does not offer that, or Slack would not send it off."""


def held(
    element: Mapping[str, Any], chosen: Sequence[str], offered: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """What a field holds after somebody chose or typed this. Raises `CannotDo`."""
    kind = element["type"]
    about = {"type": kind}
    if kind in _LISTS:
        return about | {_LISTS[kind][0]: list(chosen)}
    if kind == "conversations_select":
        return about | {"selected_conversation": next(iter(chosen), None)}
    if kind in _TEXTS:
        return about | {"value": _typed(element, next(iter(chosen), None))}
    picked = [_option(element, value, offered) for value in chosen]
    if kind == "checkboxes":
        return about | {"selected_options": picked}
    return about | {"selected_option": next(iter(picked), None)}


def complete(view: View) -> None:
    """Add what fields hold that nobody touched. Raises `CannotDo` for an empty one that may not be.

    Slack's own client keeps a window open whose required fields are empty.
    """
    for block in view.content["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        values = view.values.setdefault(block["block_id"], {})
        values.setdefault(element["action_id"], _initial(element))
        if not block.get("optional") and not _filled(values[element["action_id"]]):
            raise CannotDo(f"{block['block_id']} is empty")


def _initial(element: Mapping[str, Any]) -> dict[str, Any]:
    kind = element["type"]
    about = {"type": kind}
    if kind in _LISTS:
        name, initial = _LISTS[kind]
        return about | {name: element.get(initial, [])}
    if kind == "conversations_select":
        return about | {"selected_conversation": element.get("initial_conversation")}
    if kind in _TEXTS:
        return about | {"value": element.get("initial_value")}
    if kind == "checkboxes":
        return about | {"selected_options": element.get("initial_options", [])}
    return about | {"selected_option": element.get("initial_option")}


def _filled(value: Mapping[str, Any]) -> bool:
    return any(each for name, each in value.items() if name != "type")


def _typed(element: Mapping[str, Any], text: str | None) -> str | None:
    """What was typed; Slack's client takes only numbers within their bounds, and short texts."""
    if text is None:
        return None
    if len(text) > element.get("max_length", 3_000):
        raise CannotDo(f"{element['action_id']} takes no more")
    if element["type"] == "number_input":
        least, most = int(element.get("min_value", text)), int(element.get("max_value", text))
        if not least <= int(text) <= most:
            raise CannotDo(f"{element['action_id']} does not take {text}")
    return text


def _option(
    element: Mapping[str, Any], value: str, offered: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    groups = [group["options"] for group in element.get("option_groups", [])]
    known: list[Any] = [
        *element.get("options", []),
        *(one for group in groups for one in group),
        *offered,
    ]
    for option in known:
        if option["value"] == value:
            return dict(option)
    raise CannotDo(f"{element['action_id']} does not offer {value!r}")
