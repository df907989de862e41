"""The bot for any number of workspaces with no patience at all."""

from __future__ import annotations

import sys

from tests.chaos.hurried import give_up_soon, hurry
from tests.chaos.many import serve_many

if __name__ == "__main__":
    hurry()
    give_up_soon()
    sys.exit(serve_many())
