"""Which of app, session, token, account and permission is to blame, and what can be chosen."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from bot.demo.fake_realtimekit import Token
from bot.demo.fake_realtimekit.scripted import gateway_refusal
from bot.demo.fake_slack import PrivateAnswer
from bot.demo.stage import API_TOKEN, APP_NAME, ASKER
from bot.domain.delivery import DeliveryState
from bot.domain.ids import SessionId, UserId
from bot.messages import actions
from tests.scenarios.private import assert_plain
from tests.scenarios.world import World, read

UNKNOWN = SessionId("99999999-90cd-4e8f-a7b2-c3d4e5f60718")


async def assert_failed(world: World, session: str, reason: str, told: str) -> str:
    """The delivery ended with that reason, its asker was told so, and nothing was posted."""
    ended = await world.delivery(SessionId(session))
    assert (ended.state, ended.reason) == (DeliveryState.FAILED, reason)
    last = world.private()[-1]
    assert last.startswith(told)
    assert ended.id in last
    assert world.channel().messages == []
    assert_plain(world)
    return last


@pytest.mark.parametrize("wanted", ["standups", "STANDUPS", "`standups`", "{app}", ""])
async def test_the_app_is_found_however_it_is_named(world: World, wanted: str) -> None:
    """By its name, its id, or not at all when there is but one."""
    session = world.meeting()

    await world.type(f"{wanted.format(app=world.stage.app)} {session}".strip())

    assert len(world.threads()) == 1


async def test_an_alias_wins_over_a_name(world: World) -> None:
    """An administrator's word for an app finds it, also when another app is called that."""
    kit = world.stage.kit.state
    kit.add_app(world.stage.account, "weekly")
    bot = world.served.bot
    await bot.stores.policies.set_alias(bot.who.id, "weekly", world.stage.app, UserId(ASKER))
    session = world.meeting()

    await world.type(f"weekly {session}")

    assert len(world.threads()) == 1


async def test_with_two_apps_one_must_be_named(world: World) -> None:
    """The names to choose from are shown; the command with one of them works."""
    world.stage.kit.state.add_app(world.stage.account, "interviews")
    session = world.meeting()

    await world.type(session)

    last = await assert_failed(
        world, session, "app_required", "The command does not say which RealtimeKit app"
    )
    assert "• standups\n• interviews" in last

    await world.type(f"{APP_NAME} {session}")

    assert len(world.threads()) == 1


async def test_an_unknown_name_brings_the_known_ones(world: World) -> None:
    """A slip in the app's name is answered with the names there are."""
    session = world.meeting()

    await world.type(f"standup {session}")

    last = await assert_failed(
        world, session, "unknown_alias", "There is no RealtimeKit app of that name."
    )
    assert "• standups" in last


async def test_an_unknown_app_id_is_told_from_a_missing_session(world: World) -> None:
    """The account's apps are looked at before the session is blamed."""
    session = world.meeting()

    await world.type(f"{uuid.uuid4()} {session}")

    await assert_failed(
        world, session, "app_not_found", "The Cloudflare account has no RealtimeKit app"
    )


async def test_a_refusal_of_an_unknown_app_does_not_blame_the_permission(world: World) -> None:
    """A 403 may mean either: an app the account does not have is named as what is wrong."""
    session = world.meeting()
    world.stage.kit.script.always("summary", gateway_refusal(403, 10000))

    await world.type(f"{uuid.uuid4()} {session}")

    await assert_failed(
        world, session, "app_not_found", "The Cloudflare account has no RealtimeKit app"
    )


async def test_a_session_of_another_app_is_not_found(world: World) -> None:
    """The session is looked for in the app that was named alone."""
    other = world.stage.kit.state.add_app(world.stage.account, "interviews")
    session = world.stage.kit.state.add_session(other)
    world.stage.kit.state.add_summary(session, "Secret of another app.")

    await world.ask(session)

    await assert_failed(
        world, session, "session_not_found", "That RealtimeKit app has no meeting session"
    )


async def test_an_unknown_session_is_said_to_be_unknown(world: World) -> None:
    """A good app and a session nobody held: the picker is the next step."""
    await world.ask(UNKNOWN)

    last = await assert_failed(
        world, UNKNOWN, "session_not_found", "That RealtimeKit app has no meeting session"
    )
    assert "choose the meeting from the list" in last


async def test_a_meetings_id_brings_its_sessions_to_choose_from(world: World) -> None:
    """The newest runs first; pressing one posts it."""
    meeting = str(uuid.uuid4())
    older = world.meeting(
        "An older run.", meeting=meeting, started_at=world.clock() - timedelta(days=2)
    )
    world.meeting("The newest run.", meeting=meeting)
    world.meeting("Another meeting.")

    await world.type(f"{APP_NAME} {meeting}")

    last = await assert_failed(world, meeting, "meeting_not_session", "That is the id of a meeting")
    assert last.count("[Post this one]") == 2
    assert last.index("Nov 23") < last.index("Nov 21")

    answer = world.dana.answers[-1]
    await world.press(actions.CHOOSE_SESSION, only(answer, older))
    await world.heard(3)
    await world.rest()

    [(_, replies)] = world.threads()
    assert "An older run." in read(replies[0])


def only(answer: PrivateAnswer, session: SessionId) -> PrivateAnswer:
    """An answer as somebody sees it who presses the button of one session."""
    blocks = [
        block for block in answer.blocks if session in block.get("accessory", {}).get("value", "")
    ]
    return PrivateAnswer(
        user=answer.user,
        channel=answer.channel,
        text=answer.text,
        blocks=blocks,
        came=answer.came,
        ts=answer.ts,
    )


@pytest.mark.parametrize("status", ["disabled", "expired", "gone"])
async def test_a_dead_token_is_the_tokens_fault(world: World, status: str) -> None:
    """Revoked, disabled or expired: whoever runs the bot has to replace it."""
    session = world.meeting()
    [token] = world.stage.account.tokens
    if status == "gone":
        world.stage.account.tokens.clear()
    else:
        token.status = status  # type: ignore[assignment]

    await world.ask(session)

    await assert_failed(
        world, session, "token_refused", "Cloudflare did not accept this bot's API token."
    )


async def test_a_missing_permission_is_said_to_be_missing(world: World) -> None:
    """A token that works, but not for RealtimeKit."""
    session = world.meeting()
    world.stage.account.tokens[0].may_use_realtime = False

    await world.type(f"{world.stage.app} {session}")

    await assert_failed(
        world, session, "permission_missing", "This bot's Cloudflare API token may not read"
    )


async def test_another_account_looks_like_a_missing_permission(world: World) -> None:
    """Cloudflare does not tell the two apart, so the sentence covers both."""
    session = world.meeting()
    world.stage.account.tokens.clear()
    world.stage.kit.state.add_account(Token(value=API_TOKEN))

    await world.ask(session)

    last = await assert_failed(
        world, session, "permission_missing", "This bot's Cloudflare API token may not read"
    )
    assert "in this account" in last
