"""A real browser for the tests of pages: the system's own Chromium or Chrome, without a window."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, async_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

_FLAGS = (
    "--no-sandbox",  # in a container there is nothing to make one of
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_browser() -> str | None:
    """The browser that `CHROME` names, or the first that is installed."""
    names = [os.environ["CHROME"]] if os.environ.get("CHROME") else PROGRAMS
    return next((path for name in names if (path := shutil.which(name))), None)


@asynccontextmanager
async def open_browser(program: str) -> AsyncIterator[Browser]:
    """Start it, with nothing in it that a browser before has left."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, headless=True, args=list(_FLAGS)
        )
        try:
            yield browser
        finally:
            await browser.close()


async def accessibility_problems(page: Page) -> list[str]:
    """What axe finds on a page, as it is shown now: WCAG's rules and good practice."""
    results = await Axe().run(page)
    return [
        f"{violation['id']}: {node['html']}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]
