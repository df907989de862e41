"""Tables, as Slack's own block or as aligned text."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

from bot.messages.inline import Span, bold
from bot.messages.kit import (
    CONTENT_MAX,
    TABLE_CELLS_MAX,
    TABLE_ROWS_MAX,
    Block,
    Element,
    rich_section,
    rich_text,
    text_element,
)

_PADDED_AT_MOST = 3
"""How many times its own length an aligned table may take; else one wide cell blows up all."""


def table_block(rows: Sequence[Sequence[Sequence[Span]]], aligned: Sequence[str]) -> Block | None:
    """A table of Slack's own, or `None` if it is over Slack's limits.

    An empty cell holds a space: Slack refuses a whole message for one empty text.
    Source: https://docs.slack.dev/reference/block-kit/blocks/table-block
    """
    if len(rows) > TABLE_ROWS_MAX or any(len(row) > TABLE_CELLS_MAX for row in rows):
        return None
    cells = [[_cell(bold(spans) if top else spans) for spans in row] for top, row in _topped(rows)]
    block = {
        "type": "table",
        "rows": cells,
        "column_settings": [{"align": align, "is_wrapped": True} for align in aligned],
    }
    return block if len(aligned_text(rows_of(block))) <= CONTENT_MAX // 2 else None


def _topped(
    rows: Sequence[Sequence[Sequence[Span]]],
) -> list[tuple[bool, Sequence[Sequence[Span]]]]:
    return [(number == 0, row) for number, row in enumerate(rows)]


def _cell(spans: Sequence[Span]) -> Element:
    elements = [span.element() for span in spans] or [text_element(" ")]
    return rich_text([rich_section(elements)])


def rows_of(block: Block) -> list[list[str]]:
    """The words of a table block, row by row; a link's target stands behind its words."""
    return [[_words(cell["elements"][0]["elements"]) for cell in row] for row in block["rows"]]


def _words(elements: Sequence[Element]) -> str:
    return "".join(words_of(element) for element in elements).strip()


def words_of(element: Element) -> str:
    """An element of rich text as plain text."""
    text: str = element["text"]
    url: str | None = element.get("url")
    return f"{text} ({url})" if url and url != text else text


def preformatted(text: str, *, border: bool = False) -> Element:
    """Text set as code, exactly as it stands."""
    element = {"type": "rich_text_preformatted", "elements": [text_element(text)]}
    return {**element, "border": 1} if border else element


def as_code(block: Block) -> Block:
    """The same table as aligned text, for where Slack would move its own table out of place."""
    return rich_text([preformatted(aligned_text(rows_of(block)))])


def aligned_text(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as lines of text, in columns where that does not take too much room."""
    widths = [max(map(_width, column)) for column in zip_longest(*rows, fillvalue="")]
    own = sum(_width(cell) for row in rows for cell in row)
    if sum(widths) * len(rows) > _PADDED_AT_MOST * (own + len(rows)):
        return "\n".join("\t".join(row).rstrip() for row in rows).strip("\n")
    lines = [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths))  # noqa: B905
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _width(text: str) -> int:
    """How many columns of a terminal a text takes: wide characters two, marks none."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
