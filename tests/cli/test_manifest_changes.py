"""What putting one manifest in another's place would change."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from bot.cli.manifest_changes import find_changes
from bot.manifest import load_manifest


def lines(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The changes as they are shown."""
    return [str(change) for change in find_changes(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, "~ a.b: x -> y"),
        ({}, {"a": {"b": "y"}}, "+ a.b: y"),
        ({"a": {"b": "x"}}, {"a": {}}, "- a.b: x"),
        ({"a": False}, {"a": True}, "~ a: no -> yes"),
        ({}, {"a": True}, "~ a: no -> yes"),
        ({"a": True}, {}, "~ a: yes -> no"),
        ({"s": ["x", "y"]}, {"s": ["y"]}, "- s: x"),
        ({"s": ["y"]}, {"s": ["x", "y"]}, "+ s: x"),
        ({}, {"s": ["x"]}, "+ s: x"),
        ({"s": ["x"]}, {}, "- s: x"),
        ({"c": [{"command": "/a", "d": "x"}]}, {"c": [{"command": "/a", "d": "y"}]}, "~ c./a.d: x"),
        ({"c": [{"d": "x"}]}, {"c": [{"d": "y"}]}, "~ c.0.d: x -> y"),
        ({}, {"c": [{"command": "/a"}]}, "+ c./a.command: /a"),
        ({"c": [{"command": "/a"}]}, {"c": []}, "- c./a.command: /a"),
    ],
)
def test_a_change_is_a_line(before: dict[str, Any], after: dict[str, Any], shown: str) -> None:
    """What comes, what goes and what becomes something else, each with its place."""
    [line] = lines(before, after)

    assert line.startswith(shown)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": False, "b": [], "c": "", "d": {}, "e": None}, {}),
        ({}, {"a": False, "b": []}),
        ({"s": ["x", "y"]}, {"s": ["y", "x"]}),
        (
            {"c": [{"command": "/a"}, {"command": "/b"}]},
            {"c": [{"command": "/b"}, {"command": "/a"}]},
        ),
        ({"_metadata": {"major_version": 1}}, {}),
    ],
)
def test_what_means_the_same_is_no_change(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Order, and "no" spelt out, are Slack's way of writing."""
    assert lines(before, after) == []


def test_long_texts_are_shown_from_where_they_part() -> None:
    """Otherwise both sides would look alike."""
    [line] = lines({"t": "word " * 40 + "old end"}, {"t": "word " * 40 + "new end"})

    assert line == "~ t: …word word word old end -> …word word word new end"


def test_a_long_text_is_cut() -> None:
    """A description may have thousands of characters."""
    [line] = lines({}, {"t": "long\n" * 100})

    assert line == f"+ t: {('long ' * 12)}…"


def test_our_manifest_does_not_differ_from_itself() -> None:
    """Nor is it changed by looking."""
    ours = load_manifest().document
    before = deepcopy(dict(ours))

    assert find_changes(ours, deepcopy(dict(ours))) == ()
    assert ours == before
