"""The settings' windows: what Slack takes, whatever is in them, and what comes back from them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.fake_slack.blocks import check_view
from bot.domain.choices import WorkspaceChoices
from bot.domain.ids import AppId, ChannelId, UserId
from bot.domain.policy import AllowedChannels, AppPolicy, Policy
from bot.domain.summary import App
from bot.errors import SlackUnavailable
from bot.messages import settings
from bot.messages.settings import Page
from bot.messages.settings_fields import APPS_SHOWN
from tests.fakes import APP, OTHER_APP
from tests.messages.window_text import window_text

HOSTILE = "<!channel> *x* `y` <https://evil.example|click>"
PAGE = Page(
    policy=Policy(),
    administrators=frozenset(),
    aliases={},
    apps=[App(APP, "standups")],
    connected=True,
    token_ending="k3Vd",
)

PAGES: dict[str, tuple[Page, str]] = {
    "as installed": (PAGE, "Connected to a Cloudflare account. API token ending in `k3Vd`."),
    "not connected": (
        replace(PAGE, connected=False, token_ending=None, apps=None),
        "This workspace is not connected to Cloudflare yet.  [Connect Cloudflare]",
    ),
    "token of the settings": (
        replace(PAGE, token_ending=None),
        "Connected to a Cloudflare account.  [Change]",
    ),
    "apps not listed": (replace(PAGE, apps=None), "The account's apps could not be listed."),
    "no app": (replace(PAGE, apps=[]), "The account has no RealtimeKit app yet."),
    "never confirmed": (
        replace(PAGE, policy=Policy(confirm_from=None)),
        "Have people confirm from this many readers on\n  [  ]",
    ),
    "everything allowed": (
        replace(PAGE, policy=Policy(default_app=APP, allows_shared=True)),
        "[x] Summaries may be posted there",
    ),
    "no channel for an app": (
        replace(PAGE, policy=Policy(apps={APP: AppPolicy(channels=AllowedChannels.LISTED)})),
        "No alias · No channel",
    ),
    "more apps than fit": (
        replace(PAGE, apps=[App(AppId(f"app-{n}"), f"n{n}") for n in range(APPS_SHOWN + 3)]),
        "And 3 more, which have no settings of their own.",
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_the_window_says_how_things_stand(name: str) -> None:
    """And Slack takes it."""
    page, said = PAGES[name]

    view = settings.workspace_window(page)

    check_view(view)
    assert said in window_text(view)


def test_a_default_app_that_is_gone_is_no_choice() -> None:
    """The window still opens."""
    view = settings.workspace_window(replace(PAGE, policy=Policy(default_app=OTHER_APP)))

    check_view(view)


def test_names_of_apps_are_shown_and_not_obeyed() -> None:
    """Whoever names an app at Cloudflare mentions nobody and links nowhere."""
    page = replace(PAGE, apps=[App(APP, HOSTILE)])

    windows = [
        settings.workspace_window(page),
        settings.app_window(App(APP, HOSTILE), ["daily"], AppPolicy()),
    ]

    for view in windows:
        check_view(view)
        marked = [
            block["text"]["text"]
            for block in view["blocks"]
            if block.get("text", {}).get("type") == "mrkdwn"
        ]
        assert not any("<!channel>" in text or "<https:" in text for text in marked)


@given(name=st.text(max_size=300), aliases=st.lists(st.text("abc-_.é", min_size=1), max_size=30))
def test_slack_takes_the_window_of_any_app(name: str, aliases: list[str]) -> None:
    """However it is called, and with however many names."""
    policy = AppPolicy(channels=AllowedChannels.LISTED, listed=frozenset({ChannelId("C0LEADS")}))

    check_view(settings.app_window(App(APP, name), aliases, policy))


CHOICES = st.builds(
    WorkspaceChoices,
    default_app=st.sampled_from([None, APP, OTHER_APP]),
    allows_shared=st.booleans(),
    confirm_from=st.none() | st.integers(1, 100_000),
    administrators=st.frozensets(st.from_regex(r"U[A-Z0-9]{8,10}", fullmatch=True).map(UserId)),
)


@given(choices=CHOICES)
def test_what_a_window_showed_comes_back(choices: WorkspaceChoices) -> None:
    """So that only what its reader changed is changed."""
    assert settings.unpack(settings.pack(choices)) == choices


def test_what_is_too_long_for_a_window_is_left_out() -> None:
    """What stands is then compared instead; Slack refuses more than 3,000 characters."""
    many = frozenset(UserId(f"U{number:010}") for number in range(400))
    choices = WorkspaceChoices(
        default_app=None, allows_shared=False, confirm_from=None, administrators=many
    )

    assert settings.unpack(settings.pack(choices)) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
FIELDS = ("default_app", "allows_shared", "confirm_from", "administrators")


@given(
    made_up=st.text()
    | JSON.map(json.dumps)
    | st.fixed_dictionaries(dict.fromkeys(FIELDS, JSON)).map(json.dumps)
)
def test_what_was_made_up_breaks_nothing(made_up: str) -> None:
    """It counts as unknown, or as what it says; what is chosen is checked elsewhere."""
    unpacked = settings.unpack(made_up)

    assert unpacked is None or isinstance(unpacked, WorkspaceChoices)


def test_an_endless_number_is_made_up() -> None:
    """JSON as Python reads it knows one."""
    packed = settings.pack(PAGE.choices).replace("100", "Infinity")

    assert "Infinity" in packed
    assert settings.unpack(packed) is None


def test_a_window_says_what_is_in_the_way() -> None:
    """Instead of staying at one moment for ever."""
    view = settings.failed(SlackUnavailable("503"), reference="ABCDE23456")

    check_view(view)
    assert "submit" not in view
    check_view(settings.loading())
