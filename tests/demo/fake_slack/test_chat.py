"""Posting, editing and linking, each refusal once."""

from __future__ import annotations

from typing import Any

import pytest

from bot.demo.fake_slack import FakeSlack
from tests.clock import ManualClock
from tests.demo.fake_slack.calling import ADA, CHANNEL, Caller, rich, section

MARK = {"event_type": "meeting_summary", "event_payload": {"delivery_id": "K7", "key": "a/1"}}


async def test_remembers_a_message(call: Caller, slack: FakeSlack) -> None:
    """A message is in its channel as it was sent, under a timestamp of its own."""
    said = await call.post(text="Hi", blocks=[section()], metadata=MARK)

    [message] = slack.team.channels[CHANNEL].messages
    assert (said["ok"], said["channel"], said["ts"]) == (True, CHANNEL, message.ts)
    assert (message.text, message.blocks, message.metadata) == ("Hi", [section()], MARK)
    assert (message.bot_id, message.user) == ("B0SUMMARY", "U0BOT")


async def test_timestamps_are_unique_and_in_order(call: Caller) -> None:
    """Two messages of one moment have two names, and keep their order."""
    first, second = await call.post(), await call.post()

    assert first["ts"] < second["ts"]


async def test_previews_are_on_unless_both_are_off(call: Caller, slack: FakeSlack) -> None:
    """Links in blocks are looked at unless both flags say no."""
    await call.post(text="x", unfurl_links=False)
    await call.post(text="x", unfurl_links=False, unfurl_media=False)

    assert [m.unfurls for m in slack.team.channels[CHANNEL].messages] == [True, False]


async def test_writes_to_a_person(call: Caller, slack: FakeSlack) -> None:
    """A user's id stands for the app's own conversation with them, made when needed."""
    first = await call.post(ADA)
    again = await call.post(ADA)

    assert first["channel"] == again["channel"] == slack.team.conversation_with(ADA).id


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"blocks": [section("")], "text": "x"}, "invalid_blocks"),
        ({"text": "x", "link_names": True}, "invalid_arguments"),
        ({"text": "x", "thread_ts": 1.5}, "invalid_arguments"),
        ({"text": "x", "blocks": "{"}, "invalid_arguments"),
        ({"text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": MARK | {"event_type": 5}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": MARK | {"event_payload": []}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": MARK | {"event_type": "Not Snake"}}, "invalid_metadata_schema"),
        ({"text": "x", "metadata": MARK | {"event_payload": {"a": {}}}}, "invalid_metadata_schema"),
        (
            {"text": "x", "metadata": MARK | {"event_payload": {"A-b": 1}}},
            "invalid_metadata_schema",
        ),
        (
            {"text": "x", "metadata": MARK | {"event_payload": {"a": "x" * 1_000}}},
            "metadata_too_large",
        ),
    ],
)
async def test_refuses_what_a_message_cannot_be(
    content: dict[str, Any], code: str, call: Caller, slack: FakeSlack
) -> None:
    """Nothing of a refused message is kept."""
    said = await call.post(**content)

    assert (said["ok"], said["error"]) == (False, code)
    assert slack.team.channels[CHANNEL].messages == []


async def test_refuses_a_reply_as_a_thread(call: Caller, slack: FakeSlack) -> None:
    """A thread is named by its parent."""
    parent = slack.team.say(CHANNEL, ADA, "parent")
    reply = slack.team.say(CHANNEL, ADA, "reply", thread_ts=parent.ts)

    said = await call.post(text="x", thread_ts=reply.ts)

    assert said["error"] == "cannot_reply_to_message"


async def test_refuses_where_it_is_not(call: Caller, slack: FakeSlack) -> None:
    """Each kind of closed door has its code."""
    team = slack.team
    team.add_channel("C0OPEN", "open", with_bot=False)
    team.add_channel("C0PRIVATE", "private", with_bot=False, is_private=True)
    team.add_channel("D0HUMANS", "humans", with_bot=False, kind="im")
    team.add_channel("C0OLD", "old").is_archived = True
    team.add_channel("C0LOCKED", "locked").closed = "restricted_action_read_only_channel"

    places = ("C0OPEN", "C0PRIVATE", "D0HUMANS", "C0OLD", "C0LOCKED", "#general", "U0NOBODY")
    codes = [(await call.post(place))["error"] for place in places]

    assert codes == [
        "not_in_channel",
        "channel_not_found",
        "channel_not_found",
        "is_archived",
        "restricted_action_read_only_channel",
        "channel_not_found",
        "channel_not_found",
    ]


async def test_a_scope_opens_public_channels(call: Caller, slack: FakeSlack) -> None:
    """With `chat:write.public` nobody has to invite the bot."""
    slack.team.add_channel("C0OPEN", "open", with_bot=False)
    slack.team.scopes.add("chat:write.public")

    assert (await call.post("C0OPEN"))["ok"]


async def test_a_lower_total(call: Caller, slack: FakeSlack) -> None:
    """A scenario may have messages refused as too long."""
    slack.team.total_text = 10

    said = await call.post(text="x", blocks=[section("x" * 11)])

    assert said["error"] == "msg_blocks_too_long"


async def test_a_channel_takes_a_message_a_second(
    call: Caller, slack: FakeSlack, clock: ManualClock
) -> None:
    """After a short burst, one a second; another channel is not concerned."""
    slack.team.add_channel("C0OTHER", "other")
    taken = [(await call.post())["ok"] for _ in range(3)]
    refused = await call.raw(
        "/api/chat.postMessage", json={"channel": CHANNEL, "text": "x"}, headers=call.token()
    )
    other = await call.post("C0OTHER")
    clock.advance(seconds=1)
    later = [(await call.post())["ok"] for _ in range(2)]

    assert taken == [True, True, False]
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert other["ok"]
    assert later == [True, False]


