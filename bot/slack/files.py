"""A text file in a thread: ask where to put it, put it there, then show it.

Source: https://docs.slack.dev/messaging/working-with-files
"""

from __future__ import annotations

import json
from http import HTTPStatus

from bot.domain.ids import ChannelId, MessageTs
from bot.errors import (
    FilesRefused,
    InstallationBroken,
    NotInChannel,
    SlackError,
    SlackUnavailable,
)
from bot.slack.addresses import slack_address
from bot.slack.failures import FAILURES
from bot.slack.web_api import WebApi

UPLOAD = "files.upload_url"
"""What the upload itself is called in the metrics."""


async def upload(
    api: WebApi, channel: ChannelId, thread: MessageTs, *, name: str, title: str, text: str
) -> None:
    """Put a text into a thread as a file.

    A file is never the only way to show a text, so whatever stands in the way for good, be it a
    missing scope or a rule of the workspace, is `FilesRefused`, unless nothing else could be
    posted either.

    Raises:
        FilesRefused, InstallationBroken, NotInChannel, SlackBusy, SlackUnavailable.
        SendUnconfirmed: the file may or may not be in the thread.
    """
    content = text.encode()
    try:
        file, address = await _reserve(api, name, len(content))
        await _put(api, address, content)
        await _show(api, channel, thread, file, title)
    except (FilesRefused, InstallationBroken, NotInChannel):
        raise
    except SlackError as error:
        if error.retryable:
            raise
        refusal = FilesRefused(error.detail)
    else:
        return
    raise refusal


async def _reserve(api: WebApi, name: str, length: int) -> tuple[str, str]:
    """Ask for a file's id and the address to put it, with its length in bytes."""
    form = {"filename": name, "length": str(length)}
    reply = await api.call("files.getUploadURLExternal", form=form)
    return reply.text("file_id"), reply.text("upload_url")


async def _put(api: WebApi, address: str, content: bytes) -> None:
    """Send the content; nobody sees it yet, so whatever goes wrong can simply be tried again."""
    with api.observed(UPLOAD):
        url = slack_address(address, base_url=api.base_url)
        if url is None:
            raise FilesRefused("not_slacks_address")
        failure: SlackError | None = None
        try:
            async with api.session.post(url, data=content, allow_redirects=False) as response:
                status = response.status
        except FAILURES as error:
            failure = api.read_failure(error, sending=False)
        else:
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRY_AGAIN:
                failure = SlackUnavailable(f"http_{status}")
            elif status != HTTPStatus.OK:
                failure = FilesRefused(f"http_{status}")
        if failure is not None:
            raise failure


_TRY_AGAIN = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


async def _show(api: WebApi, channel: ChannelId, thread: MessageTs, file: str, title: str) -> None:
    form = {
        "files": json.dumps([{"id": file, "title": title}]),
        "channel_id": channel,
        "thread_ts": thread,
    }
    await api.call("files.completeUploadExternal", form=form, sending=True)
