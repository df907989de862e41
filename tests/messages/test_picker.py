"""The picker's window."""

from __future__ import annotations

from datetime import timedelta, timezone

from bot import errors
from bot.demo.fake_slack.blocks import check_view
from bot.domain.ids import AppId, ChannelId, SessionId
from bot.domain.summary import App
from bot.messages import picker
from tests.fakes import APP, NOON, OTHER_APP, SESSION, a_session
from tests.messages.conftest import Golden
from tests.messages.texts import elements

APPS = [App(APP, "Standups"), App(OTHER_APP, "Sales <!here>")]


def _texts(view: picker.View) -> list[str]:
    return [
        element["text"]["text"] if isinstance(element["text"], dict) else element["text"]
        for element in elements(view["blocks"])
        if "text" in element and element["type"] != "section"
    ]


def test_the_whole_picker(golden: Golden) -> None:
    """App, meeting and channel, and what submitting does."""
    sessions = [
        a_session(),
        a_session(session_id=SessionId(SESSION[::-1]), title="", started_at=None, ended_at=None),
    ]

    golden("picker", picker.picker_view(APPS, sessions, app=APP))


def test_while_it_loads(golden: Golden) -> None:
    """Something within three seconds."""
    golden("picker_loading", picker.loading())


def test_before_an_app_is_chosen(golden: Golden) -> None:
    """Nothing to submit yet."""
    golden("picker_apps", picker.picker_view(APPS, None))


def test_while_an_apps_meetings_load() -> None:
    """The field with another app's meetings is gone, and its choice with it."""
    view = picker.picker_view(APPS, None, app=OTHER_APP)

    check_view(view)
    assert "submit" not in view
    assert view["private_metadata"] == OTHER_APP
    assert any("Looking for" in text for text in _texts(view))


def test_an_account_without_apps() -> None:
    """What to do first."""
    view = picker.picker_view([], None)

    check_view(view)
    assert "no RealtimeKit app yet" in view["blocks"][0]["text"]["text"]


def test_an_app_without_recent_meetings() -> None:
    """Another app can be chosen at once."""
    view = picker.picker_view(APPS, [], app=APP)

    check_view(view)
    assert "submit" not in view
    assert "No meeting of this app" in view["blocks"][-1]["text"]["text"]
    assert view["blocks"][0]["accessory"]["initial_option"]["value"] == APP


def test_an_error_in_the_window(golden: Golden) -> None:
    """The same words as everywhere."""
    golden("picker_failed", picker.failed(errors.TokenRefused(), reference="7KQ2MB4XYZ"))


def test_times_are_the_readers() -> None:
    """Options take no date tokens, so the reader's zone is asked for."""
    zone = timezone(timedelta(hours=5, minutes=30))

    view = picker.picker_view(APPS, [a_session(started_at=NOON)], app=APP, timezone=zone)

    option = view["blocks"][1]["element"]["options"][0]
    assert option["text"]["text"] == "Mon 23 Nov, 17:30 · Weekly planning"


def test_a_channel_can_be_preselected() -> None:
    """Otherwise Slack preselects the present one."""
    view = picker.picker_view(APPS, [a_session()], app=APP, channel=ChannelId("C1"))

    check_view(view)
    assert view["blocks"][-1]["element"]["initial_conversation"] == "C1"


def test_an_unknown_app_is_not_preselected() -> None:
    """It may have been deleted since."""
    view = picker.picker_view(APPS, None, app=AppId("gone"))

    check_view(view)
    assert "initial_option" not in view["blocks"][0]["accessory"]


def test_slacks_limits_hold() -> None:
    """A hundred options, long names cut, and how many more there are."""
    apps = [App(AppId(f"app-{number:04d}"), "<b>&" * 100) for number in range(130)]
    sessions = [
        a_session(session_id=SessionId(f"{number:08d}{SESSION[8:]}"), title="👍" * 300)
        for number in range(130)
    ]

    view = picker.picker_view(apps, sessions, app=apps[0].id)

    check_view(view)
    assert len(view["blocks"][0]["accessory"]["options"]) == 100
    assert "And 30 more" in view["blocks"][1]["elements"][0]["text"]
