"""Slack's OAuth: what is asked, and how the answers are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

import aiohttp
import pytest

from bot.demo.fake_slack import FakeSlack, faults
from bot.demo.fake_slack.oauth import Code
from bot.errors import (
    AppMisconfigured,
    InstallationBroken,
    SlackBusy,
    SlackError,
    SlackRefused,
    SlackUnavailable,
)
from bot.slack.oauth import SlackOAuth
from tests.browsing import REDIRECT_URL
from tests.clock import ManualClock
from tests.fakes import ASKER
from tests.served_slack import Observations

SCOPES = frozenset({"commands", "chat:write"})


@pytest.fixture
def oauth(
    slack: FakeSlack, session: aiohttp.ClientSession, observed: Observations, clock: ManualClock
) -> SlackOAuth:
    """This app's OAuth."""
    return SlackOAuth(
        session=session,
        client_id=slack.oauth.client_id,
        client_secret=slack.oauth.client_secret,
        redirect_uri=REDIRECT_URL,
        base_url=slack.api_url,
        now=clock,
        observe=observed,
    )


def a_code(slack: FakeSlack, *, is_org_wide: bool = False) -> str:
    """What Slack gives for a yes."""
    slack.team.scopes.clear()
    slack.oauth.codes["1.2.code"] = Code(
        team=slack.team,
        user=ASKER,
        scopes=SCOPES,
        redirect_uri=REDIRECT_URL,
        made_at=slack.now(),
        is_org_wide=is_org_wide,
    )
    return "1.2.code"


async def test_a_code_becomes_a_grant(
    oauth: SlackOAuth, slack: FakeSlack, observed: Observations
) -> None:
    """Who granted what to whom, and a token that lasts."""
    grant = await oauth.exchange(a_code(slack))
    account = await oauth.account(grant.token)

    assert (grant.workspace, grant.name, grant.is_org_wide) == (slack.team.id, "Acme", False)
    assert (grant.app_id, grant.bot_user_id) == (slack.team.app_id, slack.team.bot_user_id)
    assert (grant.installer, grant.scopes) == (ASKER, SCOPES)
    assert (grant.token.value, grant.token.expires_at) == (slack.team.token, None)
    assert account == (slack.team.url, slack.team.bot_id, slack.team.bot_user_id)
    assert observed.seen == [("oauth.v2.access", "ok"), ("auth.test", "ok")]


async def test_an_org_wide_grant_is_the_organisations(oauth: SlackOAuth, slack: FakeSlack) -> None:
    """It has no team."""
    slack.team.enterprise_id = "E0GROUP"

    grant = await oauth.exchange(a_code(slack, is_org_wide=True))

    assert (grant.workspace, grant.name, grant.is_org_wide) == ("E0GROUP", "Acme Group", True)


async def test_a_rotated_token_has_an_end_and_is_refreshed(
    oauth: SlackOAuth, slack: FakeSlack, clock: ManualClock
) -> None:
    """Each refresh brings another token and another refresh token."""
    slack.oauth.rotates = True
    first = (await oauth.exchange(a_code(slack))).token
    clock.advance(hours=11)
    assert first.refresh_token is not None
    second = await oauth.refresh(first.refresh_token)

    assert first.expires_at == clock() + timedelta(hours=1)
    assert second.expires_at == clock() + timedelta(hours=12)
    assert second.value != first.value
    assert second.refresh_token != first.refresh_token
    with pytest.raises(InstallationBroken):
        await oauth.refresh(first.refresh_token)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.error("invalid_code"), SlackRefused),
        (faults.error("bad_client_secret"), AppMisconfigured),
        (faults.error("invalid_refresh_token"), InstallationBroken),
        (faults.error("token_revoked"), InstallationBroken),
        (faults.error("internal_error"), SlackUnavailable),
        (faults.rate_limited("7"), SlackBusy),
        (faults.answer(), SlackUnavailable),
        (faults.answer(200, b"{", "application/json"), SlackUnavailable),
        (faults.answer(200, b"[]", "application/json"), SlackUnavailable),
        (faults.drop(), SlackUnavailable),
    ],
)
async def test_what_fails_is_one_of_our_errors(
    oauth: SlackOAuth,
    slack: FakeSlack,
    observed: Observations,
    fault: faults.Fault,
    error: type[SlackError],
) -> None:
    """Nothing of the answer, and nothing that was sent, comes along."""
    slack.faults.add("oauth.v2.access", fault)

    with pytest.raises(error) as caught:
        await oauth.refresh("xoxe-1-make-believe")

    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "make-believe" not in str(caught.value)
    assert [name for name, _ in observed.seen] == ["oauth.v2.access"]


GOOD: Mapping[str, object] = {
    "ok": True,
    "access_token": "xoxe.xoxb-1-make-believe",
    "refresh_token": "xoxe-1-make-believe",
    "expires_in": 43_200,
    "token_type": "bot",
    "scope": "commands",
    "bot_user_id": "U0BOT",
    "app_id": "A0APP",
    "team": {"id": "T0ACME", "name": "Acme"},
    "enterprise": None,
    "is_enterprise_install": False,
    "authed_user": {"id": "U0ADA"},
}


def says(reply: Mapping[str, object]) -> faults.Fault:
    """An answer of just this."""
    return faults.answer(200, json.dumps(reply).encode(), "application/json")


@pytest.mark.parametrize(
    "change",
    [
        {"access_token": "xoxp-of-a-person"},
        {"access_token": None},
        {"token_type": "user"},
        {"expires_in": "43200"},
        {"expires_in": 0},
        {"expires_in": True},
        {"expires_in": 10**12},
        {"team": None},
        {"team": {"id": "t0 acme"}},
        {"is_enterprise_install": True},
        {"bot_user_id": ""},
        {"app_id": 7},
        {"authed_user": {}},
    ],
    ids=str,
)
async def test_an_answer_that_lacks_something_grants_nothing(
    oauth: SlackOAuth, slack: FakeSlack, change: dict[str, object]
) -> None:
    """Half an installation is none."""
    slack.faults.add("oauth.v2.access", says({**GOOD, **change}))

    with pytest.raises(SlackRefused):
        await oauth.exchange("1.2.code")


@pytest.mark.parametrize("missing", ["refresh_token", "expires_in"])
async def test_a_refresh_that_is_the_last_one_is_none(
    oauth: SlackOAuth, slack: FakeSlack, missing: str
) -> None:
    """The old token goes on; nobody would know when to refresh the new one."""
    slack.faults.add("oauth.v2.access", says({**GOOD, missing: None}))

    with pytest.raises(SlackRefused):
        await oauth.refresh("xoxe-1-make-believe")


async def test_secrets_do_not_show(oauth: SlackOAuth) -> None:
    """Neither in a log nor in a traceback."""
    assert oauth.client_secret not in repr(oauth)
