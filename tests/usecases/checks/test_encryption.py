"""Whether the keys that are set open what is stored."""

from __future__ import annotations

import pytest

from bot.domain.check import CheckState
from bot.domain.seals import Seals
from bot.usecases.checks.encryption import CheckEncryption, check_seals


@pytest.mark.parametrize(
    ("seals", "state", "words"),
    [
        (Seals(tokens=2), CheckState.GOOD, "opens with the newest key"),
        (Seals(tokens=2, old=3), CheckState.WARNING, "rotate-keys"),
        (
            Seals(tokens=2, broken=("Slack bot token", "Cloudflare API token")),
            CheckState.BAD,
            "stored Slack bot token and the Cloudflare API token cannot be read",
        ),
        (Seals(tokens=2, broken=("Slack bot token",), old=1), CheckState.BAD, "ENCRYPTION_KEY"),
        (Seals(address_broken=True), CheckState.WARNING, "Wait an hour"),
    ],
)
def test_how_seals_stand(seals: Seals, state: CheckState, words: str) -> None:
    """What is lost is worse than what is old."""
    check = check_seals(seals, has_key=True)

    assert check.state is state
    assert words in f"{check.cause} {check.next_step}"


def test_one_workspace_without_a_key_is_fine_while_nothing_is_stored() -> None:
    """Its tokens are settings."""
    check = check_seals(Seals(), has_key=False)

    assert check.state is CheckState.GOOD
    assert "not set" in check.cause


async def test_the_check_reads_and_judges() -> None:
    """One line."""

    async def seals() -> Seals:
        return Seals(old=1)

    [check] = await CheckEncryption(seals, has_key=True)()

    assert (check.name, check.state) == ("Encryption", CheckState.WARNING)
