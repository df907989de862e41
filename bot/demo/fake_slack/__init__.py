"""A strict stand-in for Slack: it refuses what Slack refuses and remembers what it was told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import httpx

from bot.demo.fake_slack.door import Door
from bot.demo.fake_slack.person import Person
from bot.demo.fake_slack.rate_limits import RateLimits
from bot.demo.fake_slack.server import Server
from bot.demo.fake_slack.state import Call, Channel, PrivateAnswer
from bot.demo.fake_slack.team import Team

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105 - make-believe

__all__ = ["SIGNING_SECRET", "Call", "Channel", "FakeSlack", "PrivateAnswer", "Team"]


class FakeSlack(Server):
    """The whole stand-in: serve `app` on this machine and set `url` to where it is served."""

    def __init__(self, now: Callable[[], datetime], *, burst: int = 2, tiers: bool = True) -> None:
        """Start with one workspace, `team`; `burst` and `tiers` as in `RateLimits`."""
        self.now = now
        self.signs_at = now
        """The clock of signatures, for apps under test that read the real one."""
        self.team = Team(now=now)
        self._by_id = {self.team.id: self.team}
        super().__init__(self._by_id, RateLimits(now=now, burst=burst, tiers=tiers))
        self.url = ""

    @property
    def api_url(self) -> str:
        """What the app's setting for Slack's API must be."""
        return f"{self.url}/api/"

    def add_team(
        self,
        team_id: str,
        domain: str,
        *,
        enterprise_id: str | None = None,
        is_installed: bool = True,
    ) -> Team:
        """Make a further workspace, with the app in it unless told otherwise."""
        self._by_id[team_id] = Team(
            now=self.now,
            id=team_id,
            domain=domain,
            enterprise_id=enterprise_id,
            is_uninstalled=not is_installed,
        )
        return self._by_id[team_id]

    @property
    def authorize_url(self) -> str:
        """What the app's setting for Slack's authorize page must be."""
        return f"{self.url}/oauth/v2/authorize"

    def calls_of(self, method: str) -> list[Call]:
        """The calls of one method, in order."""
        return [call for call in self.calls if call.method == method]

    def person(self, user: str, http: httpx.AsyncClient, *, team: Team | None = None) -> Person:
        """Somebody who uses the app; `http` leads to the app's address for Slack."""
        door = Door(http=http, signing_secret=SIGNING_SECRET, now=self.signs_at)
        return Person(id=user, team=team or self.team, door=door, slack_url=self.url)
