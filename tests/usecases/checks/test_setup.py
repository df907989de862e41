"""Everything is looked at, and no fault hides another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from structlog.testing import capture_logs

from bot.domain.check import Check
from bot.errors import SealBroken, TokenRefused
from bot.usecases.checks.failures import Mending
from bot.usecases.checks.setup import CheckSetup


async def test_a_failing_check_does_not_hide_the_others() -> None:
    """Each failure is its own line, in the order of the probes, whatever kind it is."""

    async def hang() -> Sequence[Check]:
        await asyncio.Event().wait()
        raise AssertionError

    async def refuse() -> Sequence[Check]:
        raise TokenRefused("401")

    async def crash() -> Sequence[Check]:
        raise ZeroDivisionError

    async def unreachable() -> Sequence[Check]:
        raise ConnectionRefusedError

    async def work() -> Sequence[Check]:
        return [Check.good("E", "It works.")]

    probes = {"A": hang, "B": refuse, "C": crash, "D": unreachable, "E": work}
    with capture_logs() as lines:
        checks = await CheckSetup(probes, patience=0.01)()

    assert [check.cause for check in checks] == [
        "No answer came in time.",
        "Cloudflare does not accept the API token.",
        "The check itself failed.",
        "It could not be reached.",
        "It works.",
    ]
    assert [(line["check"], line["log_level"]) for line in lines] == [("C", "error")]


async def test_what_only_needs_time_is_told_apart() -> None:
    """A call that hangs, and an address that nobody answers at."""

    async def hang() -> Sequence[Check]:
        raise TimeoutError

    async def refuse() -> Sequence[Check]:
        raise TokenRefused("401")

    hanging, refused = await CheckSetup({"A": hang, "B": refuse})()

    assert (hanging.passing, refused.passing) == (True, False)


async def test_who_can_mend_it_is_told_by_the_probe() -> None:
    """The next step is one that its reader can take."""

    async def refuse() -> Sequence[Check]:
        raise TokenRefused("401")

    operator, administrator = await CheckSetup(
        {"A": refuse, "B": refuse}, {"B": Mending.BY_ADMINISTRATOR}
    )()

    assert "CLOUDFLARE_API_TOKEN" in operator.next_step
    assert "Connect Cloudflare" in administrator.next_step


async def test_what_no_key_opens_is_said_once() -> None:
    """By the check of the encryption, instead of by all that need what is sealed."""

    async def locked() -> Sequence[Check]:
        raise SealBroken("unknown key")

    assert await CheckSetup({"Cloudflare": locked})() == []
