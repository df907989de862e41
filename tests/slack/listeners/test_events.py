"""What happens to the installation itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.audit import OPERATOR
from bot.domain.installation import Departure
from bot.usecases.leave_workspace import Remains
from tests.fakes import a_workspace
from tests.slack_edge import TEAM, WORKSPACE_ID, Edge, an_event

BOT = frozenset({"U0BOT"})
ORG_WIDE = [{"enterprise_id": "E0ORG", "team_id": None, "is_enterprise_install": True}]
ITS_OWN = [{"enterprise_id": "E0ORG", "team_id": TEAM, "is_enterprise_install": False}]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (an_event("app_uninstalled"), [(TEAM, None)]),
        (an_event("tokens_revoked", tokens={"bot": ["U0BOT"]}), [(TEAM, BOT)]),
        (an_event("tokens_revoked", tokens={"oauth": ["U1"]}), []),
        (an_event("tokens_revoked"), []),
        (an_event("app_uninstalled") | {"team_id": None}, []),
    ],
)
async def test_a_departure_is_handed_on(
    edge: Edge, body: dict[str, Any], told: list[tuple[str, frozenset[str] | None]]
) -> None:
    """Whatever may be about the app itself; people's own tokens are not its business."""
    response = await edge.event(body)

    assert (response.status_code, response.text) == (200, "")
    assert [(each.workspace, each.revoked_bots) for each in edge.leaving.told] == told


@pytest.mark.parametrize(
    ("envelope", "workspace"),
    [
        ({"enterprise_id": "E0ORG"}, TEAM),
        ({"enterprise_id": "E0ORG", "authorizations": ITS_OWN}, TEAM),
        ({"enterprise_id": "E0ORG", "authorizations": ORG_WIDE}, "E0ORG"),
        ({"enterprise_id": "E0ORG", "team_id": None}, "E0ORG"),
    ],
)
async def test_a_teams_departure_is_not_its_organisations(
    edge: Edge, envelope: dict[str, Any], workspace: str
) -> None:
    """A team that leaves twice must not take the whole organisation along."""
    await edge.event(an_event("app_uninstalled") | envelope)

    assert [each.workspace for each in edge.leaving.told] == [workspace]


async def test_when_it_happened_and_who_did_it_is_handed_on(edge: Edge) -> None:
    """Slack's own time tells a late event from one of this installation."""
    await edge.event(an_event("app_uninstalled", user="U0ADA") | {"event_time": 1_700_000_000})
    await edge.event(an_event("app_uninstalled"))

    assert [(each.at, each.who) for each in edge.leaving.told] == [
        (datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), "U0ADA"),
        (None, OPERATOR),
    ]


async def test_what_remains_is_tidied_up_afterwards(edge: Edge) -> None:
    """Slack is answered first: Cloudflare may be slow."""
    remains = Remains(workspace=a_workspace(), apps=())
    edge.leaving.remains = remains

    await edge.event(an_event("app_uninstalled"))

    assert edge.leaving.told == [Departure(workspace=WORKSPACE_ID, at=None, who=OPERATOR)]
    assert edge.leaving.tidied == [remains]


@pytest.mark.parametrize("kind", ["member_joined_channel", "message"])
async def test_other_events_are_acknowledged_and_counted(edge: Edge, kind: str) -> None:
    """An event nobody asked for is no reason for Slack to send it again."""
    response = await edge.event(an_event(kind, user="U1", channel="C1", text="hello"))

    assert (response.status_code, response.text) == (200, "")
    assert edge.unhandled == ["event_callback"]
