"""Where blocks that are too long are cut."""

# ruff: noqa: RUF001 - letters that can pass for others are what this is about

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.cutting import chop, first_weight, measure, natural_place
from bot.messages.kit import Block, header
from bot.messages.markdown import render
from bot.messages.tables import as_code
from tests.messages.texts import FAMILY, elements, marked_up, shown, visible


def _only(text: str) -> Block:
    (block,) = render(text)
    return block


def _chopped(text: str, first: int, limit: int) -> list[str]:
    return [shown([piece]) for piece in chop(_only(text), first, limit)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("aaaa bb\nbb. bbb cc dd", ["aaaa bb\n", "bb. bbb cc ", "dd"]),
        ("aaaa bbb. b cc dddd ee", ["aaaa bbb. ", "b cc dddd ", "ee"]),
        ("aaaaa bbbbbbb ccccc", ["aaaaa ", "bbbbbbb ", "ccccc"]),
        ("a" * 25, ["a" * 11, "a" * 11, "aaa"]),
        ("会议纪要。我们决定。好的，大家同意", ["会议纪要。我们决定。", "好的，大家同意"]),
        (f"aaaaa{FAMILY}{FAMILY}", ["aaaaa", FAMILY, FAMILY]),
    ],
)
def test_a_paragraph_is_cut_in_natural_places(text: str, pieces: list[str]) -> None:
    """At the end of a line, a sentence or a word; else anywhere but inside a character."""
    assert _chopped(text, 20, 20) == pieces


def test_paragraphs_come_before_lines() -> None:
    """An empty line is the best place of all."""
    assert natural_place("aaa bbb\n\nccc\nddd. eee", 14) == 9


def test_a_list_is_cut_between_its_items() -> None:
    """The numbers go on."""
    first, second = chop(_only("3. aaaa\n4. bbbb\n5. cccc"), 30, 30)

    assert [item["offset"] for item in (*first["elements"], *second["elements"])] == [2, 4]
    assert (shown([first]), shown([second])) == ("aaaabbbb", "cccc")


def test_an_item_that_must_be_cut_has_one_mark() -> None:
    """Its rest goes on without another bullet."""
    pieces = chop(_only("- aaaa bbbb cccc\n- d"), 16, 16)

    kinds = [[element["type"] for element in piece["elements"]] for piece in pieces]
    assert kinds == [
        ["rich_text_list"],
        ["rich_text_section"],
        ["rich_text_section"],
        ["rich_text_list"],
    ]
    assert [shown([piece]) for piece in pieces] == ["aaaa ", "bbbb ", "cccc", "d"]


def test_a_link_stays_whole_if_it_can() -> None:
    """The cut falls before it; one that is longer than a room keeps its target in both halves."""
    link = "[lll mmm](http://a.example)"

    whole = chop(_only(f"aaaa bbbb {link}"), 40, 40)
    torn = chop(_only(f"[{'l' * 30}](http://a.example)"), 40, 40)

    assert [shown([piece]) for piece in whole] == ["aaaa bbbb ", "lll mmm"]
    assert [e["url"] for e in elements(torn) if e["type"] == "link"] == ["http://a.example"] * 2


def test_a_character_made_of_several_pieces_stays_whole() -> None:
    """A mark may be styled otherwise than its letter: what follows a piece is looked at too."""
    (first, *_) = _chopped("aaaaa e**\u0301** *b* `c`", 16, 16)

    assert first == "aaaaa "


def test_code_is_cut_between_lines() -> None:
    """And stays code."""
    pieces = chop(_only("```\naaaa aa\nbbbb bb\n```"), 20, 20)

    assert [piece["elements"][0]["type"] for piece in pieces] == ["rich_text_preformatted"] * 2
    assert [shown([piece]) for piece in pieces] == ["aaaa aa\n", "bbbb bb"]


def test_a_table_is_cut_as_text() -> None:
    """Between its rows."""
    pieces = chop(_only("|aaaa|b|\n|-|-|\n|cccc|d|"), 18, 18)

    assert [shown([piece]) for piece in pieces] == ["aaaa  b\n", "cccc  d"]


def test_what_cannot_be_cut_stays_whole() -> None:
    """A heading has 150 characters at most, and a room too small holds an element all the same."""
    assert chop(header("aaaa"), 1, 1) == [header("aaaa")]
    assert _chopped("a **b**", 1, 1) == ["a ", "b"]


def test_what_is_cut_anyway_may_start_in_the_room_that_is_left() -> None:
    """A first room of its own, and no cut into a crumb of room behind other items."""
    text = "- aaaa\n- " + "bbbb " * 20

    sizes = [measure(piece) for piece in chop(_only(text), 16, 60)]

    assert sizes[0] <= 16
    assert all(size <= 60 for size in sizes)


@pytest.mark.parametrize(("text", "weight"), [("- aa\n- b", 11), ("aa **b**", 22), ("# a", 10)])
def test_the_weight_of_a_beginning(text: str, weight: int) -> None:
    """An item of a list, or a whole paragraph: what must not be torn without need."""
    assert first_weight(_only(text)) == weight


@given(marked_up, st.integers(30, 200), st.integers(100, 400))
def test_cutting_loses_nothing(text: str, first: int, limit: int) -> None:
    """All pieces together hold what the block held, and none is empty, however it is cut."""
    for block in render(text):
        whole = as_code(block) if block["type"] == "table" else block

        pieces = chop(block, first, limit)

        assert visible(shown(pieces)) == visible(shown([whole]))
        assert all(element.get("elements") != [] for element in elements(pieces))


@given(marked_up)
def test_pieces_fit(text: str) -> None:
    """Every piece keeps to its room when the room holds the longest address."""
    for block in render(text * 20):
        pieces = chop(block, 300, 400)

        assert all(measure(piece) <= 400 for piece in pieces)
