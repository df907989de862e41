"""The store behind presigned links: as strict about a request as S3 and R2 are."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from bot.demo.fake_realtimekit.records import SummaryRecord

STORE = "/store"


@dataclass(frozen=True, slots=True)
class _Issued:
    summary: SummaryRecord
    query: str


class PresignedStore:
    """Signs links and honours them: byte for byte, without credentials, until they expire."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        """Tell expired links by `now`, in UTC."""
        self._now = now
        self._issued: dict[str, _Issued] = {}

    def sign(self, base_url: str, summary: SummaryRecord) -> str:
        """A fresh link to a summary's file, written so that a tidied-up copy is another one."""
        path = f"{STORE}/rtk-summaries%2f{secrets.token_hex(8)}/summary~v1+final.txt"
        lifetime = max(0, round((summary.expires_at - self._now()).total_seconds()))
        query = (
            f"X-Amz-Signature={secrets.token_hex(32)}&X-Amz-Algorithm=AWS4-HMAC-SHA256"
            f"&X-Amz-Expires={lifetime}&X-Amz-Credential=demo%2f20260101%2Fauto%2fs3%2faws4_request"
            "&response-content-disposition=attachment%3b+filename%3d~summary.txt&empty="
        )
        self._issued[path] = _Issued(summary, query)
        return f"{base_url}{path}?{query}"

    def answer(self, request: Request) -> Response:
        """Hand the file out, or refuse in XML."""
        refusal = self._refusal(request)
        if refusal is not None:
            return _error(*refusal)
        summary = self._issued[request.scope["raw_path"].decode("latin-1")].summary
        response = Response(summary.body)
        if summary.content_type is not None:
            response.headers["Content-Type"] = summary.content_type
        return response

    def _refusal(self, request: Request) -> tuple[int, str] | None:
        issued = self._issued.get(request.scope["raw_path"].decode("latin-1"))
        if "authorization" in request.headers or "cookie" in request.headers:
            return HTTPStatus.BAD_REQUEST, "InvalidArgument"
        if issued is None:
            return HTTPStatus.FORBIDDEN, "AccessDenied"
        if request.scope["query_string"].decode("latin-1") != issued.query:
            return HTTPStatus.FORBIDDEN, "SignatureDoesNotMatch"
        if self._now() >= issued.summary.expires_at:
            return HTTPStatus.FORBIDDEN, "ExpiredRequest"
        return (HTTPStatus.NOT_FOUND, "NoSuchKey") if issued.summary.deleted else None


def _error(status: int, code: str) -> Response:
    xml = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code></Error>'
    return Response(xml, status, media_type="application/xml")
