"""Which addresses in an untrusted text may become links, and which of those pretend."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

URL_MAX = 3_000
"""A longer address is shown as text."""

_HOST_MAX = 253
_WORDS_LOOKED_AT = 2_000
"""A longer run of linked words is taken to pretend."""

_ADDRESS = re.compile(r"(https?)://([^/?#\\\s@]+)([/?#].*)?", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}|\[[0-9a-f:.]{2,45}\]")
_PORT = re.compile(r":[0-9]{1,5}\Z")
_UNSAFE = re.compile(r"[\s\\]")
# Everything printable that may stand in a URL as it is, the percent sign of finished escapes too.
_KEPT = "!#$%&'()*+,/:;=?@[]~-._"

_CLAIM = re.compile(
    r"[^\W_][\w-]*(?:\.[\w-]+)*\.[^\W\d_][\w-]*"  # a name with a dot
    r"|\d+(?:\.\d+){3}|\[[0-9a-f:.]+\]"  # the numbers of an address
    r"|(?<=://)[\w-]+"  # whatever stands where a host does
)
# Full stops of other scripts, which browsers read as dots and NFKC leaves alone.
_DOTS = str.maketrans({"\u3002": ".", "\uff61": ".", "\u2024": ".", "\uff0e": "."})
_JOINERS = str.maketrans({"\u200c": None, "\u200d": None})


@dataclass(frozen=True, slots=True)
class Address:
    """An http(s) address that may be followed."""

    url: str
    """Printable ASCII only."""
    host: str
    """In lower case; a name in other letters is in its ASCII form, xn--…"""
    is_disguised: bool
    """Whether the host was written in letters that can pass for others."""


def read_address(target: str) -> Address | None:
    """Read a link's target; `None` for whatever is not plainly http(s) with a host.

    An address with a user name in it (`https://known.example@other.example/`) is no link either:
    people use none, and it looks like one host and leads to another.
    """
    found = _ADDRESS.fullmatch(target)
    if not found or len(target) > URL_MAX:
        return None
    scheme, authority, rest = found[1].lower(), found[2], found[3] or ""
    port = _PORT.search(authority)
    name = authority[: port.start()] if port else authority
    host = _ascii_host(name)
    if host is None or _UNSAFE.search(rest):
        return None
    url = f"{scheme}://{host}{port[0] if port else ''}{quote(rest, safe=_KEPT)}"
    return Address(url, host, not name.isascii()) if len(url) <= URL_MAX else None


def _ascii_host(name: str) -> str | None:
    name = name.removesuffix(".")
    if not name or len(name) > _HOST_MAX:
        return None
    try:
        host = name.lower() if name.isascii() else name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return host if _HOST.fullmatch(host) else None


def pretends(words: str, address: Address) -> bool:
    """Whether a link's visible words name another host than the one it leads to.

    Words that merely look like a host (`report.pdf`) count too: showing the real host once too
    often harms nobody.
    """
    if address.is_disguised or len(words) > _WORDS_LOOKED_AT:
        return True
    words = words.strip()
    if words in (address.url, address.url.partition("://")[2]):
        return False
    plain = unicodedata.normalize("NFKC", words.translate(_JOINERS)).translate(_DOTS).casefold()
    claimed = {_without_www(claim.removesuffix(".")) for claim in _CLAIM.findall(plain)}
    return not claimed <= {_without_www(address.host)}


def _without_www(host: str) -> str:
    return host.removeprefix("www.")
