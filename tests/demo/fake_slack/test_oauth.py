"""How the make-believe Slack installs an app: as strict as the real one."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from bot.demo.fake_slack import FakeSlack, Team
from tests.clock import ManualClock
from tests.demo.fake_slack.calling import ADA, Caller

REDIRECT = "https://bot.example.com/slack/oauth_redirect"


@pytest.fixture
def team(slack: FakeSlack) -> Team:
    """A workspace without the app."""
    slack.oauth.redirect_urls.append(REDIRECT)
    return slack.add_team("T0NEW", "newco", enterprise_id="E0GROUP", is_installed=False)


async def page(
    slack: FakeSlack, decided: dict[str, str] | None = None, **changes: str
) -> httpx.Response:
    """Open Slack's page, or answer it."""
    asked = {
        "client_id": slack.oauth.client_id,
        "scope": "commands,chat:write",
        "redirect_uri": REDIRECT,
        "state": "a-state",
        **changes,
    }
    transport = httpx.ASGITransport(app=slack.app)
    async with httpx.AsyncClient(transport=transport, base_url=slack.url) as http:
        path = f"/oauth/v2/authorize?{urlencode(asked)}"
        if decided is None:
            return await http.get(path)
        form = {"content-type": "application/x-www-form-urlencoded"}
        return await http.post(path, content=urlencode(decided), headers=form)


async def agree(slack: FakeSlack, team: Team, **changes: str) -> str:
    """Say yes; returns the code."""
    decided = {"team": team.id, "user": ADA, "decision": "allow", **changes}
    reply = await page(slack, decided)
    return parse_qs(urlsplit(reply.headers["location"]).query)["code"][0]


async def access(call: Caller, secret: str | None = None, **arguments: str) -> dict[str, Any]:
    """Call `oauth.v2.access` with the app's id and secret."""
    oauth = call.slack.oauth
    pair = f"{oauth.client_id}:{oauth.client_secret if secret is None else secret}"
    header = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    reply = await call.raw("/api/oauth.v2.access", data=arguments, headers=header)
    said: dict[str, Any] = reply.json()
    return said


async def test_the_page_shows_what_is_asked_for(slack: FakeSlack, team: Team) -> None:
    """And lets a person say yes or no."""
    shown = await page(slack)

    assert team.is_uninstalled
    assert shown.status_code == 200
    assert "<li>chat:write</li>" in shown.text
    assert "Cancel" in shown.text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"redirect_uri": "https://evil.example.com/"}, "bad_redirect_uri"),
        ({"scope": "commands,admin"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"user_scope": "chat:write"}, "invalid_scope"),
    ],
)
async def test_the_page_refuses_what_slack_refuses(
    slack: FakeSlack, team: Team, changes: dict[str, str], code: str
) -> None:
    """Nobody is sent anywhere."""
    shown = await page(slack, {"team": team.id, "user": ADA, "decision": "allow"}, **changes)

    assert (shown.status_code, code in shown.text) == (400, True)


async def test_a_no_leads_back_without_a_code(slack: FakeSlack, team: Team) -> None:
    """With the state."""
    reply = await page(slack, {"decision": "cancel", "team": team.id, "user": ADA})

    assert reply.headers["location"] == f"{REDIRECT}?state=a-state&error=access_denied"


async def test_a_code_is_exchanged_once(call: Caller, slack: FakeSlack, team: Team) -> None:
    """The scopes are those that were asked for; the workspace's token works from then on."""
    team.scopes.clear()
    code = await agree(slack, team)
    said = await access(call, code=code, redirect_uri=REDIRECT)
    again = await access(call, code=code, redirect_uri=REDIRECT)

    assert said["ok"]
    assert said["access_token"] == team.token
    assert said["scope"] == "chat:write,commands"
    assert (said["team"]["id"], said["authed_user"]["id"]) == (team.id, ADA)
    assert "expires_in" not in said
    assert again["error"] == "code_already_used"
    assert [call.outcome for call in slack.calls_of("oauth.v2.access")] == [
        "ok",
        "code_already_used",
    ]


