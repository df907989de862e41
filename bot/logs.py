"""One structured line a unit of work, with its reference, its duration and its outcome.

A module logs with `log = structlog.get_logger()`. Nothing that passes here shows a token, a
presigned address or a private answer's address; other people's libraries are held to their
warnings, since at their lower levels they print whole requests, answers and meeting texts.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TextIO, TypeAlias

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.errors import BotError
from bot.redaction import describe_exception, redact_value

LogFormat: TypeAlias = Literal["text", "json"]

_log = structlog.get_logger()

_OURS = "bot"
_INFORMATIVE = ("uvicorn.error", "alembic.runtime.migration")
"""Loggers whose INFO says what a start is doing, and never what a request holds."""


def configure(level: str, log_format: LogFormat, *, stream: TextIO | None = None) -> None:
    """Send every log line of this process, ours and the libraries', through one place.

    Args:
        level: the least important of our own lines to show: DEBUG, INFO, WARNING or ERROR.
        log_format: `text` for people, `json` (one object a line) for machines.
        stream: where to write; standard error by default, since commands print to the other.
    """
    out = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(out)
    handler.addFilter(_libraries_only_warn)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared_processors(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _add_exception,
                _redact_everything,
                _renderer(log_format, colors=out.isatty()),
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            *_shared_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _shared_processors() -> list[Processor]:
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _renderer(log_format: LogFormat, *, colors: bool) -> Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=colors, pad_event_to=0, sort_keys=False)


def _libraries_only_warn(record: logging.LogRecord) -> bool:
    """Let our own lines pass, and of other people's only what somebody should look at."""
    if record.name == _OURS or record.name.startswith(f"{_OURS}."):
        return True
    least = logging.INFO if record.name in _INFORMATIVE else logging.WARNING
    return record.levelno >= least


def _add_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Put an error's path on the line, without the words that libraries put into errors."""
    info = event.pop("exc_info", None)
    error = sys.exception() if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = describe_exception(error)
    event.pop("stack_info", None)
    return event


def _redact_everything(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    exception = event.pop("exception", None)
    clean: EventDict = {name: redact_value(name, value) for name, value in event.items()}
    if exception is not None:
        clean["exception"] = exception
    return clean


class Unit:
    """A unit of work under way; what is added to it stands on its one line."""

    def __init__(self) -> None:
        """Begin with nothing to say."""
        self.facts: dict[str, object] = {}

    def add(self, **facts: object) -> None:
        """Put facts on the line; `outcome` says how it ended, `ok` if nothing else does."""
        self.facts.update(facts)


@contextmanager
def unit_of_work(
    name: str, *, timer: Callable[[], float] = time.perf_counter, **facts: object
) -> Iterator[Unit]:
    """Log one line when a unit of work ends, and mark every line logged inside with its facts.

    The line has `duration_ms` (milliseconds) and `outcome`: `ok`, the reason of a `BotError`,
    `cancelled`, or `crashed` with the path of an error nobody expected. The error goes on; who
    catches it need not log it again.

    Args:
        name: what kind of work, such as `delivery`.
        timer: a clock that only moves forward, in seconds.
        facts: what to find the line by, above all `reference`.
    """
    unit = Unit()
    begun = timer()
    write, outcome = _log.info, "ok"
    with structlog.contextvars.bound_contextvars(**facts):
        try:
            yield unit
        except BotError as error:
            write, outcome = _log.warning, error.reason
            unit.facts.setdefault("detail", error.detail)
            raise
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
            outcome = "cancelled"
            raise
        except BaseException:
            write, outcome = _log.exception, "crashed"
            raise
        finally:
            facts_at_end = {"outcome": outcome, **unit.facts}
            write(name, duration_ms=round((timer() - begun) * 1000), **facts_at_end)
