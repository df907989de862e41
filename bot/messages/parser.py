"""How Markdown is read: CommonMark with tables and strikethrough, and nothing ever dropped.

Whatever CommonMark leaves out of what a reader sees is read as text here: link reference
definitions, raw HTML, cells beyond a table's last column, and what is nested too deeply.
"""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token

from bot.messages.cleaning import clean

LISTS_NESTED_MAX = 9
"""Slack indents a list up to eight times. What is nested deeper keeps its marks as text."""

MARKUP_UP_TO = 200_000
"""Characters. A summary has at most 1,000 words; what is so much longer is shown as it stands."""

BRACKETS_UP_TO = 5_000
"""So many brackets are no links, and reading them as such would take seconds."""


class _Parser(MarkdownIt):
    """A parser that leaves judging links to `bot.messages.links`."""

    def validateLink(self, url: str) -> bool:  # noqa: N802, ARG002
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802
        return link


def parse(text: str) -> list[Token]:
    """Clean a text and read it as Markdown."""
    text = clean(text)
    if len(text) > MARKUP_UP_TO:
        return _parser("zero").parse(text)
    parser = _parser("brackets" if text.count("[") > BRACKETS_UP_TO else "links")
    return parser.parse(text)


@cache
def _parser(kind: str) -> MarkdownIt:
    if kind == "zero":
        return _Parser("zero")
    parser = _Parser("commonmark", {"html": False, "linkify": False})
    parser.enable(["strikethrough", "table"])
    # Indented text is far more often a paragraph or a list than code.
    parser.disable(["reference", "code", "html_block", "html_inline"])
    parser.block.ruler.at("table", _whole_table, {"alt": ["paragraph", "reference"]})
    parser.block.ruler.before("table", "too_deep", _too_deep)
    if kind == "brackets":
        parser.disable(["link", "image"])
    return parser


def _whole_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Read a table, unless a row has more cells than the heading: those would be dropped."""
    before = len(state.tokens)
    if not table(state, start, end, silent):
        return False
    if silent:
        return True
    columns = sum(token.type == "th_open" for token in state.tokens[before:])
    if all(_cells(state, line) <= columns for line in range(start + 2, state.line)):
        return True
    del state.tokens[before:]
    state.line = start
    return False


def _cells(state: StateBlock, line: int) -> int:
    row = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()
    cells = escapedSplit(row)
    return len(cells) - (cells[0] == "") - (len(cells) > 1 and cells[-1] == "")


def _too_deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Take what is nested too deeply as one paragraph; the parser itself would leave it out."""
    if silent or state.level < 2 * LISTS_NESTED_MAX:
        return False
    line = start + 1
    while line < end and (state.isEmpty(line) or state.sCount[line] >= state.blkIndent):
        line += 1
    state.push("paragraph_open", "p", 1).map = [start, line]
    inline = state.push("inline", "", 0)
    inline.content = state.getLines(start, line, state.blkIndent, keepLastLF=False).strip()
    inline.map, inline.children = [start, line], []
    state.push("paragraph_close", "p", -1)
    state.line = line
    return True