@pytest.mark.parametrize(
    ("secret", "arguments", "code"),
    [
        ("wrong", {}, "bad_client_secret"),
        (None, {"client_id": "1.2"}, "invalid_client_id"),
        (None, {"code": "1.2.3"}, "invalid_code"),
        (None, {"redirect_uri": "https://bot.example.com/"}, "bad_redirect_uri"),
        (None, {"grant_type": "password"}, "invalid_grant_type"),
        (None, {"grant_type": "refresh_token"}, "invalid_refresh_token"),
    ],
)
async def test_a_wrong_exchange_is_refused(
    call: Caller,
    slack: FakeSlack,
    team: Team,
    secret: str | None,
    arguments: dict[str, str],
    code: str,
) -> None:
    """With Slack's own words; nothing is used up."""
    given = {"code": await agree(slack, team), "redirect_uri": REDIRECT}

    said = await access(call, secret, **{**given, **arguments})

    assert said == {"ok": False, "error": code}
    assert (await access(call, **given))["ok"]


async def test_a_code_lasts_ten_minutes(
    call: Caller, slack: FakeSlack, team: Team, clock: ManualClock
) -> None:
    """Then somebody must agree again."""
    code = await agree(slack, team)
    clock.advance(minutes=10)

    assert (await access(call, code=code, redirect_uri=REDIRECT))["error"] == "code_expired"


async def test_an_org_wide_installation_has_no_team(
    call: Caller, slack: FakeSlack, team: Team
) -> None:
    """`auth.test` says so too."""
    said = await access(call, code=await agree(slack, team, org_wide="yes"), redirect_uri=REDIRECT)
    header = {"Authorization": f"Bearer {said['access_token']}"}
    told = (await call.raw("/api/auth.test", data={}, headers=header)).json()

    assert (said["team"], said["enterprise"]["id"]) == (None, "E0GROUP")
    assert said["is_enterprise_install"] is told["is_enterprise_install"] is True


async def test_scopes_only_grow_until_the_app_is_removed(
    call: Caller, slack: FakeSlack, team: Team
) -> None:
    """As Slack grants them."""
    team.is_uninstalled = False
    team.scopes = {"users:read"}
    first = await access(call, code=await agree(slack, team), redirect_uri=REDIRECT)
    slack.oauth.uninstall(team)
    second = await access(call, code=await agree(slack, team), redirect_uri=REDIRECT)

    assert first["scope"] == "chat:write,commands,users:read"
    assert second["scope"] == "chat:write,commands"
    assert second["access_token"] != first["access_token"]


async def auth_test(call: Caller, token: str) -> str:
    """What Slack says to a token."""
    reply = await call.raw("/api/auth.test", data={}, headers={"Authorization": f"Bearer {token}"})
    said = reply.json()
    return "ok" if said["ok"] else str(said["error"])


async def test_rotated_tokens_live_twelve_hours_two_at_most(
    call: Caller, slack: FakeSlack, team: Team, clock: ManualClock
) -> None:
    """And what refreshes them works once."""
    slack.oauth.rotates = True
    first = await access(call, code=await agree(slack, team), redirect_uri=REDIRECT)
    grants = [first]
    for _ in range(2):
        refresh_token = grants[-1]["refresh_token"]
        grants.append(await access(call, grant_type="refresh_token", refresh_token=refresh_token))
    again = await access(call, grant_type="refresh_token", refresh_token=first["refresh_token"])
    alive = [await auth_test(call, each["access_token"]) for each in grants]
    clock.advance(hours=12)

    assert again["error"] == "invalid_refresh_token"
    assert alive == ["invalid_auth", "ok", "ok"]
    assert first["expires_in"] == 43_200
    assert await auth_test(call, grants[-1]["access_token"]) == "token_expired"


async def test_a_removed_app_has_no_token_left(call: Caller, slack: FakeSlack, team: Team) -> None:
    """Neither one that works nor one that makes others."""
    slack.oauth.rotates = True
    said = await access(call, code=await agree(slack, team), redirect_uri=REDIRECT)
    slack.oauth.uninstall(team)

    refreshed = await access(call, grant_type="refresh_token", refresh_token=said["refresh_token"])

    assert refreshed["error"] == "invalid_refresh_token"
    assert await auth_test(call, said["access_token"]) == "invalid_auth"
    assert await auth_test(call, team.token) == "invalid_auth"


async def test_json_is_not_taken(call: Caller, slack: FakeSlack) -> None:
    """This method wants a form."""
    reply = await call.raw("/api/oauth.v2.access", json={"code": "1.2.3"})

    assert reply.json()["error"] == "invalid_post_type"
    assert slack.calls_of("oauth.v2.access")[0].outcome == "invalid_post_type"
