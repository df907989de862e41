"""Who reads a conversation, as a strict Slack tells it over real connections."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.fake_slack import Channel, FakeSlack, faults
from bot.domain.audience import Audience, ConversationKind
from bot.domain.ids import ChannelId
from bot.errors import (
    AppMisconfigured,
    BotError,
    DirectUnseen,
    InstallationBroken,
    NotInChannel,
    SlackBusy,
    SlackUnavailable,
)
from bot.slack.conversations import SlackConversations, read_audience
from bot.slack.web_api import WebApi
from tests.clock import ManualClock
from tests.fakes import ASKER, CHANNEL
from tests.served_slack import Observations

INFO = "conversations.info"
ORDINARY: dict[str, Any] = {
    "is_im": False,
    "is_mpim": False,
    "is_private": False,
    "is_archived": False,
    "is_member": True,
    "is_ext_shared": False,
    "is_pending_ext_shared": False,
    "pending_shared": [],
    "num_members": 7,
}
"""A public channel of one company, as Slack describes it."""


@pytest.fixture
def conversations(
    slack: FakeSlack, session: aiohttp.ClientSession, observed: Observations, clock: ManualClock
) -> SlackConversations:
    """The one workspace's conversations."""
    slack.team.scopes |= {"channels:read", "groups:read"}
    return SlackConversations(
        WebApi(
            session,
            token=slack.team.token,
            base_url=slack.api_url,
            now=clock,
            observe=observed,
        )
    )


def read(**facts: object) -> Audience:
    """What is read in an ordinary channel's description, with changes."""
    return read_audience(CHANNEL, ORDINARY | facts)


def read_without(name: str) -> Audience:
    """What is read when Slack leaves something out."""
    return read_audience(CHANNEL, {key: value for key, value in ORDINARY.items() if key != name})


async def test_an_ordinary_channel(conversations: SlackConversations, channel: Channel) -> None:
    """Everything Slack says of a channel of one company that the bot is in."""
    audience = await conversations.audience(CHANNEL)

    assert audience == Audience(
        channel=CHANNEL,
        kind=ConversationKind.PUBLIC,
        has_bot=True,
        is_archived=False,
        is_shared=False,
        outside=0,
        readers=len(channel.members),
    )


async def test_a_private_archived_channel_shared_with_others(
    conversations: SlackConversations, slack: FakeSlack
) -> None:
    """The opposite of ordinary."""
    team = slack.team
    team.add_channel("C0PRIVATE", "private", is_private=True, is_ext_shared=True)
    team.channels["C0PRIVATE"].is_archived = True

    audience = await conversations.audience(ChannelId("C0PRIVATE"))

    assert audience.kind is ConversationKind.PRIVATE
    assert audience.is_archived
    assert (audience.is_shared, audience.outside) == (True, 1)


async def test_another_company_was_invited(
    conversations: SlackConversations, channel: Channel
) -> None:
    """Who only has to accept may read tomorrow what is posted today."""
    channel.is_pending_ext_shared = True
    channel.companies = {"T0GLOBEX", "T0INITECH"}

    audience = await conversations.audience(CHANNEL)

    assert (audience.is_shared, audience.outside) == (True, 2)


async def test_a_channel_the_bot_is_not_in(
    conversations: SlackConversations, channel: Channel
) -> None:
    """A public channel can be seen from outside, but not posted in."""
    channel.members.clear()

    audience = await conversations.audience(CHANNEL)

    assert not audience.has_bot


async def test_a_channel_nobody_shows_the_bot(conversations: SlackConversations) -> None:
    """Private channels it is not in are as good as none."""
    with pytest.raises(NotInChannel):
        await conversations.audience(ChannelId("C0NONE"))


@pytest.mark.parametrize(("place", "kind"), [("D0ADA", "im"), ("G0SOME", "mpim")])
async def test_direct_conversations_may_not_be_looked_at(
    conversations: SlackConversations, slack: FakeSlack, place: str, kind: Any
) -> None:
    """Where the app was installed without the scopes; what Slack misses says what they are."""
    slack.team.add_channel(place, "some", kind=kind)
    slack.team.scopes -= {"im:read", "mpim:read"}

    with pytest.raises(DirectUnseen):
        await conversations.audience(ChannelId(place))


