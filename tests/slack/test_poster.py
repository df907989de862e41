"""The poster against a strict Slack, over real connections."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler

from bot.demo.fake_slack import Channel, FakeSlack, faults
from bot.domain.ids import ChannelId, DeliveryId, MessageTs, UserId
from bot.errors import (
    CannotLook,
    ChannelClosed,
    ContentRefused,
    EditRefused,
    InstallationBroken,
    LayoutRefused,
    NotInChannel,
    SendUnconfirmed,
    SlackBusy,
    SlackError,
    SlackUnavailable,
)
from bot.messages.kit import Block, Message
from bot.slack.poster import SlackPoster
from bot.slack.web_api import WebApi
from tests.clock import ManualClock
from tests.fakes import ASKER, CHANNEL
from tests.served_slack import Observations

DELIVERY = DeliveryId("K7QX2M9RTA")


def section(text: str) -> Block:
    """A section of plain text."""
    return {"type": "section", "text": {"type": "plain_text", "text": text}}


def rich(text: str) -> Block:
    """A paragraph of rich text."""
    inline = {"type": "text", "text": text}
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [inline]}],
    }


MESSAGE = Message("Weekly planning", (rich("We agreed."),))
WITH_NOTICE = Message("Weekly planning", (rich("We agreed."),), (section("Until Monday."),))
EXPIRED = Message("Expired", footer=(section("The file is gone."),))


async def post(poster: SlackPoster, key: str = "parent", **more: MessageTs) -> MessageTs:
    """Post a message under a key."""
    return await poster.post(CHANNEL, MESSAGE, delivery=DELIVERY, key=key, **more)


async def find(
    poster: SlackPoster, clock: ManualClock, key: str = "parent", **more: MessageTs
) -> MessageTs | None:
    """Look for a message that was begun now."""
    return await poster.find(CHANNEL, delivery=DELIVERY, key=key, since=clock(), **more)


async def test_posts_a_message_whole(
    poster: SlackPoster, slack: FakeSlack, channel: Channel, observed: Observations
) -> None:
    """Text, blocks and mark arrive; previews are off; nothing else is asked for."""
    ts = await post(poster)

    [call] = slack.calls_of("chat.postMessage")
    assert call.arguments == {
        "channel": CHANNEL,
        "text": "Weekly planning",
        "blocks": [rich("We agreed.")],
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {
            "event_type": "meeting_summary",
            "event_payload": {"delivery_id": DELIVERY, "key": "parent"},
        },
    }
    assert [message.ts for message in channel.parents] == [ts]
    assert observed.seen == [("chat.postMessage", "ok")]


async def test_posts_into_a_thread(poster: SlackPoster, channel: Channel) -> None:
    """A part stands under its parent, not in the channel."""
    parent = await post(poster)
    reply = await post(poster, "a1b2/1", thread=parent)

    assert [message.ts for message in channel.parents] == [parent]
    assert [message.ts for message in channel.replies(parent)] == [reply]


async def test_a_footer_is_an_attachment(poster: SlackPoster, channel: Channel) -> None:
    """The notice stands in one attachment of its own, where it can be changed alone."""
    await poster.post(CHANNEL, WITH_NOTICE, delivery=DELIVERY, key="parent")

    assert channel.messages[0].attachments == [
        {"blocks": [section("Until Monday.")], "fallback": "Weekly planning"}
    ]


async def test_a_text_alone_is_a_message(poster: SlackPoster, channel: Channel) -> None:
    """A message may be nothing but text."""
    await poster.post(CHANNEL, Message("Hello."), delivery=DELIVERY, key="parent")

    assert (channel.messages[0].text, channel.messages[0].blocks) == ("Hello.", [])


async def test_replacing_the_footer_keeps_the_message(
    poster: SlackPoster, slack: FakeSlack, channel: Channel
) -> None:
    """The notice changes; text, blocks and mark stay, though none of them is sent again."""
    ts = await poster.post(CHANNEL, WITH_NOTICE, delivery=DELIVERY, key="parent")
    mark = channel.messages[0].metadata

    await poster.replace_footer(CHANNEL, ts, EXPIRED)

    [message] = channel.messages
    assert message.attachments == [
        {"blocks": [section("The file is gone.")], "fallback": "Expired"}
    ]
    assert (message.text, message.blocks) == ("Weekly planning", [rich("We agreed.")])
    assert message.metadata == mark
    assert slack.calls_of("chat.update")[0].arguments.keys() == {"channel", "ts", "attachments"}


async def test_the_footer_of_a_deleted_message(poster: SlackPoster) -> None:
    """A message somebody deleted cannot be changed, and that is the end of it."""
    with pytest.raises(EditRefused, match="message_not_found"):
        await poster.replace_footer(CHANNEL, MessageTs("1.000001"), EXPIRED)


async def test_the_footer_of_somebody_elses_message(poster: SlackPoster, slack: FakeSlack) -> None:
    """Only own messages can be changed."""
    said = slack.team.say(CHANNEL, ASKER, "mine")

    with pytest.raises(EditRefused, match="cant_update_message"):
        await poster.replace_footer(CHANNEL, MessageTs(said.ts), EXPIRED)


async def test_an_edit_in_doubt_is_simply_tried_again(
    poster: SlackPoster, slack: FakeSlack
) -> None:
    """Doing the same edit twice does no harm, so it is never unconfirmed."""
    ts = await post(poster)
    slack.faults.add("chat.update", faults.drop(after_acting=True))

    with pytest.raises(SlackUnavailable):
        await poster.replace_footer(CHANNEL, ts, EXPIRED)


async def test_tells_one_person(poster: SlackPoster, slack: FakeSlack) -> None:
    """A private message goes to the app's own conversation with the person, without a mark."""
    await poster.tell(ASKER, Message("It is posted.", (section("It is posted."),)))

    [message] = slack.team.conversation_with(ASKER).messages
    assert (message.text, message.metadata, message.unfurls) == ("It is posted.", {}, False)


