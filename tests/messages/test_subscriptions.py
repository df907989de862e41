"""What people are told about subscriptions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import errors
from bot.demo.fake_slack.blocks import check_message
from bot.domain.audience import Audience, Consent, ConversationKind
from bot.domain.ids import AppId, SubscriptionId, WebhookId
from bot.domain.subscription import Subscription
from bot.domain.summary import App
from bot.domain.watched_app import WatchedApp, WebhookState
from bot.errors import BotError, NotYours
from bot.messages.grammar import KEYWORDS, TITLE_MAX
from bot.messages.kit import BUTTON_VALUE_MAX, TEXT_MAX, Message, length
from bot.messages.sentences import SENTENCES
from bot.messages.subscriptions import (
    confirm_subscription,
    pack_wish,
    subscribed,
    subscription_origin,
    subscription_paused,
    subscriptions,
    unpack_wish,
    unsubscribed,
)
from bot.messages.text_view import as_text
from bot.slack.parsing import VERBS, Subscribe, Unsubscribe, parse
from tests.fakes import APP, ASKER, CHANNEL, NOON, WORKSPACE
from tests.messages.conftest import Golden, attachments
from tests.messages.texts import elements

MENDABLE = [kind for kind in SENTENCES if kind.mendable]


def a_subscription(**changes: Any) -> Subscription:
    """The channel's subscription to weekly standups."""
    facts = {
        "id": SubscriptionId("7KQ2MB4XYZ"),
        "workspace": WORKSPACE,
        "channel": CHANNEL,
        "app": APP,
        "name": "standups",
        "title": "weekly*",
        "created_by": ASKER,
        "created_at": NOON,
    }
    return Subscription(**{**facts, **changes})


def an_audience(**changes: Any) -> Audience:
    """A public channel of 42 people."""
    facts = {
        "channel": CHANNEL,
        "kind": ConversationKind.PUBLIC,
        "has_bot": True,
        "is_archived": False,
        "is_shared": False,
        "outside": 0,
        "readers": 42,
    }
    return Audience(**{**facts, **changes})


SHARED = an_audience(is_shared=True, outside=1)


def watched(state: WebhookState, reason: str | None = None) -> WatchedApp:
    """The app, with its webhook as it stands."""
    return WatchedApp(
        workspace=WORKSPACE,
        app=APP,
        webhook=WebhookId("webhook") if state is WebhookState.ACTIVE else None,
        webhook_state=state,
        webhook_reason=reason,
        next_at=NOON,
    )


ACTIVE = watched(WebhookState.ACTIVE)


def of(
    subscription: Subscription | None = None,
    audience: Audience | None = None,
    *,
    seen: WatchedApp | None = ACTIVE,
    public: bool = True,
    new: bool = True,
) -> Message:
    """The answer to `subscribe`."""
    return subscribed(
        subscription or a_subscription(),
        audience or an_audience(),
        watched=seen,
        public=public,
        new=new,
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("subscribed", of()),
        ("subscribed_again", of(a_subscription(title=None), new=False)),
        (
            "subscribed_shared",
            of(audience=an_audience(kind=ConversationKind.PRIVATE, is_shared=True, readers=None)),
        ),
        ("subscribed_unheard", of(seen=watched(WebhookState.NONE), public=False)),
        ("subscribed_refused", of(seen=watched(WebhookState.REFUSED, "permission_missing"))),
        (
            "confirm_subscription",
            confirm_subscription(App(APP, "Standups"), "weekly*", SHARED),
        ),
        ("unsubscribed", unsubscribed(a_subscription())),
        (
            "subscriptions",
            subscriptions(
                [
                    a_subscription(),
                    a_subscription(
                        name="Sales & EU",
                        title=None,
                        paused="not_in_channel",
                        paused_at=NOON,
                    ),
                ],
                CHANNEL,
            ),
        ),
        ("subscriptions_none", subscriptions([], CHANNEL)),
        ("subscription_paused", subscription_paused(a_subscription(), "not_in_channel")),
        ("subscription_paused_gone", subscription_paused(a_subscription(), "app_not_found")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_answer(golden: Golden, name: str, message: Message) -> None:
    """The whole of it."""
    golden(name, message)


@pytest.mark.parametrize(
    ("title", "words"),
    [
        (None, "`standups` meetings are posted"),
        ("weekly", "`standups` meetings whose title is `weekly` are posted"),
        ("weekly*", "meetings whose title begins with `weekly` are"),
        ("*weekly", "meetings whose title ends with `weekly` are"),
        ("*weekly*", "meetings whose title contains `weekly` are"),
        ("we*ly", "meetings with a title like `we*ly`, in which `*` stands for any characters"),
        ("*week?y*", "meetings with a title like `*week?y*`, in which `*` stands for"),
        ("a `b` <c>*", "meetings whose title begins with `a 'b' &lt;c&gt;` are"),
    ],
)
def test_a_title_in_words(title: str | None, words: str) -> None:
    """Simple patterns are said, others shown; nothing in one is parsed."""
    assert words in of(a_subscription(title=title)).text


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        ({}, "42 members can read them, and so can everyone else in this workspace. "),
        ({"kind": ConversationKind.PRIVATE}, "The channel's 42 members can read them. "),
        ({"kind": ConversationKind.PRIVATE, "readers": 1}, "The channel's 1 member can read them."),
        ({"readers": None}, "The channel's members can read them, and so can everyone else in"),
        ({"is_shared": True}, "42 members, some of them from another company, can read them, and"),
    ],
)
def test_who_can_read_it(audience: dict[str, Any], words: str) -> None:
    """How many, whether a whole workspace can, and whether another company does."""
    assert words in of(audience=an_audience(**audience)).text


