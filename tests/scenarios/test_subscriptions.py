"""Summaries that post themselves: a channel subscribes, a meeting ends, its summary appears once.

Every scenario runs on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.demo.fake_realtimekit.records import Account, Token
from bot.demo.stage import APP_NAME, ASKER, CHANNEL
from bot.domain.delivery import DeliveryState
from bot.domain.ids import SessionId
from bot.usecases.keep_webhook import WEBHOOKS_PATH
from tests.databases import database_url
from tests.scenarios.world import SUMMARY, World, open_world, until

__all__ = ["database_url"]

PUBLIC_URL = "https://bot.example.com"


@pytest.fixture
async def silent(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A deployment that nobody can reach from outside."""
    async with open_world(tmp_path, database_url=database_url) as world:
        world.channel().members.add(world.stage.slack.team.bot_user_id)
        yield world


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A deployment that RealtimeKit can reach at its public address."""
    async with open_world(tmp_path, database_url=database_url, PUBLIC_URL=PUBLIC_URL) as world:
        world.channel().members.add(world.stage.slack.team.bot_user_id)
        world.stage.kit.events.reach[PUBLIC_URL] = str(world.served.http.base_url).rstrip("/")
        yield world


async def told(world: World, line: str) -> str:
    """Type a line that is answered later; returns the answer."""
    before = len(world.private())
    await world.dana.command(line, CHANNEL)
    await until(lambda: len(world.private()) > before)
    return world.private()[-1]


async def subscribe(world: World, rest: str = APP_NAME) -> str:
    """Subscribe the channel; returns the answer."""
    return await told(world, f"subscribe {rest}")


async def end(world: World, session: SessionId) -> list[int | None]:
    """Let RealtimeKit tell that a meeting is over; returns what it was answered."""
    return [attempt.status for attempt in await world.stage.kit.events.meeting_ended(session)]


async def write(world: World, session: SessionId, shape: str = "full") -> list[int | None]:
    """Let RealtimeKit tell that a summary is written; returns what it was answered."""
    attempts = await world.stage.kit.events.summary_ready(session, shape)  # type: ignore[arg-type]
    await world.rest()
    return [attempt.status for attempt in attempts]


async def meet(world: World, summary: str | None = SUMMARY, **facts: Any) -> SessionId:
    """Hold a meeting of half an hour, after the channel subscribed."""
    began = world.clock()
    world.clock.advance(minutes=31)
    return world.meeting(summary, started_at=began, lasted=timedelta(minutes=30), **facts)


async def test_a_meeting_posts_itself(world: World) -> None:
    """Subscribed, told of twice, and posted once with the summary in its thread."""
    answer = await subscribe(world)
    session = await meet(world)

    statuses = [*await end(world, session), *await write(world, session)]

    ((parent, (reply,)),) = world.threads()
    assert statuses == [200, 200]
    assert "standups" in answer
    assert f"subscribes to {APP_NAME}" in json.dumps(parent.attachments)
    assert "We ship on Thursday" in json.dumps(reply.blocks)


@pytest.mark.parametrize("shape", ["full", "short"])
async def test_every_shape_of_the_event_will_do(world: World, shape: str) -> None:
    """The title and the times are asked for; the event need not have them."""
    await subscribe(world)

    assert await write(world, await meet(world), shape) == [200]

    assert len(world.threads()) == 1


async def test_an_event_that_names_no_app_brings_on_what_is_waited_for(world: World) -> None:
    """The end of the meeting did name it."""
    await subscribe(world)
    session = await meet(world)
    await end(world, session)

    assert await write(world, session, "flat") == [200]

    assert len(world.threads()) == 1


async def test_an_event_that_names_no_app_has_us_look(world: World) -> None:
    """With the workspace's own token, in the next round."""
    await subscribe(world)
    await world.go_round()
    session = await meet(world)

    assert await write(world, session, "flat") == [200]
    await world.go_round()

    assert len(world.threads()) == 1


async def test_a_summary_that_is_late_is_waited_for(world: World) -> None:
    """The end of the meeting opens the delivery; checks find the summary without an event."""
    await subscribe(world)
    session = await meet(world, None)
    await end(world, session)
    assert (await world.delivery(session)).state is DeliveryState.WAITING

    world.stage.kit.state.add_summary(session, SUMMARY)
    await world.until_settled(session)

    assert len(world.threads()) == 1


