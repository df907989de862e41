"""Which addresses may be written to: Slack's, and nobody else's."""

from __future__ import annotations

from ipaddress import ip_address

from yarl import URL

_SLACK_DOMAINS = ("slack.com", "slack-gov.com")
_HTTPS_PORT = 443


def slack_address(address: str, *, base_url: str) -> URL | None:
    """Read an address that Slack gave us to write to, or `None` when it is not Slack's.

    Private links are sent there, so it must be https on one of Slack's own hosts. Where the Web
    API itself is on this machine, as in tests and in the demo, it must be on this machine too.
    """
    try:
        url = URL(address)
        here = _is_this_machine(URL(base_url).host)
    except ValueError:
        return None
    if url.user is not None or url.password is not None:
        return None
    if here:
        return url if url.scheme in ("http", "https") and _is_this_machine(url.host) else None
    slacks = url.scheme == "https" and url.port == _HTTPS_PORT and _is_slacks(url.host or "")
    return url if slacks else None


def _is_slacks(host: str) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in _SLACK_DOMAINS)


def _is_this_machine(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