async def test_telling_nobody(poster: SlackPoster) -> None:
    """A user who is not there cannot be told."""
    with pytest.raises(NotInChannel):
        await poster.tell(UserId("U0NOBODY"), MESSAGE)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.drop(after_acting=True), SendUnconfirmed),
        (faults.answer(after_acting=True), SendUnconfirmed),
        (faults.error("internal_error", after_acting=True), SendUnconfirmed),
    ],
)
async def test_an_answer_lost_after_the_fact_leaves_one_message(
    fault: faults.Fault,
    error: type[SlackError],
    poster: SlackPoster,
    slack: FakeSlack,
    channel: Channel,
    clock: ManualClock,
) -> None:
    """The message is there once, the send says it does not know, and looking finds it."""
    slack.faults.add("chat.postMessage", fault)

    with pytest.raises(error):
        await post(poster)

    assert len(slack.calls_of("chat.postMessage")) == 1
    assert await find(poster, clock) == channel.messages[0].ts
    assert len(channel.messages) == 1


async def test_the_sdks_own_retry_would_have_posted_twice(
    poster: SlackPoster, slack: FakeSlack, channel: Channel
) -> None:
    """Why the SDK may not retry: with its usual handler the same fault makes two messages."""
    slack.faults.add("chat.postMessage", faults.drop(after_acting=True))
    poster.api._client.retry_handlers = [AsyncConnectionErrorRetryHandler()]

    await post(poster)

    assert len(channel.messages) == 2


async def test_a_connection_lost_before_the_fact_leaves_nothing(
    poster: SlackPoster, slack: FakeSlack, clock: ManualClock
) -> None:
    """From here both losses look the same; looking tells them apart."""
    slack.faults.add("chat.postMessage", faults.drop())

    with pytest.raises(SendUnconfirmed):
        await post(poster)

    assert await find(poster, clock) is None


async def test_an_answer_without_a_timestamp_is_in_doubt(
    poster: SlackPoster, slack: FakeSlack
) -> None:
    """A success that does not say where the message is must be looked up."""
    well = faults.answer(200, b'{"ok": true}', "application/json")
    slack.faults.add("chat.postMessage", well)

    with pytest.raises(SendUnconfirmed, match="no_ts"):
        await post(poster)


async def test_finds_a_part_in_its_thread(
    poster: SlackPoster, clock: ManualClock, channel: Channel
) -> None:
    """A part is looked for under its parent, by its own key."""
    parent = await post(poster)
    part = await post(poster, "a1b2/1", thread=parent)

    assert await find(poster, clock, "a1b2/1", thread=parent) == part
    assert await find(poster, clock, "a1b2/2", thread=parent) is None
    assert await find(poster, clock, "a1b2/1") is None
    assert len(channel.messages) == 2


async def test_finds_a_message_behind_others(
    poster: SlackPoster, slack: FakeSlack, clock: ManualClock
) -> None:
    """A busy channel is read page by page."""
    ts = await post(poster)
    for number in range(40):
        slack.team.say(CHANNEL, ASKER, f"message {number}")

    assert await find(poster, clock) == ts
    assert len(slack.calls_of("conversations.history")) == 3


async def test_gives_up_on_an_endless_channel(
    poster: SlackPoster, slack: FakeSlack, clock: ManualClock
) -> None:
    """What was not read whole cannot be said to be without the message."""
    await post(poster)
    for number in range(150):
        slack.team.say(CHANNEL, ASKER, f"message {number}")

    with pytest.raises(CannotLook, match="too_many_messages"):
        await find(poster, clock)


