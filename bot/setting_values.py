"""What each setting's value must look like: text in, tidied text out, or `ValueError`.

The error's words go after the setting's name in one plain line, so they never repeat a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

MAKE_A_KEY = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'
"""What prints an encryption key."""

MINIMUM_ENCRYPTION_KEY = 32
"""Characters an encryption key must have: what `secrets.token_urlsafe(24)` makes."""


def one_word(text: str) -> str:
    """Refuse spaces and quotation marks, which come along when a value is pasted."""
    if re.search(r"[\s\"']", text):
        raise ValueError("must be one word, without spaces and quotation marks")
    return text


_SLACK_PREFIXES = {
    "xoxb-": "a bot token (SLACK_BOT_TOKEN)",
    "xoxe.xoxp-": "a configuration token (SLACK_CONFIG_TOKEN)",
    "xoxe.": "a token that is rotated, which works only with SLACK_CLIENT_ID instead",
    "xoxe-": "a refresh token, which only makes other tokens",
    "xapp-": "an app-level token (SLACK_APP_TOKEN)",
    "xoxp-": "a user's token, which this bot does not use",
}


def slack_token(prefix: str) -> Callable[[str], str]:
    """Make the check for one of Slack's kinds of token."""

    def check(text: str) -> str:
        if one_word(text).startswith(prefix):
            return text
        for other, meaning in _SLACK_PREFIXES.items():
            if text.startswith(other):
                raise ValueError(f"must start with {prefix}; this is {meaning}")
        raise ValueError(f"must start with {prefix}")

    return check


def not_a_token(text: str) -> str:
    """Refuse a token where a secret of the app's Basic Information belongs."""
    if re.match(r"xox|xapp-", one_word(text)):
        raise ValueError("is a token; copy the value from the Slack app's Basic Information")
    return text


def slack_app_id(text: str) -> str:
    """The id of a Slack app, which is no secret."""
    if not re.fullmatch(r"A[A-Z0-9]{2,20}", text):
        raise ValueError("must be a Slack app's id, such as A0123ABCDEF")
    return text


def account_id(text: str) -> str:
    """A Cloudflare account's id, in small letters."""
    if re.fullmatch(r"[0-9a-fA-F]{32}", text):
        return text.lower()
    if "@" in text:
        raise ValueError("must be the account's id, not an e-mail address")
    if re.fullmatch(r"[0-9a-fA-F-]{36}", text):
        raise ValueError("has dashes: that is an app's or a meeting's id, not the account's")
    raise ValueError("must be 32 digits and letters a-f, as in the dashboard's address")


def api_token(text: str) -> str:
    """A Cloudflare API token: neither its header nor the older global key.

    Lengths are not checked: older tokens are shorter and still work.
    """
    # https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/
    if text.lower().startswith("bearer "):
        raise ValueError("must be the token alone, without `Bearer`")
    if text.startswith("cfk_"):
        raise ValueError("is a global API key; make an API token with the permission Realtime")
    return one_word(text)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split_url(text: str) -> SplitResult:
    try:
        url = urlsplit(one_word(text))
        _ = url.port
    except ValueError as error:
        raise ValueError("must be a web address such as https://example.com") from error
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError("must be a web address such as https://example.com")
    if url.username or url.password or url.query or url.fragment:
        raise ValueError("must be an address without a password, `?` and `#`")
    return url


def service_url(text: str) -> str:
    """The address of a service that is told secrets, without a slash at its end."""
    url = _split_url(text)
    if url.scheme == "http" and not _is_loopback(url.hostname or ""):
        raise ValueError("must begin with https://, since secrets are sent there")
    return text.rstrip("/")


def slack_api_url(text: str) -> str:
    """The address of Slack's Web API, with a slash at its end."""
    return f"{service_url(text)}/"  # Slack's SDK appends the method's name as it is


def public_url(text: str) -> str:
    """Where this deployment is reached from outside, without a slash at its end."""
    if _split_url(text).scheme != "https":
        raise ValueError("must begin with https://, since Slack and Cloudflare call nothing else")
    return text.rstrip("/")


_DATABASE_SCHEMES = ("sqlite", "sqlite+aiosqlite", "postgres", "postgresql", "postgresql+asyncpg")


def database_url(text: str) -> str:
    """The address of a database of a kind the bot knows."""
    if text.partition("://")[0] not in _DATABASE_SCHEMES or "://" not in text:
        raise ValueError("must begin with sqlite:///, postgres:// or postgresql://")
    return text


def encryption_key(text: str) -> str:
    """One key or several, comma-separated, none too short to be guessed."""
    for number, key in enumerate(text.split(","), 1):
        if len(key.strip()) < MINIMUM_ENCRYPTION_KEY:
            which = f"key {number}" if "," in text else "the key"
            raise ValueError(f"is too short: {which} has under {MINIMUM_ENCRYPTION_KEY} characters")
    return text
