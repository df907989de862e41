"""Buttons answer the one who clicked, and nobody else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.domain.delivery import DeliveryClick
from bot.domain.ids import ChannelId, DeliveryId, UserId, WorkspaceId
from bot.errors import InstallationBroken, SlackUnavailable, SummaryNotReady
from bot.messages.text_view import as_text
from bot.store.deliveries import SqlDeliveries
from bot.usecases.answer_click import AnswerClick
from bot.usecases.app_directory import AppDirectory
from bot.usecases.diagnose import Diagnose
from bot.usecases.fetch_summary import FetchSummary
from tests.deliveries import a_delivery
from tests.fakes import (
    ASKER,
    CHANNEL,
    NOON,
    SESSION,
    WORKSPACE,
    FakeDownloads,
    FakeMeetings,
    FakePoster,
    FakeWorkspaces,
    a_link,
    a_session,
)

A_CLICK = DeliveryClick(
    workspace=WORKSPACE, channel=CHANNEL, clicker=ASKER, delivery=a_delivery().id
)
URL = "https://hooks.slack.com/actions/T0/1/s3cr3t"


@dataclass
class Clicking:
    """The use case with everything around it."""

    deliveries: SqlDeliveries
    meetings: FakeMeetings = field(default_factory=FakeMeetings)
    poster: FakePoster = field(default_factory=FakePoster)

    @property
    def click(self) -> AnswerClick:
        """The use case."""
        workspaces = FakeWorkspaces()
        apps = AppDirectory(workspaces, lambda _: self.meetings, lambda: NOON)
        diagnose = Diagnose(apps, lambda _: self.meetings, lambda: NOON)
        fetch = FetchSummary(apps, lambda _: self.meetings, FakeDownloads(), diagnose)
        return AnswerClick(
            workspaces,
            self.deliveries,
            apps,
            fetch,
            lambda _: self.meetings,
            lambda _: self.poster,
            lambda: NOON,
        )

    @property
    def said(self) -> str:
        """What the clicker read."""
        [(url, message)] = self.poster.answers
        assert url == URL
        return as_text(message)


@pytest.fixture
async def clicking(deliveries: SqlDeliveries) -> Clicking:
    """The use case over a store with one delivery."""
    await deliveries.promise(a_delivery())
    return Clicking(deliveries)


async def test_get_the_file_shows_a_fresh_link_to_the_clicker(clicking: Clicking) -> None:
    """The link is asked for at the click, and shown nowhere else."""
    await clicking.click.get_file(A_CLICK, URL)

    assert a_link().url in str(clicking.poster.answers[0][1].blocks)
    assert "[Open the file]" in clicking.said
    assert clicking.poster.posted == []


async def test_get_the_file_says_when_there_is_none_any_more(clicking: Clicking) -> None:
    """A click on an old post is answered with the reason."""
    clicking.meetings.links = [SummaryNotReady()]
    clicking.meetings.sessions = {SESSION: a_session(ended_at=NOON - timedelta(days=8))}

    await clicking.click.get_file(A_CLICK, URL)

    assert "7 days" in clicking.said


async def test_a_summary_can_be_asked_for(clicking: Clicking) -> None:
    """Cloudflare is asked to write it, once a click."""
    await clicking.click.generate(A_CLICK, URL)

    assert clicking.meetings.calls == ["generate_summary"]
    assert "asked to write" in clicking.said


@pytest.mark.parametrize(
    ("channel", "delivery"),
    [(ChannelId("C0OTHER"), a_delivery().id), (CHANNEL, DeliveryId("NEVERSEEN2"))],
)
async def test_a_button_works_only_where_its_delivery_is(
    clicking: Clicking, channel: ChannelId, delivery: DeliveryId
) -> None:
    """A value that was guessed, or taken from elsewhere, shows nothing and asks nobody."""
    stray = replace(A_CLICK, channel=channel, delivery=delivery, clicker=UserId("U0OTHER"))
    await clicking.click.get_file(stray, URL)
    clicking.poster.answers.pop()
    await clicking.click.generate(stray, URL)

    assert "another conversation" in clicking.said
    assert clicking.meetings.calls == []


async def test_a_stranger_workspace_gets_nothing(clicking: Clicking) -> None:
    """There is no credential to use for it, so there is nothing to answer with."""
    with pytest.raises(InstallationBroken):
        await clicking.click.get_file(replace(A_CLICK, workspace=WorkspaceId("T0OTHER")), URL)

    assert clicking.meetings.calls == []


async def test_an_answer_that_cannot_be_shown_is_an_error(clicking: Clicking) -> None:
    """Whoever runs the work learns that nobody read the answer."""
    clicking.poster.answer_refusal = SlackUnavailable()

    with pytest.raises(SlackUnavailable):
        await clicking.click.get_file(A_CLICK, URL)
