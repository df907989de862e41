"""Reading a list to its end, although the server may lie about where that is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest

from bot.errors import RealtimeKitBusy, RealtimeKitError, RealtimeKitUnavailable, UnexpectedReply
from bot.realtimekit.paging import MOST_PAGES, PER_PAGE, read_pages
from bot.realtimekit.wire import Page


class Pages:
    """A list in pages; remembers which were asked for."""

    def __init__(self, *pages: Sequence[str], first: int = 1, offset: float | None = None) -> None:
        """Count from `first`; the first page asked for says that it begins at `offset`."""
        self._pages = {number: tuple(page) for number, page in enumerate(pages, first)}
        self._offset = offset
        self.asked: list[int] = []
        self.refusal: RealtimeKitError | None = None

    async def __call__(self, number: int) -> Page[str]:
        """One page; `refusal` stands for page 0."""
        self.asked.append(number)
        if number == 0 and self.refusal is not None:
            raise self.refusal
        return Page(self._pages.get(number, ()), self._offset)


def itself(row: str) -> str:
    """A row's key."""
    return row


async def rows_of(fetch: Callable[[int], Awaitable[Page[str]]]) -> list[str]:
    """All rows."""
    return await read_pages(fetch, key=itself)


@pytest.mark.parametrize(
    ("pages", "rows"),
    [
        ((["a"],), ["a"]),
        ((["a", "b"], ["c"], ["d"]), ["a", "b", "c", "d"]),
        ((["a", "b"], ["b", "c"]), ["a", "b", "c"]),
        ((["a"], [], ["never seen"]), ["a"]),
        ((["a"], ["a"], ["never seen"]), ["a"]),
        (([str(n) for n in range(PER_PAGE)],), [str(n) for n in range(PER_PAGE)]),
    ],
)
async def test_reads_until_nothing_new_comes(
    pages: Sequence[Sequence[str]], rows: list[str]
) -> None:
    """An empty or a repeated page ends the list; a row that moved between pages counts once."""
    assert await rows_of(Pages(*pages)) == rows


async def test_a_list_without_end_costs_no_more_than_its_calls() -> None:
    """A server that always has another page is asked `MOST_PAGES` times."""
    pages = Pages(*([str(n)] for n in range(100)))

    rows = await rows_of(pages)

    assert len(rows) == MOST_PAGES
    assert pages.asked == list(range(1, MOST_PAGES + 1))


async def test_stops_when_the_caller_has_enough() -> None:
    """No page is fetched for nothing."""
    pages = Pages(["a", "b"], ["c"], ["d"])

    rows = await read_pages(pages, key=itself, enough=lambda rows: len(rows) >= 3)

    assert rows == ["a", "b", "c"]
    assert pages.asked == [1, 2]


async def test_stops_after_the_page_that_is_the_last() -> None:
    """Whoever reads the rows may know that none after them matters; the page itself counts."""
    pages = Pages(["a", "b"], ["c", "z"], ["d"])
    seen: list[Sequence[str]] = []

    def is_last(page: Sequence[str]) -> bool:
        seen.append(tuple(page))
        return "z" in page

    assert await read_pages(pages, key=itself, is_last=is_last) == ["a", "b", "c", "z"]

    assert pages.asked == [1, 2]
    assert seen == [("a", "b"), ("c", "z")]


@pytest.mark.parametrize("pages", [[], [["a"], []], [["a"], ["a"]]])
async def test_does_not_ask_whether_nothing_is_the_last(pages: Sequence[Sequence[str]]) -> None:
    """A page without anything new ends the list in any case."""
    seen: list[Sequence[str]] = []

    def is_last(page: Sequence[str]) -> bool:
        seen.append(tuple(page))
        return False

    await read_pages(Pages(*pages), key=itself, is_last=is_last)

    assert seen == [("a",)] * min(len(pages), 1)


@pytest.mark.parametrize("most", [1, 3, 20])
async def test_a_caller_may_allow_more_or_fewer_calls(most: int) -> None:
    """How many pages are worth reading depends on the list."""
    pages = Pages(*([str(n)] for n in range(100)))

    await read_pages(pages, key=itself, most=most)

    assert pages.asked == list(range(1, most + 1))


async def test_finds_the_only_page_of_a_server_that_counts_from_0() -> None:
    """An empty page 1 is not believed before page 0 was looked at."""
    assert await rows_of(Pages(["a"], first=0)) == ["a"]


async def test_finds_the_first_of_many_pages_of_a_server_that_counts_from_0() -> None:
    """A page 1 that says it begins at row 50 is not the first."""
    pages = Pages(["a"], ["b"], ["c"], first=0, offset=50.0)

    assert await rows_of(pages) == ["a", "b", "c"]


@pytest.mark.parametrize("offset", [None, 0.0, 1.0])
async def test_does_not_ask_for_page_0_in_vain(offset: float | None) -> None:
    """A page 1 that may well be the first is taken for it."""
    pages = Pages(["a"], offset=offset)

    await rows_of(pages)

    assert 0 not in pages.asked


@pytest.mark.parametrize("refusal", [UnexpectedReply("422"), RealtimeKitUnavailable("500")])
async def test_a_server_may_refuse_page_0(refusal: RealtimeKitError) -> None:
    """Where pages count from 1, an empty list is empty although page 0 is an error."""
    pages = Pages()
    pages.refusal = refusal

    assert await rows_of(pages) == []


async def test_a_limit_met_at_page_0_is_no_empty_list() -> None:
    """A refusal that says nothing about the page goes through."""
    pages = Pages()
    pages.refusal = RealtimeKitBusy("429")

    with pytest.raises(RealtimeKitBusy):
        await rows_of(pages)
