"""The same thing asked for twice, by two people, in two places, or by Slack repeating itself."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

import pytest

from bot.demo.fake_slack.door import Ack, Door, sign
from bot.demo.stage import APP_NAME, ASKER, CHANNEL
from bot.domain.delivery import DeliveryState
from bot.domain.ids import UserId
from bot.messages import actions
from tests.scenarios.world import World

ELSEWHERE = "C0SALES"
FORM = "application/x-www-form-urlencoded"


def the_request(world: World, session: str, **changes: str) -> bytes:
    """The body of a command, as Slack sends it."""
    team = world.stage.slack.team
    answer_url = team.new_response_url(world.stage.slack.url, "commands", world.dana.id, CHANNEL)
    fields = {
        "team_id": team.id,
        "channel_id": CHANNEL,
        "user_id": world.dana.id,
        "command": "/meeting-summary",
        "text": f"{APP_NAME} {session}",
        "api_app_id": team.app_id,
        "response_url": answer_url,
        "trigger_id": team.new_trigger(world.dana.id),
    }
    return urlencode(fields | changes).encode()


def the_door(world: World) -> Door:
    """The bot's address for Slack."""
    door = world.dana.door
    assert isinstance(door, Door)
    return door


def signed(world: World, body: bytes, *, seconds_ago: int = 0) -> dict[str, str]:
    """The headers of a request that Slack signed then."""
    door = the_door(world)
    timestamp = str(int(door.now().timestamp()) - seconds_ago)
    signature = sign(door.signing_secret, timestamp, body)
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}


async def send(world: World, body: bytes, headers: dict[str, str]) -> Ack:
    """Send a body with exactly these headers."""
    return await the_door(world).send(body, FORM, headers)


async def test_asking_again_gives_a_private_link_to_the_thread(world: World) -> None:
    """Nothing is posted; the link leads to the parent."""
    session = world.meeting()
    await world.ask(session)

    await world.ask(session)

    [(parent, _)] = world.threads()
    assert "already: open the thread" in world.private()[-1]
    assert f"/archives/{CHANNEL}/p{parent.ts.replace('.', '')}" in str(world.dana.answers[-1])


async def test_post_again_posts_once_however_often_it_is_pressed(world: World) -> None:
    """Five clicks at once are one wish."""
    session = world.meeting()
    await world.ask(session)
    await world.ask(session)
    question = world.dana.answers[-1]

    await asyncio.gather(*(world.dana.press(actions.POST_AGAIN, question) for _ in range(5)))
    await world.rest()

    assert len(world.threads()) == 2


async def test_two_people_who_ask_at_once_share_one_thread(world: World) -> None:
    """Both are answered; one of them learns that it was asked for already."""
    world.stage.slack.team.add_user("U0OMAR", "omar")
    omar = world.stage.person(world.served.http, "U0OMAR")
    session = world.meeting()

    await asyncio.gather(
        world.dana.command(f"{APP_NAME} {session}", CHANNEL),
        omar.command(f"{APP_NAME} {session}", CHANNEL),
    )
    await world.rest()

    assert len(world.threads()) == 1
    assert [len(world.private()), len(world.private(omar))] == [1, 1]


async def test_two_channels_get_a_thread_each(world: World) -> None:
    """What stands in one channel does not keep another from getting it."""
    world.stage.slack.team.add_channel(ELSEWHERE, "sales", members=(world.dana.id,))
    session = world.meeting()

    await world.ask(session)
    await world.ask(session, channel=ELSEWHERE)

    assert len(world.threads()) == 1
    assert len(world.threads(ELSEWHERE)) == 1


async def test_many_requests_at_once_are_all_posted(world: World) -> None:
    """Ten meetings in one channel give ten threads, each with its reply."""
    sessions = [world.meeting(title=f"Meeting {number}") for number in range(10)]

    await asyncio.gather(
        *(world.dana.command(f"{APP_NAME} {session}", CHANNEL) for session in sessions)
    )
    await world.rest()
    for session in sessions:
        await world.until_settled(session)

    assert sorted(len(replies) for _, replies in world.threads()) == [1] * 10


async def test_a_request_that_slack_repeats_is_one_request(world: World) -> None:
    """The same body and signature, again and at the same time: each is acknowledged, one posts."""
    body = the_request(world, world.meeting())
    headers = signed(world, body)

    acks = await asyncio.gather(*(send(world, body, headers) for _ in range(4)))
    await world.rest()
    acks.append(await send(world, body, headers | {"X-Slack-Retry-Num": "1"}))
    await world.rest()

    assert {ack.status for ack in acks} == {200}
    assert len(world.threads()) == 1


@pytest.mark.parametrize("seconds_ago", [301, -301, 86_400])
async def test_a_request_from_another_time_is_refused(world: World, seconds_ago: int) -> None:
    """Recorded yesterday, or dated ahead: a good signature does not help."""
    session = world.meeting()
    body = the_request(world, session)

    ack = await send(world, body, signed(world, body, seconds_ago=seconds_ago))
    await world.rest()

    assert ack.status == 401
    assert world.threads() == []


