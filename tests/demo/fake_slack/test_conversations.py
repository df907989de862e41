"""Reading channels."""

from __future__ import annotations

import pytest

from bot.demo.fake_slack import FakeSlack
from tests.clock import ManualClock
from tests.demo.fake_slack.calling import ADA, CHANNEL, Caller

MARK = {"event_type": "meeting_summary", "event_payload": {"key": "parent"}}


async def test_history_is_newest_first_and_without_replies(call: Caller, slack: FakeSlack) -> None:
    """Only what stands in the channel itself."""
    first = slack.team.say(CHANNEL, ADA, "first")
    slack.team.say(CHANNEL, ADA, "reply", thread_ts=first.ts)
    slack.team.say(CHANNEL, ADA, "second")

    said = await call.form("conversations.history", channel=CHANNEL)

    assert [message["text"] for message in said["messages"]] == ["second", "first"]
    assert (said["has_more"], said["response_metadata"]) == (False, {"next_cursor": ""})


async def test_history_comes_in_pages(call: Caller, slack: FakeSlack) -> None:
    """Following the cursor gives every message once."""
    for number in range(5):
        slack.team.say(CHANNEL, ADA, str(number))

    texts, cursor = [], ""
    while True:
        said = await call.form("conversations.history", channel=CHANNEL, limit="2", cursor=cursor)
        texts += [message["text"] for message in said["messages"]]
        cursor = said["response_metadata"]["next_cursor"]
        if not cursor:
            break

    assert texts == ["4", "3", "2", "1", "0"]


async def test_history_of_a_time(call: Caller, slack: FakeSlack, clock: ManualClock) -> None:
    """The ends are left out unless they are asked for."""
    stamps = []
    for number in range(3):
        stamps.append(slack.team.say(CHANNEL, ADA, str(number)).ts)
        clock.advance(seconds=10)

    between = await call.form(
        "conversations.history", channel=CHANNEL, oldest=stamps[0], latest=stamps[2]
    )
    all_of_it = await call.form(
        "conversations.history",
        channel=CHANNEL,
        oldest=stamps[0],
        latest=stamps[2],
        inclusive="true",
    )

    assert [message["text"] for message in between["messages"]] == ["1"]
    assert [message["text"] for message in all_of_it["messages"]] == ["2", "1", "0"]


async def test_metadata_is_whole_only_when_asked_for(call: Caller) -> None:
    """Otherwise there is just its type."""
    await call.post(text="x", metadata=MARK)

    plain = await call.form("conversations.history", channel=CHANNEL)
    whole = await call.form("conversations.history", channel=CHANNEL, include_all_metadata="1")

    assert plain["messages"][0]["metadata"] == {"event_type": "meeting_summary"}
    assert whole["messages"][0]["metadata"] == MARK


async def test_replies_begin_with_their_parent(call: Caller, slack: FakeSlack) -> None:
    """The parent, then what stands under it, oldest first; pages work too."""
    parent = slack.team.say(CHANNEL, ADA, "parent")
    for number in range(3):
        slack.team.say(CHANNEL, ADA, str(number), thread_ts=parent.ts)

    first = await call.form("conversations.replies", channel=CHANNEL, ts=parent.ts, limit="2")
    cursor = first["response_metadata"]["next_cursor"]
    rest = await call.form(
        "conversations.replies", channel=CHANNEL, ts=parent.ts, limit="2", cursor=cursor
    )

    texts = [message["text"] for said in (first, rest) for message in said["messages"]]
    assert texts == ["parent", "0", "1", "2"]
    assert not rest["has_more"]


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("conversations.replies", {"ts": "1.000001"}, "thread_not_found"),
        ("conversations.history", {"cursor": "elsewhere"}, "invalid_cursor"),
        ("conversations.history", {"limit": "1000"}, "invalid_limit"),
        ("conversations.history", {"limit": "many"}, "invalid_arguments"),
        ("conversations.history", {"inclusive": "perhaps"}, "invalid_arguments"),
        ("conversations.history", {"oldest": "yesterday"}, "invalid_ts_oldest"),
        ("conversations.history", {"include_metadata": "1"}, "invalid_arguments"),
        ("conversations.history", {"channel": "C0NONE"}, "channel_not_found"),
        ("conversations.info", {"channel": "C0NONE"}, "channel_not_found"),
        ("conversations.members", {"channel": "C0NONE"}, "channel_not_found"),
    ],
)
async def test_refuses_to_read(
    method: str, arguments: dict[str, str], code: str, call: Caller, slack: FakeSlack
) -> None:
    """Each refusal has its code."""
    slack.team.say(CHANNEL, ADA, "something")

    said = await call.form(method, **{"channel": CHANNEL, **arguments})

    assert said["error"] == code


