"""The person who asked is told how things stand, one way or the other."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import MessageTs, SessionId
from bot.domain.summary import App
from bot.errors import (
    AnswerRefused,
    BotError,
    NotInChannel,
    RealtimeKitUnavailable,
    SlackUnavailable,
)
from bot.messages import actions
from bot.messages.text_view import as_text
from bot.store.deliveries import SqlDeliveries
from bot.usecases.answer_asker import AnswerAsker
from bot.usecases.app_directory import AppDirectory
from tests.deliveries import a_delivery
from tests.fakes import (
    APP,
    ASKER,
    MEETING,
    NOON,
    OTHER_APP,
    FakeMeetings,
    FakePoster,
    FakeWorkspaces,
)
from tests.subscribing import FakeConversations, an_audience


@dataclass
class Answering:
    """The use case with everything around it."""

    deliveries: SqlDeliveries
    meetings: FakeMeetings = field(default_factory=FakeMeetings)
    poster: FakePoster = field(default_factory=FakePoster)
    conversations: FakeConversations = field(default_factory=FakeConversations)

    async def tell(self, delivery: Delivery) -> str:
        """Tell, and return what was read at the answer's address."""
        workspaces = FakeWorkspaces()
        apps = AppDirectory(workspaces, lambda _: self.meetings, lambda: NOON)
        tell = AnswerAsker(
            workspaces,
            self.deliveries,
            apps,
            lambda _: self.meetings,
            lambda _: self.poster,
            lambda _: self.conversations,
        )
        await tell(delivery)
        return as_text(self.poster.answers[-1][1]) if self.poster.answers else ""


@pytest.fixture
def answering(deliveries: SqlDeliveries) -> Answering:
    """The use case over an empty store."""
    return Answering(deliveries)


def failed(reason: str, **changes: object) -> Delivery:
    """A delivery that ended for a reason."""
    return a_delivery(state=DeliveryState.FAILED, reason=reason, run_at=NOON, **changes)


async def test_the_answer_comes_where_the_command_was_typed(answering: Answering) -> None:
    """The reason in words, with the reference that the log knows."""
    delivery = failed("not_in_channel")

    said = await answering.tell(delivery)

    assert answering.poster.answers[0][0] == delivery.answer_url
    assert "/invite @meeting-summary" in said
    assert delivery.id in said
    assert "not_in_channel" not in said


async def test_when_the_address_no_longer_works_a_direct_message_tells(
    answering: Answering,
) -> None:
    """Half an hour later there is still a way to the asker."""
    answering.poster.answer_refusal = AnswerRefused()

    await answering.tell(failed("summary_expired"))

    assert [user for user, _ in answering.poster.told] == [ASKER]


async def test_without_an_address_a_direct_message_tells(answering: Answering) -> None:
    """An address that was not kept is no obstacle."""
    await answering.tell(failed("summary_expired", answer_url=None))

    assert [user for user, _ in answering.poster.told] == [ASKER]


async def test_slack_being_away_is_no_reason_for_another_way(answering: Answering) -> None:
    """What may work in a moment is tried again, not doubled."""
    answering.poster.answer_refusal = SlackUnavailable()

    with pytest.raises(SlackUnavailable):
        await answering.tell(failed("summary_expired"))

    assert answering.poster.told == []


@pytest.mark.parametrize("transcript", [True, False])
async def test_who_waits_may_have_the_summary_written_if_there_is_a_transcript(
    answering: Answering, *, transcript: bool
) -> None:
    """The button is offered only where it can do something."""
    answering.meetings.transcript = transcript

    said = await answering.tell(a_delivery(state=DeliveryState.WAITING, reason="summary_not_ready"))

    assert "not ready yet" in said
    assert ("[Ask Cloudflare to write it]" in said) is transcript


