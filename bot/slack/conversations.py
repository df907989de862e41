"""Who can read a conversation, as Slack describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain.audience import Audience, ConversationKind
from bot.domain.ids import ChannelId
from bot.errors import AppMisconfigured, DirectUnseen
from bot.slack.refusals import in_doubt
from bot.slack.web_api import WebApi

_OF_DIRECT_CONVERSATIONS = frozenset({"im:read", "mpim:read"})

_AT_ONCE = 200
"""Members asked for at once; a group conversation has far fewer."""


class SlackConversations:
    """Slack's conversations, with one workspace's bot token."""

    def __init__(self, api: WebApi) -> None:
        """Ask through the workspace's own Web API."""
        self._api = api

    async def audience(self, channel: ChannelId) -> Audience:
        """Who can read a conversation.

        Raises:
            NotInChannel: the bot cannot see it.
            DirectUnseen: it is a direct conversation, which the app may not look at.
            SlackError: Slack could not be asked.
        """
        audience = read_audience(channel, await self._info(channel))
        if audience.kind is ConversationKind.GROUP and audience.readers is None:
            return replace(audience, readers=await self._count_members(channel))
        return audience

    async def _info(self, channel: ChannelId) -> Mapping[str, Any]:
        # https://docs.slack.dev/reference/methods/conversations.info
        form = {"channel": channel, "include_num_members": "true"}
        try:
            reply = await self._api.call("conversations.info", form=form)
        except AppMisconfigured as error:
            if not _lacks_only_direct_scopes(error):
                raise
            problem = DirectUnseen(error.detail)
        else:
            facts = reply.data.get("channel")
            if isinstance(facts, Mapping):
                return facts
            raise in_doubt("no_channel", sending=False)
        raise problem

    async def _count_members(self, channel: ChannelId) -> int | None:
        """How many are in a conversation, or `None` if they are more than one page."""
        # https://docs.slack.dev/reference/methods/conversations.members
        form = {"channel": channel, "limit": str(_AT_ONCE)}
        reply = await self._api.call("conversations.members", form=form)
        members, metadata = reply.data.get("members"), reply.data.get("response_metadata")
        more = isinstance(metadata, Mapping) and metadata.get("next_cursor")
        return None if more or not isinstance(members, list) else len(members)


def read_audience(channel: ChannelId, facts: Mapping[str, Any]) -> Audience:
    """Read a conversation object; what is missing counts as the worse case.

    Source: https://docs.slack.dev/reference/objects/conversation-object
    """
    kind = _kind(facts)
    is_direct = kind is ConversationKind.DIRECT
    if is_direct:
        facts = {**_UNSAID_OF_DIRECT, **facts}
    is_shared = _is_shared(facts)
    return Audience(
        channel=channel,
        kind=kind,
        has_bot=facts.get("is_member") is True or is_direct,
        is_archived=facts.get("is_archived") is not False,
        is_shared=is_shared,
        outside=_companies(facts, is_shared=is_shared),
        readers=1 if is_direct else _count(facts.get("num_members")),
    )


_UNSAID_OF_DIRECT: Mapping[str, Any] = {
    "is_archived": False,
    "is_ext_shared": False,
    "is_pending_ext_shared": False,
}
"""What Slack leaves out of the app's own conversation with one person, who alone reads it."""


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


def _is_shared(facts: Mapping[str, Any]) -> bool | None:
    """Whether another company reads along, or was invited to; `None` if that is not said.

    `is_shared` would be no help: it is also true for workspaces of one organisation.
    """
    said = (facts.get("is_ext_shared"), facts.get("is_pending_ext_shared"))
    if any(flag is True for flag in said) or _others(facts, *_CONNECTED, *_INVITED):
        return True
    listed = [facts.get(name) for name in (*_CONNECTED, *_INVITED)]
    is_said = all(flag is False for flag in said) and all(
        isinstance(each, list | None) for each in listed
    )
    return False if is_said else None


_CONNECTED = ("connected_team_ids", "connected_limited_team_ids")
_INVITED = ("pending_connected_team_ids", "pending_shared")


def _others(facts: Mapping[str, Any], *lists: str) -> frozenset[str]:
    """The other companies' ids; our own workspace may be among the connected ones."""
    ours = {*_names(facts.get("internal_team_ids")), str(facts.get("context_team_id"))}
    return frozenset().union(*(_names(facts.get(name)) for name in lists)) - ours


def _companies(facts: Mapping[str, Any], *, is_shared: bool | None) -> int | None:
    """How many other companies there are; `None` where a flag says so and no list names them."""
    if not is_shared:
        return None if is_shared is None else 0
    connected, invited = _others(facts, *_CONNECTED), _others(facts, *_INVITED)
    unnamed_readers = facts.get("is_ext_shared") is not False and not connected
    unnamed_guests = facts.get("is_pending_ext_shared") is not False and not invited
    return None if unnamed_readers or unnamed_guests else len(connected | invited)


def _names(value: object) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()


def _count(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if is_count else None  # type: ignore[return-value]
