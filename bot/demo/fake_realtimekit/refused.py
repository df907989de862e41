"""How the make-believe RealtimeKit refuses."""

from __future__ import annotations

from http import HTTPStatus

from bot.demo.fake_realtimekit.scripted import (
    Scripted,
    backend_refusal,
    gateway_refusal,
    json_reply,
)


class Refused(Exception):
    """A request is refused; `reply` says so."""

    def __init__(self, reply: Scripted) -> None:
        """Refuse with this reply."""
        super().__init__(reply.status)
        self.reply = reply


def malformed_token() -> Refused:
    """The `Authorization` header is missing or cannot be a bearer token."""
    chain = [{"code": 6111, "message": "Invalid format for Authorization header"}]
    error = {"code": 6003, "message": "Invalid request headers", "error_chain": chain}
    content = {"success": False, "errors": [error], "messages": [], "result": None}
    return Refused(json_reply(HTTPStatus.BAD_REQUEST, content))


def unknown_token() -> Refused:
    """The token is unknown, disabled or expired."""
    return Refused(gateway_refusal(HTTPStatus.UNAUTHORIZED, 10000, "Authentication error"))


def invalid_token() -> Refused:
    """A verification endpoint does not know the token."""
    return Refused(gateway_refusal(HTTPStatus.UNAUTHORIZED, 1000, "Invalid API Token"))


def forbidden() -> Refused:
    """The permission is missing, or the account is another one: the words are the same."""
    return Refused(gateway_refusal(HTTPStatus.FORBIDDEN, 10000, "Authentication error"))


def unroutable(path: str) -> Refused:
    """The account id in the path cannot be one."""
    errors = [
        {"code": 7003, "message": f"Could not route to {path}, perhaps your object id is invalid?"},
        {"code": 7000, "message": "No route for that URI"},
    ]
    content = {"success": False, "errors": errors, "messages": [], "result": None}
    return Refused(json_reply(HTTPStatus.NOT_FOUND, content))


def not_found(what: str) -> Refused:
    """There is no such thing."""
    return Refused(backend_refusal(HTTPStatus.NOT_FOUND, f"{what} not found"))


def invalid(message: str) -> Refused:
    """A parameter is wrong, or what was asked for makes no sense."""
    return Refused(backend_refusal(HTTPStatus.UNPROCESSABLE_ENTITY, message))


def conflict(message: str) -> Refused:
    """There is such a thing already."""
    return Refused(backend_refusal(HTTPStatus.CONFLICT, message))


def too_many(seconds: int) -> Refused:
    """The rate limit is used up for that long."""
    return Refused(
        gateway_refusal(
            HTTPStatus.TOO_MANY_REQUESTS,
            10429,
            "More than 1200 requests per 300 seconds reached. Please wait and try again.",
            Retry_After=str(seconds),
            Ratelimit=f'"default";r=0;t={seconds}',
        )
    )
