"""Which app a person means."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.ids import AppId
from bot.domain.summary import App
from bot.errors import AppRequired, UnknownAlias
from bot.usecases.app_directory import AppDirectory
from tests.fakes import APP, NOON, OTHER_APP, FakeMeetings, FakeWorkspaces, a_workspace

TWO_APPS = [App(APP, "Standups"), App(OTHER_APP, "Customer calls")]


def a_directory(meetings: FakeMeetings, workspaces: FakeWorkspaces | None = None) -> AppDirectory:
    """A directory over one account at noon."""
    return AppDirectory(workspaces or FakeWorkspaces(), lambda _: meetings, now=lambda: NOON)


async def test_a_uuid_is_taken_at_its_word_without_a_call() -> None:
    """An id needs no look-up, and its case does not matter."""
    meetings = FakeMeetings()

    app = await a_directory(meetings).resolve(a_workspace(), APP.upper())

    assert app == APP
    assert meetings.calls == []


async def test_the_only_app_may_be_left_out() -> None:
    """With one app in the account, nothing needs to be named."""
    app = await a_directory(FakeMeetings()).resolve(a_workspace(), "")

    assert app == APP


@pytest.mark.parametrize("apps", [[], TWO_APPS])
async def test_an_app_left_out_must_be_the_only_one(apps: list[App]) -> None:
    """With several apps, or none, the asker is given the names to choose from."""
    with pytest.raises(AppRequired) as refusal:
        await a_directory(FakeMeetings(apps=apps)).resolve(a_workspace(), "")

    assert refusal.value.names == tuple(app.name for app in apps)
    assert not isinstance(refusal.value, UnknownAlias)


async def test_an_app_answers_to_its_name_in_any_case() -> None:
    """Cloudflare's own name for an app is as good as an alias."""
    directory = a_directory(FakeMeetings(apps=TWO_APPS))

    app = await directory.resolve(a_workspace(), "customer CALLS")

    assert app == OTHER_APP


async def test_an_alias_wins_over_a_name() -> None:
    """What an administrator called an app beats what Cloudflare calls another."""
    workspaces = FakeWorkspaces(aliases={"standups": OTHER_APP})
    directory = a_directory(FakeMeetings(apps=TWO_APPS), workspaces)

    app = await directory.resolve(a_workspace(), "Standups")

    assert app == OTHER_APP


async def test_an_id_that_is_no_uuid_is_found_in_the_account() -> None:
    """Older ids have other forms; they are looked up, not guessed."""
    odd = App(AppId("legacy_app_01"), "Legacy")

    app = await a_directory(FakeMeetings(apps=[odd])).resolve(a_workspace(), "legacy_app_01")

    assert app == odd.id


@pytest.mark.parametrize("apps", [TWO_APPS, [App(APP, "same"), App(OTHER_APP, "Same")]])
async def test_a_name_nobody_has_or_two_share_is_unknown(apps: list[App]) -> None:
    """A name that does not lead to exactly one app leads nowhere."""
    with pytest.raises(UnknownAlias):
        await a_directory(FakeMeetings(apps=apps)).resolve(a_workspace(), "same")


async def test_the_list_of_apps_is_asked_for_once_a_minute() -> None:
    """Questions within a minute share one call; after it the list is fresh again."""
    meetings, moment = FakeMeetings(), [NOON]
    directory = AppDirectory(FakeWorkspaces(), lambda _: meetings, now=lambda: moment[0])

    await directory.apps(a_workspace())
    moment[0] += timedelta(seconds=59)
    await directory.apps(a_workspace())
    moment[0] += timedelta(seconds=1)
    await directory.apps(a_workspace())

    assert meetings.calls == ["list_apps", "list_apps"]


async def test_a_forgotten_list_is_asked_for_again() -> None:
    """Forgetting makes the next question a fresh one."""
    meetings = FakeMeetings()
    directory = a_directory(meetings)
    await directory.apps(a_workspace())

    directory.forget(a_workspace().id)
    await directory.apps(a_workspace())

    assert meetings.calls == ["list_apps", "list_apps"]
