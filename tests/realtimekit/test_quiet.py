"""Keeping addresses out of the log."""

from __future__ import annotations

import logging

import pytest

from bot.realtimekit.quiet import hush_http_loggers


@pytest.mark.usefixtures("talkative_libraries")
@pytest.mark.parametrize(
    "name", ["httpx", "httpcore", "httpcore.connection", "httpcore.http11", "httpcore.http2"]
)
def test_http_libraries_say_no_more_than_warnings(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even a root logger at DEBUG gets to see an address."""
    caplog.set_level(logging.DEBUG)

    hush_http_loggers()

    assert not logging.getLogger(name).isEnabledFor(logging.INFO)
    assert logging.getLogger(name).isEnabledFor(logging.WARNING)
