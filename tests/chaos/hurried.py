"""The bot with little patience: it looks for what may have arrived after a second, not ten.

A make-believe Slack on this machine keeps nothing on its way for longer, and a test need not wait.
"""

from __future__ import annotations

import sys
from datetime import timedelta

from bot.__main__ import main
from bot.jobs import retry
from bot.usecases import send_once


def hurry() -> None:
    """Look soon for what may have arrived."""
    send_once.SETTLING_TIME = timedelta(seconds=1)
    retry.LOOK_AGAIN_AFTER = 1.0


if __name__ == "__main__":
    hurry()
    sys.exit(main())
