"""What a webhook's body says, in each of the shapes that RealtimeKit documents or once did.

Source: https://developers.cloudflare.com/realtime/realtimekit/webhooks
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError

from bot.domain.ids import AppId, SessionId, is_resource_id
from bot.domain.webhook import Event, EventKind
from bot.realtimekit.shapes import Shape, canonical

_KINDS = {kind.value: kind for kind in EventKind}


class EventUnreadable(Exception):
    """The body is no event, or not one that tells whose it is; the text says why, quoting nothing.

    Sending the same bytes again would change nothing.
    """


_NullAsNothing = BeforeValidator(lambda value: {} if value is None else value)


class _Organizer(Shape):
    """The app whose meeting it is."""

    id: str | None = None


class _Meeting(Shape):
    """The meeting, which most events carry at least in part."""

    session_id: str | None = Field(default=None, validation_alias="sessionId")
    organizer: Annotated[_Organizer, _NullAsNothing] = Field(
        default=_Organizer(), validation_alias="organizedBy"
    )


class _Recording(Shape):
    """A recording, which calls the app an organization and the session a room."""

    app_id: str | None = Field(default=None, validation_alias="organizationId")
    session_id: str | None = Field(default=None, validation_alias="roomUUID")


class _Body(Shape):
    """Any event: what it is about stands in one of its parts, or flat beside its name."""

    event: str
    meeting: Annotated[_Meeting, _NullAsNothing] = _Meeting()
    recording: Annotated[_Recording, _NullAsNothing] = _Recording()
    organizer: Annotated[_Organizer, _NullAsNothing] = Field(
        default=_Organizer(), validation_alias="organizedBy"
    )
    session_id: str | None = Field(default=None, validation_alias="sessionId")


def read_event(body: bytes) -> Event:
    """Read a body whose signature was found good.

    The app has to be named within the signed bytes: one key signs for every customer, so nothing
    else tells whose event it is. Only the flat `meeting.summary` of January 2026 may name none.
    Times, titles, links and `meeting.status` (which says LIVE after the end) are left alone: the
    API is asked instead.

    Raises:
        EventUnreadable: not a JSON object in UTF-8 without a byte order mark, a key that comes
            twice in one object, no event's name, no app, apps that contradict each other, ids
            that RealtimeKit cannot have made, or an event of use without exactly one session.
    """
    content = _parse(body)
    kind = _KINDS.get(content.event)
    meeting, recording = content.meeting, content.recording
    apps = _ids(meeting.organizer.id, content.organizer.id, recording.app_id)
    sessions = _ids(recording.session_id, meeting.session_id, content.session_id)
    if len(set(apps)) > 1:
        raise EventUnreadable("contradicting apps")
    if not apps and kind is not EventKind.SUMMARY:
        raise EventUnreadable("no app")
    if kind is not None and len(set(sessions)) != 1:
        raise EventUnreadable("contradicting sessions" if sessions else "no session")
    app, session = (next(iter(each), "") for each in (apps, sessions))
    return Event(kind, AppId(app), SessionId(session))


def _parse(body: bytes) -> _Body:
    try:
        # Two readers may take a different one of two equal keys, so there may not be two.
        content = json.loads(body.decode("utf-8"), object_pairs_hook=_unambiguous)
        return _Body.model_validate(content)
    except ValidationError:
        raise EventUnreadable("no event") from None
    except (ValueError, RecursionError):
        # The parser's own complaint would quote the body: links and keys to streams.
        raise EventUnreadable("not JSON") from None


def _unambiguous(pairs: list[tuple[str, object]]) -> dict[str, object]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise EventUnreadable("a key twice")
    return named


def _ids(*named: str | None) -> Sequence[str]:
    """What is named, as ids are written here: UUIDs in lower case."""
    found = [name for name in named if name]
    if not all(is_resource_id(name) for name in found):
        raise EventUnreadable("a malformed id")
    return [canonical(name) for name in found]
