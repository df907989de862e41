"""The bot with no patience at all: what a silent process held is taken over within seconds."""

from __future__ import annotations

import sys
from datetime import timedelta

from bot.__main__ import main
from bot.jobs import queue, turns, work
from tests.chaos.hurried import hurry


def give_up_soon() -> None:
    """Let nobody hold anything for long, and so allow no work for longer."""
    turns.LEASE = timedelta(seconds=8)
    work.TIME_TO_DELIVER = work.TIME_TO_TELL = 6.0
    queue.HEARTBEAT_TIMEOUT = timedelta(seconds=4)
    queue.DEQUEUE_TIMEOUT = timedelta(seconds=1)


if __name__ == "__main__":
    hurry()
    give_up_soon()
    sys.exit(main())
