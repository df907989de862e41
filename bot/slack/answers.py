"""Private answers at a `response_url`: five within half an hour, for one person's eyes.

Source: https://docs.slack.dev/interactivity/handling-user-interaction
"""

from __future__ import annotations

import json
from http import HTTPStatus

import aiohttp
from yarl import URL

from bot.errors import AnswerRefused, SlackError, SlackUnavailable
from bot.messages.kit import Message
from bot.slack.addresses import slack_address
from bot.slack.failures import FAILURES, read_retry_after
from bot.slack.refusals import read_code, read_refusal
from bot.slack.web_api import WebApi

NAME = "response_url"
"""What these calls are called in the metrics: the address itself is a secret."""

_READ_AT_MOST = 4_096


async def answer(api: WebApi, url: str, message: Message) -> None:
    """Answer privately, beside what is there already.

    A second answer does no harm, so what is in doubt counts as not sent.

    Raises:
        AnswerRefused: the address is used up, too old, gone, or not Slack's.
        SlackError: what went wrong.
    """
    with api.observed(NAME):
        failure = await _send(api, url, message)
        if failure is not None:
            raise failure


async def _send(api: WebApi, address: str, message: Message) -> SlackError | None:
    url = slack_address(address, base_url=api.base_url)
    if url is None:
        return AnswerRefused("not_slacks_address")
    try:
        status, body, wait = await _post(api.session, url, message)
    except FAILURES as error:
        return api.read_failure(error, sending=False)
    return read_answer(status, body, retry_after=read_retry_after(wait, now=api.now()))


async def _post(
    session: aiohttp.ClientSession, url: URL, message: Message
) -> tuple[int, bytes, str | None]:
    blocks = [*message.blocks, *message.footer]
    body = {
        "response_type": "ephemeral",
        "replace_original": False,
        "text": message.text,
        **({"blocks": blocks} if blocks else {}),
    }
    async with session.post(url, json=body, allow_redirects=False) as response:
        said = await response.content.read(_READ_AT_MOST)
        return response.status, said, response.headers.get("Retry-After")


def read_answer(status: int, body: bytes, *, retry_after: float | None) -> SlackError | None:
    """Say what became of an answer; `None` means that it was taken.

    An address that is used up or too old has been seen to give 404, and success to give a short
    text or `{"ok": true}`, so the status decides unless the body names a code.
    """
    try:
        reply: object = json.loads(body)
    except ValueError:
        reply = None
    code = read_code(reply)
    if status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return AnswerRefused(code or f"http_{status}")
    if code is not None or status == HTTPStatus.TOO_MANY_REQUESTS:
        return read_refusal(status, reply, sending=False, retry_after=retry_after)
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return SlackUnavailable(f"http_{status}")
    return AnswerRefused(f"http_{status}")
