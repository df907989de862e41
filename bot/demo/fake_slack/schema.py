"""Small rules for JSON, put together into the shape of a block: each yields what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

MAX_URL = 3_000


class Problem(NamedTuple):
    """One thing that is wrong: where, as a JSON pointer, and what."""

    pointer: str
    words: str

    def __str__(self) -> str:
        """As Slack words it in `response_metadata.messages`."""
        return f"[ERROR] {self.words} [json-pointer:{self.pointer}]"


Rule: TypeAlias = Callable[[object, str], Iterator[Problem]]


def text(maximum: int, *, minimum: int = 1) -> Rule:
    """A string of so many characters; an empty one is refused unless `minimum` is 0."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(pointer, "must be a string")
        elif len(value) < minimum:
            yield Problem(pointer, f"must be more than {minimum - 1} characters")
        elif len(value) > maximum:
            yield Problem(pointer, f"must be less than {maximum + 1} characters")

    return check


def url(value: object, pointer: str) -> Iterator[Problem]:
    """A web or mail address."""
    yield from text(MAX_URL)(value, pointer)
    if isinstance(value, str) and not re.match(r"(?:https?://[^\s/]|mailto:\S)", value):
        yield Problem(pointer, "must be a valid URL")


def boolean(value: object, pointer: str) -> Iterator[Problem]:
    """True or false, not a string or a number that looks like it."""
    if not isinstance(value, bool):
        yield Problem(pointer, "must be a boolean")


def integer(minimum: int, maximum: int) -> Rule:
    """A whole number between these, both included."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield Problem(pointer, "must be an integer")
        elif not minimum <= value <= maximum:
            yield Problem(pointer, f"must be between {minimum} and {maximum}")

    return check


def one_of(*allowed: str) -> Rule:
    """One of these words."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if value not in allowed:
            yield Problem(pointer, f"must be one of {', '.join(allowed)}")

    return check


def items(rule: Rule, *, maximum: int, minimum: int = 1) -> Rule:
    """A list of so many things."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem(pointer, "must be an array")
            return
        if len(value) < minimum:
            yield Problem(pointer, f"no fewer than {minimum} items allowed")
        if len(value) > maximum:
            yield Problem(pointer, f"no more than {maximum} items allowed")
        for index, item in enumerate(value):
            yield from rule(item, f"{pointer}/{index}")

    return check


def record(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    """An object with these keys and no others. `type` is looked at by `by_type`."""
    known = {**required, **(optional or {})}

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, Mapping):
            yield Problem(pointer, "must be an object")
            return
        for key in required:
            if key not in value:
                yield Problem(pointer, f"missing required field: {key}")
        for key, item in value.items():
            if key in known:
                yield from known[key](item, f"{pointer}/{key}")
            elif key != "type":
                yield Problem(pointer, f"invalid additional property: {key}")

    return check


def by_type(rules: Mapping[str, Rule]) -> Rule:
    """An object whose `type` says which rule it must follow."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, Mapping):
            yield Problem(pointer, "must be an object")
        elif value.get("type") not in rules:
            yield Problem(f"{pointer}/type", "unsupported type")
        else:
            yield from rules[value["type"]](value, pointer)

    return check
