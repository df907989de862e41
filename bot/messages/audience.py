"""Who can read a post: told before it is made, for somebody to agree to."""

from __future__ import annotations

import re

from bot.domain.audience import Audience, Consent, ConversationKind
from bot.domain.delivery import Delivery
from bot.domain.ids import DeliveryId
from bot.errors import NotYours
from bot.messages import actions
from bot.messages.answers import answer
from bot.messages.kit import Message, button
from bot.messages.kit import actions as buttons

_VALUE = re.compile(r"([A-Za-z0-9_-]{1,64})\|([0-9]{1,9})\|([0-9]{1,9})", re.ASCII)


def confirm_audience(delivery: Delivery, audience: Audience) -> Message:
    """Ask who wants a summary whether all may read it who can; nothing is posted before."""
    where = f"<#{audience.channel}>"
    post = button("Post it", actions.CONFIRM_AUDIENCE, value=pack_consent(delivery.id, audience))
    return answer(
        f"That summary is not posted yet. In {where}, {who_reads(audience)}.",
        "If they may all read the summary, press the button. If not, you don't need to do "
        "anything.",
        buttons(post),
        reference=delivery.id,
    )


def who_reads(audience: Audience, *, what: str = "it") -> str:
    """Who can read what is posted in a conversation: a sentence without its ends."""
    outsiders = f", some of them from {_companies(audience.outside)}" if audience.is_shared else ""
    public = audience.kind is ConversationKind.PUBLIC
    others = ", and so can everyone else in this workspace" if public else ""
    return f"{_people(audience.readers)} can read {what}{outsiders}{others}"


def pack_consent(delivery: DeliveryId, audience: Audience) -> str:
    """A button's value: whose post, and the numbers that were shown with the button."""
    return f"{delivery}|{pack_numbers(audience)}"


def unpack_consent(value: str) -> tuple[DeliveryId, Consent]:
    """Read such a value, which anybody may have made up. Raises `NotYours`."""
    found = _VALUE.fullmatch(value)
    if found is None:
        raise NotYours
    return DeliveryId(found[1]), Consent(int(found[2]), int(found[3]))


def pack_numbers(audience: Audience) -> str:
    """What agreeing to an audience agrees to; nothing, where there is no number."""
    return f"{audience.readers or 0}|{audience.outside or 0}"


def _people(count: int | None) -> str:
    if count is None:
        return "an unknown number of people"
    return "1 person" if count == 1 else f"{count} people"


def _companies(count: int | None) -> str:
    if count is None:
        return "other companies"
    return "one other company" if count == 1 else f"{count} other companies"
