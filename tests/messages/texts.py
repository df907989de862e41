"""Texts to render, and what must be true of whatever was rendered from them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from hypothesis import strategies as st
from markdown_it.token import Token

from bot.messages.kit import Block
from bot.messages.links import read_address

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇨🇭"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"

_FRAGMENTS = (
    *("# ", "## ", "### ", "- ", "* ", "1. ", "0. ", "12345678. ", "> ", "    ", "\t", "  \n"),
    *("```\n", "``` py x\n", "~~~\n", "`", "``", "*", "**", "_", "~~", "\\", "---\n", "===\n"),
    *("[", "]", "](", ")", "![", "[a](http://a.example)", "[b.example](https://c.example/ü?q=1)"),
    *("[x](javascript:alert(1))", "[y](http://u@h.example 'T')", "<https://d.example/e>", "[](/)"),
    *("![i](https://img.example/a.png)", "[![i](https://i.example)](https://o.example)"),
    *("[r]: https://ref.example 'title'\n", "<b>", "<!-- c -->", "<div>\n", "http://bare.example"),
    *("| a | b |\n|---|:-:|\n", "| 1 | 2 |\n", "| 1 | 2 | 3 |\n", "|", "a|b\n-|-\n"),
    *("<!channel>", "<!here>", "<@U012>", "<#C012>", "<!subteam^S1>", "@here", ":tada:", "&amp;"),
    *("&lt;!channel&gt;", "<https://evil.example|text>", "<!date^1^{date}|x>", "&#x202e;", "&#0;"),
    *(
        "\u202e",
        "\u2066",
        "\u200f",
        "\u200b",
        "\x00",
        "\x1b[31m",
        "\x0c",
        "\r\n",
        "\ud800",
        "\ufeff",
    ),
    *(FAMILY, FLAG, SCOTLAND, "e\u0301", "שלום", "مرحبا", "会议纪要。", "नमस्ते", "\u2028", "한국어"),
    *("word ", "A sentence. ", "two\n", "\n\n", "@alice: do it\n", "x" * 70),
)

marked_up = st.lists(st.one_of(st.sampled_from(_FRAGMENTS), st.text(max_size=8)), max_size=40).map(
    "".join
)
"""Anything, with much of what Markdown and Slack might read something into."""

plain_words = st.text(
    alphabet=st.one_of(
        st.sampled_from("abc déж会ש \n.,;"), st.characters(categories=("Lu", "Ll", "Lo", "Nd"))
    ),
    max_size=400,
)
"""Text in which nothing is a mark, but where a line begins like the item of a list or a code."""


def visible(text: str) -> str:
    """The characters a reader sees, in order: no white space, nothing invisible.

    Defined by Unicode's categories and not by the code under test.
    """
    kept = (
        character
        for character in text
        if not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )
    return "".join(kept).translate(_BLANKS)


_BLANKS = dict.fromkeys(
    [
        *(0x0, 0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, 0xFFFD),
        *(*range(0x180B, 0x1810), *range(0x2060, 0x2070), *range(0xFFF0, 0xFFFC)),
        *range(0xE0000, 0xE1000),
    ]
)


def elements(blocks: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Every object with a type, however deep, in order."""
    for value in blocks:
        if isinstance(value, dict):
            if "type" in value:
                yield value
            yield from elements(value.values())
        elif isinstance(value, list | tuple):
            yield from elements(value)


def shown(blocks: Sequence[Block]) -> str:
    """The text of blocks, as its pieces stand."""
    return "".join(
        element["text"]
        for element in elements(blocks)
        if element["type"] in ("text", "link", "plain_text")
    )


Pieces: TypeAlias = list[tuple[str, ...]]
"""What stands one after the other, each in one of several forms."""


def shows(text: str, tokens: Sequence[Token]) -> bool:
    """Whether a visible text is that of a tree of tokens, walked without the renderer.

    Every text, code, description of an image and title must be there, in order. Behind a link
    or an image its target or its host may stand; a link without words shows its target.
    """
    reached = {0}
    for forms in (form for token in tokens for form in _pieces(token)):
        reached = {at + len(form) for at in reached for form in forms if text.startswith(form, at)}
    return len(text) in reached


def _pieces(token: Token) -> Pieces:
    if token.type == "inline":
        return _inline(token.children or [])
    if token.type == "fence":
        return [(visible(token.info),), (visible(token.content),)]
    if token.type == "list_item_open" and token.info.isdigit():
        return [("", f"{token.info}.")]
    return []


def _inline(tokens: Sequence[Token]) -> Pieces:
    pieces: Pieces = []
    starts: list[tuple[Token, int]] = []
    images: Pieces = []
    for token in tokens:
        if token.type == "link_open":
            starts.append((token, len(pieces)))
        elif token.type == "link_close":
            opened, start = starts.pop()
            pieces[start:] = _linked(opened, "href", pieces[start:]) + images
            images = []
        elif token.type == "image" and starts:
            pieces += _inline(token.children or [])
            images.append(("", *_behind(str(token.attrs["src"]))))
        elif token.type == "image":
            pieces += _linked(token, "src", _inline(token.children or []))
        else:
            pieces.append((visible(token.content),))
    return pieces


def _linked(token: Token, attribute: str, words: Pieces) -> Pieces:
    target = str(token.attrs[attribute])
    if not any(form for forms in words for form in forms):
        address = read_address(target)
        words = [(visible(target), *([address.url] if address else []))]
    remarks = ("", *_behind(target))
    title = visible(str(token.attrs.get("title", "")))
    return [*words, remarks, remarks, (f"({title})" if title else "",)]


def _behind(target: str) -> list[str]:
    address = read_address(target)
    known = [address.url, address.host] if address else []
    return [f"({remark})" for remark in (visible(target), *known)]
