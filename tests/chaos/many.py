"""The bot for any number of workspaces: those in its database, and none that settings name."""

from __future__ import annotations

import sys
from unittest import mock

from bot import settings
from bot.__main__ import main


def serve_many() -> int:
    """Run the bot without settings of a workspace, which it asks for until it can be installed."""
    with mock.patch.object(settings, "_required", return_value=()):
        return main()


if __name__ == "__main__":
    sys.exit(serve_many())
