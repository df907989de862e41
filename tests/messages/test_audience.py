"""Who can read a post, as its asker is told before it is made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audience import Audience, Consent, ConversationKind
from bot.domain.ids import DeliveryId
from bot.errors import NotYours
from bot.messages.audience import (
    confirm_audience,
    pack_consent,
    unpack_consent,
    who_reads,
)
from tests.deliveries import a_delivery
from tests.messages.conftest import Golden
from tests.subscribing import an_audience

SHARED = an_audience(is_shared=True, outside=1)


@pytest.mark.parametrize(
    ("name", "audience"),
    [
        ("confirm_audience", an_audience(readers=150)),
        (
            "confirm_audience_shared",
            an_audience(kind=ConversationKind.PRIVATE, is_shared=True, outside=1),
        ),
    ],
)
def test_an_asker_is_asked(golden: Golden, name: str, audience: Audience) -> None:
    """The whole of it: who would read, what a press does, and that doing nothing is fine."""
    golden(name, confirm_audience(a_delivery(), audience))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "42 people can read it, and so can everyone else in this workspace"),
        ({"kind": ConversationKind.PRIVATE}, "42 people can read it"),
        ({"kind": ConversationKind.GROUP, "readers": 1}, "1 person can read it"),
        (
            {"kind": ConversationKind.PRIVATE, "is_shared": True, "outside": 1},
            "42 people can read it, some of them from one other company",
        ),
        (
            {"is_shared": True, "outside": 3, "kind": ConversationKind.PRIVATE},
            "42 people can read it, some of them from 3 other companies",
        ),
        (
            {"kind": ConversationKind.PRIVATE, "readers": None, "is_shared": True, "outside": None},
            "an unknown number of people can read it, some of them from other companies",
        ),
    ],
)
def test_who_reads_in_words(facts: dict[str, object], words: str) -> None:
    """People, other companies, and who only has to look."""
    assert who_reads(an_audience(**facts)) == words


def test_a_button_agrees_to_what_was_shown() -> None:
    """And to no more than that."""
    delivery, consent = unpack_consent(pack_consent(DeliveryId("ABCDE23456"), SHARED))

    assert (delivery, consent) == ("ABCDE23456", Consent(42, 1))
    assert consent.covers(SHARED)


def test_nothing_is_agreed_to_where_there_was_no_number() -> None:
    """Such a question should not be asked; if it is, its button agrees to nobody."""
    _, consent = unpack_consent(pack_consent(DeliveryId("A"), an_audience(readers=None)))

    assert consent == Consent(0, 0)


@given(st.text() | st.from_regex(r"[A-Z0-9]{1,80}\\|-?[0-9]{1,12}\\|[0-9]{1,12}", fullmatch=True))
def test_any_value_is_read_or_refused(value: str) -> None:
    """Nothing else comes of what anybody may have made up, and no number too large to keep."""
    try:
        _, consent = unpack_consent(value)
    except NotYours:
        return
    assert max(consent.readers, consent.outside) < 2**31
