"""`conversations.*`: reading channels.

Source: https://docs.slack.dev/reference/methods/conversations.history and the pages beside it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.demo.fake_slack.refused import Refused
from bot.demo.fake_slack.state import Channel, Message
from bot.demo.fake_slack.team import Team

_PAGE = 100
_LARGEST_PAGE = 999


def history(team: Team, given: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in a channel, newest first; replies are not among it."""
    channel = _readable(team, given)
    return _page(given, [m for m in reversed(channel.parents) if _in_range(m, given)])


def replies(team: Team, given: Mapping[str, Any]) -> dict[str, Any]:
    """A parent and what stands under it, oldest first."""
    channel = _readable(team, given)
    parent = channel.find(given["ts"])
    if parent is None:
        raise Refused("thread_not_found")
    under = [reply for reply in channel.replies(parent.ts) if _in_range(reply, given)]
    return _page(given, [parent, *under])


def info(team: Team, given: Mapping[str, Any]) -> dict[str, Any]:
    """What kind of conversation this is."""
    channel = team.visible_channel(given["channel"])
    team.require(f"{channel.scope_family}:read")
    return {
        "channel": channel.as_json(
            team.id, seen_by=team.bot_user_id, counted=bool(given.get("include_num_members"))
        )
    }


def members(team: Team, given: Mapping[str, Any]) -> dict[str, Any]:
    """Who is in a conversation; a page's cursor names the last person on it."""
    channel = team.visible_channel(given["channel"])
    team.require(f"{channel.scope_family}:read")
    limit, after = given.get("limit", _PAGE), given.get("cursor", "")
    if not 1 <= limit <= _LARGEST_PAGE:
        raise Refused("invalid_limit")
    there = [user for user in sorted(channel.members) if user > after]
    more = there[limit - 1] if limit < len(there) else ""
    return {"members": there[:limit], "response_metadata": {"next_cursor": more}}


def _readable(team: Team, given: Mapping[str, Any]) -> Channel:
    channel = team.visible_channel(given["channel"])
    team.require(f"{channel.scope_family}:history")
    if team.bot_user_id not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _in_range(message: Message, given: Mapping[str, Any]) -> bool:
    """Whether a message lies between `oldest` and `latest`, the ends only if `inclusive`."""
    at = Decimal(message.ts)
    oldest, latest = (_moment(given, name) for name in ("oldest", "latest"))
    if given.get("inclusive") and at in (oldest, latest):
        return True
    return (oldest is None or at > oldest) and (latest is None or at < latest)


def _moment(given: Mapping[str, Any], name: str) -> Decimal | None:
    try:
        return Decimal(given[name]) if name in given else None
    except InvalidOperation:
        raise Refused(f"invalid_ts_{name}") from None


def _page(given: Mapping[str, Any], found: Sequence[Message]) -> dict[str, Any]:
    """One page; its cursor names the last message on it."""
    limit = given.get("limit", _PAGE)
    if not 1 <= limit <= _LARGEST_PAGE:
        raise Refused("invalid_limit")
    start = 0
    if given.get("cursor"):
        names = [f"after:{message.ts}" for message in found]
        if given["cursor"] not in names:
            raise Refused("invalid_cursor")
        start = names.index(given["cursor"]) + 1
    shown, more = found[start : start + limit], start + limit < len(found)
    everything = bool(given.get("include_all_metadata"))
    return {
        "messages": [message.as_json(all_metadata=everything) for message in shown],
        "has_more": more,
        "response_metadata": {"next_cursor": f"after:{shown[-1].ts}" if more else ""},
    }