async def test_a_request_of_four_minutes_ago_is_taken(world: World) -> None:
    """Slack may have had trouble reaching us."""
    body = the_request(world, world.meeting())

    ack = await send(world, body, signed(world, body, seconds_ago=240))
    await world.rest()

    assert ack.status == 200
    assert len(world.threads()) == 1


async def test_another_workspaces_request_gets_nothing(world: World) -> None:
    """Signed by Slack, since the app may be installed there too, but none of ours."""
    globex = world.stage.slack.add_team("T0GLOBEX", "globex")
    globex.add_user("U0EVE", "eve", is_admin=True)
    globex.add_channel(CHANNEL, "same-id", members=("U0EVE",))
    eve = world.stage.slack.person("U0EVE", world.served.http, team=globex)
    session = world.meeting()
    await world.ask(session)

    for line in (f"{APP_NAME} {session}", f"status {session}", "settings", "doctor", ""):
        await eve.command(line, CHANNEL)
    await world.rest()

    told = [answer.text for answer in globex.answers_to("U0EVE")]
    assert all("no longer works" in text for text in told)
    assert len(told) == 5
    assert globex.channels[CHANNEL].messages == []
    assert len(world.threads()) == 1


async def test_another_workspaces_click_gets_nothing(world: World) -> None:
    """The ids on a button are no secret; whose workspace it is decides."""
    globex = world.stage.slack.add_team("T0GLOBEX", "globex")
    globex.add_user("U0EVE", "eve")
    globex.add_channel(CHANNEL, "same-id", members=("U0EVE",))
    eve = world.stage.slack.person("U0EVE", world.served.http, team=globex)
    await world.ask(world.meeting())
    [(_, [reply])] = world.threads()
    asked = len(world.stage.kit.requests)

    ack = await eve.press(actions.GET_FILE, reply, channel=CHANNEL)
    await world.rest()

    assert ack.status == 200
    assert len(world.stage.kit.requests) == asked


async def test_a_button_of_another_channel_is_not_honoured(world: World) -> None:
    """A delivery's id in a message made up elsewhere opens nothing but for who asked for it."""
    world.stage.slack.team.add_user("U0OMAR", "omar")
    omar = world.stage.person(world.served.http, "U0OMAR")
    world.stage.slack.team.add_channel(ELSEWHERE, "sales", members=(omar.id,))
    await world.ask(world.meeting())
    [(_, [reply])] = world.threads()

    await omar.press(actions.GET_FILE, reply, channel=ELSEWHERE)
    await world.heard(1, omar)

    assert world.private(omar)[-1].startswith("That button belongs to another conversation")


@pytest.mark.parametrize(
    "event",
    [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": ["U0BOT"]}}],
    ids=["uninstalled", "revoked"],
)
async def test_leaving_deletes_everything_of_the_workspace(
    world: World, event: dict[str, object]
) -> None:
    """Told twice, nothing is left of deliveries, messages, names and the workspace itself."""
    bot, session = world.served.bot, world.meeting()
    waiting = world.meeting(summary=None)
    await bot.stores.policies.set_alias(bot.who.id, "alias", world.stage.app, UserId(ASKER))
    await world.ask(session)
    await world.ask(waiting)
    delivery = await world.delivery(session)

    acks = [await world.dana.event(event), await world.dana.event(event)]
    await world.later(days=8)

    assert [ack.status for ack in acks] == [200, 200]
    assert await bot.deliveries.get(delivery.id) is None
    assert await bot.deliveries.messages(delivery.id) == []
    assert await bot.deliveries.of_session(bot.who.id, waiting) == []
    assert await bot.stores.workspaces.alias(bot.who.id, "alias") is None
    assert await bot.stores.workspaces.of_token(world.stage.slack.team.token) is None
    assert world.stage.slack.calls_of("chat.update") == []


async def test_somebody_elses_token_being_revoked_deletes_nothing(world: World) -> None:
    """A person's token is not the bot's."""
    session = world.meeting()
    await world.ask(session)

    await world.dana.event(
        {"type": "tokens_revoked", "tokens": {"oauth": ["U0DANA"], "bot": ["U0OTHERBOT"]}}
    )
    await world.rest()

    assert (await world.delivery(session)).state is DeliveryState.POSTED


async def test_another_workspaces_leaving_deletes_nothing_of_ours(world: World) -> None:
    """Its event names its own team."""
    globex = world.stage.slack.add_team("T0GLOBEX", "globex")
    globex.add_user("U0EVE", "eve")
    eve = world.stage.slack.person("U0EVE", world.served.http, team=globex)
    session = world.meeting()
    await world.ask(session)

    await eve.event({"type": "app_uninstalled"})
    await world.rest()

    assert (await world.delivery(session)).state is DeliveryState.POSTED
