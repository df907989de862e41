"""A refusal, as Slack gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any


class Refused(Exception):
    """Slack's answer to a call it will not carry out."""

    def __init__(
        self,
        code: str,
        *,
        messages: Sequence[str] = (),
        status: int = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> None:
        """Take the code, what is wrong in detail, and further fields of the answer."""
        super().__init__(code)
        self.code = code
        self.messages = list(messages)
        self.status = status
        self.headers = dict(headers or {})
        self.facts = facts

    @property
    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        detail = {"response_metadata": {"messages": self.messages}} if self.messages else {}
        return {"ok": False, "error": self.code, **self.facts, **detail}
