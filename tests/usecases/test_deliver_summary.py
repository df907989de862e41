"""A promise is kept as one thread, each message of it once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.meetings import a_long_summary
from bot.domain.audience import Consent
from bot.domain.delivery import Delivery, MessageState, Posted
from bot.errors import (
    CannotLook,
    ConfirmationDue,
    ContentRefused,
    FilesRefused,
    LayoutRefused,
    NotInChannel,
    PermissionMissing,
    SendUnconfirmed,
    SharedChannel,
    SlackBusy,
    SlackUnavailable,
    ThreadGone,
    TitleDiffers,
    Unsubscribed,
)
from bot.messages import summary as thread
from bot.store.deliveries import SqlDeliveries
from bot.store.subscriptions import SqlSubscriptions
from bot.usecases.app_directory import AppDirectory
from bot.usecases.deliver_summary import DeliverSummary
from bot.usecases.diagnose import Diagnose
from bot.usecases.fetch_admitted import FetchAdmitted
from bot.usecases.fetch_summary import FetchSummary
from tests.clock import ManualClock
from tests.deliveries import a_delivery
from tests.fakes import (
    APP,
    ASKER,
    CHANNEL,
    NOON,
    SESSION,
    WORKSPACE,
    FakeDownloads,
    FakeMeetings,
    FakePoster,
    FakeWorkspaces,
    NoPace,
    a_link,
    a_session,
)
from tests.subscribing import (
    FakeConversations,
    FakePolicies,
    a_gate,
    a_subscription,
    an_audience,
)

SHORT = "# Notes\n\nWe agreed."
LONG = a_long_summary(8_000)


class Thread:
    """The use case with everything around it, for one delivery."""

    def __init__(self, deliveries: SqlDeliveries, clock: ManualClock, text: str) -> None:
        meetings, workspaces = FakeMeetings(), FakeWorkspaces()
        apps = AppDirectory(workspaces, lambda _: meetings, clock)
        fetch = FetchSummary(
            apps,
            lambda _: meetings,
            FakeDownloads([text]),
            Diagnose(apps, lambda _: meetings, clock),
        )
        self.poster, self.deliveries, self.clock = FakePoster(), deliveries, clock
        self.pace = NoPace()
        self.delivery: Delivery = a_delivery()
        self.subscriptions = SqlSubscriptions(deliveries.database, deliveries.wakes)
        self.meetings = meetings
        self.conversations, self.policies = FakeConversations(), FakePolicies()
        self.deliver = DeliverSummary(
            workspaces,
            FetchAdmitted(
                fetch, a_gate(self.conversations, self.policies, clock), self.subscriptions
            ),
            lambda _: self.poster,
            deliveries,
            self.subscriptions,
            clock,
        )

    async def post(self) -> Posted:
        """Try once."""
        await self.deliveries.promise(self.delivery)
        return await self.deliver(self.delivery, self.pace)

    @property
    def keys(self) -> list[str]:
        """The messages Slack took, in order."""
        return [sent.key for sent in self.poster.posted]


@pytest.fixture
def short(deliveries: SqlDeliveries, clock: ManualClock) -> Thread:
    """A summary of one reply."""
    return Thread(deliveries, clock, SHORT)


@pytest.fixture
def long(deliveries: SqlDeliveries, clock: ManualClock) -> Thread:
    """A summary of more than three replies."""
    return Thread(deliveries, clock, LONG)


REPLY = thread.parts(SHORT)[0].key
LONG_KEYS = [part.key for part in thread.parts(LONG)]


async def test_a_short_summary_is_a_parent_and_one_reply_with_the_notice(short: Thread) -> None:
    """The reply hangs under the parent and ends with the notice and its button."""
    posted = await short.post()

    parent, reply = short.poster.posted
    assert (parent.channel, parent.thread) == (CHANNEL, None)
    assert (reply.thread, reply.key) == (parent.ts, REPLY)
    assert "Get the file" in str(reply.message.footer)
    assert "Get the file" not in str(parent.message.footer)
    assert posted == Posted(
        parent_ts=parent.ts, notice_ts=reply.ts, expires_at=short.clock().replace(day=29)
    )


async def test_every_message_keeps_to_the_channels_pace(short: Thread) -> None:
    """No message is sent without asking whether it may."""
    await short.post()

    assert short.pace.waited == 2


async def test_a_second_run_posts_nothing_again(short: Thread) -> None:
    """Messages that are written down as sent are left alone."""
    first = await short.post()

    again = await short.deliver(short.delivery, short.pace)

    assert again == first
    assert short.keys == ["parent", REPLY]


async def test_a_run_goes_on_where_the_last_one_stopped(short: Thread) -> None:
    """A parent that was posted gets its reply later; it is not posted twice."""
    short.poster.refusals = {REPLY: [(SlackUnavailable(), False)]}
    with pytest.raises(SlackUnavailable):
        await short.post()

    await short.deliver(short.delivery, short.pace)

    assert short.keys == ["parent", REPLY]
    assert short.poster.posted[1].thread == short.poster.posted[0].ts


async def test_an_unsure_message_is_looked_up_only_after_a_while(short: Thread) -> None:
    """What is still on its way must not be taken for lost."""
    short.poster.refusals = {"parent": [(SendUnconfirmed(), True)]}
    with pytest.raises(SendUnconfirmed):
        await short.post()
    short.clock.advance(seconds=4)

    with pytest.raises(SendUnconfirmed) as early:
        await short.deliver(short.delivery, short.pace)

    assert early.value.retry_after == 6
    assert short.keys == ["parent"]


async def test_an_unsure_message_that_arrived_is_adopted(short: Thread) -> None:
    """It is found by what marks it, and the thread goes on under it."""
    short.poster.refusals = {"parent": [(SendUnconfirmed(), True)]}
    with pytest.raises(SendUnconfirmed):
        await short.post()
    short.clock.advance(seconds=15)

    await short.deliver(short.delivery, short.pace)

    assert short.keys == ["parent", REPLY]


async def test_an_unsure_message_that_did_not_arrive_is_sent_again(short: Thread) -> None:
    """Looked for and not there means that it may be sent."""
    short.poster.refusals = {"parent": [(SendUnconfirmed(), False)]}
    with pytest.raises(SendUnconfirmed):
        await short.post()
    short.clock.advance(seconds=15)

    await short.deliver(short.delivery, short.pace)

    assert short.keys == ["parent", REPLY]


@pytest.mark.parametrize("key", ["parent", REPLY])
async def test_an_unsure_message_that_cannot_be_looked_up_is_never_repeated(
    short: Thread, key: str
) -> None:
    """Without the history scope the person decides, not the bot."""
    short.poster.refusals = {key: [(SendUnconfirmed(), True)]}
    short.poster.history_scope = CannotLook()
    with pytest.raises(SendUnconfirmed):
        await short.post()
    short.clock.advance(seconds=15)

    with pytest.raises(CannotLook):
        await short.deliver(short.delivery, short.pace)

    assert short.keys.count(key) == 1


async def test_a_refused_reply_is_sent_in_halves(long: Thread) -> None:
    """What Slack finds too much is cut in two; the notice stays at the end."""
    long.poster.file_refusal = FilesRefused()
    long.poster.refusals = {LONG_KEYS[-1]: [(ContentRefused(), False)]}

    await long.post()

    assert long.keys == [
        "parent",
        *LONG_KEYS[:-1],
        f"{LONG_KEYS[-1]}.1",
        f"{LONG_KEYS[-1]}.2",
    ]
    assert [bool(sent.message.footer) for sent in long.poster.posted[1:]] == [
        *[False] * len(LONG_KEYS),
        True,
    ]


async def test_a_refused_reply_is_not_tried_again_in_the_next_run(long: Thread) -> None:
    """A refusal of a body is for good."""
    long.poster.file_refusal = FilesRefused()
    long.poster.refusals = {
        LONG_KEYS[0]: [(ContentRefused(), False)],
        f"{LONG_KEYS[0]}.2": [(SlackUnavailable(), False)],
    }
    with pytest.raises(SlackUnavailable):
        await long.post()

    await long.deliver(long.delivery, long.pace)

    states = {m.key: m.state for m in await long.deliveries.messages(long.delivery.id)}
    assert states[LONG_KEYS[0]] is MessageState.REFUSED
    assert long.keys[:3] == ["parent", f"{LONG_KEYS[0]}.1", f"{LONG_KEYS[0]}.2"]


async def test_a_small_refused_reply_is_sent_as_plain_text(short: Thread) -> None:
    """Blocks that Slack will not take lose their shape, not their words."""
    short.poster.refusals = {REPLY: [(ContentRefused(), False)]}

    await short.post()

    assert short.keys == ["parent", f"{REPLY}.t1"]
    assert "We agreed." in short.poster.posted[1].message.text
    assert short.poster.posted[1].message.footer


async def test_what_slack_refuses_even_as_plain_text_ends_the_try(short: Thread) -> None:
    """There is an end to cutting."""
    short.poster.refusals = {
        REPLY: [(ContentRefused(), False)],
        f"{REPLY}.t1": [(ContentRefused(), False)],
    }

    with pytest.raises(ContentRefused):
        await short.post()


async def test_a_long_summary_is_its_first_part_and_a_file(long: Thread) -> None:
    """Over three parts, the file has all of it; the notice ends the thread."""
    await long.post()

    [(channel, parent, name, text)] = long.poster.files
    assert (channel, parent) == (CHANNEL, long.poster.posted[0].ts)
    assert (name, text) == ("meeting-summary-2026-11-23.md", LONG)
    assert long.keys == ["parent", LONG_KEYS[0]]
    assert long.poster.posted[1].message.footer


@pytest.mark.parametrize("refusal", [FilesRefused(), SendUnconfirmed()])
async def test_where_no_file_is_surely_there_all_parts_are_posted(
    long: Thread, refusal: Exception
) -> None:
    """Nothing is lost for want of a file."""
    long.poster.file_refusal = refusal

    await long.post()

    assert long.keys == ["parent", *LONG_KEYS]


async def test_a_file_that_is_there_is_not_sent_again(long: Thread) -> None:
    """A later run finds the file written down."""
    long.poster.refusals = {LONG_KEYS[0]: [(SlackUnavailable(), False)]}
    with pytest.raises(SlackUnavailable):
        await long.post()

    await long.deliver(long.delivery, long.pace)

    assert len(long.poster.files) == 1
    assert long.keys == ["parent", LONG_KEYS[0]]


async def test_a_file_that_was_unsure_is_not_trusted_later(long: Thread) -> None:
    """A run that was cut off during the upload leaves a thread that carries all text itself."""
    long.poster.file_refusal = SendUnconfirmed()
    long.poster.refusals = {LONG_KEYS[1]: [(SlackUnavailable(), False)]}
    with pytest.raises(SlackUnavailable):
        await long.post()
    long.poster.file_refusal = None

    await long.deliver(long.delivery, long.pace)

    assert long.poster.files == []
    assert long.keys == ["parent", *LONG_KEYS]


async def test_a_channel_without_threads_gets_plain_messages(short: Thread) -> None:
    """Where replies are refused, the summary stands below its parent."""
    short.poster.refusals = {
        REPLY: [(LayoutRefused("restricted_action_non_threadable_channel"), False)]
    }

    await short.post()

    assert [sent.thread for sent in short.poster.posted] == [None, None]


@pytest.mark.parametrize("code", ["thread_not_found", "cannot_reply_to_message"])
async def test_a_deleted_parent_ends_the_try(short: Thread, code: str) -> None:
    """Somebody who removed the parent does not find its replies in the channel."""
    short.poster.refusals = {REPLY: [(LayoutRefused(code), False)]}

    with pytest.raises(ThreadGone):
        await short.post()

    assert short.keys == ["parent"]


async def test_a_channel_that_refuses_both_layouts_ends_the_try(short: Thread) -> None:
    """One other layout is tried, not more."""
    refusal = LayoutRefused("restricted_action_non_threadable_channel")
    short.poster.refusals = {REPLY: [(refusal, False), (refusal, False)]}

    with pytest.raises(LayoutRefused):
        await short.post()


async def test_a_definite_refusal_leaves_nothing_unsure(short: Thread) -> None:
    """What surely did not arrive may be sent in a later run without looking for it."""
    short.poster.refusals = {"parent": [(NotInChannel(), False)]}

    with pytest.raises(NotInChannel):
        await short.post()

    assert await short.deliveries.messages(short.delivery.id) == []


@pytest.fixture
async def wanted(short: Thread) -> Thread:
    """A summary that a subscription wants, of a meeting that ended after it was made."""
    subscription = a_subscription(created_at=NOON - timedelta(days=1), title="weekly*")
    await short.subscriptions.add(subscription)
    short.delivery = a_delivery(asker=None, answer_url=None, subscription=subscription.id)
    return short


async def test_what_a_subscription_wants_says_which(wanted: Thread) -> None:
    """The parent names the subscription, where it otherwise names who asked."""
    await wanted.post()

    footer = str(wanted.poster.posted[0].message.footer)
    assert "standups" in footer
    assert "Asked for" not in footer


async def test_a_meeting_it_does_not_want_is_not_posted(wanted: Thread) -> None:
    """The title is asked of RealtimeKit when the summary is."""
    wanted.meetings.sessions[SESSION] = a_session(title="Retrospective")

    with pytest.raises(TitleDiffers):
        await wanted.post()

    assert wanted.poster.posted == []


async def test_nothing_is_posted_for_a_subscription_that_is_gone(wanted: Thread) -> None:
    """It may have been removed while the delivery waited."""
    await wanted.subscriptions.remove(WORKSPACE, CHANNEL, APP, who=ASKER, at=NOON)

    with pytest.raises(Unsubscribed):
        await wanted.post()


async def test_what_a_person_has_to_mend_pauses_the_subscription(wanted: Thread) -> None:
    """With the reason; a post that goes through ends the pause."""
    wanted.meetings.links = [PermissionMissing("403")]
    with pytest.raises(PermissionMissing):
        await wanted.post()
    (paused,) = await wanted.subscriptions.of_workspace(WORKSPACE)

    wanted.meetings.links = [a_link()]
    await wanted.post()

    (resumed,) = await wanted.subscriptions.of_workspace(WORKSPACE)
    assert (paused.paused, paused.paused_at) == ("permission_missing", NOON)
    assert resumed.paused is None


async def test_what_passes_by_itself_pauses_nothing(wanted: Thread) -> None:
    """An outage is waited out; nobody has to do anything."""
    wanted.poster.refusals["parent"] = [(SlackUnavailable("503"), False)]
    with pytest.raises(SlackUnavailable):
        await wanted.post()

    (subscription,) = await wanted.subscriptions.of_workspace(WORKSPACE)
    assert subscription.paused is None


async def test_who_reads_is_asked_before_anything_is_posted(short: Thread) -> None:
    """Slack not saying it is no leave; the next try asks again."""
    short.conversations.refusal = SlackBusy("ratelimited", retry_after=30)

    with pytest.raises(SlackBusy):
        await short.post()

    assert short.keys == []


async def test_what_its_asker_agreed_to_is_posted(short: Thread) -> None:
    """Without it, or with more readers than that, the asker has to be asked."""
    short.conversations.known[CHANNEL] = an_audience(readers=150)
    with pytest.raises(ConfirmationDue):
        await short.post()

    short.delivery = replace(short.delivery, agreed=Consent(150, 0))
    await short.deliver(short.delivery, short.pace)

    assert short.keys == ["parent", REPLY]


async def test_a_thread_that_stands_is_finished_without_asking(short: Thread) -> None:
    """Half a summary helps nobody, and everybody there has seen the parent."""
    short.poster.refusals = {REPLY: [(SlackUnavailable(), False)]}
    with pytest.raises(SlackUnavailable):
        await short.post()
    short.conversations.refusal = SlackBusy("ratelimited")

    await short.deliver(short.delivery, short.pace)

    assert short.keys == ["parent", REPLY]


async def test_a_parent_in_doubt_is_no_thread_that_stands(short: Thread) -> None:
    """It may have to be sent again, so who reads is asked again."""
    short.poster.refusals = {"parent": [(SendUnconfirmed(), False)]}
    with pytest.raises(SendUnconfirmed):
        await short.post()
    short.clock.advance(seconds=30)
    short.conversations.known[CHANNEL] = an_audience(is_shared=True, outside=1)

    with pytest.raises(SharedChannel):
        await short.deliver(short.delivery, short.pace)

    assert short.keys == []


async def test_a_channel_that_became_shared_pauses_its_subscription(wanted: Thread) -> None:
    """Also in the middle of a thread: nobody is there to decide otherwise."""
    wanted.poster.refusals = {REPLY: [(SlackUnavailable(), False)]}
    with pytest.raises(SlackUnavailable):
        await wanted.post()
    wanted.clock.advance(seconds=30)
    wanted.conversations.known[CHANNEL] = an_audience(is_shared=True, outside=1)

    with pytest.raises(SharedChannel):
        await wanted.deliver(wanted.delivery, wanted.pace)

    (paused,) = await wanted.subscriptions.of_workspace(WORKSPACE)
    assert wanted.keys == ["parent"]
    assert paused.paused == "shared_channel"
