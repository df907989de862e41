"""Slack refuses to post: on the parent, on the reply, for good or for a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.demo.fake_slack.faults import Fault, error, rate_limited
from bot.demo.stage import CHANNEL
from bot.domain.delivery import DeliveryState
from tests.scenarios.world import World, read

POST = "chat.postMessage"

FINAL = [
    ("invalid_auth", "installation_broken", "no longer works", "install it again"),
    ("not_authed", "installation_broken", "no longer works", "install it again"),
    ("account_inactive", "installation_broken", "no longer works", "install it again"),
    ("token_revoked", "installation_broken", "no longer works", "install it again"),
    ("token_expired", "installation_broken", "no longer works", "install it again"),
    ("missing_scope", "app_misconfigured", "lacks a permission", "doctor"),
    ("not_allowed_token_type", "app_misconfigured", "lacks a permission", "doctor"),
    ("not_in_channel", "not_in_channel", "not a member", "/invite @meeting-summary"),
    ("channel_not_found", "not_in_channel", "not a member", "/invite @meeting-summary"),
    ("is_archived", "channel_closed", "archived, locked", "another channel"),
    ("restricted_action", "channel_closed", "archived, locked", "another channel"),
    ("thread_locked", "channel_closed", "archived, locked", "another channel"),
    ("slack_connect_file_link_sharing_blocked", "channel_closed", "closed", "another channel"),
    ("invalid_arguments", "slack_refused", "does not know", "look into it"),
    ("team_not_found", "slack_refused", "does not know", "look into it"),
    ("message_limit_exceeded", "quota_reached", "number of messages", "about the plan"),
    ("invented_yesterday", "slack_refused", "does not know", "look into it"),
]
"""A code of each class that no retry mends: its reason, what happened and what to do."""

PASSING = [
    rate_limited("7"),
    error("rate_limited"),
    error("service_unavailable"),
    error("request_timeout"),
    error("team_added_to_org"),
    error("external_channel_migrating"),
]
"""A reply of each kind that says that nothing was done, and that it may be tried again."""


def in_the_channel(given: Mapping[str, Any]) -> bool:
    """Whether a call posts the parent."""
    return given["channel"] == CHANNEL and "thread_ts" not in given


def in_a_thread(given: Mapping[str, Any]) -> bool:
    """Whether a call posts a reply."""
    return "thread_ts" in given


def posts(world: World) -> int:
    """How often the bot has tried to post."""
    return len(world.stage.slack.calls_of(POST))


@pytest.mark.parametrize(("code", "reason", "happened", "step"), FINAL)
async def test_a_refused_parent_is_told_in_plain_words_and_never_repeated(
    world: World, code: str, reason: str, happened: str, step: str
) -> None:
    """One call, one private answer with the next step and no code; nothing more, ever."""
    session = world.meeting()
    world.stage.slack.faults.add(POST, error(code, needed="chat:write", provided="commands"))

    await world.ask(session)
    await world.later(days=2)

    delivery = await world.delivery(session)
    assert (delivery.state, delivery.reason) == (DeliveryState.FAILED, reason)
    assert posts(world) == 1
    assert world.threads() == []
    _, answer = world.private()
    assert happened in answer
    assert step in answer
    assert f"Reference {delivery.id}" in answer
    assert code not in answer


@pytest.mark.parametrize(("code", "reason", "happened", "step"), FINAL)
async def test_a_refused_reply_is_told_with_a_link_to_its_parent(
    world: World, code: str, reason: str, happened: str, step: str
) -> None:
    """The parent stands alone; the asker learns where, why, and what to do; nothing is repeated."""
    session = world.meeting()
    world.stage.slack.faults.add(POST, error(code).only_for(in_a_thread))

    await world.ask(session)
    await world.later(days=2)

    delivery = await world.delivery(session)
    assert (delivery.state, delivery.reason) == (DeliveryState.FAILED, reason)
    assert posts(world) == 2
    [(parent, replies)] = world.threads()
    assert replies == []
    answer = world.private()[-1]
    assert happened in answer
    assert step in answer
    assert "Part of it was posted before that: open the thread" in answer
    link = f"https://acme.slack.com/archives/{CHANNEL}/p{parent.ts.replace('.', '')}"
    assert link in str(world.dana.answers[-1].blocks)


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.body.decode())
@pytest.mark.parametrize("which", [in_the_channel, in_a_thread])
async def test_a_passing_refusal_is_tried_again_until_it_passes(
    world: World, fault: Fault, which: Any
) -> None:
    """Whichever message it befell, there is one thread in the end and nobody is bothered."""
    session = world.meeting()
    world.stage.slack.faults.add(POST, fault.only_for(which), fault.only_for(which))

    await world.ask(session)
    await world.until_next_step()
    await world.until_next_step()

    assert (await world.delivery(session)).state is DeliveryState.POSTED
    [(_, replies)] = world.threads()
    assert len(replies) == 1
    assert posts(world) == 4
    assert len(world.private()) == 1


async def test_the_time_slack_asks_for_is_kept(world: World) -> None:
    """After `Retry-After: 90` no call is made for 90 seconds."""
    session = world.meeting()
    world.stage.slack.faults.add(POST, rate_limited("90"))

    await world.ask(session)
    waited = await world.until_next_step()

    assert timedelta(seconds=90) <= waited < timedelta(seconds=92)
    assert (await world.delivery(session)).state is DeliveryState.POSTED


async def test_an_outage_is_given_up_after_a_day(world: World) -> None:
    """The asker, whose answer's address died long ago, is told in the app's conversation."""
    session = world.meeting()
    world.stage.slack.faults.add(
        POST, error("service_unavailable").always().only_for(in_the_channel)
    )

    await world.ask(session)
    while (await world.delivery(session)).state.is_open:
        await world.later(hours=2)

    delivery = await world.delivery(session)
    assert timedelta(hours=24) <= world.clock() - delivery.created_at < timedelta(hours=27)
    assert world.threads() == []
    told = world.channel(f"D{world.dana.id[1:]}").messages[-1]
    assert read(told).startswith("Slack could not be reached.")
    assert f"/meeting-summary standups {session}" in read(told)


CONTENT = [
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "msg_too_long",
    "attachment_payload_limit_exceeded",
    "metadata_too_large",
    "invalid_metadata_schema",
    "block_mismatch",
]


@pytest.mark.parametrize("code", CONTENT)
async def test_a_reply_slack_cannot_show_is_sent_in_another_form(world: World, code: str) -> None:
    """The same body is never sent again; all words arrive, and the notice ends the thread."""
    session = world.meeting("First thing.\n\nSecond thing.")
    world.stage.slack.faults.add(POST, error(code).only_for(in_a_thread))

    await world.ask(session)

    assert (await world.delivery(session)).state is DeliveryState.POSTED
    [(_, replies)] = world.threads()
    texts = [read(reply) for reply in replies]
    assert "First thing." in texts[0]
    assert "Second thing." in texts[-1]
    assert ["Get the file" in text for text in texts] == [False] * (len(texts) - 1) + [True]
    bodies = [str(call.arguments) for call in world.stage.slack.calls_of(POST)]
    assert len(set(bodies)) == len(bodies)


async def test_a_summary_slack_shows_in_no_form_is_told(world: World) -> None:
    """Every form was tried once; the asker gets the next step, and it is not tried again."""
    session = world.meeting("One line.")
    world.stage.slack.faults.add(POST, error("invalid_blocks").always().only_for(in_a_thread))

    await world.ask(session)
    tried = posts(world)
    await world.later(days=2)

    assert (await world.delivery(session)).reason == "content_refused"
    assert posts(world) == tried
    assert "Slack would not show the text of this summary" in world.private()[-1]
    bodies = [str(call.arguments) for call in world.stage.slack.calls_of(POST)]
    assert len(set(bodies)) == len(bodies)


async def test_a_parent_whose_title_slack_cannot_show_is_told(world: World) -> None:
    """A parent that was refused for its content leaves nothing in the channel."""
    session = world.meeting()
    world.stage.slack.faults.add(POST, error("invalid_blocks"))

    await world.ask(session)

    assert (await world.delivery(session)).state is DeliveryState.FAILED
    assert world.threads() == []
    assert len(world.private()) == 2


async def test_what_was_refused_can_be_asked_for_again(world: World) -> None:
    """Once whatever stood in the way is gone, the pasted line posts the summary once."""
    session = world.meeting()
    world.stage.slack.faults.add(POST, error("not_in_channel"))
    await world.ask(session)

    await world.ask(session)

    [(_, replies)] = world.threads()
    assert len(replies) == 1


async def test_a_half_posted_thread_is_continued_when_asked_again(world: World) -> None:
    """The parent that stands is kept: asking again adds what is missing under it."""
    session = world.meeting()
    world.stage.slack.faults.add(POST, error("restricted_action").only_for(in_a_thread))
    await world.ask(session)

    await world.ask(session)

    [(_, replies)] = world.threads()
    assert len(replies) == 1


async def test_a_notice_that_can_no_longer_be_edited_is_let_be(world: World) -> None:
    """When the edit window has closed, nothing is tried for ever and nobody is bothered."""
    session = world.meeting()
    await world.ask(session)
    world.stage.slack.faults.add("chat.update", error("edit_window_closed"))

    await world.later(days=7, minutes=1)
    await world.later(days=2)

    assert len(world.stage.slack.calls_of("chat.update")) == 1
    assert (await world.delivery(session)).run_at is None
    assert len(world.private()) == 1


async def test_files_that_are_refused_leave_the_whole_text_in_the_thread(world: World) -> None:
    """Where the workspace takes no files, a long summary comes in numbered parts."""
    paragraphs = [f"Paragraph {number}. " + "Words and more words. " * 40 for number in range(60)]
    session = world.meeting("\n\n".join(paragraphs))
    world.stage.slack.faults.add("files.getUploadURLExternal", error("file_uploads_disabled"))

    await world.ask(session)

    [(_, replies)] = world.threads()
    whole = "\n".join(read(reply) for reply in replies)
    assert all(f"Paragraph {number}." in whole for number in range(60))
    assert len(replies) > 3
