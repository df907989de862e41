"""What an administrator is written to about the bot's health."""

from __future__ import annotations

from bot.domain.check import Check
from bot.messages.alarms import mended, problems_found
from tests.messages.conftest import Golden

TOKEN = Check.bad("Cloudflare", "The API token is refused.", "Connect Cloudflare again.")
SCOPE = Check.bad("Scopes", "Not granted: files:write.", "Install the app again.")


def test_one_problem(golden: Golden) -> None:
    """What it is, the next step, and that there will be one more message."""
    golden("alarm", problems_found([TOKEN]))


def test_several_problems(golden: Golden) -> None:
    """All in one message."""
    golden("alarm_several", problems_found([TOKEN, SCOPE]))


def test_all_mended(golden: Golden) -> None:
    """Nothing is left to be done."""
    golden("alarm_mended", mended(["Cloudflare"], []))


def test_mended_in_part(golden: Golden) -> None:
    """And what is not yet."""
    golden("alarm_mended_in_part", mended(["Cloudflare"], ["Scopes"]))
