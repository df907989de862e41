"""A message is a value: its fallback text and its blocks, within Slack's limits.

Every limit is named after the field it belongs to.
Source: https://docs.slack.dev/reference/block-kit and the pages of its blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from bot.messages.cleaning import one_line, safe_cut

Block: TypeAlias = Mapping[str, Any]
"""One Block Kit block, ready for JSON."""

Element: TypeAlias = Mapping[str, Any]
"""A part of a block: a button, a text object, a piece of rich text."""

TEXT_MAX = 4_000
"""The fallback text. Posting takes more; editing a message does not."""
SECTION_MAX = 3_000
HEADER_MAX = 150
BUTTON_TEXT_MAX = 75
BUTTON_VALUE_MAX = 2_000
BUTTON_URL_MAX = 3_000
OPTION_TEXT_MAX = 75
OPTIONS_MAX = 100
MODAL_TITLE_MAX = 24
CONTEXT_ELEMENTS_MAX = 10
TABLE_ROWS_MAX = 100
TABLE_CELLS_MAX = 20
BLOCKS_MAX = 45
"""Slack takes 50; five are left for the label of a part and for what Slack adds itself."""
_EMPTY = "?"
"""In place of an empty text, for which Slack refuses a whole message."""

CONTENT_MAX = 9_000
"""Text and URLs of all blocks of a message.

Undocumented: Slack was seen to refuse messages from about 11,000 characters on.
Source: https://github.com/slackapi/bolt-js/issues/2509 and issue 2867 there.
"""


@dataclass(frozen=True, slots=True)
class Message:
    """One Slack message.

    `text` is what screen readers and notifications read: mrkdwn, already escaped. `footer` is
    blocks shown under the message in an attachment of their own: Slack lets an attachment be
    edited while the message's blocks stay as they are, so the notice can be changed later
    without keeping the meeting's text.
    Source: https://docs.slack.dev/reference/methods/chat.update
    """

    text: str = field(repr=False)
    blocks: tuple[Block, ...] = field(default=(), repr=False)
    footer: tuple[Block, ...] = field(default=(), repr=False)


def escape(text: str) -> str:
    """Make any text harmless inside mrkdwn: these three characters, in this order, and no more.

    Source: https://docs.slack.dev/messaging/formatting-message-text
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def length(text: str) -> int:
    """How long Slack may count a text: in UTF-16 units, the larger of the two ways to count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def prefix(text: str, limit: int) -> int:
    """How many characters of a text fit into a limit."""
    start = text[:limit]
    if length(start) <= limit:
        return len(start)
    units = start.encode("utf-16-le", "surrogatepass")[: limit * 2]
    return len(units.decode("utf-16-le", "ignore"))


def shorten(text: str, limit: int) -> str:
    """Cut a title or a label to its limit, and show that it was cut. Never for a summary."""
    if length(text) <= limit:
        return text
    return text[: safe_cut(text, prefix(text, limit - 1))].rstrip() + "…"


def escaped_prefix(text: str, limit: int) -> int:
    """How many characters of a text fit into a limit once they are escaped."""
    fits = prefix(text, limit)
    while (excess := length(escape(text[:fits])) - limit) > 0:
        # The longest escape makes five characters of one.
        fits -= -(-excess // 5)
    return fits


def fallback(text: str, limit: int = TEXT_MAX) -> str:
    """Escape a plain text, cut to a limit outside any entity: `Message.text`'s unless told."""
    if escaped_prefix(text, limit) == len(text):
        return escape(text)
    return escape(text[: safe_cut(text, escaped_prefix(text, limit - 1))]) + "…"


def moment(at: datetime, form: str) -> str:
    """A time in each reader's own zone, as a mrkdwn token, with UTC where tokens are not read.

    Args:
        at: an aware time.
        form: Slack's names in braces, such as `{date_short_pretty} at {time}`.
    """
    return f"<!date^{int(at.timestamp())}^{form}|{utc(at)}>"


def utc(at: datetime) -> str:
    """A time in UTC, for where no token is read."""
    there = at.astimezone(UTC)
    return f"{there.day} {there:%b %Y, %H:%M} UTC"


def plain_text(text: str, limit: int) -> Element:
    """A text object in which nothing is parsed, cleaned and cut to its limit."""
    return {
        "type": "plain_text",
        "text": shorten(one_line(text), limit) or _EMPTY,
        "emoji": False,
    }


def mrkdwn(text: str) -> Element:
    """A text object for sentences of our own; whatever is untrusted in it was escaped before."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def code(text: str, limit: int = 100) -> str:
    """An untrusted name inside mrkdwn: on one line, and nothing in it is parsed."""
    shown = shorten(one_line(text), limit).replace("`", "'").strip() or _EMPTY
    return f"`{escape(shown)}`"


def section(text: str, *, accessory: Element | None = None) -> Block:
    """A paragraph of mrkdwn, with a button beside it if there is one."""
    block: dict[str, Any] = {"type": "section", "text": mrkdwn(text), "expand": True}
    return {**block, "accessory": accessory} if accessory else block


def context(*lines: str) -> Block:
    """Small print in mrkdwn."""
    return {"type": "context", "elements": [mrkdwn(line) for line in lines]}


def header(text: str) -> Block:
    """A heading; nothing in it is parsed."""
    return {"type": "header", "text": plain_text(text, HEADER_MAX)}


def actions(*elements: Element) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(elements)}


def button(
    label: str,
    action: str,
    *,
    value: str | None = None,
    url: str | None = None,
    confirm: Element | None = None,
    spoken: str | None = None,
) -> Element:
    """A button.

    Args:
        label: a verb first; cut to 75 characters.
        action: one of `bot.messages.actions`.
        value: what comes back with the click.
        url: what the click opens.
        confirm: the dialog that asks before.
        spoken: what a screen reader says, where several buttons share one label.
    """
    element: dict[str, Any] = {
        "type": "button",
        "text": plain_text(label, BUTTON_TEXT_MAX),
        "action_id": action,
    }
    more = {"value": value, "url": url, "confirm": confirm}
    element |= {name: given for name, given in more.items() if given}
    if spoken:
        element["accessibility_label"] = shorten(one_line(spoken), BUTTON_TEXT_MAX)
    return element


def confirmation(*, title: str, text: str, confirm: str, deny: str) -> Element:
    """The dialog that asks before a button acts (title 100 characters, text 300, buttons 30)."""
    return {
        "title": plain_text(title, 100),
        "text": plain_text(text, 300),
        "confirm": plain_text(confirm, 30),
        "deny": plain_text(deny, 30),
    }


def text_element(text: str, **style: bool) -> Element:
    """A piece of rich text; nothing in it is parsed."""
    element: dict[str, Any] = {"type": "text", "text": text}
    used = {name: True for name, on in style.items() if on}
    return {**element, "style": used} if used else element


def rich_section(elements: Iterable[Element]) -> Element:
    """A paragraph of rich text."""
    return {"type": "rich_text_section", "elements": list(elements)}


def rich_text(elements: Sequence[Element]) -> Block:
    """A block of rich text: paragraphs, lists, quotes and code."""
    return {"type": "rich_text", "elements": list(elements)}


def listed(names: Iterable[str]) -> Block:
    """A bulleted list of untrusted names or lines to paste, each set as code."""
    items = [rich_section([text_element(one_line(name) or _EMPTY, code=True)]) for name in names]
    return rich_text(
        [{"type": "rich_text_list", "style": "bullet", "indent": 0, "elements": items}]
    )
