"""A summary's Markdown, or plain text, as Slack's typed blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from markdown_it.token import Token

from bot.messages.cleaning import clean
from bot.messages.inline import Span, bold, joined, read_spans
from bot.messages.kit import (
    HEADER_MAX,
    Block,
    Element,
    header,
    length,
    rich_section,
    rich_text,
)
from bot.messages.parser import LISTS_NESTED_MAX, parse
from bot.messages.tables import aligned_text, preformatted, table_block, words_of

_HEADER_LEVELS = ("h1", "h2")

_COUNTED_UP_TO = 9_999
"""Slack counts lists from 1. An item with no number or a huge one shows it as text."""


def render(text: str) -> tuple[Block, ...]:
    """Turn an untrusted text into blocks in which every visible character of it stands.

    Marks of Markdown become structure. Nothing becomes a mention, and links are http(s) only.
    There is one block for each top-level paragraph, list, quote, heading and table.
    """
    builder = _Builder()
    for token in parse(text):
        builder.read(token)
    return tuple(builder.blocks)


@dataclass(slots=True)
class _List:
    """An open list: its kind, and the number of its present item."""

    ordered: bool
    number: int
    written: str = ""
    """The number as it was typed: CommonMark counts on from the first whatever the others say."""
    is_fresh: bool = False
    """Whether the present item has shown nothing yet, so that its mark is still to come."""


@dataclass(slots=True)
class _Piece:
    """A paragraph, a list's item, a quote or some code, before it is put together."""

    kind: str
    spans: list[Span] = field(default_factory=list)
    indent: int = 0
    ordered: bool = False
    number: int = 1
    border: bool = False

    def continues(self, before: _Piece) -> bool:
        """Whether this is the next item of the list that `before` is in."""
        return (
            (self.indent, self.ordered, self.border)
            == (before.indent, before.ordered, before.border)
        ) and (not self.ordered or self.number == before.number + 1)


@dataclass(slots=True)
class _Table:
    is_open: bool = False
    rows: list[list[list[Span]]] = field(default_factory=list)
    aligned: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Builder:
    """Where one walk over the tokens of a text stands."""

    blocks: list[Block] = field(default_factory=list)
    pieces: list[_Piece] = field(default_factory=list)
    lists: list[_List] = field(default_factory=list)
    quotes: int = 0
    heading: str | None = None
    table: _Table = field(default_factory=_Table)

    def read(self, token: Token) -> None:
        handler = _HANDLERS.get(token.type)
        if handler:
            handler(self, token)
        if token.level == 0 and token.nesting <= 0:
            self._finish()

    def open_list(self, token: Token) -> None:
        start = int(token.attrs.get("start", 1))
        self.lists.append(_List(token.type == "ordered_list_open", start - 1))

    def close_list(self, _: Token) -> None:
        self.lists.pop()

    def open_item(self, token: Token) -> None:
        self.lists[-1].number += 1
        self.lists[-1].written = token.info
        self.lists[-1].is_fresh = True

    def open_quote(self, _: Token) -> None:
        self.quotes += 1

    def close_quote(self, _: Token) -> None:
        self.quotes -= 1

    def open_heading(self, token: Token) -> None:
        self.heading = token.tag

    def close_heading(self, _: Token) -> None:
        self.heading = None

    def open_table(self, _: Token) -> None:
        self.table = _Table(is_open=True)

    def open_row(self, _: Token) -> None:
        self.table.rows.append([])

    def open_head_cell(self, token: Token) -> None:
        style = str(token.attrs.get("style", "text-align:left"))
        self.table.aligned.append(style.removeprefix("text-align:"))

    def close_table(self, token: Token) -> None:
        table, self.table = self.table, _Table()
        block = table_block(table.rows, table.aligned) if token.level == 0 else None
        if block:
            self._finish()
            self.blocks.append(block)
            return
        cells = [
            ["".join(words_of(span.element()) for span in cell) for cell in row]
            for row in table.rows
        ]
        self._add_code(aligned_text(cells))

    def read_code(self, token: Token) -> None:
        # The word behind a fence is shown too: it is as often a sentence as a language.
        self._add_code(clean("\n".join(filter(None, (token.info.strip(), token.content)))))

    def read_rule(self, _: Token) -> None:
        self._finish()
        self.blocks.append({"type": "divider"})

    def read_inline(self, token: Token) -> None:
        spans = read_spans(token.children or ())
        if self.table.is_open:
            self.table.rows[-1].append(spans)
        elif any(span.text.strip() for span in spans):
            self._add_text(spans)

    def _add_text(self, spans: list[Span]) -> None:
        if self.heading:
            if self._add_header(spans):
                return
            spans = bold(spans)
        if self.lists:
            self._add_to_list(spans)
        elif self.quotes and self.pieces and self.pieces[-1].kind == "quote":
            self._continue(spans, "\n\n")
        else:
            self.pieces.append(_Piece("quote" if self.quotes else "section", spans))

    def _add_header(self, spans: Sequence[Span]) -> bool:
        """Show a heading as Slack's own, where that takes all of it."""
        text = "".join(span.text for span in spans)
        if (
            self.heading not in _HEADER_LEVELS
            or self.lists
            or self.quotes
            or any(span.url for span in spans)
            or length(text) > HEADER_MAX
        ):
            return False
        self.blocks.append(header(text))
        return True

    def _add_to_list(self, spans: list[Span]) -> None:
        innermost, indent = self.lists[-1], min(len(self.lists), LISTS_NESTED_MAX) - 1
        last = self.pieces[-1] if self.pieces else None
        if innermost.is_fresh:
            innermost.is_fresh = False
            self.pieces.append(_item(innermost, spans, indent, border=self.quotes > 0))
        elif last and last.kind == "item" and last.indent == indent:
            self._continue(spans, "\n")
        else:
            self.pieces.append(_Piece("quote" if self.quotes else "section", spans))

    def _continue(self, spans: Sequence[Span], between: str) -> None:
        self.pieces[-1].spans += [Span(between), *spans]

    def _add_code(self, text: str) -> None:
        text = text.strip("\n")
        if text.strip():
            self.pieces.append(_Piece("code", [Span(text)], border=self.quotes > 0))

    def _finish(self) -> None:
        """Put the pieces so far together as one block."""
        if self.pieces:
            self.blocks.append(rich_text(list(_assembled(self.pieces))))
            self.pieces = []