@pytest.mark.parametrize(
    ("seen", "public", "words"),
    [
        (ACTIVE, True, "within a minute or so of being written. "),
        (None, False, "every few minutes, since this bot has no public address"),
        (watched(WebhookState.REFUSED, "token_refused"), False, "has no public address"),
        (None, True, "every few minutes until Cloudflare has agreed"),
        (watched(WebhookState.NONE), True, "every few minutes until Cloudflare has agreed"),
        (watched(WebhookState.REFUSED, "token_refused"), True, "to replace its API token. "),
        (watched(WebhookState.REFUSED, "webhook_taken"), True, "to delete the other webhook "),
        (watched(WebhookState.REFUSED, "unexpected_reply"), True, "this bot to look into it. "),
        (watched(WebhookState.REFUSED), True, "this bot to look into it. "),
    ],
)
def test_how_soon(seen: WatchedApp | None, public: bool, words: str) -> None:
    """At once where Cloudflare reports; otherwise why not, and what would help."""
    assert words in of(seen=seen, public=public).text


@pytest.mark.parametrize("kind", MENDABLE, ids=lambda kind: kind.__name__)
def test_every_pause_has_its_words(kind: type[BotError]) -> None:
    """Why, and a next step that is not to run the command again; once told and listed."""
    message = subscription_paused(a_subscription(), kind.reason)
    line = subscriptions([a_subscription(paused=kind.reason)], CHANNEL)

    for shown in (message, line):
        check_message(list(shown.blocks), attachments(shown))
        assert SENTENCES[kind].happened in shown.text
        assert "the command again" not in as_text(shown)
        assert "in another channel" not in as_text(shown)
        assert kind.reason not in as_text(shown)


def test_a_long_list_is_shown_in_part() -> None:
    """Twenty, or as many as one message holds, and how many more."""
    short = subscriptions([a_subscription()] * 25, CHANNEL)
    long = subscriptions(
        [a_subscription(name="&" * 300, title="<" * TITLE_MAX, paused="not_in_channel")] * 25,
        CHANNEL,
    )

    for shown in (short, long):
        check_message(list(shown.blocks), [])
        assert length(shown.text) <= TEXT_MAX
        count = as_text(shown).count("• ")
        assert f"And {25 - count} more." in as_text(shown)
    assert as_text(short).count("• ") == 20
    assert sum(length(json.dumps(block)) for block in long.blocks) < 9_000


@given(
    st.one_of(
        st.text(max_size=150),
        st.sampled_from([*VERBS, "Sales - EU", "_x_", "Team 2026a1b2c3d4e5f6", "Weekly title"]),
    ),
    st.sampled_from([None, "weekly*", "Anna's <b>"]),
)
def test_a_line_to_paste_means_the_subscription(name: str, title: str | None) -> None:
    """By its name where that is read as it is written, by its id elsewhere."""
    subscription = a_subscription(name=name, title=title)

    stop, again = of(subscription).text, unsubscribed(subscription).text

    for text, meant in ((stop, Unsubscribe), (again, Subscribe)):
        read = parse(text.splitlines()[-1].removeprefix("• "))
        assert isinstance(read, meant)
        assert read.app in (name, APP)
    assert isinstance(read, Subscribe)
    assert read.title == title