async def test_who_waits_is_told_even_when_cloudflare_cannot_be_asked(
    answering: Answering,
) -> None:
    """Without an app there is no button, but there is an answer."""
    answering.meetings.apps = []

    said = await answering.tell(
        a_delivery(app="", state=DeliveryState.WAITING, reason="summary_not_ready")
    )

    assert "not ready yet" in said
    assert "[" not in said


async def test_who_waits_for_an_outage_to_pass_is_told_so(answering: Answering) -> None:
    """Nothing is offered that could not work now."""
    said = await answering.tell(
        a_delivery(state=DeliveryState.WAITING, reason="realtimekit_unavailable")
    )

    assert "Cloudflare could not be reached" in said
    assert "will be posted in #C0CHANNEL" in said or "will be posted in <#C0CHANNEL>" in said
    assert "[" not in said
    assert answering.meetings.calls == []


@pytest.mark.parametrize("reason", ["app_required", "unknown_alias"])
async def test_the_apps_to_choose_from_are_asked_for_and_named(
    answering: Answering, reason: str
) -> None:
    """Names are never stored; the answer has them all the same."""
    answering.meetings.apps = [App(APP, "Standups"), App(OTHER_APP, "Customer calls")]

    said = await answering.tell(failed(reason, app="" if reason == "app_required" else "nope"))

    assert "Standups" in said
    assert "Customer calls" in said


async def test_a_meetings_sessions_are_asked_for_and_offered(answering: Answering) -> None:
    """Whoever gave a meeting's id chooses one of its sessions."""
    said = await answering.tell(failed("meeting_not_session", session=SessionId(MEETING)))

    assert "Weekly planning" in said
    assert "[Post this one]" in said


@pytest.mark.parametrize("reason", ["meeting_not_session", "unknown_alias"])
@pytest.mark.parametrize("error", [RealtimeKitUnavailable(), None])
async def test_without_choices_there_is_still_an_answer(
    answering: Answering, reason: str, error: BotError | None
) -> None:
    """When Cloudflare is away, or has nothing left to choose from, the reason alone is told."""
    answering.meetings.apps_error = error
    answering.meetings.sessions = {}

    said = await answering.tell(failed(reason, app="standups"))

    assert said
    assert "[Post this one]" not in said


async def test_what_was_begun_is_linked(answering: Answering, deliveries: SqlDeliveries) -> None:
    """A thread that broke off is where the asker should look."""
    delivery = failed("unconfirmed")
    await deliveries.promise(delivery)
    await deliveries.sending(delivery.id, "parent", NOON)
    await deliveries.sent(delivery.id, "parent", MessageTs("1355517523.000008"))

    said = await answering.tell(delivery)

    assert "https://acme.slack.com/archives/C0CHANNEL/p1355517523000008" in said
    assert "[Post again]" in said


async def test_who_has_to_confirm_is_told_who_would_read(answering: Answering) -> None:
    """Asked of Slack at that moment; the button carries whose post it is and what was shown."""
    shared = an_audience(is_shared=True, outside=1)
    answering.conversations.known[shared.channel] = shared

    said = await answering.tell(failed("confirmation_due"))

    [(_, message)] = answering.poster.answers
    (button,) = message.blocks[1]["elements"]
    assert "42 people can read it, some of them from one other company" in said
    assert (button["action_id"], button["value"]) == (actions.CONFIRM_AUDIENCE, "ABCDE23456|42|1")


async def test_who_would_read_is_asked_again_later_while_slack_is_away(
    answering: Answering,
) -> None:
    """Nobody is asked to agree to what is not known."""
    answering.conversations.refusal = SlackUnavailable("503")

    with pytest.raises(SlackUnavailable):
        await answering.tell(failed("confirmation_due"))

    assert answering.poster.answers == []


async def test_what_came_up_meanwhile_is_told_instead(answering: Answering) -> None:
    """There is nothing to agree to where the bot was removed."""
    answering.conversations.refusal = NotInChannel("channel_not_found")

    said = await answering.tell(failed("confirmation_due"))

    assert "/invite @meeting-summary" in said
    assert "[Post it]" not in said