@pytest.mark.parametrize(
    ("method", "more", "suffix"),
    [
        ("conversations.history", {}, "history"),
        ("conversations.replies", {"ts": "1.000001"}, "history"),
        ("conversations.info", {}, "read"),
        ("conversations.members", {}, "read"),
    ],
)
async def test_each_kind_of_conversation_has_its_scope(
    method: str, more: dict[str, str], suffix: str, call: Caller, slack: FakeSlack
) -> None:
    """Public, private, direct and group conversations each need their own."""
    team = slack.team
    team.add_channel("C0PRIVATE", "private", is_private=True)
    team.add_channel("D0ADA", "ada", kind="im")
    team.add_channel("G0SOME", "some", kind="mpim")
    team.scopes.clear()

    places = (CHANNEL, "C0PRIVATE", "D0ADA", "G0SOME")
    needed = [(await call.form(method, channel=place, **more))["needed"] for place in places]

    assert needed == [f"{family}:{suffix}" for family in ("channels", "groups", "im", "mpim")]


async def test_reads_only_where_it_is(call: Caller, slack: FakeSlack) -> None:
    """A public channel can be seen from outside, but not read."""
    slack.team.channels[CHANNEL].members.clear()

    history = await call.form("conversations.history", channel=CHANNEL)
    info = await call.form("conversations.info", channel=CHANNEL)

    assert history["error"] == "not_in_channel"
    assert info["channel"]["is_member"] is False


async def test_tells_about_a_channel(call: Caller, slack: FakeSlack) -> None:
    """What kind it is, and who is in it."""
    slack.team.add_channel("C0SHARED", "shared", members=(ADA,), is_ext_shared=True)

    info = await call.form("conversations.info", channel="C0SHARED", include_num_members="true")
    members = await call.form("conversations.members", channel="C0SHARED")

    assert info["channel"]["is_ext_shared"] is True
    assert info["channel"]["connected_team_ids"] == [slack.team.id, "T0GLOBEX"]
    assert info["channel"]["num_members"] == 2
    assert members["members"] == [ADA, "U0BOT"]


async def test_counts_only_for_who_asks(call: Caller) -> None:
    """Slack leaves the number out unless it is asked for."""
    info = await call.form("conversations.info", channel=CHANNEL)

    assert "num_members" not in info["channel"]


async def test_says_little_about_direct_conversations(call: Caller, slack: FakeSlack) -> None:
    """Of one between two, whose it is; of one of several, all but the number."""
    slack.team.add_channel("D0ADA", "ada", kind="im", members=(ADA,))
    slack.team.add_channel("G0SOME", "some", kind="mpim", members=(ADA,))

    said = [
        await call.form("conversations.info", channel=place, include_num_members="true")
        for place in ("D0ADA", "G0SOME")
    ]

    direct, group = (each["channel"] for each in said)
    assert direct == {"id": "D0ADA", "is_im": True, "user": ADA}
    assert (group["is_mpim"], group["is_private"], group["is_member"]) == (True, True, True)
    assert "num_members" not in group


async def test_members_come_in_pages(call: Caller, slack: FakeSlack) -> None:
    """The cursor goes on behind the last of a page."""
    slack.team.channels[CHANNEL].members = {"U1", "U2", "U3"}

    first = await call.form("conversations.members", channel=CHANNEL, limit="2")
    cursor = first["response_metadata"]["next_cursor"]
    rest = await call.form("conversations.members", channel=CHANNEL, limit="2", cursor=cursor)

    assert (first["members"], rest["members"]) == (["U1", "U2"], ["U3"])
    assert rest["response_metadata"]["next_cursor"] == ""


async def test_slow_histories(call: Caller, slack: FakeSlack, clock: ManualClock) -> None:
    """Apps sold outside Slack's Marketplace may read once a minute."""
    slack.limits.slow_history = True

    first = await call.form("conversations.history", channel=CHANNEL)
    second = await call.form("conversations.history", channel=CHANNEL)
    clock.advance(seconds=60)
    third = await call.form("conversations.history", channel=CHANNEL)

    assert (first["ok"], second["error"], third["ok"]) == (True, "ratelimited", True)
