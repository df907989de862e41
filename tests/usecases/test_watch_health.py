"""Telling an administrator what broke, and that it is mended: once each, whatever happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from structlog.testing import capture_logs

from bot.domain.alarm import CONFIRMED_AFTER, OUTAGE_BORNE, Alarm, Told
from bot.domain.check import Check, CheckState
from bot.domain.ids import UserId, WorkspaceId
from bot.errors import BotError, InstallationBroken, SendUnconfirmed, SlackUnavailable
from bot.messages import alarms as messages
from bot.messages.kit import Message
from bot.usecases.watch_health import WatchHealth
from tests.clock import ManualClock
from tests.fakes import ASKER, NOON, WORKSPACE

RED = Check.bad("Cloudflare", "The API token is not accepted.", "Connect a new one.")
ALSO_RED = Check.bad("Worker", "Nobody does the work.", "Start a worker.")
PASSING = Check.bad("Cloudflare", "Cloudflare does not answer.", "Wait.", passing=True)
GREEN = Check.good("Cloudflare", "The API token works.")
ALSO_GREEN = Check.good("Worker", "The work is done.")


@dataclass
class FakeAlarms:
    """Alarms in memory, which another process may change between a look and its writing."""

    standing: dict[str, Alarm] = field(default_factory=dict)
    who: UserId | None = ASKER
    again: list[datetime] = field(default_factory=list)
    meanwhile: Alarm | None = None
    """What another process writes next, after ours has read."""

    async def of_workspace(self, workspace: WorkspaceId) -> Mapping[str, Alarm]:
        """As they stand."""
        assert workspace == WORKSPACE
        return dict(self.standing)

    async def change(
        self, workspace: WorkspaceId, before: Mapping[str, Alarm], now: Sequence[Alarm]
    ) -> frozenset[str]:
        """Write what nobody else has changed."""
        assert workspace == WORKSPACE
        if self.meanwhile is not None:
            self.standing[self.meanwhile.check] = self.meanwhile
            self.meanwhile = None
        changed = [
            alarm
            for alarm in now
            if alarm != before.get(alarm.check)
            and self.standing.get(alarm.check) == before.get(alarm.check)
        ]
        self.standing |= {alarm.check: alarm for alarm in changed}
        return frozenset(alarm.check for alarm in changed)

    async def look_again(self, workspace: WorkspaceId, at: datetime) -> None:
        """Remember the wish."""
        assert workspace == WORKSPACE
        self.again.append(at)

    async def contact(self, workspace: WorkspaceId) -> UserId | None:
        """As set up."""
        assert workspace == WORKSPACE
        return self.who


@dataclass
class Health:
    """One workspace, what is wrong with it, and who was told."""

    clock: ManualClock
    alarms: FakeAlarms = field(default_factory=FakeAlarms)
    checks: list[Check] = field(default_factory=list)
    may: bool | BotError = True
    refusals: list[BotError] = field(default_factory=list)
    told: list[Message] = field(default_factory=list)

    async def look(self, *found: Check, shared: Sequence[Check] = (), **later: float) -> None:
        """Look once, some time after the look before, and find this."""
        self.clock.advance(**later)
        self.checks = list(found)
        watch = WatchHealth(
            check=self._check,
            alarms=self.alarms,
            may_administer=self._may,
            tell=self._tell,
            now=self.clock,
        )
        await watch(WORKSPACE, shared)

    async def _check(self, workspace: WorkspaceId) -> Sequence[Check]:
        assert workspace == WORKSPACE
        return self.checks

    async def _may(self, workspace: WorkspaceId, who: UserId) -> bool:
        assert (workspace, who) == (WORKSPACE, ASKER)
        if isinstance(self.may, BotError):
            raise self.may
        return self.may

    async def _tell(self, workspace: WorkspaceId, who: UserId, message: Message) -> None:
        assert (workspace, who) == (WORKSPACE, ASKER)
        if self.refusals:
            raise self.refusals.pop(0)
        self.told.append(message)


@pytest.fixture
def health(clock: ManualClock) -> Health:
    """All is well, and there is somebody to tell."""
    return Health(clock)


async def test_a_problem_that_lasts_is_told_once(health: Health) -> None:
    """Not at first sight, which may be a blip, and not at every look after."""
    await health.look(RED)
    assert health.told == []
    assert health.alarms.again == [health.clock() + CONFIRMED_AFTER]

    await health.look(RED, minutes=2)
    await health.look(RED, minutes=10)

    assert health.told == [messages.problems_found([RED])]


async def test_a_blip_is_told_to_nobody(health: Health) -> None:
    """Neither that it broke nor that it is mended."""
    await health.look(RED)
    await health.look(GREEN, minutes=2)
    await health.look(GREEN, minutes=10)

    assert health.told == []


async def test_an_outage_is_borne_for_a_while(health: Health) -> None:
    """It mostly ends by itself; it is told when it does not."""
    await health.look(PASSING)
    await health.look(PASSING, minutes=20)
    borne = list(health.told)
    await health.look(PASSING, seconds=OUTAGE_BORNE.total_seconds())

    assert borne == []
    assert health.told == [messages.problems_found([PASSING])]


async def test_what_is_mended_is_told_once_with_what_is_not(health: Health) -> None:
    """So that nobody takes one green line for all of them."""
    await health.look(RED, ALSO_RED)
    await health.look(RED, ALSO_RED, minutes=2)
    await health.look(GREEN, ALSO_RED, minutes=10)
    await health.look(GREEN, ALSO_RED, minutes=10)

    assert health.told == [
        messages.problems_found([RED, ALSO_RED]),
        messages.mended(["Cloudflare"], ["Worker"]),
    ]


async def test_what_is_wrong_with_the_deployment_concerns_every_workspace(health: Health) -> None:
    """It comes in the same message as what is wrong with the workspace."""
    await health.look(RED, shared=[ALSO_RED])
    await health.look(RED, shared=[ALSO_RED], minutes=2)

    assert health.told == [messages.problems_found([RED, ALSO_RED])]


async def test_a_second_problem_is_told_when_it_comes(health: Health) -> None:
    """Without the first one again."""
    await health.look(RED, ALSO_GREEN)
    await health.look(RED, ALSO_GREEN, minutes=2)
    await health.look(RED, ALSO_RED, minutes=10)
    await health.look(RED, ALSO_RED, minutes=2)

    assert health.told == [messages.problems_found([RED]), messages.problems_found([ALSO_RED])]


@pytest.mark.parametrize(
    "nobody",
    [{"who": None}, {"may": False}, {"may": InstallationBroken("invalid_auth")}],
    ids=["no contact", "no longer an administrator", "a dead bot token"],
)
async def test_with_nobody_to_tell_the_log_says_it(
    health: Health, nobody: Mapping[str, object]
) -> None:
    """And somebody who is there later hears of it, if it still is so."""
    health.alarms.who = None if "who" in nobody else ASKER
    health.may = nobody.get("may", True)  # type: ignore[assignment]
    await health.look(RED)

    with capture_logs() as lines:
        await health.look(RED, minutes=2)

    assert health.told == []
    assert [line["of"] for line in lines if "of" in line] == [["Cloudflare"]]
    assert health.alarms.standing["Cloudflare"].told is Told.NOBODY
    health.alarms.who, health.may = ASKER, True
    await health.look(RED, minutes=10)
    assert health.told == [messages.problems_found([RED])]


async def test_what_nobody_heard_of_is_not_told_as_mended(health: Health) -> None:
    """Good news about a problem that was never told would only puzzle."""
    health.alarms.who = None
    await health.look(RED)
    await health.look(RED, minutes=2)
    health.alarms.who = ASKER

    await health.look(GREEN, minutes=10)

    assert health.told == []


async def test_while_slack_does_not_say_who_may_nothing_is_given_up(health: Health) -> None:
    """The next look tells it."""
    await health.look(RED)
    health.may = SlackUnavailable("503")
    await health.look(RED, minutes=2)
    unheard = list(health.told)
    health.may = True

    await health.look(RED, minutes=10)

    assert unheard == []
    assert health.told == [messages.problems_found([RED])]


async def test_what_surely_did_not_arrive_is_told_at_the_next_look(health: Health) -> None:
    """The problem, and later that it is mended."""
    await health.look(RED)
    health.refusals = [SlackUnavailable("503")]
    await health.look(RED, minutes=2)
    await health.look(RED, minutes=10)
    health.refusals = [SlackUnavailable("503")]
    await health.look(GREEN, minutes=10)
    await health.look(GREEN, minutes=10)

    assert health.told == [messages.problems_found([RED]), messages.mended(["Cloudflare"], [])]


@pytest.mark.parametrize("error", [SendUnconfirmed("timeout"), InstallationBroken("x")])
async def test_what_may_have_arrived_or_never_will_is_not_told_again(
    health: Health, error: BotError
) -> None:
    """Rather not told at all than told twice."""
    await health.look(RED)
    health.refusals = [error]
    await health.look(RED, minutes=2)

    await health.look(RED, minutes=10)

    assert health.told == []


async def test_what_another_process_has_told_is_not_told_again(health: Health) -> None:
    """Both looked at the same moment; the one that wrote first tells it."""
    await health.look(RED)
    health.alarms.meanwhile = Alarm(
        check="Cloudflare", state=CheckState.BAD, since=NOON, told=Told.PROBLEM
    )

    await health.look(RED, minutes=2)
    await health.look(RED, minutes=10)

    assert health.told == []


async def test_a_look_that_finds_nothing_new_writes_only_what_changed(health: Health) -> None:
    """And has no reason to look again soon."""
    health.may = SlackUnavailable("nobody is to be asked")
    await health.look(GREEN)
    first = dict(health.alarms.standing)

    await health.look(GREEN, minutes=10)

    assert health.alarms.standing == first
    assert health.alarms.again == []
