"""How long ago something was."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.usecases.checks.spans import in_words


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(seconds=-5), "less than a minute"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(minutes=119), "1 hour"),
        (timedelta(hours=23), "23 hours"),
        (timedelta(days=9, hours=5), "9 days"),
    ],
)
def test_the_largest_unit_counts(span: timedelta, words: str) -> None:
    """Nobody needs to know the rest."""
    assert in_words(span) == words
