"""Changing what administrators decide: all of a choice or nothing, and others' changes stay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest

from bot.domain.choices import (
    MOST_ADMINISTRATORS,
    AppChoices,
    Choice,
    WorkspaceChoices,
    Wrong,
)
from bot.domain.ids import ChannelId, UserId, WorkspaceId
from bot.domain.policy import CONFIRM_FROM, AllowedChannels, AppPolicy, Policy
from bot.errors import SlackUnavailable
from bot.store.policies import SqlPolicies
from bot.usecases import change_settings
from bot.usecases.change_settings import ChangeSettings
from tests.fakes import APP, ASKER, NOON, OTHER_APP, WORKSPACE
from tests.subscribing import kept_in_memory

ERIN, FRED = UserId("U0ERIN"), UserId("U0FRED")
BEFORE = WorkspaceChoices(
    default_app=None, allows_shared=False, confirm_from=CONFIRM_FROM, administrators=frozenset()
)
LISTED = AppPolicy(channels=AllowedChannels.LISTED, listed=frozenset({ChannelId("C0A")}))


@dataclass
class Members:
    """Who Slack says is a full member; an error is raised."""

    known: set[UserId] = field(default_factory=lambda: {ERIN, FRED})
    error: Exception | None = None
    asked: list[UserId] = field(default_factory=list)
    silent: bool = False

    async def __call__(self, workspace: WorkspaceId, who: UserId) -> bool:
        """As set up."""
        assert workspace == WORKSPACE
        self.asked.append(who)
        if self.silent:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        return who in self.known


@pytest.fixture
async def policies() -> AsyncIterator[SqlPolicies]:
    """Nothing decided yet."""
    async with kept_in_memory() as kept:
        yield SqlPolicies(kept.watched.database, lambda: NOON)


@pytest.fixture
def members() -> Members:
    """Two members."""
    return Members()


@pytest.fixture
def change(policies: SqlPolicies, members: Members) -> ChangeSettings:
    """What is under test."""
    return ChangeSettings(policies, members, lambda name: name == "help")


async def test_all_that_is_chosen_for_a_workspace_is_kept(
    change: ChangeSettings, policies: SqlPolicies
) -> None:
    """And only new administrators are looked up."""
    chosen = WorkspaceChoices(
        default_app=APP, allows_shared=True, confirm_from=7, administrators=frozenset({ERIN})
    )

    assert await change.workspace(WORKSPACE, chosen, ASKER) == {}

    assert await policies.policy(WORKSPACE) == Policy(
        default_app=APP, allows_shared=True, confirm_from=7
    )
    assert await policies.administrators(WORKSPACE) == {ERIN}


async def test_what_others_changed_meanwhile_stays(
    change: ChangeSettings, policies: SqlPolicies
) -> None:
    """A window that was opened before and changes one thing changes that thing."""
    await policies.set_allows_shared(WORKSPACE, allows=True, who=FRED)
    await policies.set_administrators(WORKSPACE, frozenset({FRED}), FRED)
    chosen = replace(BEFORE, confirm_from=None, administrators=frozenset({ERIN}))

    assert await change.workspace(WORKSPACE, chosen, ASKER, seen=BEFORE) == {}

    policy = await policies.policy(WORKSPACE)
    assert (policy.allows_shared, policy.confirm_from) == (True, None)
    assert await policies.administrators(WORKSPACE) == {ERIN, FRED}


async def test_who_was_added_before_is_not_looked_up_again(
    change: ChangeSettings, policies: SqlPolicies, members: Members
) -> None:
    """Somebody who left the company must not keep others from being removed."""
    await policies.set_administrators(WORKSPACE, frozenset({ERIN, FRED}), ASKER)
    seen = replace(BEFORE, administrators=frozenset({ERIN, FRED}))

    await change.workspace(
        WORKSPACE, replace(seen, administrators=frozenset({ERIN})), ASKER, seen=seen
    )

    assert members.asked == []
    assert await policies.administrators(WORKSPACE) == {ERIN}


@pytest.mark.parametrize(
    ("people", "wrong"),
    [
        ({ERIN, UserId("U0GUEST")}, Wrong.NOT_A_MEMBER),
        ({UserId(f"U{each}") for each in range(MOST_ADMINISTRATORS + 1)}, Wrong.TOO_MANY_PEOPLE),
    ],
    ids=["a guest", "too many"],
)
async def test_wrong_people_change_nothing_at_all(
    change: ChangeSettings, policies: SqlPolicies, people: set[UserId], wrong: Wrong
) -> None:
    """Not what was chosen beside them either."""
    chosen = replace(BEFORE, confirm_from=7, administrators=frozenset(people))

    problems = await change.workspace(WORKSPACE, chosen, ASKER, seen=BEFORE)

    assert problems == {Choice.ADMINISTRATORS: wrong}
    assert await policies.policy(WORKSPACE) == Policy()
    assert await policies.administrators(WORKSPACE) == frozenset()


@pytest.mark.parametrize("silent", [True, False])
async def test_where_slack_does_not_say_who_they_are_nothing_changes(
    change: ChangeSettings,
    policies: SqlPolicies,
    members: Members,
    monkeypatch: pytest.MonkeyPatch,
    silent: bool,
) -> None:
    """A window wants its answer within three seconds."""
    monkeypatch.setattr(change_settings, "ASKED_WITHIN", 0.0 if silent else 5.0)
    members.silent, members.error = silent, SlackUnavailable("503")
    chosen = replace(BEFORE, confirm_from=7, administrators=frozenset({ERIN}))

    with pytest.raises(TimeoutError if silent else SlackUnavailable):
        await change.workspace(WORKSPACE, chosen, ASKER, seen=BEFORE)

    assert await policies.policy(WORKSPACE) == Policy()


async def test_an_apps_names_and_channels_are_kept(
    change: ChangeSettings, policies: SqlPolicies
) -> None:
    """Names that are left out are free again; another app's stay."""
    await policies.set_alias(WORKSPACE, "old", APP, ASKER)
    await policies.set_alias(WORKSPACE, "theirs", OTHER_APP, ASKER)
    chosen = AppChoices(app=APP, aliases=frozenset({"weekly", "standup"}), policy=LISTED)

    assert await change.app(WORKSPACE, chosen, ASKER) == {}

    assert await policies.aliases(WORKSPACE) == {
        "weekly": APP,
        "standup": APP,
        "theirs": OTHER_APP,
    }
    assert (await policies.policy(WORKSPACE)).of(APP) == LISTED


