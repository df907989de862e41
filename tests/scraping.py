"""Metrics that say what a test wants them to."""

from __future__ import annotations

from bot.web.app import Scrape


def scraped(body: bytes, content_type: str) -> Scrape:
    """A scrape with this result."""

    async def scrape() -> tuple[bytes, str]:
        return body, content_type

    return scrape
