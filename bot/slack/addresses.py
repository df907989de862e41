"""Which addresses may be written to: Slack's, and nobody else's."""

from __future__ import annotations

import re
from ipaddress import ip_address

from yarl import URL

_SLACK_DOMAINS = ("slack.com", "slack-gov.com")
_HTTPS_PORT = 443
_PLAIN = re.compile(r"[!-~]+")


def slack_address(address: str, *, base_url: str) -> URL | None:
    """Read an address that Slack gave us to write to, or `None` when it is not Slack's.

    Private links are sent there, so it must be https on one of Slack's own hosts. Where the Web
    API itself is on this machine, as in tests and in the demo, it must be on this machine too.
    """
    if not _PLAIN.fullmatch(address):
        return None
    try:
        url = URL(address, encoded=True)  # as it is: rewriting it could spoil a signature
        return url if _may_be_used(url, URL(base_url)) else None
    except ValueError:
        return None


def _may_be_used(url: URL, base: URL) -> bool:
    """Whether an address is Slack's; raises `ValueError` where it cannot be taken apart."""
    if url.user is not None or url.password is not None:
        return False
    if _is_this_machine(base.host):
        return url.scheme in ("http", "https") and _is_this_machine(url.host)
    return url.scheme == "https" and url.port == _HTTPS_PORT and _is_slacks(url.host or "")


def _is_slacks(host: str) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in _SLACK_DOMAINS)


def _is_this_machine(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
