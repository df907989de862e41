"""Work grows with the text and not with its square, whatever the text is made of.

Calls are counted instead of seconds: they are the same on every machine.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from bot.messages.parts import parts

_TIMES = 4


def _calls(work: Callable[[], object]) -> int:
    count = 0

    def profile(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


GROWING: dict[str, Callable[[int], str]] = {
    "words": lambda n: "word " * n,
    "sentences with styles": lambda n: "A *b* **c** `d` [e](https://a.example). " * (n // 8),
    "a word": lambda n: "x" * n * 5,
    "lines": lambda n: "line\n" * n,
    "paragraphs": lambda n: "text\n\n" * n,
    "headings": lambda n: "# h\n\n" * n,
    "items": lambda n: "- item\n" * n,
    "items of items": lambda n: "- a\n  - b\n" * (n // 2),
    "one endless item": lambda n: "- " + "a\n\n  " * n,
    "quoted paragraphs": lambda n: "> a\n>\n" * n,
    "nested quotes": lambda n: "> " * n,
    "nested lists": lambda n: "- " * n,
    "stairs": lambda n: "".join(f"{' ' * depth}- a\n" for depth in range(int(n**0.5) * 2)),
    "backticks": lambda n: "`" * n,
    "spaced backticks": lambda n: "` " * n,
    "brackets": lambda n: "[" * n,
    "bracket pairs": lambda n: "[" * (n // 2) + "]" * (n // 2),
    "images": lambda n: "![" * (n // 2),
    "links": lambda n: "[a](https://a.example) " * (n // 8),
    "open links": lambda n: "[a](" * (n // 4),
    "stars": lambda n: "*a **b " * (n // 4),
    "marks": lambda n: "*_~" * (n // 3),
    "styled letters": lambda n: "*a*b" * (n // 2),
    "angles": lambda n: "<a" * n,
    "entities": lambda n: "&lt;" * n,
    "table rows": lambda n: "|a|b|\n|-|-|\n" + "|c|d|\n" * (n // 2),
    "overlong rows": lambda n: "|a|\n|-|\n|b|c|\n\n" * (n // 8),
    "family": lambda n: "👨‍👩‍👧" * n,
    "combining": lambda n: "a" + "\u0301" * n,
    "rules": lambda n: "---\n" * n,
}


@pytest.mark.parametrize("make", GROWING.values(), ids=GROWING)
def test_four_times_the_text_is_not_much_more_than_four_times_the_work(
    make: Callable[[int], str],
) -> None:
    """For rendering and splitting together."""
    small = _calls(lambda: parts(make(500)))

    large = _calls(lambda: parts(make(500 * _TIMES)))

    assert large < small * _TIMES * 2 + 5_000


def test_a_long_summary_takes_little_work() -> None:
    """20,000 words: twenty times as long as the longest that Cloudflare writes."""
    words = "We talked about **the plan** and [the doc](https://a.example), then agreed. " * 3
    text = "".join(f"## Topic {n}\n\n{words}\n\n- {words}\n- done\n\n" for n in range(310))

    assert len(text.split()) > 20_000
    assert _calls(lambda: parts(text)) < 20 * len(text)


@pytest.mark.parametrize("character", ["x", "`", "[", "語", "> ", "a\n"])
def test_an_endless_text_of_one_thing_takes_little_work(character: str) -> None:
    """Over the length to which marks are read, on one line or on many."""
    text = character * 220_000

    assert _calls(lambda: parts(text)) < 12 * len(text)