async def test_whatever_happens_at_once_is_one_post(world: World) -> None:
    """Twin events, the poll, and a person who asks at the same moment."""
    await subscribe(world)
    session = await meet(world)

    await asyncio.gather(
        write(world, session),
        write(world, session),
        end(world, session),
        world.served.bot.rounds.round(),
        world.dana.command(f"{APP_NAME} {session}", CHANNEL),
    )
    await world.rest()

    assert len(world.threads()) == 1


async def test_without_an_address_the_poll_finds_it(silent: World) -> None:
    """No webhook was registered, and the answer said so."""
    answer = await subscribe(silent)
    await meet(silent)

    await silent.go_round()

    assert "every few minutes" in answer
    assert silent.stage.kit.calls("create_webhook") == []
    assert len(silent.threads()) == 1


async def test_a_missed_webhook_is_found_by_the_poll(world: World) -> None:
    """An outage of hours loses nothing, and finds each meeting once."""
    await subscribe(world)
    await meet(world)
    await meet(world, title="Retrospective")
    world.clock.advance(hours=5)

    await world.go_round()
    world.clock.advance(hours=1)
    await world.go_round()

    assert len(world.threads()) == 2


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"title": "Retrospective"}, "title_differs"),
        ({"parent": SessionId("6b9c4f0e-52a7-4d5c-9a0b-1f3e7d2c8a41")}, "breakout_room"),
    ],
)
async def test_what_is_not_wanted_is_not_posted_and_status_says_why(
    world: World, facts: dict[str, Any], reason: str
) -> None:
    """Another title, a breakout room: no post, and an answer to whoever wonders."""
    await subscribe(world, f'{APP_NAME} title:"weekly*"')
    session = await meet(world, **facts)

    await write(world, session)

    assert world.threads() == []
    assert (await world.delivery(session)).reason == reason
    (said,) = await world.type(f"status {session}")
    assert "not posted for the subscription to" in said


async def test_a_meeting_from_before_is_not_posted(world: World) -> None:
    """Neither when it is told of nor when it is found."""
    before = world.meeting()
    world.clock.advance(minutes=1)
    await subscribe(world)

    await write(world, before)
    await world.go_round()

    assert world.threads() == []


@pytest.mark.parametrize("nothing", ["", "  \n"])
async def test_an_empty_summary_is_no_post(world: World, nothing: str) -> None:
    """It ends with its reason, and nobody is bothered."""
    await subscribe(world)
    session = await meet(world, nothing)

    await write(world, session)

    assert world.threads() == []
    assert (await world.delivery(session)).state is DeliveryState.SKIPPED
    assert world.direct() == []


async def test_a_revoked_token_pauses_and_its_maker_is_told_once(world: World) -> None:
    """Nothing is lost: the meetings of the meantime are posted when it is mended."""
    await subscribe(world)
    good = list(world.stage.account.tokens)
    world.stage.account.tokens[:] = [Token(value="cfat_another-make-believe-token-012345")]
    first, second = await meet(world), await meet(world, title="Retrospective")
    await write(world, first)
    await write(world, second)
    await world.go_round()
    await world.go_round()

    assert world.threads() == []
    (said,) = world.direct()
    assert "standups" in said
    assert (await world.delivery(first)).state is DeliveryState.WAITING

    world.stage.account.tokens[:] = good
    world.clock.advance(minutes=16)
    await world.go_round()

    assert len(world.threads()) == 2
    assert len(world.direct()) == 1


async def test_a_channel_without_the_bot_pauses_until_it_is_invited(world: World) -> None:
    """The message names the invitation; posting goes on by itself."""
    await subscribe(world)
    team = world.stage.slack.team
    world.channel().members.discard(team.bot_user_id)
    session = await meet(world)
    await write(world, session)
    await world.go_round()
    assert world.threads() == []
    assert "/invite" in world.direct()[0]

    world.channel().members.add(team.bot_user_id)
    world.clock.advance(minutes=16)
    await world.go_round()

    assert len(world.threads()) == 1


async def test_unsubscribing_ends_it(world: World) -> None:
    """The webhook is removed; what was waited for is not posted."""
    await subscribe(world)
    session = await meet(world, None)
    await end(world, session)

    said = await told(world, f"unsubscribe {APP_NAME}")
    world.stage.kit.state.add_summary(session, SUMMARY)
    world.clock.advance(hours=1)
    await world.go_round()

    assert "no longer" in said
    assert world.threads() == []
    assert list(world.stage.kit.state.webhooks_of(world.stage.app)) == []


