"""A presigned link taken apart, so that it can be sent byte for byte.

A signature covers the path and the query as they are written: `%2F`, `+`, `~`, the order of the
parameters and the case of hex digits must arrive unchanged, which no URL library promises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin

from bot.errors import LinkRefused

LONGEST_LINK = 8 * 1024
"""Characters."""

_LINK = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<target>[/?][^#]*)?(?:#.*)?",
    re.IGNORECASE,
)
_PRINTABLE = re.compile(r"[\x21-\x7e]*")
_ENCODED_CONTROL = re.compile(r"%(?:[01][0-9a-f]|7f)", re.IGNORECASE)
_LAST_PORT = 65_535
_STANDARD_PORTS = {"https": 443, "http": 80}
_NUMERIC_HOST = re.compile(r"(?:.*\.)?(?:0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_PLAIN_IPV4 = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})")


@dataclass(frozen=True, slots=True)
class Link:
    """A link that may be followed, as far as that can be told from its text."""

    scheme: str
    host: str
    """Without brackets, in lower case: what is looked up and what the certificate must name."""
    port: int
    authority: str
    """What the `Host` header says: the port only when it is not the scheme's own."""
    target: str = field(repr=False)
    """Path and query, byte for byte as written."""

    def redirected(self, location: str, *, allow_local: bool) -> Link:
        """Where a `Location` leads from here. Raises `LinkRefused`."""
        if location.startswith("/") and not location.startswith("//"):
            # Kept as it is written: `urljoin` would tidy the path up.
            location = f"{self.scheme}://{self.authority}{location}"
        elif "://" not in location.partition("?")[0]:
            location = urljoin(f"{self.scheme}://{self.authority}{self.target}", location)
        return read_link(location, allow_local=allow_local)


def read_link(url: str, *, allow_local: bool) -> Link:
    """Take a link apart. Where its host leads is checked when it is connected to.

    Args:
        url: untrusted text.
        allow_local: take http and any port as well (tests and the demo).

    Raises:
        LinkRefused: not https, a port other than 443, a user name, more than `LONGEST_LINK`
            characters, blanks or control characters (bare or encoded), a host that is no name
            and no plain address. The error never quotes the link.
    """
    match = _LINK.fullmatch(url) if len(url) <= LONGEST_LINK and _PRINTABLE.fullmatch(url) else None
    if match is None:
        raise LinkRefused("malformed")
    scheme, host = match["scheme"].lower(), match["host"].lower()
    port = int(match["port"] or _STANDARD_PORTS[scheme])
    if port > _LAST_PORT or (not allow_local and (scheme, port) != ("https", 443)):
        raise LinkRefused("not https on port 443")
    if _NUMERIC_HOST.fullmatch(host) and not _PLAIN_IPV4.fullmatch(host):
        raise LinkRefused("disguised address")
    target = match["target"] or "/"
    if _ENCODED_CONTROL.search(target):
        raise LinkRefused("control character")
    authority = host if port == _STANDARD_PORTS[scheme] else f"{host}:{port}"
    target = target if target.startswith("/") else f"/{target}"
    return Link(scheme, host.strip("[]"), port, authority, target)
