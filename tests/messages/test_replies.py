"""Private answers: what happened, and the one next step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import errors
from bot.demo.fake_slack.blocks import check_message
from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.ids import ChannelId, DeliveryId
from bot.domain.summary import SummaryLink
from bot.errors import BotError
from bot.messages import replies
from bot.messages.kit import TEXT_MAX, Message, length
from bot.messages.sentences import SENTENCES, kind_of, sentence_for
from bot.messages.text_view import as_text
from tests.fakes import APP, ASKER, CHANNEL, NOON, SESSION, WORKSPACE, a_link, a_session
from tests.messages.conftest import Golden, attachments
from tests.messages.texts import elements
from tests.subscribing import an_audience

REFERENCE = "7KQ2MB4XYZ"
THREAD = "https://acme.slack.com/archives/C0CHANNEL/p1700000000000000"


def a_delivery(**changes: Any) -> Delivery:
    """A delivery of the summary in the channel."""
    facts = {
        "id": DeliveryId(REFERENCE),
        "workspace": WORKSPACE,
        "channel": CHANNEL,
        "session": SESSION,
        "app": "standups",
        "asker": ASKER,
        "answer_url": "https://hooks.slack.com/s3cr3t",
        "created_at": NOON,
        "run_at": NOON,
    }
    return Delivery(**{**facts, **changes})


def ended(reason: str, state: DeliveryState = DeliveryState.FAILED) -> Delivery:
    """A delivery that ended for a reason."""
    return a_delivery(state=state, reason=reason)


def leaves(kind: type[BotError] = BotError) -> Iterator[type[BotError]]:
    """Every error that can be raised: all that name a reason of their own."""
    for below in kind.__subclasses__():
        if "reason" in below.__dict__:
            yield below
        yield from leaves(below)


def an_error(kind: type[BotError]) -> BotError:
    """One of its kind, with whatever it needs."""
    if kind is errors.NotUnderstood:
        return errors.NotUnderstood("postt", "/meeting-summary help")
    if kind is errors.MeetingNotSession:
        return errors.MeetingNotSession(APP, (a_session(),))
    if kind is errors.ConfirmationDue:
        return errors.ConfirmationDue(an_audience())
    if kind is errors.CredentialMalformed:
        return errors.CredentialMalformed("api_token", "is missing")
    if issubclass(kind, errors.AppRequired):
        return kind(("Standups",))
    return kind("outside_code_500")


@pytest.mark.parametrize("kind", list(leaves()), ids=lambda kind: kind.__name__)
def test_every_error_has_its_words(kind: type[BotError]) -> None:
    """A sentence and a next step in plain words, the reference, and no code of anybody's."""
    message = replies.explain(an_error(kind), reference=REFERENCE)

    check_message(list(message.blocks), attachments(message))
    assert kind in SENTENCES
    words = sentence_for(kind)
    assert words.happened.endswith(".")
    assert words.next_step.endswith((".", ":"))
    told = as_text(message)
    assert f"Reference {REFERENCE}" in told
    assert "outside_code_500" not in told + message.text
    assert "_" not in told


def test_no_sentence_is_left_over() -> None:
    """The table names errors that exist, each once."""
    assert set(SENTENCES) == set(leaves())


def test_a_kind_without_words_of_its_own_has_those_above() -> None:
    """So that a new error is never met with silence."""

    class BusierStill(errors.RealtimeKitBusy):
        """Not in the table."""

    class Odd(BotError):
        """Nor anything above it."""

    assert sentence_for(BusierStill) is SENTENCES[errors.RealtimeKitBusy]
    assert sentence_for(Odd) is SENTENCES[errors.InternalError]


