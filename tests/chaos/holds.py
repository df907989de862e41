"""Who had which delivery when, and how long it took until another went on with it.

The database itself writes down each change of hands, with the name of the process that made it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.chaos.notes import Notes

_SQLITE = """
CREATE TABLE chaos_holds (
    number INTEGER PRIMARY KEY, at REAL, delivery TEXT, holder TEXT, process TEXT
);
CREATE TRIGGER chaos_holds AFTER UPDATE OF holder ON deliveries
WHEN OLD.holder IS NOT NEW.holder BEGIN
    INSERT INTO chaos_holds (at, delivery, holder, process)
    VALUES ((julianday('now') - 2440587.5) * 86400.0, NEW.id, NEW.holder, '');
END;
"""
_POSTGRES = """
CREATE TABLE chaos_holds (
    number bigserial PRIMARY KEY, at float8, delivery text, holder text, process text
);
CREATE FUNCTION chaos_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.chaos_holds (at, delivery, holder, process) VALUES (
        extract(epoch FROM clock_timestamp()), NEW.id, NEW.holder,
        current_setting('application_name')
    );
    RETURN NULL;
END $$;
CREATE TRIGGER chaos_holds AFTER UPDATE OF holder ON deliveries FOR EACH ROW
WHEN (OLD.holder IS DISTINCT FROM NEW.holder) EXECUTE FUNCTION chaos_hold();
"""


@dataclass(frozen=True, slots=True)
class Hold:
    """A delivery changed hands. Without a holder it was let go; `at` is in seconds since 1970."""

    at: float
    delivery: str
    holder: str | None
    process: str
    """Whose connection it was; empty on SQLite, which has one process."""


@dataclass(frozen=True, slots=True)
class Kill:
    """A process was dead by then."""

    process: str
    at: float


async def watch(notes: Notes) -> None:
    """From now on, have every change of hands written down."""
    await notes.run(_SQLITE if notes.dialect == "sqlite" else _POSTGRES)


async def read_holds(notes: Notes) -> list[Hold]:
    """What was written down. Raises `NotThere`."""
    found = await notes.ask(
        "SELECT at, delivery, holder, process FROM chaos_holds ORDER BY at, number"
    )
    return [Hold(*row) for row in found]


def takeovers(holds: Iterable[Hold], kills: Iterable[Kill]) -> Mapping[str, float | None]:
    """For each delivery that a process died over: seconds until another went on with it.

    `None` where nobody ever did; of several such deaths over one delivery, the longest counts.
    """
    histories: dict[str, list[Hold]] = defaultdict(list)
    for hold in holds:
        histories[hold.delivery].append(hold)
    found: dict[str, float | None] = {}
    for kill in kills:
        for delivery, history in histories.items():
            if not _died_over(history, kill):
                continue
            took = _until_taken(history, kill)
            before = found.get(delivery, 0.0)
            found[delivery] = None if took is None or before is None else max(took, before)
    return found


def _died_over(history: Sequence[Hold], kill: Kill) -> bool:
    last = next((hold for hold in reversed(history) if hold.at <= kill.at), None)
    return last is not None and last.holder is not None and last.process in ("", kill.process)


def _until_taken(history: Sequence[Hold], kill: Kill) -> float | None:
    return next((each.at - kill.at for each in history if each.at > kill.at and each.holder), None)
