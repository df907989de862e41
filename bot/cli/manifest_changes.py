"""What putting one manifest in another's place would change: pure, one line a change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any, NamedTuple

_WIDEST = 60
"""Characters shown of a value; the rest of a long text is the same, or follows."""
_LEAD = 15
"""Characters shown before the place where two long texts part."""


class Change(NamedTuple):
    """One difference. A side that has nothing is `None`."""

    place: str
    before: Any
    after: Any

    def __str__(self) -> str:
        """The change as a line: `+` comes, `-` goes, `~` becomes something else."""
        if self.before is None:
            return f"+ {self.place}: {_shown(self.after)}"
        if self.after is None:
            return f"- {self.place}: {_shown(self.before)}"
        start = _parting(self.before, self.after)
        return f"~ {self.place}: {_shown(self.before, start)} -> {_shown(self.after, start)}"


def find_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Compare two manifests.

    Slack shows a manifest with its lists in another order and with what was left out spelt out
    as `false` or as empty: neither is a change. Nor is `_metadata`, which says how to read it.
    """
    left, right = ({k: v for k, v in each.items() if k != "_metadata"} for each in (before, after))
    return tuple(_compare("", left, right))


def _compare(place: str, before: Any, after: Any) -> Iterator[Change]:
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        yield from _compare_mappings(place, _as_mapping(before), _as_mapping(after))
    elif isinstance(before, list) or isinstance(after, list):
        yield from _compare_lists(place, before, after)
    elif (before or None) != (after or None):
        yield Change(place, before or _off(after), after or _off(before))


def _off(other: Any) -> bool | None:
    """What stands for nothing: "no" opposite a yes, and otherwise an absence."""
    return False if other is True else None


def _as_mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _compare_mappings(
    place: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Change]:
    for key in (*before, *(key for key in after if key not in before)):
        yield from _compare(f"{place}.{key}".lstrip("."), before.get(key), after.get(key))


def _compare_lists(place: str, before: Any, after: Any) -> Iterator[Change]:
    left, right = _by_name(before), _by_name(after)
    for name in (*left, *(name for name in right if name not in left)):
        old, new = left.get(name), right.get(name)
        if isinstance(old or new, Mapping):
            yield from _compare(f"{place}.{name}", old, new)
        elif old != new:
            yield Change(place, old, new)


def _by_name(values: Any) -> Mapping[str, Any]:
    """A list's entries: words by themselves, since order means nothing, commands by their names."""
    return {
        str(each.get("command", index) if isinstance(each, Mapping) else each): each
        for index, each in enumerate(values if isinstance(values, list) else ())
    }


def _parting(before: Any, after: Any) -> int:
    """From where to show two texts, so that it shows where they differ."""
    if not isinstance(before, str) or not isinstance(after, str):
        return 0
    if max(len(before), len(after)) <= _WIDEST:
        return 0
    same = takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
    return max(0, len(list(same)) - _LEAD)


def _shown(value: Any, start: int = 0) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(str(value).split())[start:]
    cut = text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"
    return f"…{cut}" if start else cut
