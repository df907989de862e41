"""What the picker offers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.ids import SessionId, WorkspaceId
from bot.errors import InstallationBroken
from bot.usecases.app_directory import AppDirectory
from bot.usecases.pick_session import PickSession
from tests.fakes import APP, NOON, SESSION, WORKSPACE, FakeMeetings, FakeWorkspaces, a_session


def a_picker(meetings: FakeMeetings) -> PickSession:
    """The use case over one account at noon."""
    workspaces = FakeWorkspaces()
    directory = AppDirectory(workspaces, lambda _: meetings, lambda: NOON)
    return PickSession(workspaces, directory, lambda _: meetings, lambda: NOON)


async def test_the_apps_are_the_accounts() -> None:
    """Everything in the account can be picked."""
    meetings = FakeMeetings()

    assert await a_picker(meetings).apps(WORKSPACE) == meetings.apps


async def test_sessions_without_a_summary_any_more_are_left_out() -> None:
    """Records live for ever, summaries a week: offering the rest would lead nowhere."""
    old = SessionId("00000000-0000-4000-8000-000000000001")
    meetings = FakeMeetings(
        sessions={
            SESSION: a_session(),
            old: a_session(session_id=old, ended_at=NOON - timedelta(days=8)),
        }
    )

    offered = await a_picker(meetings).sessions(WORKSPACE, APP)

    assert [session.session_id for session in offered] == [SESSION]


async def test_another_workspace_is_offered_nothing() -> None:
    """There are no choices without credentials."""
    with pytest.raises(InstallationBroken):
        await a_picker(FakeMeetings()).apps(WorkspaceId("T0OTHER"))