@pytest.mark.parametrize(
    ("place", "kind", "readers"),
    [("D0ADA", ConversationKind.DIRECT, 1), ("G0SOME", ConversationKind.GROUP, 2)],
)
async def test_direct_conversations_are_known_where_they_may_be(
    conversations: SlackConversations,
    slack: FakeSlack,
    place: str,
    kind: ConversationKind,
    readers: int,
) -> None:
    """One person reads the app's own conversation with them; a group's members are counted.

    Slack says little about either: no number, and of the first not even that it is not shared.
    """
    slack.team.add_channel("D0ADA", "ada", kind="im", members=(ASKER,))
    slack.team.add_channel("G0SOME", "some", kind="mpim", members=(ASKER,))
    slack.team.scopes |= {"im:read", "mpim:read"}

    audience = await conversations.audience(ChannelId(place))

    assert (audience.kind, audience.readers, audience.outside) == (kind, readers, 0)
    assert audience.has_bot
    assert not audience.is_archived


@pytest.mark.parametrize(
    "said",
    [
        b'{"ok": true, "members": ["U1"], "response_metadata": {"next_cursor": "more"}}',
        b'{"ok": true, "members": 7}',
        b'{"ok": true}',
    ],
)
async def test_a_group_that_cannot_be_counted_has_unknown_readers(
    conversations: SlackConversations, slack: FakeSlack, said: bytes
) -> None:
    """A first page is no number of people."""
    slack.team.add_channel("G0SOME", "some", kind="mpim", members=(ASKER,))
    slack.team.scopes |= {"mpim:read"}
    slack.faults.add("conversations.members", faults.answer(200, said, "application/json"))

    audience = await conversations.audience(ChannelId("G0SOME"))

    assert audience.readers is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.error("missing_scope", needed="channels:read"), AppMisconfigured),
        (faults.error("missing_scope", needed="channels:read,im:read"), AppMisconfigured),
        (faults.error("missing_scope"), AppMisconfigured),
        (faults.error("not_allowed_token_type"), AppMisconfigured),
        (faults.error("token_revoked"), InstallationBroken),
        (faults.rate_limited("7"), SlackBusy),
        (faults.error("fatal_error"), SlackUnavailable),
        (faults.answer(), SlackUnavailable),
        (faults.answer(200, b'{"ok": true}', "application/json"), SlackUnavailable),
        (faults.answer(200, b'{"ok": true, "channel": []}', "application/json"), SlackUnavailable),
    ],
)
async def test_slack_does_not_say(
    conversations: SlackConversations, slack: FakeSlack, fault: Any, error: type[BotError]
) -> None:
    """Every refusal means what it means elsewhere, and nothing is guessed from half an answer."""
    slack.faults.add(INFO, fault)

    with pytest.raises(error):
        await conversations.audience(CHANNEL)


@pytest.mark.parametrize(
    "facts",
    [
        {"is_ext_shared": True},
        {"is_pending_ext_shared": True},
        {"pending_shared": ["T0OTHER"]},
        {"pending_connected_team_ids": ["T0OTHER"]},
        {"connected_team_ids": ["T0OTHER"]},
        {"connected_team_ids": ["T0OURS", "T0OTHER"], "context_team_id": "T0OURS"},
    ],
)
def test_every_sign_of_another_company_counts(facts: dict[str, Any]) -> None:
    """One is enough."""
    assert read(**facts).is_shared


@pytest.mark.parametrize(
    "facts",
    [
        {"is_shared": True, "is_org_shared": True},
        {"connected_team_ids": []},
        {"connected_team_ids": ["T0OURS"], "context_team_id": "T0OURS"},
        {"connected_team_ids": ["T0OURS", "T1OURS"], "internal_team_ids": ["T0OURS", "T1OURS"]},
        {"shared_team_ids": ["T0OURS"]},
    ],
)
def test_workspaces_of_one_organisation_are_no_other_company(facts: dict[str, Any]) -> None:
    """Sharing within a company needs nobody's leave."""
    assert not read(**facts).is_shared