def _item(within: _List, spans: list[Span], indent: int, *, border: bool) -> _Piece:
    number = within.number
    if within.ordered and not 1 <= number <= _COUNTED_UP_TO:
        return _Piece("item", [Span(f"{within.written}. "), *spans], indent, border=border)
    return _Piece("item", spans, indent, within.ordered, number, border)


def _assembled(pieces: Sequence[_Piece]) -> Iterable[Element]:
    run = 0
    marked: list[tuple[int, _Piece]] = []
    for before, piece in zip([None, *pieces], pieces, strict=False):
        both_items = before is not None and before.kind == piece.kind == "item"
        run += not (both_items and before is not None and piece.continues(before))
        marked.append((run, piece))
    for _, group in groupby(marked, key=lambda numbered: numbered[0]):
        yield _element([piece for _, piece in group])


def _element(run: Sequence[_Piece]) -> Element:
    first = run[0]
    if first.kind == "item":
        return _list_element(run)
    if first.kind == "code":
        return preformatted(first.spans[0].text, border=first.border)
    kind = "rich_text_quote" if first.kind == "quote" else "rich_text_section"
    return {"type": kind, "elements": [span.element() for span in joined(first.spans)]}


def _list_element(items: Sequence[_Piece]) -> Element:
    first = items[0]
    element: dict[str, Any] = {
        "type": "rich_text_list",
        "style": "ordered" if first.ordered else "bullet",
        "indent": first.indent,
        "elements": [rich_section(span.element() for span in joined(item.spans)) for item in items],
    }
    if first.ordered and first.number > 1:
        element["offset"] = first.number - 1
    if first.border:
        element["border"] = 1
    return element


_HANDLERS: dict[str, Callable[[_Builder, Token], None]] = {
    "bullet_list_open": _Builder.open_list,
    "ordered_list_open": _Builder.open_list,
    "bullet_list_close": _Builder.close_list,
    "ordered_list_close": _Builder.close_list,
    "list_item_open": _Builder.open_item,
    "blockquote_open": _Builder.open_quote,
    "blockquote_close": _Builder.close_quote,
    "heading_open": _Builder.open_heading,
    "heading_close": _Builder.close_heading,
    "table_open": _Builder.open_table,
    "tr_open": _Builder.open_row,
    "th_open": _Builder.open_head_cell,
    "table_close": _Builder.close_table,
    "fence": _Builder.read_code,
    "hr": _Builder.read_rule,
    "inline": _Builder.read_inline,
}
