"""Files: reserved, uploaded, shown."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.demo.fake_slack import FakeSlack
from tests.demo.fake_slack.calling import ADA, CHANNEL, Caller

TEXT = b"# Notes"


async def reserve(call: Caller) -> dict[str, Any]:
    """Ask where to put the text."""
    return await call.form("files.getUploadURLExternal", filename="n.md", length=str(len(TEXT)))


async def put(call: Caller, reserved: dict[str, Any], content: bytes = TEXT) -> httpx.Response:
    """Put it there."""
    return await call.raw(reserved["upload_url"], content=content)


async def show(call: Caller, file: str, **more: str) -> dict[str, Any]:
    """Show it in the channel."""
    files = [{"id": file, "title": "All of it"}]
    arguments = {"files": files, "channel_id": CHANNEL, **more}
    return await call.json("files.completeUploadExternal", **arguments)


async def test_a_file_in_a_thread(call: Caller, slack: FakeSlack) -> None:
    """The content is there under the parent, with its name and title."""
    parent = slack.team.say(CHANNEL, ADA, "parent")

    reserved = await reserve(call)
    uploaded = await put(call, reserved)
    shown = await show(call, reserved["file_id"], thread_ts=parent.ts)

    [message] = slack.team.channels[CHANNEL].replies(parent.ts)
    assert (uploaded.status_code, shown["ok"]) == (200, True)
    assert [(f.name, f.title, f.text) for f in message.files] == [("n.md", "All of it", "# Notes")]
    assert message.as_json()["files"][0]["id"] == reserved["file_id"]


async def test_a_private_file(call: Caller, slack: FakeSlack) -> None:
    """Without a channel nobody else sees it."""
    reserved = await reserve(call)
    await put(call, reserved)

    said = await call.json("files.completeUploadExternal", files=[{"id": reserved["file_id"]}])

    assert said["files"] == [{"id": reserved["file_id"], "title": "n.md"}]
    assert slack.team.channels[CHANNEL].messages == []


@pytest.mark.parametrize(
    ("length", "code"), [("0", "missing_argument"), ("1000001", "snippet_too_large")]
)
async def test_refuses_a_size(length: str, code: str, call: Caller) -> None:
    """A file has a size, up to a megabyte."""
    said = await call.form("files.getUploadURLExternal", filename="n.md", length=length)

    assert said["error"] == code


async def test_takes_only_what_was_announced(call: Caller) -> None:
    """As many bytes as were said, once, at that address, and without a token."""
    reserved = await reserve(call)

    short = await put(call, reserved, b"#")
    with_token = await call.raw(reserved["upload_url"], content=TEXT, headers=call.token())
    taken = await put(call, reserved)
    again = await put(call, reserved)
    elsewhere = await call.raw("/upload/v1/elsewhere", content=TEXT)

    codes = [reply.status_code for reply in (short, with_token, taken, again, elsewhere)]
    assert codes == [400, 400, 200, 404, 404]


async def test_shows_only_what_was_uploaded_and_only_once(call: Caller) -> None:
    """A file is shown when its content is there, and not a second time."""
    reserved = await reserve(call)

    early = await show(call, reserved["file_id"])
    await put(call, reserved)
    first = await show(call, reserved["file_id"])
    second = await show(call, reserved["file_id"])
    unknown = await show(call, "F0NONE")

    assert (early["error"], first["ok"]) == ("file_not_found", True)
    assert (second["error"], unknown["error"]) == ("file_not_found", "file_not_found")


async def test_refuses_to_show(call: Caller, slack: FakeSlack) -> None:
    """The bot must be in the channel, the thread must be one, and the channel open."""
    parent = slack.team.say(CHANNEL, ADA, "parent")
    reply = slack.team.say(CHANNEL, ADA, "reply", thread_ts=parent.ts)
    slack.team.add_channel("C0OPEN", "open", with_bot=False)
    reserved = await reserve(call)
    await put(call, reserved)

    outside = await show(call, reserved["file_id"], channel_id="C0OPEN")
    under_reply = await show(call, reserved["file_id"], thread_ts=reply.ts)
    under_nothing = await show(call, reserved["file_id"], thread_ts="1.000001")
    slack.team.channels[CHANNEL].is_archived = True
    archived = await show(call, reserved["file_id"])

    assert outside["error"] == "not_in_channel"
    assert under_reply["error"] == under_nothing["error"] == "invalid_thread_ts"
    assert archived["error"] == "is_archived"


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_needs_the_scope(method: str, call: Caller, slack: FakeSlack) -> None:
    """Both steps need `files:write`."""
    slack.team.scopes.discard("files:write")

    said = await call.json(method, filename="n.md", length=1) if "get" in method else None
    said = said or await call.json(method, files=[])

    assert (said["error"], said["needed"]) == ("missing_scope", "files:write")
