"""The administrator of another workspace, with everything of this one's in hand but its people.

Both workspaces have the same channel id, app name, session id and user id, on one deployment. The
stranger sends each of the bot's buttons and windows with the other's ids in it, signed as Slack
signs them. On SQLite and on PostgreSQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import select

from bot.demo.fake_slack.person import Person
from bot.demo.fake_slack.state import Message, View
from bot.demo.stage import APP_NAME, ASKER, CHANNEL
from bot.domain.choices import Choice
from bot.domain.delivery import Delivery
from bot.domain.ids import SessionId, UserId
from bot.messages import actions
from bot.store.tables import aliases, app_policies, deliveries, policies, subscriptions
from tests.databases import database_url
from tests.scenarios.neighbours import SAME_SESSION, Home, install, meet, neighbours, subscribe
from tests.scenarios.test_who_may import AFTERWARDS
from tests.scenarios.world import World, read, until

__all__ = ["database_url", "neighbours"]


class Two:
    """Two workspaces; the first has a summary in its channel, and the second is curious."""

    def __init__(self, world: World, first: Home, second: Home) -> None:
        self.world, self.first, self.second = world, first, second
        self.stranger = self.person(second)

    def person(self, home: Home) -> Person:
        """The administrator of one of the two; the same id in both."""
        return self.world.stage.slack.person(ASKER, self.world.served.http, team=home.team)

    async def delivery(self) -> Delivery:
        """What was posted in the first."""
        found = await self.world.served.bot.deliveries.of_session(
            self.first.id, SessionId(SAME_SESSION)
        )
        assert len(found) == 1
        return found[0]

    async def kept(self) -> str:
        """All that is stored of the first, and who is in its channel."""
        rows = []
        async with self.world.served.bot.stores.database.read() as connection:
            for table in (aliases, app_policies, deliveries, policies, subscriptions):
                query = select(table).where(table.c.workspace == self.first.id)
                rows.append(f"{table.name}: {sorted(map(str, await connection.execute(query)))}")
        return "\n".join([*rows, *self.first.posts()])

    async def settled(self) -> None:
        """Wait for what goes on after an acknowledgement."""
        await until(lambda: not any(t.get_name() in AFTERWARDS for t in asyncio.all_tasks()))
        await self.world.rest()

    def seen(self) -> str:
        """Everything the stranger was shown, anywhere."""
        team = self.second.team
        shown = [read(answer) for answer in team.answers_to(ASKER)]
        shown += [read(m) for channel in team.channels.values() for m in channel.messages]
        return " ".join([*shown, *(str(view.content) for view in team.views.values())])

    def forged(self, action: str, value: str) -> Message:
        """A message of the second workspace's own channel with a button of the bot's in it."""
        team = self.second.team
        message = team.say(CHANNEL, team.bot_user_id, "Look here")
        button = {
            "type": "button",
            "action_id": action,
            "text": {"type": "plain_text", "text": "Press"},
            "value": value,
        }
        message.blocks = [{"type": "actions", "block_id": "forged", "elements": [button]}]
        return message


@pytest.fixture
async def two(neighbours: World) -> Two:
    """Both have a meeting by the same id; only the first's was posted."""
    first, second = await install(neighbours, 1), await install(neighbours, 2)
    meet(neighbours, first, "apples", SAME_SESSION)
    found = Two(neighbours, first, second)
    await subscribe(neighbours, first)
    await neighbours.served.bot.stores.policies.set_alias(
        first.id, "daily", first.app, UserId(ASKER)
    )
    await found.person(first).command(f"{APP_NAME} {SAME_SESSION}", CHANNEL)
    await neighbours.rest()
    assert "apples" in " ".join(first.posts())
    return found


Value = Callable[[Delivery, Home], str]

BUTTONS: dict[str, Value] = {
    actions.GET_FILE: lambda delivery, _: delivery.id,
    actions.POST_AGAIN: lambda delivery, _: delivery.id,
    actions.GENERATE: lambda delivery, _: delivery.id,
    actions.CONFIRM_AUDIENCE: lambda delivery, _: f"{delivery.id}|9|0",
    actions.CHOOSE_SESSION: lambda _, first: f"{first.app}|{SAME_SESSION}",
}