async def test_a_channel_without_the_bot_cannot_subscribe(world: World) -> None:
    """The answer names the invitation, and nothing is registered."""
    world.channel().members.discard(world.stage.slack.team.bot_user_id)

    said = await subscribe(world)

    assert "/invite" in said
    assert list(world.stage.kit.state.webhooks_of(world.stage.app)) == []


async def test_the_channel_can_see_what_it_subscribes_to(world: World) -> None:
    """Everybody in it, with the filter and who set it up."""
    await subscribe(world, f'{APP_NAME} title:"weekly*"')

    (said,) = await world.type("subscriptions")

    assert all(word in said for word in (APP_NAME, "weekly", ASKER))


Change = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Forgery:
    """A request at the webhook's address that is not quite right."""

    change: Change = bytes
    signed: bool = True
    key: str | None = None


async def send(world: World, forgery: Forgery) -> int:
    """Send an event for a meeting that nobody was told of yet."""
    session = await meet(world)
    events = world.stage.kit.events
    body = json.dumps(events.summary(session)).encode()
    (registered,) = world.stage.kit.state.webhooks_of(world.stage.app)
    url = registered.url if forgery.key is None else f"{PUBLIC_URL}{WEBHOOKS_PATH}/{forgery.key}"
    headers = {"rtk-signature": events.sign(body)} if forgery.signed else {}
    path = url.removeprefix(PUBLIC_URL)
    reply = await world.served.http.post(path, content=forgery.change(body), headers=headers)
    await world.rest()
    return reply.status_code


@pytest.mark.parametrize(
    ("forgery", "status"),
    [
        (Forgery(change=lambda body: body.replace(b"LIVE", b"DEAD")), 401),
        (Forgery(change=lambda body: body + b" "), 401),
        (Forgery(signed=False), 401),
        (Forgery(key="guessed"), 404),
        (Forgery(change=lambda body: body + b" " * 262_144), 413),
    ],
)
async def test_a_forged_event_leaves_nothing(world: World, forgery: Forgery, status: int) -> None:
    """Changed, unsigned, at a guessed address, or too large."""
    await subscribe(world)

    assert await send(world, forgery) == status

    assert world.threads() == []


async def test_another_customers_event_is_refused(world: World) -> None:
    """It has a good signature: one key signs for everybody. The signed app is not ours."""
    await subscribe(world)
    kit = world.stage.kit
    stranger: Account = kit.state.add_account(Token(value="cfat_strangers-token-0123456789abcdef"))
    foreign = kit.state.add_session(kit.state.add_app(stranger, "theirs"), title="Secret")
    kit.state.add_summary(foreign, "## Their secret")
    body = json.dumps(kit.events.summary(foreign)).encode()
    (registered,) = kit.state.webhooks_of(world.stage.app)

    reply = await world.served.http.post(
        registered.url.removeprefix(PUBLIC_URL),
        content=body,
        headers={"rtk-signature": kit.events.sign(body)},
    )
    await world.rest()

    assert reply.status_code == 403
    assert world.threads() == []


async def test_an_event_sent_again_posts_nothing_new(world: World) -> None:
    """The same bytes a week later, or with another delivery id."""
    await subscribe(world)
    session = await meet(world)
    await write(world, session)
    world.clock.advance(days=8)

    assert await write(world, session) == [200]

    assert len(world.threads()) == 1


async def test_a_rotated_key_is_fetched(world: World) -> None:
    """The old one no longer fits, so a newer one is looked for."""
    await subscribe(world)
    await write(world, await meet(world))
    world.stage.kit.events.rotate_key()
    world.clock.advance(minutes=2)

    assert await write(world, await meet(world, title="Retrospective")) == [200]

    assert len(world.threads()) == 2


async def test_nothing_secret_is_said_about_a_webhook(world: World) -> None:
    """Its address holds the workspace's key; log and database are searched by every scenario."""
    await subscribe(world)
    await write(world, await meet(world))
    (registered,) = world.stage.kit.state.webhooks_of(world.stage.app)
    key = registered.url.rpartition("/")[2]

    metrics = (await world.served.http.get("/metrics")).text
    assert key not in metrics + "".join(world.private())
