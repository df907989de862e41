"""A long text in several messages: cut only where it must be, and in natural places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, groupby

from bot.messages.cutting import WORTH_FILLING, chop, first_weight, measure
from bot.messages.kit import (
    BLOCKS_MAX,
    CONTENT_MAX,
    HEADER_MAX,
    Block,
    Element,
    rich_text,
    text_element,
)
from bot.messages.tables import as_code

Blocks = tuple[Block, ...]

_HEADINGS_MOVED = 3
"""So many headings in a row may move to what they stand over; more are a text of their own."""


def split(blocks: Sequence[Block], budget: int = CONTENT_MAX) -> tuple[Blocks, ...]:
    """Share blocks out over messages of at most `budget` and 45 blocks, in order.

    A heading stays with what it stands over. A table that is not the last block of its message
    becomes text, since Slack would show it at the bottom.
    """
    if len(blocks) > BLOCKS_MAX:
        blocks = _gathered(blocks)
    packer = _Packer(budget)
    for block in blocks:
        packer.add(block)
    return tuple(_in_place(message) for message in packer.close())


def halve(blocks: Sequence[Block]) -> tuple[Blocks, Blocks] | None:
    """Two messages' worth for one, as even as natural places allow; `None` if nothing can be cut.

    The same blocks are always halved in the same way.
    """
    half = sum(map(measure, blocks)) // 2
    head, rest = _up_to(blocks, half)
    if not head:
        pieces = chop(blocks[0], half, 2 * half)
        head, rest = pieces[:1], [*pieces[1:], *rest[1:]]
    head, moved = _without_headings(head)
    rest = [*moved, *rest]
    if not head or not rest:
        return None
    return _in_place(head), _in_place(rest)


def _up_to(blocks: Sequence[Block], limit: int) -> tuple[list[Block], list[Block]]:
    """The blocks that are within a limit all together, and the others, of which there are some."""
    used = accumulate(map(measure, blocks))
    end = next(number for number, total in enumerate(used) if total > limit)
    return [*blocks[:end]], [*blocks[end:]]


@dataclass(slots=True)
class _Packer:
    """Messages being filled, one after the other."""

    budget: int
    full: list[list[Block]] = field(default_factory=list)
    open: list[Block] = field(default_factory=list)
    used: int = 0

    def add(self, block: Block) -> None:
        weight = measure(block)
        if len(self.open) < BLOCKS_MAX and self.used + weight <= self.budget:
            self._put(block, weight)
        elif weight <= self.budget:
            self._next()
            self.add(block)
        else:
            self._add_in_pieces(block)

    def close(self) -> list[list[Block]]:
        return [*self.full, self.open] if self.open else self.full

    def _put(self, block: Block, weight: int) -> None:
        self.open.append(block)
        self.used += weight

    def _add_in_pieces(self, block: Block) -> None:
        room = self.budget - self.used
        fits_elsewhere = room < first_weight(block) <= self.budget
        is_nearly_full = room < self.budget // WORTH_FILLING
        if len(self.open) >= BLOCKS_MAX or fits_elsewhere or is_nearly_full:
            self._next()
            room = self.budget - self.used
        first, *pieces = chop(block, room, self.budget)
        self._put(first, measure(first))
        for piece in pieces:
            self.full.append(self.open)
            self.open, self.used = [], 0
            self._put(piece, measure(piece))

    def _next(self) -> None:
        """Start a new message, and take the headings along that nothing stands under yet."""
        body, headings = _without_headings(self.open)
        self.full.append(body)
        self.open = headings
        self.used = sum(map(measure, headings))


def _without_headings(blocks: Sequence[Block]) -> tuple[list[Block], list[Block]]:
    """Blocks without the headings at their end, and those headings; all, if there is only them."""
    end = len(blocks)
    while end and len(blocks) - end < _HEADINGS_MOVED and _is_heading(blocks[end - 1]):
        end -= 1
    return ([*blocks[:end]], [*blocks[end:]]) if end else ([*blocks], [])


def _is_heading(block: Block) -> bool:
    """Whether a block is a heading, or a lone bold line that serves as one."""
    if block["type"] != "rich_text" or len(block["elements"]) > 1:
        return bool(block["type"] == "header")
    element = block["elements"][0]
    is_short = element["type"] == "rich_text_section" and measure(block) <= HEADER_MAX
    return is_short and all(piece.get("style", {}).get("bold") for piece in element["elements"])


def _gathered(blocks: Sequence[Block]) -> list[Block]:
    """Put neighbouring blocks of rich text into one, where there are more blocks than fit."""
    gathered: list[Block] = []
    for is_rich, run in groupby(blocks, key=lambda block: block["type"] == "rich_text"):
        neighbours = list(run)
        gathered += [rich_text(_joined(neighbours))] if is_rich else neighbours
    return gathered


def _joined(blocks: Iterable[Block]) -> list[Element]:
    """The elements of all blocks; paragraphs that follow each other are one, with a gap."""
    joined: list[Element] = []
    for element in (element for block in blocks for element in block["elements"]):
        if joined and joined[-1]["type"] == element["type"] == "rich_text_section":
            joined[-1]["elements"].extend([text_element("\n\n"), *element["elements"]])
        elif element["type"] == "rich_text_section":
            joined.append({**element, "elements": [*element["elements"]]})
        else:
            joined.append(element)
    return joined


def _in_place(blocks: Sequence[Block]) -> Blocks:
    """Turn every table but one at the end into text.

    Slack takes one table in a message, and shows it under everything else.
    """
    *before, last = blocks
    return (*(as_code(block) if block["type"] == "table" else block for block in before), last)
