"""The bot as `web`, for whatever workspaces its database has: the settings need not name one."""

from __future__ import annotations

import asyncio

from bot import logs
from bot.serve import web
from bot.settings import Settings

if __name__ == "__main__":
    settings = Settings(_env_file=None)
    logs.configure(settings.log_level, settings.log_format)
    asyncio.run(web(settings))
