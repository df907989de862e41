"""A summary's Markdown as blocks."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given

from bot.messages.kit import Message
from bot.messages.markdown import render
from bot.messages.parser import parse
from tests.messages.conftest import Golden
from tests.messages.texts import elements, marked_up, plain_words, shown, shows, visible

MEETING = """\
# Weekly *planning* &amp; review

We agreed to **ship on Friday**; details in [the plan](https://docs.example.com/plan?v=2).
@alice: please tell <!channel> :tada:

## Decisions

1. Keep the old API
   - until March
     - or *longer*
   - with a ~~warning~~ note

   Bob objected.
2. Rename it:
   ```
   git mv a b
   ```
3. Done

> As Carol said:
> *fine*
>
> - first
> - second
>
> ```
> code
> ```

### Owners

| Who | What | When |
|:----|:----:|-----:|
| Bob | [spec](https://docs.example.com/spec) | Mon |
| Eve |  | **Tue** |

---

7. Later
8. Even later
"""


def test_a_whole_summary(golden: Golden) -> None:
    """Headings, nested and continued lists, quotes, code, a table and a rule."""
    golden("markdown_summary", Message("", render(MEETING)))


def test_plain_text_passes_through(golden: Golden) -> None:
    """Paragraphs on blank lines, lines as they are, indents no code."""
    text = "The team met.\nThree things:\n\n    1) budget\n    2) hiring\n\n    An indented end."

    golden("markdown_plain", Message("", render(text)))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", []),
        (" \n\t\n", []),
        ("\u200b\u202e", []),
        ("#", []),
        ("-\n-", []),
        ("```\n```", []),
        ("> ", []),
        ("---", ["divider"]),
        ("# a", ["header"]),
        ("a\n===", ["header"]),
        ("### a", ["rich_text"]),
        (f"# {'a' * 151}", ["rich_text"]),
        ("# [a](https://a.example)", ["rich_text"]),
        ("# 👍" + "👍" * 75, ["rich_text"]),
        ("- # a", ["rich_text"]),
        ("> # a", ["rich_text"]),
        ("a\n\n- b\n\n> c", ["rich_text"] * 3),
        ("a\n---\nb\n***\nc", ["header", "rich_text", "divider", "rich_text"]),
        ("|a|\n|-|\n|b|", ["table"]),
        ("text\n|a|\n|-|\n|b|", ["rich_text", "table"]),
        ("|a|\n|-|\n" + "|b|\n" * 100, ["rich_text"]),
        ("|" + "a|" * 21 + "\n|" + "-|" * 21, ["rich_text"]),
        ("- |a|\n  |-|\n  |b|", ["rich_text"]),
    ],
)
def test_one_block_for_each_thing_on_the_top_level(text: str, kinds: list[str]) -> None:
    """What Slack has a block for becomes that block if it fits; what shows nothing, none."""
    assert [block["type"] for block in render(text)] == kinds


def _lists(text: str) -> list[tuple[str, int, int, list[str]]]:
    found = [one for one in elements(render(text)) if one["type"] == "rich_text_list"]
    return [
        (
            one["style"],
            one["indent"],
            one.get("offset", 0),
            [shown([item]) for item in one["elements"]],
        )
        for one in found
    ]


@pytest.mark.parametrize(
    ("text", "lists"),
    [
        ("- a\n- b", [("bullet", 0, 0, ["a", "b"])]),
        ("1. a\n\n1. b", [("ordered", 0, 0, ["a", "b"])]),
        ("3) a\n4) b", [("ordered", 0, 2, ["a", "b"])]),
        ("1. a\n   - b\n2. c", [("ordered", 0, 0, ["a"]), ("bullet", 1, 0, ["b"]),
                                ("ordered", 0, 1, ["c"])]),
        ("1. a\n\n   > q\n2. c", [("ordered", 0, 0, ["a\nq", "c"])]),
        ("1. a\n   - b\n\n   more\n2. c", [("ordered", 0, 0, ["a"]), ("bullet", 1, 0, ["b"]),
                                           ("ordered", 0, 1, ["c"])]),
        ("1.\n2. b", [("ordered", 0, 1, ["b"])]),
        ("0. a\n1. b", [("bullet", 0, 0, ["0. a"]), ("ordered", 0, 0, ["b"])]),
        ("99999. a\n5. b", [("bullet", 0, 0, ["99999. a", "5. b"])]),
        ("- a\n* b", [("bullet", 0, 0, ["a"]), ("bullet", 0, 0, ["b"])]),
        ("- ```\n  x\n  ```\n\n  a", [("bullet", 0, 0, ["a"])]),
    ],
)  # fmt: skip
def test_lists_count_on(text: str, lists: list[tuple[str, int, int, list[str]]]) -> None:
    """Every item has its own depth and number, whatever stands between."""
    assert _lists(text) == lists


def test_lists_are_indented_eight_times_at_most() -> None:
    """Deeper ones keep their marks as text in the last item."""
    text = "".join(f"{'  ' * depth}- {depth}\n" for depth in range(12))

    found = _lists(text)

    assert [indent for _, indent, _, _ in found] == list(range(9))
    assert visible(found[-1][3][0]) == visible("8\n- 9\n- 10\n- 11")


def test_deep_quotes_lose_nothing() -> None:
    """The parser itself would leave out what is nested too deeply."""
    assert visible(shown(render("> " * 40 + "end"))) == ">" * 22 + "end"


@pytest.mark.parametrize("row", ["| 1 | 2 | 3 |", "1|2|3|", "| 1 | 2 | |"])
def test_a_row_too_long_for_its_table_is_kept(row: str) -> None:
    """CommonMark's tables would leave the cells beyond the last column out."""
    text = f"| a | b |\n|---|---|\n{row}"

    assert visible(shown(render(text))) == visible(text)


def test_a_short_row_is_filled_up() -> None:
    """With spaces, since Slack refuses empty text."""
    (table,) = render("|a|b|\n|-|-|\n|c|")

    assert [shown([cell]) for cell in table["rows"][1]] == ["c", " "]


def test_very_long_text_is_shown_as_it_stands() -> None:
    """Over 200,000 characters no marks are read, only paragraphs."""
    blocks = render("**a**\n\n" * 30_000)

    assert len(blocks) == 30_000
    assert shown(blocks[:1]) == "**a**"


def test_thousands_of_brackets_are_no_links() -> None:
    """They stay text; other marks are still read."""
    (block,) = render("[a](https://a.example)" * 5_001 + "**b**")

    kinds = {element["type"] for element in elements([block])}
    assert "link" not in kinds
    assert block["elements"][0]["elements"][-1] == {
        "type": "text",
        "text": "b",
        "style": {"bold": True},
    }


@given(marked_up)
def test_every_visible_character_is_shown_in_order(text: str) -> None:
    """The blocks hold the text of the token tree, read by a walk of its own."""
    assert shows(visible(shown(render(text))), parse(text))


@given(plain_words)
def test_text_without_marks_is_shown_as_it_is(text: str) -> None:
    """The same characters but for white space; a line's number may become a list's."""
    numbered = re.compile(r"^\s*\d{1,9}[.)](?=\s|$)", re.MULTILINE)

    assert visible(numbered.sub("", shown(render(text)))) == visible(numbered.sub("", text))


@given(marked_up)
def test_nothing_live_is_ever_made(text: str) -> None:
    """No mention, broadcast, channel, group or emoji; links are http(s); no text is empty."""
    for element in elements(render(text)):
        assert element["type"] in _ALLOWED
        _assert_harmless(element)


_ALLOWED = {
    *("rich_text", "rich_text_section", "rich_text_list", "rich_text_quote"),
    *("rich_text_preformatted", "text", "link", "header", "plain_text", "divider", "table"),
}


def _assert_harmless(element: dict[str, Any]) -> None:
    if element["type"] == "link":
        assert re.fullmatch(r"https?://[!-~]+", element["url"])
    if element["type"] == "plain_text":
        assert element["emoji"] is False
    if "text" in element and isinstance(element["text"], str):
        assert element["text"]
        assert not re.search(
            "[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x08\x0b-\x1f\x7f]", element["text"]
        )
    if "elements" in element:
        assert element["elements"]