async def test_looks_only_at_the_time_in_question(
    poster: SlackPoster, slack: FakeSlack, clock: ManualClock
) -> None:
    """A message of another time is another message, and older ones are not even read."""
    await post(poster)
    clock.advance(minutes=10)

    assert await find(poster, clock) is None
    [call] = slack.calls_of("conversations.history")
    reach = float(call.arguments["latest"]) - float(call.arguments["oldest"])
    assert reach <= timedelta(minutes=6).total_seconds()


async def test_another_apps_copy_of_the_mark_does_not_count(
    poster: SlackPoster, clock: ManualClock, channel: Channel
) -> None:
    """Everybody can read and repeat the mark; only this bot's own messages are found."""
    await post(poster)
    channel.messages[0].bot_id = "B0SOMEBODY"

    assert await find(poster, clock) is None


async def test_asks_who_it_is_only_once(
    poster: SlackPoster, slack: FakeSlack, clock: ManualClock
) -> None:
    """The bot's own id does not change."""
    await find(poster, clock)
    await find(poster, clock)

    assert len(slack.calls_of("auth.test")) == 1


async def test_cannot_look_without_a_history_scope(
    poster: SlackPoster, slack: FakeSlack, clock: ManualClock
) -> None:
    """The scope is optional; without it nobody can tell."""
    slack.team.scopes.discard("channels:history")

    with pytest.raises(CannotLook, match="missing_scope channels:history"):
        await find(poster, clock)


async def test_cannot_look_into_a_channel_it_left(
    poster: SlackPoster, clock: ManualClock, channel: Channel
) -> None:
    """Outside the channel its history is closed."""
    channel.members.clear()

    with pytest.raises(CannotLook, match="not_in_channel"):
        await find(poster, clock)


async def test_a_thread_that_is_gone_holds_nothing(poster: SlackPoster, clock: ManualClock) -> None:
    """A parent without replies that was deleted leaves no thread, so no part of ours either."""
    assert await find(poster, clock, "a1b2/1", thread=MessageTs("1.000001")) is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.rate_limited("30"), SlackBusy),
        (faults.error("token_revoked"), InstallationBroken),
        (faults.error("internal_error"), SlackUnavailable),
        (faults.drop(), SlackUnavailable),
    ],
)
async def test_looking_may_fail_for_now(
    fault: faults.Fault,
    error: type[SlackError],
    poster: SlackPoster,
    slack: FakeSlack,
    clock: ManualClock,
) -> None:
    """What another time, or another token, could answer is not `CannotLook`."""
    slack.faults.add("conversations.history", fault)

    with pytest.raises(error):
        await find(poster, clock)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("is_archived", ChannelClosed),
        ("restricted_action_non_threadable_channel", LayoutRefused),
        ("msg_blocks_too_long", ContentRefused),
    ],
)
async def test_a_refusal_is_its_error(
    code: str, error: type[SlackError], poster: SlackPoster, slack: FakeSlack, channel: Channel
) -> None:
    """Slack's no becomes the error that says what to do."""
    slack.faults.add("chat.postMessage", faults.error(code))

    with pytest.raises(error, match=code):
        await post(poster)

    assert channel.messages == []


async def test_a_channel_nobody_invited_it_to(poster: SlackPoster) -> None:
    """A private channel without the bot does not exist for it."""
    with pytest.raises(NotInChannel, match="channel_not_found"):
        await poster.post(ChannelId("C0SECRET"), MESSAGE, delivery=DELIVERY, key="parent")


async def test_a_third_message_at_once_is_too_many(
    poster: SlackPoster, observed: Observations
) -> None:
    """Slack's own pace is respected by whoever calls; here it is only reported."""
    await post(poster)
    await post(poster, "two")

    with pytest.raises(SlackBusy) as caught:
        await post(poster, "three")

    assert caught.value.retry_after == 1.0
    assert observed.seen[-1] == ("chat.postMessage", "ratelimited")


async def test_an_org_wide_installation_names_the_workspace(
    poster: SlackPoster, slack: FakeSlack, clock: ManualClock, observed: Observations
) -> None:
    """One token for many workspaces needs the workspace with every call."""
    scoped = SlackPoster(
        WebApi(
            poster.api.session,
            token=slack.team.token,
            base_url=slack.api_url,
            now=clock,
            observe=observed,
            team_id="T0ACME",
        )
    )

    await post(scoped)
    await find(scoped, clock)

    assert {call.arguments.get("team_id") for call in slack.calls} == {"T0ACME"}


async def test_nothing_of_a_message_is_logged(
    poster: SlackPoster, slack: FakeSlack, caplog: pytest.LogCaptureFixture
) -> None:
    """Even at DEBUG, neither a send nor a refusal prints a body or a token."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="slack_sdk")

    await post(poster)
    slack.faults.add("chat.postMessage", faults.error("invalid_blocks"))
    with pytest.raises(ContentRefused) as caught:
        await post(poster)

    said = caplog.text + repr(caught.value) + str(caught.value)
    assert slack.team.token not in said
    assert "We agreed." not in said
