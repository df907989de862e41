"""A summary as numbered parts, and as smaller ones where Slack refuses one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.fake_slack.blocks import check_message
from bot.messages.kit import SECTION_MAX, TEXT_MAX, length
from bot.messages.parser import parse
from bot.messages.parts import Part, as_plain_text, beside_file, file_for, halves, parts
from tests.messages.conftest import Golden
from tests.messages.texts import marked_up, shown, shows, visible

PARAGRAPHS = "\n\n".join(f"## Topic {n}\n\n{'We talked about it. ' * 40}" for n in range(30))


def test_a_short_summary_is_one_part_without_a_number(golden: Golden) -> None:
    """Its text is the fallback text, escaped."""
    (part,) = parts("# Notes\n\nWe agreed on A & B <!channel>.")

    assert part.plain == "Notes\n\nWe agreed on A & B <!channel>."
    golden("part", part.message)


def test_the_parts_of_a_long_summary_are_numbered() -> None:
    """In a context block and in the fallback text, with keys of the text's digest."""
    found = parts(PARAGRAPHS)

    assert [part.label for part in found] == ["Part 1 of 3", "Part 2 of 3", "Part 3 of 3"]
    assert [part.message.blocks[0]["elements"][0]["text"] for part in found] == [
        part.label for part in found
    ]
    assert all(part.message.text.startswith(f"{part.label}\n\n") for part in found)
    digests = {part.key.partition("/")[0] for part in found}
    assert [part.key.partition("/")[2] for part in found] == ["1", "2", "3"]
    assert len(digests) == 1
    assert re.fullmatch("[0-9a-f]{12}", digests.pop())


def test_another_text_has_other_keys() -> None:
    """So that a summary that was written anew never continues an old thread."""
    assert parts("a")[0].key != parts("b")[0].key
    assert parts("a")[0].key == parts("a")[0].key


@pytest.mark.parametrize("text", ["", " \n", "\u200b", "#"])
def test_a_text_that_shows_nothing_says_so(text: str) -> None:
    """A thread without any reply would look like a fault."""
    (part,) = parts(text)

    assert part.message.text == "The summary has no text."


def test_up_to_three_parts_need_no_file() -> None:
    """They are posted one by one."""
    assert len(parts(PARAGRAPHS)) == 3
    assert file_for(parts(PARAGRAPHS), PARAGRAPHS) is None


def test_more_than_three_parts_are_one_and_a_file() -> None:
    """The file is the Markdown itself without what is invisible; its key is of the same text."""
    text = PARAGRAPHS * 2 + "\u202e end"
    found = parts(text)

    file = file_for(found, text, day=date(2026, 11, 23))

    assert file is not None
    assert file.name == "meeting-summary-2026-11-23.md"
    assert file.key == found[0].key.replace("/1", "/file")
    assert file.text == PARAGRAPHS * 2 + " end"
    nameless = file_for(found, text)
    assert nameless is not None
    assert nameless.name == "meeting-summary.md"


def test_the_part_beside_a_file_says_so() -> None:
    """Under the same key."""
    first = parts(PARAGRAPHS * 2)[0]

    beside = beside_file(first)

    assert beside.key == first.key
    assert beside.blocks == first.blocks
    assert beside.message.text.startswith("Part 1 of 7. The whole summary is in the file here.\n\n")


def test_halves_of_a_part() -> None:
    """Two, with keys under its own and the label going on."""
    part = parts(PARAGRAPHS)[1]

    first, second = halves(part)
    _, last = halves(second)

    assert (first.key, second.key) == (f"{part.key}.1", f"{part.key}.2")
    assert (first.label, second.label) == ("Part 2 of 3", "Part 2 of 3, continued")
    assert last.label == "Part 2 of 3, continued"
    assert halves(part) == (first, second)


def test_the_half_of_a_lone_part_is_a_continuation() -> None:
    """It has no number to go on with."""
    first, second = halves(parts("word. " * 1_000)[0])

    assert (first.label, second.label) == ("", "Continued")