@pytest.mark.parametrize("action", BUTTONS)
async def test_a_button_reaches_nothing_of_another_workspace(two: Two, action: str) -> None:
    """Nothing is posted, stored or shown, and Cloudflare is not asked with the first's token."""
    before, requests = await two.kept(), two.world.stage.kit.requests
    account = next(r.path for r in requests if "/accounts/" in r.path).split("/accounts/")[1][:32]
    requests.clear()
    value = BUTTONS[action](await two.delivery(), two.first)

    await two.stranger.press(action, two.forged(action, value), channel=CHANNEL)
    await until(lambda: bool(two.stranger.answers))
    await two.settled()

    assert await two.kept() == before
    assert "apples" not in two.seen()
    assert two.second.posts() == ["[Press]"]  # the forged message alone
    assert [request.path for request in requests if account in request.path] == []


@pytest.mark.parametrize(
    "line",
    [
        "daily {session}",
        "status {session}",
        "subscribe {app}",
        "subscriptions",
        "unsubscribe {app}",
        "settings",
        "doctor",
        "{app} {session}",
    ],
)
async def test_a_command_reaches_nothing_of_another_workspace(two: Two, line: str) -> None:
    """Its alias, its app's id, its meeting's status and its subscriptions are unknown here."""
    before = await two.kept()

    await two.stranger.command(line.format(session=SAME_SESSION, app=two.first.app), CHANNEL)
    await until(lambda: bool(two.stranger.answers))
    await two.settled()

    assert await two.kept() == before
    assert "apples" not in two.seen()
    assert "Posted" not in two.seen()


async def test_the_picker_offers_nothing_of_another_workspace(two: Two) -> None:
    """Its apps and meetings are those of the workspace's own account."""
    meet(two.world, two.second, "pears")
    await two.stranger.command("", CHANNEL)

    await until(lambda: "pears" in two.seen())

    assert "apples" not in two.seen()
    assert two.first.app not in two.seen()


async def test_the_home_tab_shows_nothing_of_another_workspace(two: Two) -> None:
    """Nor do the settings that it opens."""
    await two.stranger.open_home()
    await until(lambda: two.stranger.home is not None)
    assert two.stranger.home is not None
    await two.stranger.press(actions.OPEN_SETTINGS, two.stranger.home)
    await two.settled()

    assert "daily" not in two.seen()
    assert two.first.app not in two.seen()
    assert two.second.app in two.seen()


async def _window(two: Two, person: Person, callback: str) -> View:
    await two.settled()
    window = person.window
    assert window is not None
    assert window.content["callback_id"] == callback
    return window


async def test_a_crafted_window_changes_nothing_of_another_workspace(two: Two) -> None:
    """With the other's app in `private_metadata` and in its values, and the other's view id."""
    before = await two.kept()
    await two.stranger.open_home()
    await until(lambda: two.stranger.home is not None)
    assert two.stranger.home is not None
    await two.stranger.press(actions.OPEN_SETTINGS, two.stranger.home)
    settings = await _window(two, two.stranger, actions.SETTINGS)
    await two.stranger.press(actions.EDIT_APP, settings, chosen=two.second.app)
    window = await _window(two, two.stranger, actions.APP_SETTINGS)
    window.content = {**window.content, "private_metadata": two.first.app}
    window.id = settings.id
    two.stranger.fill(window, Choice.ALIASES, "daily")

    await two.stranger.submit(window)
    await two.settled()

    assert await two.kept() == before


async def test_the_metrics_name_no_workspace(two: Two) -> None:
    """Who can read the metrics of a deployment learns nothing of who is on it."""
    metrics = (await two.world.served.http.get("/metrics")).text

    for name in (two.first.id, two.second.id, two.first.app, CHANNEL, ASKER, SAME_SESSION):
        assert name not in metrics
