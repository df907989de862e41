"""`chat.*`: posting, editing and linking to messages.

Source: https://docs.slack.dev/reference/methods/chat.postMessage and the pages beside it
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from bot.demo.fake_slack.blocks import TOTAL_TEXT, check_message
from bot.demo.fake_slack.refused import Refused
from bot.demo.fake_slack.state import Channel, Message, PrivateAnswer
from bot.demo.fake_slack.team import Team

_LONGEST_TEXT = 40_000
"""Slack cuts longer ones; here they are refused, for nothing of a summary may be cut."""

_LONGEST_EDIT = 4_000
_LARGEST_METADATA = 1_024
"""Bytes as JSON. Slack does not say how many it takes; this is what it is advised to stay under."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")
_CONTENT = ("text", "blocks", "attachments")


def post_message(team: Team, given: Mapping[str, Any]) -> dict[str, Any]:
    """Post into a channel, a thread, or the app's conversation with a person."""
    channel = _postable(team, given["channel"])
    _check_content(team, given)
    _check_thread(channel, given.get("thread_ts"))
    message = Message(
        ts=team.new_ts(),
        user=team.bot_user_id,
        bot_id=team.bot_id,
        app_id=team.app_id,
        text=given.get("text", ""),
        blocks=given.get("blocks", []),
        attachments=given.get("attachments", []),
        metadata=check_metadata(given.get("metadata", {})),
        thread_ts=given.get("thread_ts"),
        unfurls=given.get("unfurl_links", True) or given.get("unfurl_media", True),
    )
    channel.messages.append(message)
    return {"channel": channel.id, "ts": message.ts, "message": message.as_json()}


def post_ephemeral(team: Team, given: Mapping[str, Any]) -> dict[str, Any]:
    """Show something to one member of a channel."""
    channel = _postable(team, given["channel"])
    _check_content(team, given)
    _check_thread(channel, given.get("thread_ts"))
    if given["user"] not in channel.members:
        raise Refused("user_not_in_channel")
    ts = team.new_ts()
    team.answers.append(
        PrivateAnswer(
            user=given["user"],
            channel=channel.id,
            text=given.get("text", ""),
            blocks=given.get("blocks", []),
            came="ephemeral",
            ts=ts,
        )
    )
    return {"message_ts": ts}


def update(team: Team, given: Mapping[str, Any]) -> dict[str, Any]:
    """Edit one of the app's own messages.

    What is not given stays, but for the blocks: a new text without blocks removes them.
    """
    if str(given["channel"]).startswith(("U", "W")):
        raise Refused("channel_not_found")
    channel = team.visible_channel(given["channel"])
    message = channel.find(given["ts"])
    if message is None:
        raise Refused("message_not_found")
    if message.bot_id != team.bot_id or channel.is_archived:
        raise Refused("cant_update_message")
    if len(given.get("text", "")) > _LONGEST_EDIT:
        raise Refused("msg_too_long")
    _check_content(team, given)
    _edit(message, given)
    return {"channel": channel.id, "ts": message.ts, "text": message.text}


def _edit(message: Message, given: Mapping[str, Any]) -> None:
    blocks = given.get("blocks", [] if "text" in given else message.blocks)
    was_rich, is_rich = (
        any(block.get("type") == "rich_text" for block in some) for some in (message.blocks, blocks)
    )
    if was_rich and not is_rich:
        raise Refused("block_mismatch")
    metadata = check_metadata(given["metadata"]) if "metadata" in given else message.metadata
    message.text = given.get("text", message.text)
    message.blocks = blocks
    message.attachments = given.get("attachments", message.attachments)
    message.metadata = metadata
    message.edits += 1


def get_permalink(team: Team, given: Mapping[str, Any]) -> dict[str, Any]:
    """The address of one message."""
    channel = team.visible_channel(given["channel"])
    message = channel.find(given["message_ts"])
    if message is None:
        raise Refused("message_not_found")
    link = f"{team.url}archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.thread_ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def check_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse metadata Slack would not take, or that its guidelines advise against."""
    if not metadata:
        return {}
    if metadata.keys() != {"event_type", "event_payload"}:
        raise Refused("invalid_metadata_format")
    event_type, payload = metadata["event_type"], metadata["event_payload"]
    if not isinstance(event_type, str) or not isinstance(payload, Mapping):
        raise Refused("invalid_metadata_format")
    flat = all(isinstance(value, str | int | float | bool) for value in payload.values())
    if not flat or not all(_NAME.fullmatch(name) for name in (event_type, *payload)):
        raise Refused("invalid_metadata_schema")
    if len(json.dumps(metadata).encode()) > _LARGEST_METADATA:
        raise Refused("metadata_too_large")
    return dict(metadata)


def _postable(team: Team, target: str) -> Channel:
    """The conversation to post to: by its id, or a person's for the app's own with them."""
    if target.startswith(("U", "W")):
        if target not in team.users:
            raise Refused("channel_not_found")
        return team.conversation_with(target)
    channel = team.visible_channel(target)
    refuse_closed(channel)
    if team.bot_user_id not in channel.members and "chat:write.public" not in team.scopes:
        raise Refused("not_in_channel")
    return channel


def refuse_closed(channel: Channel) -> None:
    """Refuse to add anything to a conversation that takes nothing (more)."""
    if channel.is_archived:
        raise Refused("is_archived")
    if channel.closed:
        raise Refused(channel.closed)


def _check_content(team: Team, given: Mapping[str, Any]) -> None:
    if not any(given.get(part) for part in _CONTENT):
        raise Refused("no_text")
    if len(given.get("text", "")) > _LONGEST_TEXT:
        raise Refused("msg_too_long")
    limit = TOTAL_TEXT if team.total_text is None else team.total_text
    check_message(given.get("blocks", []), given.get("attachments", []), total=limit)


def _check_thread(channel: Channel, thread_ts: str | None) -> None:
    """A thread is named by its parent, never by a reply."""
    if thread_ts is None:
        return
    parent = channel.find(thread_ts)
    if parent is None:
        raise Refused("thread_not_found")
    if parent.thread_ts is not None:
        raise Refused("cannot_reply_to_message")
