"""How long blocks are, and where one that is too long may be cut: nothing is ever cut off."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.messages.cleaning import safe_cut
from bot.messages.kit import Block, Element, length, prefix, rich_text
from bot.messages.tables import as_code

_OVERHEAD = 9
"""What an element weighs beyond its text: a message has no more than 900 of even the tiniest."""

WORTH_FILLING = 4
"""What is cut anyway starts where a quarter of the room is still free, else in the next one."""

_LOOK_AHEAD = 16

# From the most to the least natural place to stop: a paragraph, a line, a sentence, a word.
_PLACES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\n[ \t]*\n\s*",
        r"\n\s*",
        r"[.!?…][\"'”’»)\]]*\s+|[。！？]",  # noqa: RUF001
        r"\s+",
    )
)


def measure(block: Block) -> int:
    """The text and URLs of a block in UTF-16 units, and a little for each of its elements."""
    kind = block["type"]
    if kind == "rich_text":
        return sum(_weight(element) for element in block["elements"])
    if kind == "table":
        cells = sum(measure(cell) for row in block["rows"] for cell in row)
        return max(cells, measure(as_code(block)))
    text: str = block["text"]["text"] if "text" in block else ""
    return length(text) + _OVERHEAD


def _weight(element: Element) -> int:
    """The weight of rich text: of a piece, or of all that is in a paragraph or a list."""
    if "elements" in element:
        return sum(_weight(inner) for inner in element["elements"])
    return length(element["text"]) + length(element.get("url", "")) + _OVERHEAD


def first_weight(block: Block) -> int:
    """The least that a block can start with before it must be cut inside a paragraph."""
    if block["type"] != "rich_text":
        return measure(block)
    return _weight(next(_units(block["elements"][0])).element)


def chop(block: Block, first: int, limit: int) -> list[Block]:
    """Cut a block into blocks of at most `limit`, the first of at most `first`.

    Between a list's items where there are any, else at the end of a paragraph, a line, a
    sentence or a word, else between any two characters. A block that cannot be cut stays whole.
    """
    if block["type"] == "table":
        block = as_code(block)
    if block["type"] != "rich_text":
        return [block]
    packs: list[list[_Unit]] = [[]]
    room = first
    for unit in (unit for element in block["elements"] for unit in _units(element)):
        weight = _weight(unit.element)
        if weight > room and packs[-1] and (weight <= limit or room < limit // WORTH_FILLING):
            packs.append([])
            room = limit
        pieces = unit.cut(room, limit) if weight > room else [unit]
        packs[-1].append(pieces[0])
        packs += [[piece] for piece in pieces[1:]]
        room = (limit if pieces[1:] else room) - _weight(pieces[-1].element)
    return [rich_text(_merged(pack)) for pack in packs]


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is cut last: a list's item, or any other element of rich text."""

    element: Element
    list_of: Element | None = None
    number: int = 0

    def cut(self, first: int, limit: int) -> list[_Unit]:
        """The unit in pieces; after the first they have no mark of a list any more."""
        head, *rest = _pieces(self.element["elements"], first, limit)
        return [
            _Unit({**self.element, "elements": head}, self.list_of, self.number),
            *(_Unit({**self.element, "elements": piece}) for piece in rest),
        ]

    def continues(self, before: _Unit) -> bool:
        return self.list_of is not None and self.list_of is before.list_of


def _units(element: Element) -> Iterator[_Unit]:
    if element["type"] != "rich_text_list":
        yield _Unit(element)
        return
    for number, item in enumerate(element["elements"], element.get("offset", 0)):
        yield _Unit(item, element, number)


def _merged(units: Sequence[_Unit]) -> list[Element]:
    """Units as elements again, the items of one list together."""
    merged: list[Element] = []
    for before, unit in zip([None, *units], units, strict=False):
        if unit.list_of is None:
            merged.append(unit.element)
        elif before is not None and unit.continues(before):
            merged[-1]["elements"].append(unit.element)
        else:
            offset = {"offset": unit.number} if unit.number else {}
            plain = {name: kept for name, kept in unit.list_of.items() if name != "offset"}
            merged.append({**plain, **offset, "elements": [unit.element]})
    return merged


def _pieces(elements: Sequence[Element], first: int, limit: int) -> list[list[Element]]:
    """Share the words and links of one paragraph out over rooms of `first`, then `limit`."""
    pieces: list[list[Element]] = []
    window: list[Element] = []
    used, room = 0, first
    queue = deque(elements)
    while queue:
        window.append(queue.popleft())
        used += _weight(window[-1])
        if used > room:
            head, tail = _cut(window, room)
            pieces.append(head)
            queue.extendleft(reversed(tail))
            window, used, room = [], 0, limit
    return [*pieces, window] if window else pieces


def _cut(elements: Sequence[Element], room: int) -> tuple[list[Element], list[Element]]:
    """Cut words and links in two, the first at most `room` long if that can be.

    A link stays whole unless it is longer than the room by itself.
    """
    text, reach = _reachable(elements, room)
    if not reach:
        # A room too small for anything takes the first element all the same: going on beats it.
        return [*elements[:1]], [*elements[1:]]
    at = natural_place(text, reach)
    head: list[Element] = []
    tail: list[Element] = []
    for element in elements:
        words: str = element["text"]
        inside = min(at, len(words))
        head += _with_text(element, words[:inside])
        tail += _with_text(element, words[inside:])
        at -= inside
    return head, tail


def _with_text(element: Element, text: str) -> list[Element]:
    """The element with another text; none for an empty one, which Slack refuses."""
    changed: dict[str, Any] = {**element, "text": text}
    return [changed] if text else []


def _reachable(elements: Sequence[Element], room: int) -> tuple[str, int]:
    """The text that fits into the room and a little of what follows, and how much of it fits.

    All elements but the last fit. The words of links are masked: there is no natural place to
    cut inside them.
    """
    *before, last = elements
    text = "".join(_masked(element) for element in before)
    room -= sum(map(_weight, before)) + _OVERHEAD + length(last.get("url", ""))
    words: str = last["text"]
    fits = 0 if "url" in last and text else prefix(words, max(room, 0))
    return text + words[: fits + _LOOK_AHEAD], len(text) + fits


def _masked(element: Element) -> str:
    words: str = element["text"]
    return "x" * len(words) if "url" in element else words


def natural_place(text: str, reach: int) -> int:
    """Where to cut a text within its first `reach` characters, best in their second half."""
    for place in _PLACES:
        found = 0
        for match in place.finditer(text, reach // 2, reach):
            found = match.end()
        if found and (safe := safe_cut(text, found)):
            return safe
    return safe_cut(text, reach) or reach
