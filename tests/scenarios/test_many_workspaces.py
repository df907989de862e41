"""Many workspaces on one deployment: none touches another, and all are served at once."""

from __future__ import annotations

import asyncio

from bot.demo.stage import APP_NAME, ASKER, CHANNEL
from tests.databases import database_url
from tests.scenarios.neighbours import SAME_SESSION, install, meet, neighbours, subscribe, tell
from tests.scenarios.world import World, read

__all__ = ["database_url", "neighbours"]

WORKSPACES, MEETINGS = 8, 4


async def test_the_same_names_in_two_workspaces_are_two_things(neighbours: World) -> None:
    """Channel, app name and person have the same ids in both; each gets its own summary."""
    first, second = await install(neighbours, 1), await install(neighbours, 2)
    for home, secret in ((first, "apples"), (second, "pears")):
        session = meet(neighbours, home, secret)
        person = neighbours.stage.slack.person(ASKER, neighbours.served.http, team=home.team)
        await person.command(f"{APP_NAME} {session}", CHANNEL)
    await neighbours.rest()

    assert "apples" in str(first.posts())
    assert "pears" not in str(first.posts())
    assert "pears" in str(second.posts())
    assert "apples" not in str(second.posts())


async def test_nobody_reads_another_workspaces_meeting(neighbours: World) -> None:
    """Asked for by its id, it is not found: the workspace's own account has no such session."""
    first, second = await install(neighbours, 1), await install(neighbours, 2)
    session = meet(neighbours, first, "apples")
    stranger = neighbours.stage.slack.person(ASKER, neighbours.served.http, team=second.team)

    await stranger.command(f"{APP_NAME} {session}", CHANNEL)
    await neighbours.rest()
    await stranger.command(f"status {session}", CHANNEL)
    await neighbours.rest()

    assert second.posts() == []
    assert first.posts() == []
    assert "apples" not in " ".join(read(answer) for answer in stranger.answers)


async def test_an_event_at_the_wrong_door_is_refused(neighbours: World) -> None:
    """A genuine event of one workspace's app does nothing at another's address."""
    first, second = await install(neighbours, 1), await install(neighbours, 2)
    for home in (first, second):
        await subscribe(neighbours, home)
    neighbours.clock.advance(minutes=31)
    session = meet(neighbours, first, "apples")

    wrong, right = (
        await tell(neighbours, session, door=second),
        await tell(neighbours, session, door=first),
    )
    await neighbours.rest()

    assert (wrong, right) == (403, 200)
    assert second.posts() == []
    assert len(first.posts()) == 2


async def test_a_team_that_did_not_install_the_app_gets_nothing(neighbours: World) -> None:
    """Its requests are signed like all others, but nobody's tokens are used for them."""
    await install(neighbours, 1)
    stranger = neighbours.stage.slack.add_team("T9999", "stranger")
    stranger.add_user(ASKER, "mallory", is_admin=True)
    stranger.add_channel(CHANNEL, "mobile-team", members=(ASKER,))
    person = neighbours.stage.slack.person(ASKER, neighbours.served.http, team=stranger)

    await person.command(f"{APP_NAME} {SAME_SESSION}", CHANNEL)
    await neighbours.rest()

    assert stranger.channels[CHANNEL].messages == []
    assert neighbours.stage.kit.calls("summary") == []


async def test_all_meetings_of_a_minute_are_posted_once(neighbours: World) -> None:
    """Many workspaces' meetings end together: nothing is lost and nothing comes twice."""
    homes = [await install(neighbours, number) for number in range(WORKSPACES)]
    for home in homes:
        await subscribe(neighbours, home)
    neighbours.clock.advance(minutes=31)
    told = [
        (home, meet(neighbours, home, f"{home.team.id}-{number}"))
        for home in homes
        for number in range(MEETINGS)
    ]

    statuses = await asyncio.gather(
        *(tell(neighbours, session, door=home) for home, session in told)
    )
    for _ in range(5):  # what Slack or Cloudflare asked to wait for comes after a while
        await neighbours.later(minutes=1)
    await neighbours.go_round()

    assert set(statuses) == {200}
    for home in homes:
        posts = " ".join(home.posts())
        for number in range(MEETINGS):
            assert posts.count(f"{home.team.id}-{number} stays among us") == 1
        assert len(home.posts()) == 2 * MEETINGS
