"""Reading a list to its end, although the server may lie about where that is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from bot.errors import RealtimeKitUnavailable, UnexpectedReply
from bot.realtimekit.wire import Page

T = TypeVar("T")

PER_PAGE = 50
"""Rows to ask for; no maximum is documented, and other integrations use this."""

MOST_PAGES = 10
"""Calls a list may cost, unless its caller says otherwise.

1,200 in five minutes are shared with all else the customer runs.
"""


async def read_pages(
    fetch: Callable[[int], Awaitable[Page[T]]],
    *,
    key: Callable[[T], str],
    enough: Callable[[list[T]], bool] = lambda _: False,
    is_last: Callable[[Sequence[T]], bool] = lambda _: False,
    most: int = MOST_PAGES,
) -> list[T]:
    """All rows of a list, each once, in the order they came.

    Neither the counts a page carries nor a short page ends the list, only an empty page or one
    that brings nothing new. Pages are counted from 1; since the reference does not say so, and
    allows 0, page 0 is asked for as well when page 1 is empty or says that it is not the first.

    Args:
        fetch: one page by its number. What it raises goes through.
        key: what tells two rows apart.
        enough: told of all rows so far, whether the caller needs no more.
        is_last: told of a page's rows, whether the pages after it are of no use.
        most: pages to read at most; page 0 comes on top.
    """
    rows: dict[str, T] = {}
    for number in range(1, most + 1):
        page = await fetch(number)
        items = page.items
        if number == 1 and (not items or (page.start_offset or 0) >= PER_PAGE):
            items = (*await _page_zero(fetch), *items)
        fresh = {key(row): row for row in items if key(row) not in rows}
        rows |= fresh
        if not page.items or not fresh or is_last(items) or enough(list(rows.values())):
            break
    return list(rows.values())


async def _page_zero(fetch: Callable[[int], Awaitable[Page[T]]]) -> tuple[T, ...]:
    try:
        return (await fetch(0)).items
    except (UnexpectedReply, RealtimeKitUnavailable):
        # A server that counts from 1 may refuse page 0, or trip over it: then 1 was the first.
        return ()
