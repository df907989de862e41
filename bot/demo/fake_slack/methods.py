"""The methods this Slack has, with the arguments the app may use.

Tiers: https://docs.slack.dev/apis/web-api/rate-limits. Posting has its own limit, by channel.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.demo.fake_slack import chat, conversations, people, uploads, windows
from bot.demo.fake_slack.arguments import Kind, Method
from bot.demo.fake_slack.team import Team

_CONTENT: Mapping[str, Kind] = {"text": "text", "blocks": "list", "attachments": "list"}
_RANGE: Mapping[str, Kind] = {
    "oldest": "text",
    "latest": "text",
    "inclusive": "flag",
    "include_all_metadata": "flag",
    "limit": "number",
    "cursor": "text",
}

METHODS: Mapping[str, Method[Team]] = {
    "auth.test": Method(act=people.auth_test),
    "users.info": Method(
        act=people.users_info,
        required={"user": "text"},
        scopes=("users:read",),
        tier=4,
        takes_json=False,
    ),
    "chat.postMessage": Method(
        act=chat.post_message,
        required={"channel": "text"},
        optional={
            **_CONTENT,
            "thread_ts": "text",
            "metadata": "object",
            "unfurl_links": "flag",
            "unfurl_media": "flag",
        },
        scopes=("chat:write",),
    ),
    "chat.postEphemeral": Method(
        act=chat.post_ephemeral,
        required={"channel": "text", "user": "text"},
        optional={**_CONTENT, "thread_ts": "text"},
        scopes=("chat:write",),
        tier=4,
    ),
    "chat.update": Method(
        act=chat.update,
        required={"channel": "text", "ts": "text"},
        optional={**_CONTENT, "metadata": "object"},
        scopes=("chat:write",),
        tier=3,
    ),
    "chat.getPermalink": Method(
        act=chat.get_permalink,
        required={"channel": "text", "message_ts": "text"},
        takes_json=False,
    ),
    "conversations.history": Method(
        act=conversations.history,
        required={"channel": "text"},
        optional=_RANGE,
        tier=3,
        takes_json=False,
    ),
    "conversations.replies": Method(
        act=conversations.replies,
        required={"channel": "text", "ts": "text"},
        optional=_RANGE,
        tier=3,
        takes_json=False,
    ),
    "conversations.info": Method(
        act=conversations.info,
        required={"channel": "text"},
        optional={"include_num_members": "flag"},
        tier=3,
        takes_json=False,
    ),
    "conversations.members": Method(
        act=conversations.members,
        required={"channel": "text"},
        optional={"cursor": "text", "limit": "number"},
        tier=4,
        takes_json=False,
    ),
    "files.getUploadURLExternal": Method(
        act=uploads.reserve,
        required={"filename": "text", "length": "number"},
        optional={"snippet_type": "text"},
        scopes=("files:write",),
        tier=4,
    ),
    "files.completeUploadExternal": Method(
        act=uploads.complete,
        required={"files": "list"},
        optional={"channel_id": "text", "thread_ts": "text", "initial_comment": "text"},
        scopes=("files:write",),
        tier=4,
    ),
    "views.open": Method(
        act=windows.open_view, required={"trigger_id": "text", "view": "object"}, tier=4
    ),
    "views.push": Method(
        act=windows.push_view, required={"trigger_id": "text", "view": "object"}, tier=4
    ),
    "views.update": Method(
        act=windows.update_view,
        required={"view_id": "text", "view": "object"},
        optional={"hash": "text"},
        tier=4,
    ),
    "views.publish": Method(
        act=windows.publish,
        required={"user_id": "text", "view": "object"},
        optional={"hash": "text"},
        tier=4,
    ),
}
