"""A call's arguments: read from JSON, a form or the address, and held to the method's list.

Slack quietly ignores arguments it does not know; here they are refused, for a misspelt one is a
mistake that would otherwise show only in a real workspace.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import parse_qsl

from starlette.requests import Request

from bot.demo.fake_slack.refused import Refused

Kind = Literal["text", "flag", "number", "list", "object"]
_TYPES: Mapping[Kind, type] = {
    "text": str,
    "flag": bool,
    "number": int,
    "list": list,
    "object": dict,
}
_EVERYWHERE: Mapping[str, Kind] = {"team_id": "text"}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


Holder = TypeVar("Holder")
"""What a method works on: a workspace, or the apps of a configuration token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method(Generic[Holder]):
    """One method of the Web API: what it takes, what it needs, and what it does."""

    act: Callable[[Holder, Mapping[str, Any]], dict[str, Any]]
    required: Mapping[str, Kind] = field(default_factory=dict)
    optional: Mapping[str, Kind] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    """One of these is needed. Where it depends on the channel, `act` asks for it."""
    tier: int | None = None
    takes_json: bool = True

    def read(self, given: Mapping[str, Any], *, is_json: bool) -> dict[str, Any]:
        """Check the names and kinds of the arguments. Raises `Refused`."""
        if is_json and not self.takes_json:
            raise Refused("invalid_post_type", messages=["[ERROR] send a form"])
        known = {**self.required, **self.optional, **_EVERYWHERE}
        strange = [f"[ERROR] unknown argument: {name}" for name in given if name not in known]
        strange += [
            f"[ERROR] missing argument: {name}" for name in self.required.keys() - given.keys()
        ]
        if strange:
            raise Refused("invalid_arguments", messages=strange)
        return {
            name: _read(value, known[name], name, is_json=is_json) for name, value in given.items()
        }


async def read_request(request: Request) -> tuple[dict[str, Any], str | None, bool]:
    """The arguments, the token, and whether they came as JSON. Raises `Refused`."""
    given: dict[str, Any] = dict(request.query_params)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    is_json = content_type == "application/json"
    if is_json:
        given |= _object(await request.body())
    elif content_type == "application/x-www-form-urlencoded":
        given |= dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
    elif await request.body():
        raise Refused("invalid_post_type" if content_type else "missing_post_type")
    scheme, _, header = request.headers.get("authorization", "").partition(" ")
    token = given.pop("token", None) if not is_json else None
    return given, (header if scheme == "Bearer" and header else token), is_json


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Refused("invalid_arguments", messages=["[ERROR] not a JSON object"])
    return given


def _read(value: object, kind: Kind, name: str, *, is_json: bool) -> object:
    """An argument as its kind: lists and objects may come as JSON inside a string."""
    read = value
    if isinstance(value, str) and kind in ("list", "object"):
        read = _parse(value)
    elif isinstance(value, str) and not is_json:
        read = {"flag": _FLAGS.get(value), "number": _number(value)}.get(kind, value)
    if not isinstance(read, _TYPES[kind]) or (kind == "number" and isinstance(read, bool)):
        raise Refused("invalid_arguments", messages=[f"[ERROR] {name} must be a {kind}"])
    return read


def _parse(value: str) -> object:
    try:
        return json.loads(value)
    except ValueError:
        return None


def _number(value: str) -> int | None:
    return int(value) if value.isdecimal() else None
