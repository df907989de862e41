"""Windows and the Home tab."""

from __future__ import annotations

from typing import Any

import pytest

from bot.demo.fake_slack import FakeSlack
from tests.clock import ManualClock
from tests.demo.fake_slack.calling import ADA, Caller, plain, section

HOME = {"type": "home", "blocks": [section()]}


def a_modal(*blocks: dict[str, Any]) -> dict[str, Any]:
    """A window."""
    return {"type": "modal", "title": plain("Choose"), "blocks": list(blocks) or [section()]}


@pytest.fixture
def trigger(slack: FakeSlack) -> str:
    """Leave to open one window."""
    return slack.team.new_trigger(ADA)


async def test_opens_a_window(call: Caller, slack: FakeSlack, trigger: str) -> None:
    """The person has it open, every block with an id."""
    said = await call.json("views.open", trigger_id=trigger, view=a_modal())

    [view] = slack.team.open_views(ADA)
    assert said["view"]["id"] == view.id
    assert [block["block_id"] for block in said["view"]["blocks"]] == ["block0"]


async def test_a_trigger_opens_one_window_within_three_seconds(
    call: Caller, slack: FakeSlack, trigger: str, clock: ManualClock
) -> None:
    """A refused view does not use a trigger up; time and use do."""
    late = slack.team.new_trigger(ADA)
    refused = await call.json("views.open", trigger_id=trigger, view=HOME)
    opened = await call.json("views.open", trigger_id=trigger, view=a_modal())
    again = await call.json("views.open", trigger_id=trigger, view=a_modal())
    clock.advance(seconds=3.5)
    too_late = await call.json("views.open", trigger_id=late, view=a_modal())
    forged = await call.json("views.open", trigger_id="1.2.3", view=a_modal())

    assert (refused["error"], opened["ok"]) == ("invalid_arguments", True)
    assert again["error"] == "exchanged_trigger_id"
    assert too_late["error"] == "expired_trigger_id"
    assert forged["error"] == "invalid_trigger_id"


async def test_pushes_windows_onto_an_open_one(call: Caller, slack: FakeSlack) -> None:
    """There must be one to push onto, and three are the most."""

    async def push() -> dict[str, Any]:
        fresh = slack.team.new_trigger(ADA)
        return await call.json("views.push", trigger_id=fresh, view=a_modal())

    nothing = await push()
    await call.json("views.open", trigger_id=slack.team.new_trigger(ADA), view=a_modal())
    said = [await push() for _ in range(3)]

    assert nothing["error"] == "not_found"
    assert [each["ok"] for each in said] == [True, True, False]
    assert said[2]["error"] == "push_limit_reached"
    assert len(slack.team.open_views(ADA)) == 3


async def test_updates_a_window(call: Caller, slack: FakeSlack, trigger: str) -> None:
    """New content gives a new hash; an older hash, a closed or unknown window are refused."""
    opened = (await call.json("views.open", trigger_id=trigger, view=a_modal()))["view"]
    view = slack.team.views[opened["id"]]
    new = a_modal(section("new"))

    good = await call.json("views.update", view_id=view.id, view=new, hash=opened["hash"])
    stale = await call.json("views.update", view_id=view.id, view=new, hash=opened["hash"])
    view.is_open = False
    closed = await call.json("views.update", view_id=view.id, view=new)
    unknown = await call.json("views.update", view_id="V0NONE", view=new)

    assert good["view"]["hash"] != opened["hash"]
    assert stale["error"] == "hash_conflict"
    assert closed["error"] == unknown["error"] == "not_found"


async def test_a_window_may_weigh_so_much(call: Caller, trigger: str) -> None:
    """Within every single limit a view can still be too large."""
    sections = [section("x" * 3_000) for _ in range(90)]

    said = await call.json("views.open", trigger_id=trigger, view=a_modal(*sections))

    assert said["error"] == "view_too_large"


async def test_publishes_a_home_tab(call: Caller, slack: FakeSlack) -> None:
    """Each person has one, and it is replaced; an older hash is refused."""
    first = (await call.json("views.publish", user_id=ADA, view=HOME))["view"]
    second = await call.json("views.publish", user_id=ADA, view=HOME, hash=first["hash"])
    stale = await call.json("views.publish", user_id=ADA, view=HOME, hash=first["hash"])
    nobody = await call.json("views.publish", user_id="U0NONE", view=HOME)
    wrong = await call.json("views.publish", user_id=ADA, view=a_modal())

    assert second["view"]["id"] == first["id"]
    assert stale["error"] == "hash_conflict"
    assert (nobody["error"], wrong["error"]) == ("user_not_found", "invalid_arguments")
    assert len(slack.team.views) == 1
