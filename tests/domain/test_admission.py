"""Where a summary may be posted: what is not known, or not agreed to, is not allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.admission import Person, Refusal, refusal
from bot.domain.audience import Audience, Consent, ConversationKind
from bot.domain.ids import AppId
from bot.domain.policy import AllowedChannels, AppPolicy, Policy
from bot.domain.subscription import Subscription
from tests.fakes import APP, CHANNEL
from tests.subscribing import a_subscription, an_audience

SHARED = {"is_shared": True, "outside": 1}
AGREED = Person(consent=Consent(42, 1))
SUBSCRIPTION = a_subscription()


def only(channels: AllowedChannels, *listed: str) -> Policy:
    """A policy about the app alone."""
    return Policy(apps={APP: AppPolicy(channels=channels, listed=frozenset(listed))})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "policy", "wanted_by", "expected"),
    [
        ({}, Policy(), Person(), None),
        ({}, Policy(), SUBSCRIPTION, None),
        ({"is_archived": True}, Policy(), Person(), Refusal.ARCHIVED),
        ({"has_bot": False}, Policy(), Person(), Refusal.WITHOUT_BOT),
        ({"readers": None}, Policy(confirm_from=None), Person(), Refusal.UNKNOWN),
        ({"readers": None}, Policy(), SUBSCRIPTION, Refusal.UNKNOWN),
        ({"is_shared": None, "outside": None}, Policy(), Person(), Refusal.UNKNOWN),
        ({**SHARED, "outside": None}, Policy(allows_shared=True), AGREED, Refusal.UNKNOWN),
        (SHARED, Policy(), Person(), Refusal.SHARED),
        (SHARED, Policy(), AGREED, Refusal.SHARED),
        (SHARED, Policy(), SUBSCRIPTION, Refusal.SHARED),
        (SHARED, Policy(), a_subscription(allows_outsiders=True), None),
        (SHARED, Policy(), replace(AGREED, admits_outsiders=True), None),
        (SHARED, Policy(), Person(admits_outsiders=True), Refusal.UNCONFIRMED),
        (SHARED, Policy(allows_shared=True), Person(), Refusal.UNCONFIRMED),
        (SHARED, Policy(allows_shared=True, confirm_from=None), Person(), Refusal.UNCONFIRMED),
        (SHARED, Policy(allows_shared=True), AGREED, None),
        (SHARED, Policy(allows_shared=True), SUBSCRIPTION, None),
        ({"readers": 99}, Policy(), Person(), None),
        ({"readers": 100}, Policy(), Person(), Refusal.UNCONFIRMED),
        ({"readers": 100}, Policy(), Person(consent=Consent(99, 0)), Refusal.UNCONFIRMED),
        ({"readers": 100}, Policy(), Person(consent=Consent(100, 0)), None),
        ({"readers": 100}, Policy(), SUBSCRIPTION, None),
        ({"readers": 9_999}, Policy(confirm_from=None), Person(), None),
        ({}, only(AllowedChannels.LISTED), Person(), Refusal.CHANNEL_NOT_ALLOWED),
        ({}, only(AllowedChannels.LISTED, CHANNEL), Person(), None),
        ({}, only(AllowedChannels.PRIVATE), SUBSCRIPTION, Refusal.CHANNEL_NOT_ALLOWED),
    ],
)
def test_a_rule(
    facts: dict[str, Any],
    policy: Policy,
    wanted_by: Person | Subscription,
    expected: Refusal | None,
) -> None:
    """Each for itself, in an otherwise ordinary channel of 42 people."""
    assert refusal(policy, APP, an_audience(**facts), wanted_by) is expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ConversationKind.PUBLIC, Refusal.CHANNEL_NOT_ALLOWED),
        (ConversationKind.PRIVATE, None),
        (ConversationKind.GROUP, None),
        (ConversationKind.DIRECT, None),
    ],
)
def test_private_is_what_only_its_members_read(
    kind: ConversationKind, expected: Refusal | None
) -> None:
    """Direct conversations are private too."""
    audience = an_audience(kind=kind)

    assert refusal(only(AllowedChannels.PRIVATE), APP, audience, Person()) is expected


def test_what_is_decided_for_one_app_says_nothing_of_another() -> None:
    """Nor is an app another one because its id is written in capitals."""
    policy = only(AllowedChannels.PRIVATE)
    another = AppId("0f1d2c3b-4a59-4687-8796-a5b4c3d2e1f0")

    assert refusal(policy, another, an_audience(), Person()) is None
    same = refusal(policy, AppId(APP.upper()), an_audience(), Person())
    assert same is Refusal.CHANNEL_NOT_ALLOWED


def test_nobody_confirms_their_own_conversation_with_the_app() -> None:
    """There is one reader, who asked."""
    own = an_audience(kind=ConversationKind.DIRECT, readers=1)

    assert refusal(Policy(confirm_from=1), APP, own, Person()) is None


COUNTS = st.none() | st.integers(0, 300)
AUDIENCES = st.builds(
    an_audience,
    kind=st.sampled_from(ConversationKind),
    has_bot=st.booleans(),
    is_archived=st.booleans(),
    is_shared=st.none() | st.booleans(),
    outside=st.none() | st.integers(0, 3),
    readers=COUNTS,
)
CONSENTS = st.builds(Consent, st.integers(0, 300), st.integers(0, 3))
WISHES = st.builds(
    Person, consent=st.none() | CONSENTS, admits_outsiders=st.booleans()
) | st.builds(a_subscription, allows_outsiders=st.booleans())
APP_POLICIES = st.builds(
    AppPolicy,
    channels=st.sampled_from(AllowedChannels),
    listed=st.sampled_from([frozenset(), frozenset({CHANNEL})]),
)
POLICIES = st.builds(
    Policy,
    allows_shared=st.booleans(),
    confirm_from=COUNTS,
    apps=st.dictionaries(st.just(APP), APP_POLICIES),
)


@given(POLICIES, AUDIENCES, WISHES)
def test_what_is_unknown_is_never_allowed(
    policy: Policy, audience: Audience, wanted_by: Person | Subscription
) -> None:
    """Whoever wants it and whatever was decided."""
    why = refusal(policy, APP, audience, wanted_by)

    assert why is not None or None not in (audience.readers, audience.is_shared, audience.outside)


@given(POLICIES, AUDIENCES, WISHES, st.data())
def test_a_stricter_policy_never_allows_more(
    policy: Policy, audience: Audience, wanted_by: Person | Subscription, data: st.DataObject
) -> None:
    """Whatever is forbidden, or asked about earlier, only takes away."""
    sooner = st.integers(0, 300 if policy.confirm_from is None else policy.confirm_from)
    stricter = data.draw(
        st.sampled_from(
            [
                replace(policy, allows_shared=False),
                replace(policy, confirm_from=data.draw(sooner)),
                replace(policy, apps={APP: AppPolicy(channels=AllowedChannels.LISTED)}),
            ]
        )
    )

    if refusal(policy, APP, audience, wanted_by) is not None:
        assert refusal(stricter, APP, audience, wanted_by) is not None


@given(AUDIENCES, CONSENTS)
def test_consent_never_covers_more_than_was_seen(audience: Audience, consent: Consent) -> None:
    """Neither more people nor more companies, nor those who cannot be counted."""
    covered = consent.covers(audience)

    readers, outside = audience.readers, audience.outside
    seen = readers is not None and outside is not None
    assert covered == (seen and consent.readers >= readers and consent.outside >= outside)  # type: ignore[operator]


@given(POLICIES, AUDIENCES, CONSENTS)
def test_agreeing_overrules_no_administrator(
    policy: Policy, audience: Audience, consent: Consent
) -> None:
    """All that an asker's consent can end is the question to the asker."""
    before = refusal(policy, APP, audience, Person())
    after = refusal(policy, APP, audience, Person(consent=consent))

    assert after == before or (before, after) == (Refusal.UNCONFIRMED, None)
