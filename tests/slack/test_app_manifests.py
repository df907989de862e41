"""What a configuration token can do, and how Slack's answers to it are read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.fake_slack import FakeSlack, faults
from bot.errors import (
    AppMisconfigured,
    InstallationBroken,
    SendUnconfirmed,
    SlackBusy,
    SlackError,
    SlackUnavailable,
)
from bot.manifest import for_address, load_manifest
from bot.slack.app_manifests import AppManifests, Complaint, ManifestRefused, read_complaints
from tests.clock import ManualClock

OURS = for_address(load_manifest(), "https://bot.example.com").document


@pytest.fixture
def apps(slack: FakeSlack, session: aiohttp.ClientSession, clock: ManualClock) -> AppManifests:
    """The methods, with the token that Slack knows."""
    return AppManifests(
        session=session, token=slack.manifests.token, base_url=slack.api_url, now=clock
    )


async def test_an_app_from_its_making_to_its_change(apps: AppManifests, slack: FakeSlack) -> None:
    """Made, shown, changed: the id is all that is taken from the first answer."""
    await apps.validate(OURS)
    app_id = await apps.create(OURS)
    await apps.validate(OURS, app_id)
    shown = await apps.export(app_id)
    again = await apps.update(app_id, OURS)

    assert slack.manifests.apps[app_id].manifest == OURS
    assert shown["display_information"] == OURS["display_information"]
    assert again is False
    assert {call.outcome for call in slack.calls} == {"ok"}


async def test_complaints_have_their_places(apps: AppManifests) -> None:
    """In Slack's words, with dots for its slashes."""
    with pytest.raises(ManifestRefused) as caught:
        await apps.validate({**OURS, "settings": {"interactivity": {}}})

    [complaint] = caught.value.complaints
    assert complaint == ("settings.interactivity", "missing required field: is_enabled")


Call = Callable[[AppManifests], Awaitable[object]]
CALLS: dict[str, Call] = {
    "validate": lambda apps: apps.validate(OURS),
    "create": lambda apps: apps.create(OURS),
    "update": lambda apps: apps.update("A0BEFORE", OURS),
    "export": lambda apps: apps.export("A0BEFORE"),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.error("token_expired"), InstallationBroken),
        (faults.error("not_allowed_token_type"), AppMisconfigured),
        (faults.rate_limited("30"), SlackBusy),
        (faults.answer(429), SlackBusy),
    ],
)
async def test_a_refusal_is_one_for_every_method(
    apps: AppManifests, slack: FakeSlack, name: str, fault: faults.Fault, error: type[SlackError]
) -> None:
    """The same codes mean the same, with or without JSON."""
    slack.faults.add(f"apps.manifest.{name}", fault)

    with pytest.raises(error) as caught:
        await CALLS[name](apps)

    assert caught.value.__context__ is None


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    "fault", [faults.answer(502), faults.drop(), faults.error("internal_error"), faults.answer(302)]
)
async def test_only_the_making_of_an_app_is_in_doubt(
    apps: AppManifests, slack: FakeSlack, name: str, fault: faults.Fault
) -> None:
    """A second app would be one too many; everything else can simply be asked again."""
    slack.faults.add(f"apps.manifest.{name}", fault)

    with pytest.raises(SlackError) as caught:
        await CALLS[name](apps)

    assert type(caught.value) is (SendUnconfirmed if name == "create" else SlackUnavailable)


async def test_an_answer_without_what_was_asked_for(apps: AppManifests, slack: FakeSlack) -> None:
    """An app without an id may exist; a manifest that is none cannot be compared."""
    nothing = faults.answer(200, b'{"ok": true, "app_id": "<b>"}', "application/json")
    slack.faults.add("apps.manifest.create", nothing)
    slack.faults.add("apps.manifest.export", nothing)

    with pytest.raises(SendUnconfirmed):
        await apps.create(OURS)
    with pytest.raises(SlackUnavailable):
        await apps.export("A0BEFORE")


def test_the_token_is_in_no_description(apps: AppManifests) -> None:
    """A traceback may show the object."""
    assert apps.token not in repr(apps)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"message": "No  such\nthing", "pointer": "/a/0/b"}, Complaint("a.0.b", "No such thing")),
        ({"message": "Wrong"}, Complaint("", "Wrong")),
        ({"message": "x" * 1_000, "pointer": 5}, Complaint("", "x" * 300)),
    ],
)
def test_a_complaint_is_one_line(said: dict[str, Any], complaint: Complaint) -> None:
    """Of the length of a sentence, with or without a place."""
    assert tuple(read_complaints({"errors": [said]})) == (complaint,)


@given(st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=5))
def test_any_answer_can_be_read(errors: object) -> None:
    """What has another form is no complaint."""
    assert tuple(read_complaints({"errors": errors})) == ()
