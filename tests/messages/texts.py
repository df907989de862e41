"""Texts to render, and what must be true of whatever was rendered from them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from hypothesis import strategies as st
from markdown_it.token import Token

from bot.messages.kit import Block

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


def expected(tokens: Sequence[Token]) -> str:
    """A pattern for the visible text of a tree of tokens, walked without the renderer.

    Every text, code, description of an image and title must be there, in order. Behind a link
    or an image its target or its host may stand; a link without words shows its target.
    """
    return "".join(_pattern(token) for token in tokens)


def _pattern(token: Token) -> str:
    if token.type == "inline":
        return _inline(token.children or [])
    if token.type == "fence":
        return _exactly(token.info) + _exactly(token.content)
    if token.type == "list_item_open" and token.info.isdigit():
        number = token.info.lstrip("0") or "0"
        return "" if 1 <= int(number) <= 9_999 else rf"(?:{number}\.)?"
    return ""


def _inline(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    links: list[tuple[Token, int]] = []
    behind: list[str] = []
    for token in tokens:
        if token.type == "link_open":
            links.append((token, len(parts)))
        elif token.type == "link_close":
            opened, start = links.pop()
            if not any(parts[start:]):
                parts.append(_target(str(opened.attrs["href"])))
            parts.append(_behind(opened, "href"))
            parts += [*behind]
            behind = []
        elif token.type == "image":
            words = _inline(token.children or [])
            if links:
                parts.append(words)
                behind.append(_target(str(token.attrs["src"]), optional=True))
            else:
                parts.append(words or _target(str(token.attrs["src"])))
                parts.append(_behind(token, "src"))
        else:
            parts.append(_exactly(token.content))
    return "".join(parts)


def _behind(token: Token, attribute: str) -> str:
    target = _target(str(token.attrs[attribute]), optional=True)
    host = _target(host_of(str(token.attrs[attribute])), optional=True)
    title = visible(str(token.attrs.get("title", "")))
    return target + host + (re.escape(f"({title})") if title else "")


def _target(target: str, *, optional: bool = False) -> str:
    exact = re.escape(visible(target))
    return rf"(?:\({exact}\)|\([!-~]*\))?" if optional else rf"(?:{exact})?"


def host_of(target: str) -> str:
    """The host of a well-formed address, or nothing."""
    try:
        return urlsplit(target).hostname or ""
    except ValueError:
        return ""


def _exactly(text: str) -> str:
    return re.escape(visible(text))
