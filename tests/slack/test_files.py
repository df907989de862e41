"""Files into a thread of a strict Slack."""

from __future__ import annotations

import pytest

from bot.demo.fake_slack import Channel, FakeSlack, faults
from bot.domain.ids import MessageTs
from bot.errors import (
    FilesRefused,
    InstallationBroken,
    NotInChannel,
    SendUnconfirmed,
    SlackBusy,
    SlackError,
    SlackUnavailable,
)
from bot.slack.poster import SlackPoster
from tests.fakes import ASKER, CHANNEL
from tests.served_slack import Observations

TEXT = "# Notes\n\nÄlle waren da."


@pytest.fixture
def parent(slack: FakeSlack) -> MessageTs:
    """A message to put a file under."""
    return MessageTs(slack.team.say(CHANNEL, ASKER, "parent").ts)


async def upload(poster: SlackPoster, thread: MessageTs, text: str = TEXT) -> None:
    """Put the text under a message."""
    await poster.upload(CHANNEL, thread, name="notes.md", title="All of it", text=text)


async def test_a_file_stands_in_the_thread(
    poster: SlackPoster, channel: Channel, parent: MessageTs, observed: Observations
) -> None:
    """The whole text arrives, byte for byte, under its name and title."""
    await upload(poster, parent)

    [message] = channel.replies(parent)
    assert [(file.name, file.title, file.text) for file in message.files] == [
        ("notes.md", "All of it", TEXT)
    ]
    assert observed.seen == [
        ("files.getUploadURLExternal", "ok"),
        ("files.upload_url", "ok"),
        ("files.completeUploadExternal", "ok"),
    ]


@pytest.mark.parametrize(
    "code",
    [
        "file_uploads_disabled",
        "file_uploads_except_images_disabled",
        "slack_connect_file_upload_sharing_blocked",
        "restricted_action",
        "a_code_of_next_year",
    ],
)
@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_a_workspace_without_files(
    method: str, code: str, poster: SlackPoster, slack: FakeSlack, parent: MessageTs
) -> None:
    """Whatever stands in a file's way for good says so in one way: the text goes another."""
    slack.faults.add(method, faults.error(code))

    with pytest.raises(FilesRefused, match=code):
        await upload(poster, parent)


async def test_without_the_scope(poster: SlackPoster, slack: FakeSlack, parent: MessageTs) -> None:
    """The scope for files may be left out; then there are no files."""
    slack.team.scopes.discard("files:write")

    with pytest.raises(FilesRefused, match="missing_scope files:write"):
        await upload(poster, parent)


async def test_an_empty_text_is_no_file(poster: SlackPoster, parent: MessageTs) -> None:
    """Slack takes no file of no length."""
    with pytest.raises(FilesRefused, match="missing_argument"):
        await upload(poster, parent, text="")


@pytest.mark.parametrize(
    ("method", "fault", "error"),
    [
        ("files.getUploadURLExternal", faults.drop(after_acting=True), SlackUnavailable),
        ("files.getUploadURLExternal", faults.error("invalid_auth"), InstallationBroken),
        ("files.getUploadURLExternal", faults.rate_limited("3"), SlackBusy),
        (
            "files.getUploadURLExternal",
            faults.answer(200, b'{"ok": true, "file_id": "F1"}', "application/json"),
            SlackUnavailable,
        ),
        ("upload", faults.drop(after_acting=True), SlackUnavailable),
        ("upload", faults.answer(503), SlackUnavailable),
        ("upload", faults.answer(429), SlackUnavailable),
        ("upload", faults.answer(302), FilesRefused),
        ("upload", faults.answer(413), FilesRefused),
        ("files.completeUploadExternal", faults.drop(after_acting=True), SendUnconfirmed),
        ("files.completeUploadExternal", faults.error("fatal_error"), SendUnconfirmed),
        ("files.completeUploadExternal", faults.error("not_in_channel"), NotInChannel),
    ],
)
async def test_a_step_fails(
    method: str,
    fault: faults.Fault,
    error: type[SlackError],
    poster: SlackPoster,
    slack: FakeSlack,
    parent: MessageTs,
) -> None:
    """Only the last step shows anything, so only there a lost answer is in doubt."""
    slack.faults.add(method, fault)

    with pytest.raises(error):
        await upload(poster, parent)


async def test_an_upload_address_elsewhere_is_not_used(
    poster: SlackPoster, slack: FakeSlack, parent: MessageTs
) -> None:
    """The text goes to Slack or nowhere."""
    elsewhere = b'{"ok": true, "file_id": "F1", "upload_url": "https://files.example.com/u"}'
    slack.faults.add(
        "files.getUploadURLExternal", faults.answer(200, elsewhere, "application/json")
    )

    with pytest.raises(FilesRefused, match="not_slacks_address"):
        await upload(poster, parent)
