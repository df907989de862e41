"""A real browser for the tests of pages: the system's own Chromium or Chrome, without a window."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

PHONE = ViewportSize(width=375, height=812)
DESKTOP = ViewportSize(width=1280, height=900)

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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests of a module."""
    program = find_browser()
    if program is None:
        pytest.skip("there is no Chromium or Chrome; CHROME can name one")
    async with open_browser(program) as opened:
        yield opened


async def problems(page: Page) -> list[str]:
    """What is wrong with a page as it is shown now: what axe finds, and what sticks out.

    Axe knows WCAG's rules and good practice beside them.
    """
    results = await Axe().run(page)
    found = [
        f"{violation['id']}: {node['html']}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found, f"{wide} too wide"] if wide > 0 else found
