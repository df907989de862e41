"""How a bot token lives."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fakes import NOON
from tests.installing import a_rotated_token, a_token


@pytest.mark.parametrize(
    ("ahead", "is_due", "is_dead"),
    [
        (timedelta(hours=12), False, False),
        (timedelta(hours=2, seconds=1), False, False),
        (timedelta(hours=2), True, False),
        (timedelta(seconds=1), True, False),
        (timedelta(), True, True),
        (timedelta(hours=-1), True, True),
    ],
)
def test_a_token_is_due_before_it_dies(ahead: timedelta, *, is_due: bool, is_dead: bool) -> None:
    """Two hours before; at its last moment it is dead."""
    token = a_rotated_token(expires_at=NOON + ahead)

    assert (token.is_due(NOON), token.is_dead(NOON)) == (is_due, is_dead)


def test_a_token_that_lasts_is_never_due() -> None:
    """Without rotation there is no end."""
    token = a_token()

    assert not token.is_due(NOON)
    assert not token.is_dead(NOON)


def test_tokens_do_not_show() -> None:
    """Neither in a log nor in a traceback."""
    token = a_rotated_token()

    assert token.value not in repr(token)
    assert token.refresh_token is not None
    assert token.refresh_token not in repr(token)