@pytest.mark.parametrize("reason", [None, "", "reason_of_a_later_version"])
def test_an_unknown_reason_is_a_fault_of_ours(reason: str | None) -> None:
    """A row can outlive the version that wrote it."""
    assert kind_of(reason) is errors.InternalError


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("fetching", replies.fetching()),
        ("fetching_elsewhere", replies.fetching(CHANNEL)),
        ("underway", replies.underway(a_delivery())),
        ("waiting", replies.waiting(a_delivery(), transcript=True)),
        ("waiting_no_transcript", replies.waiting(a_delivery(), transcript=False)),
        ("being_written", replies.being_written()),
        ("already_posted", replies.already_posted(a_delivery(), THREAD)),
        ("unconfirmed", replies.told(ended("unconfirmed"), THREAD)),
        ("told_posted", replies.told(a_delivery(state=DeliveryState.POSTED), THREAD)),
        ("told_failed", replies.told(ended("realtimekit_busy"), THREAD)),
        ("told_skipped", replies.told(ended("no_transcript", DeliveryState.SKIPPED), None)),
        ("told_unwanted", replies.told(ended("title_differs", DeliveryState.SKIPPED), None)),
        ("told_not_in_channel", replies.told(ended("not_in_channel"), None)),
        ("the_file", replies.the_file(a_link(), now=NOON)),
        ("help", replies.help()),
        ("checking", replies.checking()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_answer(golden: Golden, name: str, message: Message) -> None:
    """The whole of it."""
    golden(name, message)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("not_understood", errors.NotUnderstood("postt <!here> *x*", "/meeting-summary help")),
        ("app_required", errors.AppRequired(("Standups", "Sales <!here>", " `x` "))),
        ("app_required_none", errors.AppRequired()),
        ("unknown_alias", errors.UnknownAlias(("Standups",))),
        (
            "meeting_not_session",
            errors.MeetingNotSession(
                APP, (a_session(), a_session(title="", started_at=None, ended_at=None))
            ),
        ),
        ("summary_expired", errors.SummaryExpired()),
        ("not_subscribed", errors.NotSubscribed(("Standups", "Sales <!here>"))),
        ("not_subscribed_none", errors.NotSubscribed()),
        ("not_a_channel", errors.NotAChannel()),
        ("shared_channel", errors.SharedChannel()),
        ("channel_not_allowed", errors.ChannelNotAllowed()),
        ("direct_unseen", errors.DirectUnseen("missing_scope im:read")),
        ("audience_unknown", errors.AudienceUnknown()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_error_in_words(golden: Golden, name: str, error: BotError) -> None:
    """The whole of the answer."""
    golden(f"explain_{name}", replies.explain(error, reference=REFERENCE))


def test_an_empty_line_is_not_quoted() -> None:
    """There is nothing to repeat."""
    message = replies.explain(errors.NotUnderstood(" \u200b", "/meeting-summary help"))

    assert as_text(message) == (
        "That line was not understood. Paste this line instead:\n\n• /meeting-summary help"
    )


def test_the_line_to_paste_is_read_aloud() -> None:
    """Screen readers read the text and nothing else."""
    message = replies.explain(errors.NotUnderstood("a <b>", "/meeting-summary help"))

    assert message.text.splitlines() == [
        "This was not understood: a &lt;b&gt; Paste this line instead:",
        "• /meeting-summary help",
    ]


def test_many_names_are_listed_in_part() -> None:
    """Twenty, and how many more there are; long ones are cut."""
    names = tuple(f"{number} {'&' * 200}" for number in range(23))

    message = replies.explain(errors.AppRequired(names))

    check_message(list(message.blocks), [])
    assert length(message.text) <= TEXT_MAX
    assert "And 3 more" in as_text(message)
    assert as_text(message).count("•") == 20


def test_an_unknown_name_without_a_list_still_has_a_next_step() -> None:
    """The picker shows what there is."""
    assert "choose the app from the list" in as_text(replies.explain(errors.UnknownAlias()))


def test_the_invitation_names_the_bot() -> None:
    """Whatever it is called in this workspace; its name is not parsed."""
    message = replies.explain(errors.NotInChannel(), bot_name="Notes <!here>")

    assert "`/invite @Notes &lt;!here&gt;`" in message.text


def test_a_session_can_be_chosen_by_a_button() -> None:
    """Its value is the app and the session; what is spoken tells the buttons apart."""
    runs = tuple(a_session(session_id=f"{number:08d}{SESSION[8:]}") for number in range(12))

    message = replies.explain(errors.MeetingNotSession(APP, runs))

    buttons = [element for element in elements(message.blocks) if element["type"] == "button"]
    assert [button["value"] for button in buttons] == [
        f"{APP}|{run.session_id}" for run in runs[:10]
    ]
    assert len({button["accessibility_label"] for button in buttons}) == 10


@pytest.mark.parametrize("state", [DeliveryState.DUE, DeliveryState.WAITING])
def test_an_open_delivery_is_underway(state: DeliveryState) -> None:
    """Whatever its last try ended with."""
    delivery = a_delivery(state=state, reason="slack_busy")

    assert replies.told(delivery, None) == replies.underway(delivery)


def test_a_waiting_delivery_says_until_when() -> None:
    """A day from when it was asked for."""
    message = replies.underway(a_delivery(state=DeliveryState.WAITING))

    assert f"<!date^{(NOON + timedelta(days=1)).timestamp():.0f}^" in message.text


@pytest.mark.parametrize("reason", ["unconfirmed", "cannot_look"])
def test_what_is_unconfirmed_can_be_posted_again(reason: str) -> None:
    """By a button that asks first; the asker looks before."""
    message = replies.told(ended(reason), None)

    (button,) = [element for element in elements(message.blocks) if element["type"] == "button"]
    assert (button["action_id"], button["value"]) == ("post_again", REFERENCE)
    assert "confirm" in button
    assert "open the thread" not in message.text


def test_a_posted_delivery_without_a_link_is_told_all_the_same() -> None:
    """The channel is named."""
    message = replies.told(a_delivery(state=DeliveryState.POSTED), None)

    assert message.text.startswith(f"The summary is in <#{CHANNEL}>. ")


@pytest.mark.parametrize("channel", ["D0DIRECT", ""])
def test_a_direct_conversation_has_no_name(channel: str) -> None:
    """A link to it would show an id."""
    message = replies.underway(a_delivery(channel=ChannelId(channel)))

    assert "will be posted in this conversation soon" in message.text


@pytest.mark.parametrize("kind", list(leaves()), ids=lambda kind: kind.__name__)
def test_every_stored_reason_can_be_told(kind: type[BotError]) -> None:
    """Also those whose details were never stored; with the line to paste where that helps."""
    message = replies.told(ended(kind.reason), None)

    check_message(list(message.blocks), [])
    assert sentence_for(kind).happened in message.text
    assert (f"/meeting-summary standups {SESSION}" in message.text) == sentence_for(kind).again
    assert REFERENCE in message.text


def test_no_secret_is_repeated() -> None:
    """The address for private answers is a bearer secret."""
    shown = [replies.told(a_delivery(state=state), THREAD) for state in DeliveryState]

    assert "s3cr3t" not in json.dumps([[one.text, one.blocks] for one in shown])


def test_a_link_is_in_no_text() -> None:
    """Only behind the button or the words that open it."""
    short = replies.the_file(a_link(), now=NOON)
    long = replies.the_file(SummaryLink(SESSION, "https://a.example/" + "x" * 3000, None), now=NOON)

    assert "example" not in short.text + long.text
    (button,) = [element for element in elements(short.blocks) if element["type"] == "button"]
    (link,) = [element for element in elements(long.blocks) if element["type"] == "link"]
    assert button["url"] == a_link().url
    assert link["url"].endswith("xxx")
    assert "did not say how long" in long.text


def test_a_link_past_its_stated_expiry_is_shown_without_it() -> None:
    """It was fetched a moment ago, so it may well work."""
    message = replies.the_file(a_link(NOON - timedelta(days=1)), now=NOON)

    assert "did not say how long" in message.text


@given(st.text(max_size=500))
def test_untrusted_text_is_never_live(text: str) -> None:
    """Whatever was typed, named or titled: no token of it, and a message that Slack takes."""
    hostile = [
        replies.explain(errors.NotUnderstood(text, text), reference=text[:20]),
        replies.explain(errors.AppRequired((text, text)), bot_name=text),
        replies.explain(errors.NotInChannel(text), bot_name=text),
        replies.explain(
            errors.MeetingNotSession(APP, (a_session(title=text, started_at=None, ended_at=None),))
        ),
    ]

    for message in hostile:
        check_message(list(message.blocks), [])
        assert length(message.text) <= TEXT_MAX
        for element in elements(message.blocks):
            if element["type"] == "mrkdwn":
                assert not set(element["text"]) & set("<>")
        assert not set(message.text) & set("<>")
