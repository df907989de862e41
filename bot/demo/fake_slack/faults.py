"""What goes wrong on purpose: scripted per method, taken in turn."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Literal

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong, before Slack acts or after it did.

    `hang` never answers; `drop` closes the connection; otherwise the answer is what is given
    here. `delay` (seconds) comes first, and a fault that is nothing but a delay answers well.
    """

    way: Literal["answer", "hang", "drop", "slow"] = "answer"
    status: int = HTTPStatus.OK
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    after_acting: bool = False
    delay: float = 0.0
    times: int | None = 1
    """How many calls it spoils; `None`: every one from now on."""
    only: Callable[[Mapping[str, Any]], bool] | None = None
    """Which calls it spoils, by their arguments; others pass."""

    @property
    def outcome(self) -> str:
        """What the call's record says of it."""
        return f"{self.way} {self.status}" if self.way == "answer" else self.way

    def always(self) -> Fault:
        """The same, for every call from now on."""
        return replace(self, times=None)

    def only_for(self, wanted: Callable[[Mapping[str, Any]], bool]) -> Fault:
        """The same, for some calls."""
        return replace(self, only=wanted)


def error(code: str, *, after_acting: bool = False, **facts: Any) -> Fault:
    """`{"ok": false}` with a code."""
    body = json.dumps({"ok": False, "error": code, **facts}).encode()
    return Fault(body=body, headers={"Content-Type": "application/json"}, after_acting=after_acting)


def answer(
    status: int = HTTPStatus.BAD_GATEWAY,
    body: bytes = HTML,
    content_type: str = "text/html",
    *,
    after_acting: bool = False,
) -> Fault:
    """Anything at all: by default what a load balancer says when nobody is behind it."""
    return Fault(
        status=status,
        body=body,
        headers={"Content-Type": content_type},
        after_acting=after_acting,
    )


def rate_limited(retry_after: str) -> Fault:
    """HTTP 429 with that `Retry-After`."""
    return Fault(
        status=HTTPStatus.TOO_MANY_REQUESTS,
        body=b'{"ok": false, "error": "ratelimited"}',
        headers={"Content-Type": "application/json", "Retry-After": retry_after},
    )


def hang(*, after_acting: bool = False) -> Fault:
    """No answer until the caller gives up."""
    return Fault(way="hang", after_acting=after_acting)


def drop(*, after_acting: bool = False) -> Fault:
    """The connection closes without an answer."""
    return Fault(way="drop", after_acting=after_acting)


def slow(seconds: float) -> Fault:
    """The right answer, late."""
    return Fault(way="slow", delay=seconds, after_acting=True)


class Faults:
    """The faults still to come. Besides methods there are `response_url` and `upload`."""

    def __init__(self) -> None:
        self._scripted: dict[str, list[Fault]] = defaultdict(list)

    def add(self, method: str, *faults: Fault) -> None:
        """Spoil the next calls of a method, one after another."""
        self._scripted[method].extend(faults)

    def clear(self) -> None:
        """From now on all is well."""
        self._scripted.clear()

    def take(self, method: str, arguments: Mapping[str, Any]) -> Fault | None:
        """The fault that spoils this call, if one does."""
        waiting = self._scripted[method]
        for index, fault in enumerate(waiting):
            if fault.only is not None and not fault.only(arguments):
                continue
            if fault.times is not None:
                left = fault.times - 1
                waiting[index : index + 1] = [replace(fault, times=left)] if left else []
            return fault
        return None