@pytest.mark.parametrize(
    ("names", "channels", "problems"),
    [
        ({"help"}, LISTED, {Choice.ALIASES: Wrong.A_KEYWORD}),
        ({"theirs"}, LISTED, {Choice.ALIASES: Wrong.ALIAS_TAKEN}),
        ({"two words"}, LISTED, {Choice.ALIASES: Wrong.NOT_AN_ALIAS}),
        (
            {"weekly"},
            AppPolicy(channels=AllowedChannels.LISTED),
            {Choice.LISTED: Wrong.NO_CHANNELS},
        ),
    ],
    ids=["a word of the command", "another app's", "no name", "no channel"],
)
async def test_a_wrong_choice_for_an_app_changes_nothing(
    change: ChangeSettings,
    policies: SqlPolicies,
    names: set[str],
    channels: AppPolicy,
    problems: dict[Choice, Wrong],
) -> None:
    """Neither its names nor its channels."""
    await policies.set_alias(WORKSPACE, "theirs", OTHER_APP, ASKER)
    chosen = AppChoices(app=APP, aliases=frozenset(names), policy=channels)

    assert await change.app(WORKSPACE, chosen, ASKER) == problems

    assert await policies.aliases(WORKSPACE) == {"theirs": OTHER_APP}
    assert (await policies.policy(WORKSPACE)).of(APP) == AppPolicy()
