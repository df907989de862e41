"""What happens to the installation itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.slack_edge import TEAM, Edge, an_event


@pytest.mark.parametrize(
    ("body", "gone"),
    [
        (an_event("app_uninstalled"), [TEAM]),
        (an_event("app_uninstalled") | {"team_id": "T0ELSEWHERE"}, []),
        (an_event("tokens_revoked", tokens={"bot": ["U0BOT"]}), [TEAM]),
        (an_event("tokens_revoked", tokens={"oauth": ["U1"], "bot": ["U0ANOTHER"]}), []),
        (an_event("tokens_revoked", tokens={"oauth": ["U1"]}), []),
        (
            an_event("tokens_revoked", tokens={"bot": ["U0BOT"]}) | {"team_id": "T0ELSEWHERE"},
            [],
        ),
    ],
)
async def test_a_departure_is_noticed(edge: Edge, body: dict[str, Any], gone: list[str]) -> None:
    """Only our own app's leaving, or our bot's own token, counts."""
    response = await edge.event(body)

    assert (response.status_code, response.text) == (200, "")
    assert edge.gone == gone


async def test_a_departure_may_be_told_twice(edge: Edge) -> None:
    """Slack sends some events twice, and both of these in any order."""
    await edge.event(an_event("tokens_revoked", tokens={"bot": ["U0BOT"]}))
    await edge.event(an_event("app_uninstalled"))

    assert edge.gone == [TEAM, TEAM]


@pytest.mark.parametrize("kind", ["app_home_opened", "member_joined_channel", "message"])
async def test_other_events_are_acknowledged_and_counted(edge: Edge, kind: str) -> None:
    """An event nobody asked for is no reason for Slack to send it again."""
    response = await edge.event(an_event(kind, user="U1", channel="C1", text="hello"))

    assert (response.status_code, response.text) == (200, "")
    assert edge.unhandled == ["event_callback"]