@pytest.mark.parametrize("name", ["is_ext_shared", "is_pending_ext_shared"])
def test_unsaid_is_unknown(name: str) -> None:
    """A channel Slack says too little of is neither shared nor not."""
    audience = read_without(name)

    assert (audience.is_shared, audience.outside) == (None, None)


@pytest.mark.parametrize(
    "facts",
    [
        {"is_ext_shared": None},
        {"is_pending_ext_shared": "no"},
        {"is_ext_shared": 0},
        {"connected_team_ids": "T0OTHER"},
        {"pending_shared": {}},
    ],
)
def test_what_is_not_said_plainly_is_unknown(facts: dict[str, Any]) -> None:
    """Only a flag that is false and a list of nobody say that nobody else reads."""
    audience = read(**facts)

    assert (audience.is_shared, audience.outside) == (None, None)


@pytest.mark.parametrize(
    ("facts", "outside"),
    [
        ({}, 0),
        ({"connected_team_ids": None}, 0),
        ({"is_ext_shared": True}, None),
        ({"is_ext_shared": True, "connected_team_ids": ["T0OTHER"]}, 1),
        ({"is_ext_shared": True, "connected_limited_team_ids": ["T0OTHER", "T1OTHER"]}, 2),
        (
            {
                "is_ext_shared": True,
                "connected_team_ids": ["T0OURS", "T0OTHER"],
                "context_team_id": "T0OURS",
            },
            1,
        ),
        (
            {
                "is_ext_shared": True,
                "connected_team_ids": ["T0OURS"],
                "internal_team_ids": ["T0OURS"],
            },
            None,
        ),
        ({"is_pending_ext_shared": True}, None),
        ({"is_pending_ext_shared": True, "pending_shared": ["T0OTHER"]}, 1),
        (
            {
                "is_ext_shared": True,
                "connected_team_ids": ["T0OTHER"],
                "is_pending_ext_shared": True,
                "pending_connected_team_ids": ["T1OTHER"],
                "pending_shared": ["T1OTHER"],
            },
            2,
        ),
    ],
)
def test_other_companies_are_counted(facts: dict[str, Any], outside: int | None) -> None:
    """Those who read and those who were invited, each once; unnamed ones cannot be."""
    assert read(**facts).outside == outside


def test_unsaid_is_archived_and_without_the_bot() -> None:
    """Nothing is taken for granted that posting needs."""
    assert read_without("is_archived").is_archived
    assert not read_without("is_member").has_bot


def test_the_bot_is_in_its_direct_conversations() -> None:
    """Slack does not say so of them."""
    direct = read_audience(CHANNEL, {"is_im": True})

    assert direct.has_bot


def test_unsaid_is_public() -> None:
    """More people read a public channel than a private one."""
    assert read_without("is_private").kind is ConversationKind.PUBLIC


@pytest.mark.parametrize(
    ("count", "readers"),
    [(0, 0), (7, 7), (-1, None), (True, None), (None, None), ("7", None), (7.0, None)],
)
def test_readers(count: object, readers: int | None) -> None:
    """A number of people, or none that can be relied on."""
    assert read(num_members=count).readers == readers


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*ORDINARY, "connected_team_ids"]), _VALUES))
def test_whatever_slack_says_can_be_read(facts: dict[str, Any]) -> None:
    """Any description is an audience; only one that says so twice is of one company."""
    audience = read_audience(CHANNEL, facts)

    told = (facts.get("is_ext_shared"), facts.get("is_pending_ext_shared"))
    if audience.kind is not ConversationKind.DIRECT:
        assert audience.is_shared is not False or told == (False, False)
    assert (audience.outside == 0) == (audience.is_shared is False)