def test_a_small_part_has_no_halves() -> None:
    """It is shown as plain text then, and there is nothing plainer than that."""
    (part,) = parts("*a* & [b](https://b.example)")

    (plain,) = as_plain_text(part)

    assert halves(part) == ()
    assert plain.key == f"{part.key}.t1"
    assert plain.message.text == "a &amp; b (https://b.example)"
    assert plain.message.blocks == (
        {
            "type": "section",
            "text": {"type": "plain_text", "text": "a & b (https://b.example)", "emoji": False},
            "expand": True,
        },
    )
    assert as_plain_text(plain) == ()
    assert halves(plain) == ()


def test_a_part_that_cannot_be_cut_has_no_halves() -> None:
    """Nine headings are more than the least that is halved, and each is whole."""
    (part,) = parts(f"# {'a' * 140}\n\n" * 9)

    leaves = list(_leaves(part))

    assert visible("".join(leaf.plain for leaf in leaves)) == "a" * 140 * 9


def test_one_giant_link_has_no_halves() -> None:
    """Its address fills the part and must stay whole."""
    (part,) = parts(f"[notes](https://a.example/{'u' * 2_000})")

    assert halves(part) == ()
    assert "u" * 2_000 in as_plain_text(part)[0].plain


def test_plain_chunks_end_in_natural_places() -> None:
    """At the end of a sentence here."""
    first, second = as_plain_text(parts("We agreed on A & B. " * 200)[0])

    assert first.plain.endswith("B.")
    assert second.plain.startswith("We agreed")
    assert (first.key[-3:], second.key[-3:]) == (".t1", ".t2")


@given(st.text(alphabet=st.sampled_from("&<a \n👍"), max_size=4_000))
def test_plain_chunks_fit_however_slack_counts(text: str) -> None:
    """Escaped or not; and they lose nothing."""
    (part,) = parts("x")
    chunks = as_plain_text(Part(part.key, part.message, text))

    texts = [chunk.blocks[0]["text"]["text"] for chunk in chunks]
    assert visible("".join(texts)) == visible(text)
    for chunk, shown_text in zip(chunks, texts, strict=True):
        assert length(shown_text.replace("&", "&amp;").replace("<", "&lt;")) <= SECTION_MAX
        assert shown_text.strip() == shown_text != ""
        assert chunk.message.text


def _leaves(part: Part) -> Iterator[Part]:
    """What is posted in the end when Slack refuses everything that can be made smaller."""
    pieces = halves(part) or as_plain_text(part)
    for piece in pieces:
        yield from _leaves(piece)
    if not pieces:
        yield part


@given(marked_up, st.integers(1, 40))
def test_every_part_is_a_message_slack_takes(text: str, times: int) -> None:
    """Together they show the whole text in order; each is within every limit."""
    text = (text + "\n\n") * times

    found = parts(text)

    blocks = [block for part in found for block in part.blocks]
    if visible(shown(blocks)) != visible("The summary has no text."):
        assert shows(visible(shown(blocks)), parse(text))
    for part in found:
        _assert_taken(part)


@given(marked_up, st.integers(1, 10))
def test_every_smaller_piece_is_a_message_slack_takes(text: str, times: int) -> None:
    """Halves of halves and plain text too, with keys of their own and no word lost."""
    for part in parts((text + "\n\n") * times):
        leaves = list(_leaves(part))

        assert len({leaf.key for leaf in leaves}) == len(leaves)
        for leaf in leaves:
            _assert_taken(leaf)
        for word in re.findall(r"\w+", part.plain)[:50]:
            assert any(word in leaf.plain for leaf in leaves) or len(word) > 20


def _assert_taken(part: Part) -> None:
    check_message(list(part.message.blocks), [])
    assert 1 <= length(part.message.text) <= TEXT_MAX
    assert not set(part.message.text) & set("<>")
    assert not re.search("&(?!amp;|lt;|gt;)", part.message.text)
