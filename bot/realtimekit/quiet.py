"""Keeping addresses out of the log: a presigned link is a bearer secret."""

from __future__ import annotations

import logging


def hush_http_loggers() -> None:
    """Keep the HTTP libraries from logging addresses, whatever level the root logger is at.

    httpx writes every URL at INFO, httpcore every header (a redirect's `Location` too) at DEBUG.
    """
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
