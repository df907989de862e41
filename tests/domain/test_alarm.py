"""When somebody is told of a problem, and when that it is mended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from bot.domain.alarm import CONFIRMED_AFTER, OUTAGE_BORNE, Alarm, News, Told, compare
from bot.domain.check import Check, CheckState
from tests.fakes import NOON

GOOD = Check.good("Cloudflare", "It works.")
WARNING = Check.warning("Cloudflare", "It works, in part.", "Look.")
BAD = Check.bad("Cloudflare", "It does not work.", "Mend it.")
OUTAGE = Check.bad("Cloudflare", "It does not answer.", "Wait.", passing=True)
MINUTE = timedelta(minutes=1)


class Watch:
    """Looks, one after another, with what was told written down."""

    def __init__(self, outcome: Told = Told.PROBLEM) -> None:
        self.alarms: dict[str, Alarm] = {}
        self.outcome = outcome

    def look(self, now: datetime, *checks: Check) -> News:
        """Look once, and tell what there is to tell."""
        news = compare(self.alarms, checks, now)
        stand = news.told(self.outcome) if news.is_any else news.alarms
        self.alarms |= {alarm.check: alarm for alarm in stand}
        return news


def told(news: News) -> tuple[Sequence[str], Sequence[str]]:
    """The causes and the names."""
    return [check.cause for check in news.problems], list(news.mended)


def test_a_problem_is_told_when_it_lasts() -> None:
    """Not at the first look, but at one two minutes later, and never again while it lasts."""
    watch = Watch()

    looks = [
        told(watch.look(at, BAD))
        for at in (NOON, NOON + MINUTE, NOON + CONFIRMED_AFTER, NOON + timedelta(days=3))
    ]

    assert looks == [([], []), ([], []), (["It does not work."], []), ([], [])]


def test_a_blip_is_told_to_nobody() -> None:
    """What was bad at one look and good at the next one did not matter."""
    watch = Watch()
    watch.look(NOON, BAD)

    assert not watch.look(NOON + CONFIRMED_AFTER, GOOD).is_any
    assert not watch.look(NOON + 2 * CONFIRMED_AFTER, BAD).is_any


def test_what_was_told_is_told_once_when_it_is_mended() -> None:
    """A warning counts as mended: it works."""
    watch = Watch()
    watch.look(NOON, BAD)
    watch.look(NOON + CONFIRMED_AFTER, BAD)

    assert told(watch.look(NOON + 3 * MINUTE, WARNING)) == ([], ["Cloudflare"])
    assert not watch.look(NOON + 4 * MINUTE, GOOD).is_any


def test_an_outage_is_borne_for_half_an_hour() -> None:
    """Slack's and Cloudflare's own troubles mostly end by themselves."""
    watch = Watch()
    watch.look(NOON, OUTAGE)

    assert not watch.look(NOON + OUTAGE_BORNE - MINUTE, OUTAGE).is_any
    assert told(watch.look(NOON + OUTAGE_BORNE, OUTAGE)) == (["It does not answer."], [])


def test_a_problem_beside_an_outage_is_no_outage() -> None:
    """Of several lines of one name, one that stays is enough."""
    watch = Watch()
    watch.look(NOON, OUTAGE, BAD)

    news = watch.look(NOON + CONFIRMED_AFTER, OUTAGE, BAD)

    assert told(news) == (["It does not answer.", "It does not work."], [])


def test_what_could_not_be_looked_at_stays_as_it_was() -> None:
    """A check that is missing from the findings is neither mended nor worse."""
    watch = Watch()
    watch.look(NOON, BAD)
    watch.look(NOON + CONFIRMED_AFTER, BAD)

    watch.look(NOON + 5 * MINUTE)

    assert watch.alarms["Cloudflare"].told is Told.PROBLEM


def test_whom_nobody_told_nobody_tells_that_it_is_mended() -> None:
    """Only who heard of a problem hears of its end."""
    watch = Watch(Told.NOBODY)
    watch.look(NOON, BAD)
    watch.look(NOON + CONFIRMED_AFTER, BAD)
    assert watch.alarms["Cloudflare"].told is Told.NOBODY

    assert not watch.look(NOON + 5 * MINUTE, GOOD).is_any
    assert watch.alarms["Cloudflare"].told is None


def test_somebody_who_can_be_told_later_is_told_then() -> None:
    """A problem that nobody could be told of is offered again at every look."""
    watch = Watch(Told.NOBODY)
    watch.look(NOON, BAD)
    watch.look(NOON + CONFIRMED_AFTER, BAD)

    watch.outcome = Told.PROBLEM

    assert watch.look(NOON + 5 * MINUTE, BAD).is_any
    assert not watch.look(NOON + 6 * MINUTE, BAD).is_any


def test_several_problems_are_one_piece_of_news() -> None:
    """With all their lines, and with what is mended at the same time."""
    watch = Watch()
    scopes = Check.bad("Scopes", "Not granted: commands.", "Install it again.")
    watch.look(NOON, BAD, Check.good("Scopes", "All."), GOOD)
    watch.look(NOON + 2 * MINUTE, BAD, Check.good("Scopes", "All."))
    watch.look(NOON + 3 * MINUTE, BAD, scopes)

    news = watch.look(NOON + 5 * MINUTE, GOOD, scopes)

    assert told(news) == (["Not granted: commands."], ["Cloudflare"])


@pytest.mark.parametrize(
    ("check", "expected"), [(BAD, True), (OUTAGE, False), (WARNING, False), (GOOD, False)]
)
def test_what_may_become_an_alarm_is_looked_at_soon(check: Check, expected: bool) -> None:
    """Until it is confirmed or over; an outage is not worth the calls."""
    assert compare({}, [check], NOON).needs_confirming is expected


def test_what_was_confirmed_needs_no_more_of_that() -> None:
    """The look that tells of it is followed by one at the usual time."""
    watch = Watch()
    watch.look(NOON, BAD)

    assert not watch.look(NOON + CONFIRMED_AFTER, BAD).needs_confirming
    assert not watch.look(NOON + 2 * CONFIRMED_AFTER, BAD).needs_confirming


def test_since_when_a_check_stands_as_it_does() -> None:
    """From good to a warning nothing broke; from there to bad, something did."""
    watch = Watch()
    watch.look(NOON, GOOD)
    watch.look(NOON + MINUTE, WARNING)
    assert watch.alarms["Cloudflare"].since == NOON

    watch.look(NOON + 2 * MINUTE, BAD)

    assert watch.alarms["Cloudflare"].since == NOON + 2 * MINUTE
    assert watch.alarms["Cloudflare"].state is CheckState.BAD
