"""The address of a message, made from what is stored: no call to Slack."""

from __future__ import annotations

from bot.domain.ids import ChannelId, MessageTs


def link_to_message(workspace_url: str, channel: ChannelId, ts: MessageTs) -> str:
    """Where a message can be read by those who may.

    `chat.getPermalink` answers with this same form.
    Source: https://docs.slack.dev/reference/methods/chat.getPermalink
    """
    return f"{workspace_url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"
