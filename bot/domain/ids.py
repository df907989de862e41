"""The identifiers of Slack and RealtimeKit: checked once, trusted after."""

from __future__ import annotations

import re
import secrets
from typing import NewType

AppId = NewType("AppId", str)
"""A RealtimeKit app's id: a 36-character UUID in practice."""

SessionId = NewType("SessionId", str)
"""One run of a meeting: a UUID."""

MeetingId = NewType("MeetingId", str)
"""A reusable room; looks exactly like a session's id."""

WorkspaceId = NewType("WorkspaceId", str)
"""One Slack installation: a team's id (T…), or an organisation's (E…) for an org-wide install."""

ChannelId = NewType("ChannelId", str)
"""A Slack conversation's id; its first letter does not tell whether it is private."""

UserId = NewType("UserId", str)
"""A Slack user's id."""

DeliveryId = NewType("DeliveryId", str)
"""A delivery's name in the database, in the log, in message metadata and in answers."""

SubscriptionId = NewType("SubscriptionId", str)
"""A subscription's name in the database."""

WebhookId = NewType("WebhookId", str)
"""RealtimeKit's name for one registered webhook."""

MessageTs = NewType("MessageTs", str)
"""A Slack message's timestamp: a name, never a number."""

# RealtimeKit's reference pages disagree about the form of ids (a UUID, at most 32 characters, or
# no limit), so everything that is safe in a path segment passes.
_RESOURCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{5,63}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFERENCE_LENGTH = 10


def is_resource_id(text: str) -> bool:
    """Whether RealtimeKit could have made this id; safe to put into a URL's path."""
    return _RESOURCE_ID.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    """Whether this is a dashed UUID, in any case."""
    return _UUID.fullmatch(text) is not None


def new_reference() -> str:
    """Make a short name nobody can guess or misread: ten letters and digits, 49 bits."""
    return "".join(secrets.choice(_REFERENCE_ALPHABET) for _ in range(_REFERENCE_LENGTH))