async def test_an_edit_of_the_attachment_alone_keeps_the_rest(
    call: Caller, slack: FakeSlack
) -> None:
    """Neither text nor blocks given: both stay, and so does the metadata."""
    attachments = [{"blocks": [section("old")], "fallback": "old"}]
    posted = await call.post(text="Hi", blocks=[rich()], attachments=attachments, metadata=MARK)

    new = [{"blocks": [section("new")], "fallback": "new"}]
    await call.json("chat.update", channel=CHANNEL, ts=posted["ts"], attachments=new)

    [message] = slack.team.channels[CHANNEL].messages
    assert (message.text, message.blocks, message.metadata) == ("Hi", [rich()], MARK)
    assert (message.attachments, message.edits) == (new, 1)


async def test_an_edit_of_the_text_alone_removes_blocks(call: Caller, slack: FakeSlack) -> None:
    """A new text without blocks takes the old blocks away; attachments stay."""
    attachments = [{"blocks": [section()]}]
    posted = await call.post(text="Hi", blocks=[section()], attachments=attachments)

    await call.json("chat.update", channel=CHANNEL, ts=posted["ts"], text="New")

    [message] = slack.team.channels[CHANNEL].messages
    assert (message.text, message.blocks) == ("New", [])
    assert message.attachments == attachments


async def test_an_edit_may_remove_the_metadata(call: Caller, slack: FakeSlack) -> None:
    """An empty object removes it; other blocks replace the old ones."""
    posted = await call.post(text="Hi", blocks=[section("old")], metadata=MARK)

    await call.json(
        "chat.update", channel=CHANNEL, ts=posted["ts"], blocks=[section("new")], metadata={}
    )

    [message] = slack.team.channels[CHANNEL].messages
    assert (message.blocks, message.metadata) == ([section("new")], {})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"text": "x" * 4_001}, "msg_too_long"),
        ({}, "no_text"),
        ({"text": "x", "ts": "1.000001"}, "message_not_found"),
        ({"text": "x", "channel": ADA}, "channel_not_found"),
        ({"text": "x"}, "block_mismatch"),
        ({"blocks": [section()]}, "block_mismatch"),
        ({"blocks": [rich("")]}, "invalid_blocks"),
        ({"attachments": [{"text": "x"}]}, "invalid_attachments"),
        ({"text": "x", "as_user": True}, "invalid_arguments"),
    ],
)
async def test_refuses_an_edit(
    change: dict[str, Any], code: str, call: Caller, slack: FakeSlack
) -> None:
    """A refused edit changes nothing."""
    posted = await call.post(text="Hi", blocks=[rich()])

    said = await call.json("chat.update", **{"channel": CHANNEL, "ts": posted["ts"], **change})

    [message] = slack.team.channels[CHANNEL].messages
    assert said["error"] == code
    assert (message.text, message.blocks, message.edits) == ("Hi", [rich()], 0)


async def test_edits_only_its_own(call: Caller, slack: FakeSlack) -> None:
    """What a person wrote, and what stands in an archive, stays."""
    theirs = slack.team.say(CHANNEL, ADA, "mine")
    own = await call.post()

    said = await call.json("chat.update", channel=CHANNEL, ts=theirs.ts, text="yours")
    slack.team.channels[CHANNEL].is_archived = True
    archived = await call.json("chat.update", channel=CHANNEL, ts=own["ts"], text="x")

    assert (said["error"], archived["error"]) == ("cant_update_message", "cant_update_message")


async def test_shows_something_to_one_member(call: Caller, slack: FakeSlack) -> None:
    """An ephemeral message is seen by its member and is not in the channel."""
    said = await call.json("chat.postEphemeral", channel=CHANNEL, user=ADA, text="psst")
    stranger = await call.json("chat.postEphemeral", channel=CHANNEL, user="U0X", text="psst")

    assert said["ok"]
    assert [(a.text, a.came) for a in slack.team.answers_to(ADA)] == [("psst", "ephemeral")]
    assert stranger["error"] == "user_not_in_channel"
    assert slack.team.channels[CHANNEL].messages == []


async def test_links_to_messages(call: Caller, slack: FakeSlack) -> None:
    """A message has an address; a reply's names its thread."""
    parent = slack.team.say(CHANNEL, ADA, "parent")
    reply = slack.team.say(CHANNEL, ADA, "reply", thread_ts=parent.ts)

    first = await call.form("chat.getPermalink", channel=CHANNEL, message_ts=parent.ts)
    second = await call.form("chat.getPermalink", channel=CHANNEL, message_ts=reply.ts)
    none = await call.form("chat.getPermalink", channel=CHANNEL, message_ts="1.000001")

    where = f"https://acme.slack.com/archives/{CHANNEL}/p"
    assert first["permalink"] == where + parent.ts.replace(".", "")
    assert second["permalink"].endswith(f"?thread_ts={parent.ts}&cid={CHANNEL}")
    assert none["error"] == "message_not_found"


async def test_a_snapshot_is_the_channel_with_its_threads(call: Caller, slack: FakeSlack) -> None:
    """The whole channel as JSON, each parent with what stands under it."""
    parent = await call.post(text="parent")
    await call.post(text="reply", thread_ts=parent["ts"])

    [shown] = slack.team.channels[CHANNEL].snapshot()

    assert shown["text"] == "parent"
    assert [reply["text"] for reply in shown["thread"]] == ["reply"]
