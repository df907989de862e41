"""Who can read a conversation, as Slack describes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.audience import Audience, ConversationKind
from bot.domain.ids import ChannelId
from bot.errors import AppMisconfigured, NotAChannel
from bot.slack.refusals import in_doubt
from bot.slack.web_api import WebApi

_OF_DIRECT_CONVERSATIONS = frozenset({"im:read", "mpim:read"})


class SlackConversations:
    """Slack's conversations, with one workspace's bot token."""

    def __init__(self, api: WebApi) -> None:
        """Ask through the workspace's own Web API."""
        self._api = api

    async def audience(self, channel: ChannelId) -> Audience:
        """Who can read a conversation.

        Raises:
            NotInChannel: the bot cannot see it.
            NotAChannel: it is a direct conversation, which the app may not look at.
            SlackError: Slack could not be asked.
        """
        # https://docs.slack.dev/reference/methods/conversations.info
        form = {"channel": channel, "include_num_members": "true"}
        try:
            reply = await self._api.call("conversations.info", form=form)
        except AppMisconfigured as error:
            if not _lacks_only_direct_scopes(error):
                raise
            problem = NotAChannel(error.detail)
        else:
            facts = reply.data.get("channel")
            if isinstance(facts, Mapping):
                return read_audience(channel, facts)
            raise in_doubt("no_channel", sending=False)
        raise problem


def read_audience(channel: ChannelId, facts: Mapping[str, Any]) -> Audience:
    """Read a conversation object; what is missing counts as the worse case.

    Source: https://docs.slack.dev/reference/objects/conversation-object
    """
    kind = _kind(facts)
    return Audience(
        channel=channel,
        kind=kind,
        has_bot=facts.get("is_member") is True or kind is ConversationKind.DIRECT,
        is_archived=facts.get("is_archived") is not False,
        is_shared=_is_shared(facts),
        readers=_count(facts.get("num_members")),
    )


def _lacks_only_direct_scopes(error: AppMisconfigured) -> bool:
    """Whether Slack would tell, had the app leave to look at direct conversations."""
    _, _, scopes = error.detail.partition(" ")
    return set(scopes.split(",")) <= _OF_DIRECT_CONVERSATIONS


def _kind(facts: Mapping[str, Any]) -> ConversationKind:
    """The kind; never by the id's first letter, which says nothing."""
    if facts.get("is_im") is True:
        return ConversationKind.DIRECT
    if facts.get("is_mpim") is True:
        return ConversationKind.GROUP
    is_private = facts.get("is_private") is True
    return ConversationKind.PRIVATE if is_private else ConversationKind.PUBLIC


def _is_shared(facts: Mapping[str, Any]) -> bool:
    """Whether another company reads along, or was invited to.

    `is_shared` would be no help: it is also true for workspaces of one organisation.
    """
    if facts.get("is_ext_shared") is not False or facts.get("is_pending_ext_shared") is not False:
        return True
    if facts.get("pending_shared") or facts.get("pending_connected_team_ids"):
        return True
    # Our own workspace may be among the connected ones.
    ours = {*_names(facts.get("internal_team_ids")), facts.get("context_team_id")}
    return not _names(facts.get("connected_team_ids")) <= ours


def _names(value: object) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()


def _count(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if is_count else None  # type: ignore[return-value]
