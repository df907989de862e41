"""A window as text, for the README: what stands in it, with its fields as they are filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.messages.kit import Block
from bot.messages.text_view import blocks_text


def window_text(view: Mapping[str, Any]) -> str:
    """Title, blocks and fields; a field's name, what is chosen, and what it says about itself."""
    parts = [view["title"]["text"]]
    parts += [_field(b) if b["type"] == "input" else blocks_text([b]) for b in view["blocks"]]
    parts.append(f"[{view['submit']['text']}]")
    return "\n\n".join(parts)


def _field(block: Block) -> str:
    lines = [block["label"]["text"], *(f"  {line}" for line in _held(block["element"]))]
    if "hint" in block:
        lines.append(f"  {block['hint']['text']}")
    return "\n".join(lines)


def _held(element: Mapping[str, Any]) -> list[str]:
    """What is chosen; of few options, all."""
    if element["type"] in ("checkboxes", "radio_buttons"):
        one = [element["initial_option"]] if "initial_option" in element else []
        chosen = [option["value"] for option in element.get("initial_options", one)]
        marks = ("(•)", "( )") if element["type"] == "radio_buttons" else ("[x]", "[ ]")
        return [
            f"{marks[option['value'] not in chosen]} {option['text']['text']}"
            for option in element["options"]
        ]
    if "initial_option" in element:
        return [f"[ {element['initial_option']['text']['text']} ]"]
    several = element.get("initial_users") or element.get("initial_conversations")
    typed = " ".join(several) if several else element.get("initial_value", "")
    return [f"[ {typed or element.get('placeholder', {}).get('text', '')} ]"]
