"""One HTTP reply, as far as this bot looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, headers by lower-case name, and the whole body, decompressed.

    Headers and body may hold a presigned link or the text of a summary: neither shows in a `repr`.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def succeeded(self) -> bool:
        """Whether the status says so; the body may still deny it."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_markup(self) -> bool:
        """Whether the body is a page or XML where JSON was due: not written by the API itself."""
        return self.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
