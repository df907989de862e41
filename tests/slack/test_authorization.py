"""Who a request is for."""

from __future__ import annotations

import pytest
from slack_bolt.async_app import AsyncBoltContext

from bot.domain.ids import WorkspaceId
from bot.errors import InstallationBroken
from bot.slack.authorization import INSTALLATION, Authorize, Installation, OnlyInstallation


def an_installation(
    *, team_id: str | None = "T0TEAM", enterprise_id: str | None = None
) -> Installation:
    """An installed app."""
    return Installation(
        workspace=WorkspaceId(team_id or enterprise_id or ""),
        team_id=team_id,
        enterprise_id=enterprise_id,
        url="https://acme.slack.com/",
        bot_user_id="U0BOT",
        bot_id="B0BOT",
    )


@pytest.mark.parametrize(
    ("installation", "enterprise_id", "team_id", "found"),
    [
        (an_installation(), None, "T0TEAM", True),
        (an_installation(), "E0ORG", "T0TEAM", True),
        (an_installation(), None, "T0OTHER", False),
        (an_installation(), None, None, False),
        (an_installation(enterprise_id="E0ORG"), "E0ORG", "T0OTHER", False),
        (an_installation(team_id=None, enterprise_id="E0ORG"), "E0ORG", "T0ANY", True),
        (an_installation(team_id=None, enterprise_id="E0ORG"), "E0ORG", None, True),
        (an_installation(team_id=None, enterprise_id="E0ORG"), "E0OTHER", "T0ANY", False),
        (an_installation(team_id=None), None, None, False),
    ],
)
async def test_one_workspace_serves_nobody_else(
    installation: Installation, enterprise_id: str | None, team_id: str | None, *, found: bool
) -> None:
    """A signed request of another team finds no installation."""
    only = OnlyInstallation(installation)

    assert await only(enterprise_id, team_id) == (installation if found else None)


async def test_authorizes_from_what_is_stored() -> None:
    """Bolt learns who the bot is, and gets no token to call anybody with."""
    installation = an_installation()
    context = AsyncBoltContext()

    result = await Authorize(OnlyInstallation(installation))(
        context=context, enterprise_id=None, team_id="T0TEAM", user_id="U1"
    )

    assert context[INSTALLATION] is installation
    assert (result.bot_user_id, result.bot_id, result.user_id) == ("U0BOT", "B0BOT", "U1")
    assert result.bot_token is None


async def test_refuses_a_workspace_it_does_not_know() -> None:
    """An unknown workspace is an error of its own, not Bolt's request to reinstall."""
    authorize = Authorize(OnlyInstallation(an_installation()))

    with pytest.raises(InstallationBroken):
        await authorize(
            context=AsyncBoltContext(), enterprise_id=None, team_id="T0OTHER", user_id=None
        )
