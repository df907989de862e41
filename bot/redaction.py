"""What may not be read by anyone who reads a log: pure functions from text to text."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Mapping

MASK = "[redacted]"
_LONGEST_TEXT = 2_000
"""Characters of one value; a log line is no place for more."""

# Slack's: https://docs.slack.dev/authentication/tokens
# Cloudflare's: https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/
_TOKEN = re.compile(
    r"(?:xox[a-z](?:\.xox[a-z])?-|xapp-|cf(?:ut|at|k)_)[A-Za-z0-9_-]+", re.IGNORECASE
)
_AUTHORIZATION = re.compile(r"\b(Bearer|Basic)(?:\s|%20|\+)+[^\s\"',}]+", re.IGNORECASE)
_URL = re.compile(
    r"\b(?P<scheme>[a-z][a-z0-9+.]*):(?:\\?/){2}(?P<userinfo>[^\s/@\"'<>?#]*@)?"
    r"(?P<host>[^\s/\\\"'<>?#]*)(?P<rest>[^\s\"'<>]*)",
    re.IGNORECASE,
)
_SECRET_PARAMETER = re.compile(
    r"(?P<name>\b(?:X-Amz-[A-Za-z-]+|Signature|sig|[a-z_]*token|[a-z_]*secret)"
    r"|(?<=[?&])(?:code|state|key))"
    r"(?P<equals>=|%3D)[^\s&\"'<>]+",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:token|secret|password|authorization|cookie|signature|headers?|body|payload|"
    r"url|link|ticket)s?$",
    re.IGNORECASE,
)
_SETUP_PAGE = re.compile(r"(/setup/)[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def redact(text: str) -> str:
    """Mask tokens, presigned and private addresses, and what would break a log's lines."""
    text = _URL.sub(_without_secrets, text)
    text = _AUTHORIZATION.sub(rf"\1 {MASK}", text)
    text = _SECRET_PARAMETER.sub(rf"\g<name>\g<equals>{MASK}", text)
    text = _SETUP_PAGE.sub(rf"\1{MASK}", text)
    return _CONTROL.sub(" ", _TOKEN.sub(MASK, text))


def _without_secrets(url: re.Match[str]) -> str:
    """Keep an address that says where; whoever has one of Slack's hooks may write there."""
    scheme, host, rest = url["scheme"], url["host"], url["rest"]
    private = url["userinfo"] or "?" in rest or host.lower().startswith("hooks.slack")
    return f"{scheme}://{host}/{MASK}" if private else url[0]


def redact_value(name: str, value: object) -> object:
    """Redact one value of a log line, however deep its texts lie."""
    if isinstance(value, (bool, int, float)) or value is None:
        return value
    if _SECRET_NAME.search(name):
        return MASK
    if isinstance(value, Mapping):
        return {str(key): redact_value(str(key), each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redact_value(name, each) for each in value]
    text = redact(value if isinstance(value, str) else str(value)).replace("\n", " ")
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


_SPEAKS_PLAINLY = ("bot", "asyncpg", "sqlite3", "ssl", "socket")
"""Whose errors' own words are safe: libraries else put whole requests and answers in them."""


def describe_exception(error: BaseException) -> str:
    """The path an error took, without the words of errors that may quote a secret or a text."""
    return "\n".join(_lines_of(error))


def _lines_of(error: BaseException) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _lines_of(before)
        yield "-- then --"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
    kind = type(error)
    origin = kind.__module__.partition(".")[0]
    words = str(error) if origin in _SPEAKS_PLAINLY or isinstance(error, OSError) else ""
    yield f"{kind.__module__}.{kind.__qualname__}: {redact(words)}".rstrip(": ")
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from (f"  | {line}" for line in _lines_of(each))
