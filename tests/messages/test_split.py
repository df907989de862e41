"""Blocks shared out over messages."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.cutting import measure
from bot.messages.kit import BLOCKS_MAX, CONTENT_MAX, Block
from bot.messages.markdown import render
from bot.messages.parser import parse
from bot.messages.split import halve, split
from bot.messages.tables import as_code
from tests.messages.texts import elements, marked_up, shown, shows, visible


def _shown(text: str, budget: int) -> list[str]:
    return [" ".join(shown([block]) for block in blocks) for blocks in split(render(text), budget)]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("", []),
        ("aaaa\n\nbbbb", ["aaaa bbbb"]),
        ("aaaa\n\nbbbb\n\ncccc dddd", ["aaaa bbbb", "cccc dddd"]),
        ("aaaa\n\n# head\n\ncccc", ["aaaa", "head cccc"]),
        ("aaaa\n\n**bold**\n\ncccc", ["aaaa", "bold cccc"]),
        ("# aaaa\n\n# bbbb\n\n# cccc", ["aaaa bbbb", "cccc"]),
        ("- aaaa\n- bbbb\n- cccc", ["aaaabbbb", "cccc"]),
        ("aaaa\n\n- " + "b" * 18 + "\n- cccc", ["aaaa", "b" * 18, "cccc"]),
        ("a\n\nbb cc dd ee ff gg hh ii jj", ["a bb cc dd ", "ee ff gg hh ii jj"]),
    ],
)
def test_messages_end_in_natural_places(text: str, messages: list[str]) -> None:
    """Between blocks, else between items, else inside a text; a heading goes with what follows."""
    assert _shown(text, 30) == messages


def test_a_message_has_45_blocks_at_most() -> None:
    """Headings cannot be put together."""
    messages = split(render("# a\n\n" * 100))

    assert [len(message) for message in messages] == [42, 42, 16]


def test_many_short_paragraphs_are_put_together() -> None:
    """Rather than posting parts of 45 lines each."""
    text = "".join(f"line {number}\n\n- a\n\n> q\n\n" for number in range(60))

    messages = split(render(text))

    assert len(messages) == 1
    assert visible(shown(messages[0])) == visible(re.sub("[->]", "", text))


def test_paragraphs_put_together_keep_their_gap() -> None:
    """An empty line stands between them."""
    (message,) = split(render("\n\n".join(f"p{number}" for number in range(46))))

    assert shown(message).startswith("p0\n\np1\n\n")


def test_one_table_and_only_at_the_end() -> None:
    """Slack takes one and shows it under all else, so the others become text."""
    table = "|a|b|\n|-|-|\n|c|d|\n\n"

    (message,) = split(render(f"{table}text\n\n{table}"))
    (text_last,) = split(render(f"{table}text"))

    assert [block["type"] for block in message] == ["rich_text", "rich_text", "table"]
    assert [block["type"] for block in text_last] == ["rich_text", "rich_text"]


def test_a_long_run_of_headings_is_not_carried_along() -> None:
    """Three at most go to the next message."""
    messages = split(render("aaaa\n\n" + "# h\n\n" * 5 + "b" * 25), 80)

    assert [shown(message) for message in messages] == ["aaaahh", "hhh" + "b" * 25]


@given(marked_up, st.integers(1, 60))
def test_every_message_is_within_every_limit(text: str, times: int) -> None:
    """Whatever the text; and together they show all of it in order."""
    text = (text + "\n\n") * times

    messages = split(render(text))

    assert shows(visible(shown([b for m in messages for b in m])), parse(text))
    for message in messages:
        assert_within_limits(message)


def assert_within_limits(message: Sequence[Block]) -> None:
    """What Slack publishes, and what it was seen to refuse."""
    assert 1 <= len(message) <= BLOCKS_MAX
    assert sum(map(measure, message)) <= CONTENT_MAX
    assert len([block for block in message if block["type"] == "table"]) <= 1
    for element in elements(message):
        if element["type"] == "header":
            assert len(element["text"]["text"].encode("utf-16-le")) <= 300
        if element["type"] == "table":
            assert len(element["rows"]) <= 100
            assert all(len(row) <= 20 for row in element["rows"])
        assert len(element.get("elements", ())) <= 1_000


@given(marked_up, st.integers(1, 10))
def test_halves_hold_the_whole(text: str, times: int) -> None:
    """Two messages, each smaller, together the same; and the same again."""
    for message in split(render((text + "\n\n") * times)):
        two = halve(message)

        assert two == halve(message)
        if two is not None:
            assert all(two)
            assert max(sum(map(measure, half)) for half in two) < sum(map(measure, message))
            whole = [as_code(b) if b["type"] == "table" else b for b in message]
            halves = [as_code(b) if b["type"] == "table" else b for half in two for b in half]
            assert visible(shown(halves)) == visible(shown(whole))


@pytest.mark.parametrize(
    ("text", "halves"),
    [
        ("aaaa\n\nbbbb\n\ncccc\n\ndddd", ("aaaabbbb", "ccccdddd")),
        ("aaaa bbbb cccc dddd", ("aaaa ", "bbbb cccc dddd")),
        ("- aaaa\n- bbbb", ("aaaa", "bbbb")),
        ("aaaa\n\n# h\n\ncccc dddd eeee", ("aaaa", "hcccc dddd eeee")),
        ("|aaaa|\n|-|\n|bbbb|\n|cccc|\n|dddd|", ("aaaa\nbbbb\ncccc\n", "dddd")),
    ],
)
def test_halves_are_even_and_natural(text: str, halves: tuple[str, str]) -> None:
    """As near to the middle as a natural place is."""
    two = halve(render(text))

    assert two is not None
    assert tuple(map(shown, two)) == halves


@pytest.mark.parametrize("text", ["# heading", "---"])
def test_some_blocks_have_no_halves(text: str) -> None:
    """Nothing in them can be cut."""
    assert halve(render(text)) is None
