"""What becomes of a request that failed: one line in the log, one sentence for the person.

This is the only place that catches everything. Nothing of an unexpected error leaves it but a
reference, which is in the log too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from bot.domain.ids import new_reference
from bot.errors import BotError, InstallationBroken, InternalError, UserError
from bot.messages import picker, replies
from bot.messages.kit import Message
from bot.slack.payloads import PayloadUnreadable
from bot.slack.private import PrivateAnswers

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Apologies:
    """Bolt's error handler."""

    private: PrivateAnswers
    count_unhandled: Callable[[str], None]
    """Takes the kind of a request nobody listens to."""

    async def __call__(self, error: Exception, body: dict[str, Any]) -> BoltResponse:
        """Turn an error into the answer to the request it befell."""
        if isinstance(error, BoltUnhandledRequestError):
            self.count_unhandled(_kind(body))
            return BoltResponse(status=HTTPStatus.OK, body="")
        if isinstance(error, PayloadUnreadable):
            log.warning("request not understood", kind=_kind(body), detail=str(error))
            return BoltResponse(status=HTTPStatus.BAD_REQUEST, body="not understood")
        reference = None if isinstance(error, UserError) else _log(error, body)
        return self._answer(error, body, reference)

    def _answer(
        self, error: Exception, body: Mapping[str, Any], reference: str | None
    ) -> BoltResponse:
        known = error if isinstance(error, BotError) else InternalError()
        match _kind(body):
            case "command":
                return acknowledge(replies.explain(known, reference=reference))
            case "view_submission":
                view = picker.failed(known, reference=reference)
                return BoltResponse(
                    status=HTTPStatus.OK, body={"response_action": "update", "view": view}
                )
            case "event_callback" if not isinstance(error, InstallationBroken):
                # Slack sends an event again, and nothing else; by then it may go well.
                return BoltResponse(status=HTTPStatus.INTERNAL_SERVER_ERROR, body="")
            case _:
                url = body.get("response_url")
                explanation = replies.explain(known, reference=reference)
                self.private.say(url if isinstance(url, str) else None, explanation)
                return BoltResponse(status=HTTPStatus.OK, body="")


def acknowledge(message: Message | None) -> BoltResponse:
    """Answer a command, visible to its writer alone; without a message, with nothing at all."""
    if message is None:
        return BoltResponse(status=HTTPStatus.OK, body="")
    blocks = [*message.blocks, *message.footer]
    body = {"response_type": "ephemeral", "text": message.text}
    return BoltResponse(
        status=HTTPStatus.OK, body={**body, **({"blocks": blocks} if blocks else {})}
    )


def _log(error: Exception, body: Mapping[str, Any]) -> str:
    reference = new_reference()
    if isinstance(error, BotError):
        facts = {"reason": error.reason, "detail": error.detail}
        log.warning("request failed", reference=reference, kind=_kind(body), **facts)
    else:
        log.error("request crashed", reference=reference, kind=_kind(body), exc_info=error)
    return reference


_KINDS = frozenset(
    {
        "block_actions",
        "block_suggestion",
        "event_callback",
        "interactive_message",
        "message_action",
        "shortcut",
        "view_closed",
        "view_submission",
    }
)


def _kind(body: Mapping[str, Any]) -> str:
    """Name a request by what it is, and by nothing that its sender can choose freely."""
    kind = body.get("type")
    if kind is None and "command" in body:
        return "command"
    return kind if isinstance(kind, str) and kind in _KINDS else "other"
