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
    InstallationBroken,
    NotAChannel,
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
    assert audience.is_shared


async def test_another_company_was_invited(
    conversations: SlackConversations, channel: Channel
) -> None:
    """Who only has to accept may read tomorrow what is posted today."""
    channel.is_pending_ext_shared = True

    audience = await conversations.audience(CHANNEL)

    assert audience.is_shared


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
    """The app has no scope for them and asks for none; what Slack misses says what they are."""
    slack.team.add_channel(place, "some", kind=kind)
    slack.team.scopes -= {"im:read", "mpim:read"}

    with pytest.raises(NotAChannel):
        await conversations.audience(ChannelId(place))


@pytest.mark.parametrize(
    ("place", "kind"), [("D0ADA", ConversationKind.DIRECT), ("G0SOME", ConversationKind.GROUP)]
)
async def test_direct_conversations_are_known_where_they_may_be(
    conversations: SlackConversations, slack: FakeSlack, place: str, kind: ConversationKind
) -> None:
    """With the scopes, the kind is read; the bot is in every such conversation it can see."""
    slack.team.add_channel("D0ADA", "ada", kind="im", members=(ASKER,))
    slack.team.add_channel("G0SOME", "some", kind="mpim", members=(ASKER,))
    slack.team.scopes |= {"im:read", "mpim:read"}

    audience = await conversations.audience(ChannelId(place))

    assert audience.kind is kind
    assert audience.has_bot


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
        {"is_ext_shared": None},
        {"is_pending_ext_shared": "no"},
        {"pending_shared": ["T0OTHER"]},
        {"pending_connected_team_ids": ["T0OTHER"]},
        {"connected_team_ids": ["T0OTHER"]},
        {"connected_team_ids": ["T0OURS", "T0OTHER"], "context_team_id": "T0OURS"},
    ],
)
def test_every_sign_of_another_company_counts(facts: dict[str, Any]) -> None:
    """One is enough, and what is not surely false is one."""
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
def test_unsaid_is_shared(name: str) -> None:
    """A channel Slack says too little of is taken for one that others read."""
    assert read_without(name).is_shared


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
    assert audience.is_shared or told == (False, False)