def test_a_name_is_what_a_line_says() -> None:
    """People know the name, not the id."""
    assert "unsubscribe Weekly planning 2" in of(a_subscription(name="Weekly planning 2")).text


def test_the_keywords_of_the_help_are_those_that_are_read() -> None:
    """So that no line to paste calls an app by one."""
    assert set(VERBS) == KEYWORDS


def test_the_origin_of_a_post() -> None:
    """Plain text, on one line, cut where a name has no end."""
    shown = subscription_origin(a_subscription(name="Sales\n<EU> " + "x" * 200))

    assert shown.startswith("This channel subscribes to Sales <EU> xxx")
    assert shown.endswith("x…")


@given(st.text(max_size=64), st.text(max_size=TITLE_MAX))
def test_a_button_carries_app_and_title(name: str, title: str) -> None:
    """Any text, within what a button's value may hold."""
    most = an_audience(is_shared=True, outside=999_999_999, readers=999_999_999)
    value = pack_wish(APP, title, SHARED)

    named = name.encode("utf-8", "replace").decode()
    assert length(pack_wish(named, title, most)) <= BUTTON_VALUE_MAX
    app, read, consent = unpack_wish(value)
    assert (app, consent) == (APP, Consent(42, 1))
    assert read is None or read in " ".join(title.split()) or not title.isprintable()


@pytest.mark.parametrize("title", [None, "weekly*", "a|b%20 & 'c' <d> 会议"])
def test_a_title_comes_back_as_it_was(title: str | None) -> None:
    """Also with the marks the value itself is made with."""
    assert unpack_wish(pack_wish(APP, title, SHARED)) == (APP, title, Consent(42, 1))


@pytest.mark.parametrize(
    "value",
    [
        *("", "x", "|", f"{APP}", f"{APP}|", "|||", '["a", null]', "a b c d||1|1"),
        *(f"../{APP}||1|1", f"{APP}|{'x' * 101}|1|1", f"{APP}||1", f"{APP}||-1|0"),
        *(f"{APP}||1|٢", f"{APP}||1|1\n", f"{APP}|a|b|1|1"),
    ],
)
def test_a_made_up_value_is_refused(value: str) -> None:
    """It belongs to no button of ours."""
    with pytest.raises(NotYours):
        unpack_wish(value)


@given(st.text())
def test_any_value_is_read_or_refused(value: str) -> None:
    """Nothing else comes of it."""
    try:
        app, _, _ = unpack_wish(value)
    except errors.UserError:
        return
    assert app


def test_the_button_that_agrees() -> None:
    """It carries what to subscribe to; without a name the app is called by its id."""
    message = confirm_subscription(App(AppId("an-app-id"), ""), None, an_audience(readers=None))

    (button,) = [element for element in elements(message.blocks) if element["type"] == "button"]
    assert (button["action_id"], button["value"]) == ("subscribe_shared", "an-app-id||0|0")
    assert "`an-app-id` meetings. In that channel, an unknown number" in message.text


@given(st.text(max_size=300), st.text(min_size=1, max_size=TITLE_MAX))
def test_untrusted_text_is_never_live(name: str, title: str) -> None:
    """No token of a name or a title, and a message that Slack takes."""
    subscription = a_subscription(name=name, title=title, paused="app_not_found")
    shown = [
        of(subscription),
        confirm_subscription(App(APP, name), title, an_audience()),
        unsubscribed(subscription),
        subscriptions([subscription], CHANNEL),
        subscription_paused(subscription, "app_not_found"),
    ]

    for message in shown:
        check_message(list(message.blocks), [])
        assert length(message.text) <= TEXT_MAX
        for element in elements(message.blocks):
            if element["type"] == "mrkdwn":
                assert _outside_tokens(element["text"]) == 0
        assert _outside_tokens(message.text) == 0


def _outside_tokens(text: str) -> int:
    """How many angle brackets there are beside our own channel, person and dates."""
    own = (f"<#{CHANNEL}>", f"<@{ASKER}>", "<!date^", " UTC>")
    return sum(map(text.count, "<>")) - sum(
        text.count(token) * sum(map(token.count, "<>")) for token in own
    )
