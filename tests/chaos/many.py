"""The bot for any number of workspaces: those in its database, and none that settings name."""

from __future__ import annotations

import sys
from unittest import mock

from bot import settings
from bot.__main__ import main

if __name__ == "__main__":
    # An installation by hand needs no settings of a workspace; the bot asks for them until it has
    # another way to be installed.
    with mock.patch.object(settings, "_required", return_value=()):
        sys.exit(main())
