"""A message as plain text: for terminals, for screen readers, and where Slack takes no blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo
from typing import TypeAlias

from bot.messages.kit import Block, Element, Message
from bot.messages.tables import aligned_text, rows_of, words_of

Render: TypeAlias = Callable[[Block, tzinfo], str]

_TOKEN = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_MARKS = {"rich_text_quote": "> ", "rich_text_preformatted": "    "}


def as_text(message: Message, *, timezone: tzinfo = UTC) -> str:
    """A message as a person in that time zone sees it, buttons in square brackets.

    What stands under the message in an attachment has a bar before it, as in Slack. A message
    without any blocks is shown by its text.
    """
    if not (message.blocks or message.footer):
        return _read_mrkdwn(message.text, timezone)
    body = blocks_text(message.blocks, timezone=timezone)
    footer = _prefixed(blocks_text(message.footer, timezone=timezone), "│ ")
    return "\n\n".join(filter(None, (body, footer)))


def blocks_text(blocks: Iterable[Block], *, timezone: tzinfo = UTC) -> str:
    """Blocks as plain text, an empty line between them."""
    shown = (_RENDERERS[block["type"]](block, timezone) for block in blocks)
    return "\n\n".join(text for text in shown if text.strip())


def _prefixed(text: str, mark: str) -> str:
    return "\n".join((mark + line).rstrip() for line in text.split("\n")) if text else ""


def _rich_text(block: Block, _: tzinfo) -> str:
    return "\n".join(_rich_element(element) for element in block["elements"])


def _rich_element(element: Element) -> str:
    if element["type"] == "rich_text_list":
        text, mark = _list(element), ""
    else:
        text = "".join(words_of(piece) for piece in element["elements"])
        mark = _MARKS.get(element["type"], "")
    mark = f"> {mark}" if element.get("border") else mark
    return _prefixed(text, mark) if mark else text


def _list(element: Element) -> str:
    margin = "  " * element["indent"]
    first = element.get("offset", 0) + 1
    lines = []
    for number, item in enumerate(element["elements"], first):
        mark = f"{number}. " if element["style"] == "ordered" else "• "
        text = "".join(words_of(piece) for piece in item["elements"])
        lines.append(margin + mark + text.replace("\n", "\n" + margin + " " * len(mark)))
    return "\n".join(lines)


def _table(block: Block, _: tzinfo) -> str:
    return aligned_text(rows_of(block))


def _section(block: Block, timezone: tzinfo) -> str:
    beside = [_button(block["accessory"])] if "accessory" in block else []
    return "  ".join([_text_object(block["text"], timezone), *beside])


def _context(block: Block, timezone: tzinfo) -> str:
    return "  ".join(_text_object(element, timezone) for element in block["elements"])


def _actions(block: Block, _: tzinfo) -> str:
    return " ".join(_button(element) for element in block["elements"])


def _button(element: Element) -> str:
    return f"[{element['text']['text']}]"


def _header(block: Block, timezone: tzinfo) -> str:
    return _text_object(block["text"], timezone)


def _divider(_: Block, __: tzinfo) -> str:
    return "─" * 8


def _text_object(element: Element, timezone: tzinfo) -> str:
    text: str = element["text"]
    return _read_mrkdwn(text, timezone) if element["type"] == "mrkdwn" else text


def _read_mrkdwn(text: str, timezone: tzinfo) -> str:
    text = _TOKEN.sub(lambda token: _read_token(token[1], token[2] or "", timezone), text)
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def _read_token(target: str, words: str, timezone: tzinfo) -> str:
    if target.startswith("!date^"):
        _, seconds, form = target.split("^")
        return _read_date(datetime.fromtimestamp(int(seconds), timezone), form)
    if target.startswith(("@", "#")):
        return target
    return f"{words} ({target})" if words else target


def _read_date(at: datetime, form: str) -> str:
    """Fill a date's form in, a little simpler than Slack, which also says "today"."""
    shown = {
        "{date_short_pretty}": f"{at:%b} {at.day}, {at.year}",
        "{date_long_pretty}": f"{at:%A, %B} {at.day}, {at.year}",
        "{time}": f"{at.hour % 12 or 12}:{at:%M %p}",
    }
    for name, value in shown.items():
        form = form.replace(name, value)
    return form


_RENDERERS: dict[str, Render] = {
    "rich_text": _rich_text,
    "table": _table,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "header": _header,
    "divider": _divider,
}
