"""Replies of RealtimeKit, as short as a table's cell."""

from __future__ import annotations

import json

from bot.domain.ids import AppId, SessionId
from bot.realtimekit.reply import Reply

APP = AppId("6f3c0a52-7b1e-4c57-9c0e-3a1f5b7d9e11")
SESSION = SessionId("2b1f6a34-90cd-4e8f-a7b2-c3d4e5f60718")
OTHER = SessionId("99999999-90cd-4e8f-a7b2-c3d4e5f60718")
LINK = "https://store.example.com/summary.txt?X-Amz-Signature=0123456789abcdef"
PAGE = b"<!DOCTYPE html><html><title>Error</title></html>"


def json_reply(status: int, content: object, **headers: str) -> Reply:
    """A reply with a JSON body; `_` in header names stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, json.dumps(content).encode())


def granted(data: object, **more: object) -> Reply:
    """A success with its payload."""
    return json_reply(200, {"success": True, "data": data, **more})


def gateway(status: int, *codes: int, message: str = "refused", **more: object) -> Reply:
    """A refusal by Cloudflare's gateway; `more` goes beside the errors."""
    errors = [{"code": code, "message": message} for code in codes]
    return json_reply(status, {"success": False, "errors": errors, **more})


def backend(status: int, message: str = "refused", *, code: int | None = None) -> Reply:
    """A refusal by RealtimeKit itself."""
    error = {"code": code or status, "message": message}
    return json_reply(status, {"success": False, "error": error})


def raw(status: int, body: bytes = b"", **headers: str) -> Reply:
    """Any reply at all."""
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)
