"""The inside of a paragraph: styles and links."""

from __future__ import annotations

from typing import Any

import pytest

from bot.messages.markdown import render


def _elements(text: str) -> list[dict[str, Any]]:
    (block,) = render(text)
    (paragraph,) = block["elements"]
    return list(paragraph["elements"])


def _text(text: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def _link(text: str, url: str, **style: bool) -> dict[str, Any]:
    return {"type": "link", "url": url, "text": text, **({"style": style} if style else {})}


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("plain", [_text("plain")]),
        ("a **b** *c* ~~d~~ `e`", [
            _text("a "), _text("b", bold=True), _text(" "), _text("c", italic=True), _text(" "),
            _text("d", strike=True), _text(" "), _text("e", code=True),
        ]),
        ("***x***", [_text("x", bold=True, italic=True)]),
        ("**a *b* c**", [_text("a ", bold=True), _text("b", bold=True, italic=True),
                         _text(" c", bold=True)]),
        ("one\ntwo\\\nthree", [_text("one\ntwo\nthree")]),
        (r"\*not\* &amp; &lt;x&gt;", [_text("*not* & <x>")]),
        ("a&#x202e;b&#0;", [_text("ab\ufffd")]),
        ("<b>raw</b> <!-- c -->", [_text("<b>raw</b> <!-- c -->")]),
        ("[r]: https://ref.example 'title'", [_text("[r]: https://ref.example 'title'")]),
    ],
)  # fmt: skip
def test_styles_and_text(text: str, elements: list[dict[str, Any]]) -> None:
    """Marks become styles; what is no mark stays text, to the letter."""
    assert _elements(text) == elements


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("[notes](https://a.example)", [_link("notes", "https://a.example")]),
        ("[**b** c](https://a.example)", [
            _link("b", "https://a.example", bold=True), _link(" c", "https://a.example"),
        ]),
        ("[a\nb](https://a.example)", [_link("a b", "https://a.example")]),
        ("[b.example](https://a.example)", [
            _link("b.example", "https://a.example"), _text(" (a.example)"),
        ]),
        ("[n](https://a.example 'See')", [_link("n", "https://a.example"), _text(" (See)")]),
        ("[](https://a.example)", [_link("https://a.example", "https://a.example")]),
        ("<https://a.example/b.html>", [
            _link("https://a.example/b.html", "https://a.example/b.html"),
        ]),
        ("[x](javascript:alert(1))", [_text("x (javascript:alert(1))")]),
        ("[x](https://u@a.example)", [_text("x (https://u@a.example)")]),
        ("[x](/path 'T')", [_text("x (/path) (T)")]),
        ("[](/path)", [_text("/path")]),
        ("[x]()", [_text("x")]),
        ("<bob@a.example>", [_text("bob@a.example")]),
        ("[<!here>](https://a.example)", [_link("<!here>", "https://a.example")]),
        ("https://bare.example", [_text("https://bare.example")]),
    ],
)  # fmt: skip
def test_links(text: str, elements: list[dict[str, Any]]) -> None:
    """Links are http(s) only, say where they lead when their words do not, and lose nothing."""
    assert _elements(text) == elements


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("![chart](https://a.example/c.png)", [_link("chart", "https://a.example/c.png")]),
        ("![](https://a.example/c.png)", [
            _link("https://a.example/c.png", "https://a.example/c.png"),
        ]),
        ("![c](data:image/png;base64,xx 'T')", [_text("c (data:image/png;base64,xx) (T)")]),
        ("[![i](/i.png)](https://a.example)", [
            _link("i", "https://a.example"), _text(" (/i.png)"),
        ]),
        ("![a *b* [c](/d) ![e](/f)\ng](https://a.example)", [
            _link("a b c (/d) e (/f) g", "https://a.example"),
        ]),
    ],
)  # fmt: skip
def test_images(text: str, elements: list[dict[str, Any]]) -> None:
    """An image is its description and a link: nothing is loaded into Slack."""
    assert _elements(text) == elements
