"""A downloaded file as text, whatever its bytes and its declared type claim."""

from __future__ import annotations

import codecs
import json
import re

from bot.errors import NotASummary, SummaryEmpty

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_PLAIN_CHARSETS = re.compile(
    r"iso-8859-(?:[1-9]|1[0-6])|windows-125[0-8]|us-ascii|koi8-[ru]|shift_jis|euc-(?:jp|kr)"
    r"|gb2312|gbk|gb18030|big5|utf-16(?:le|be)?"
)
"""Charsets a text file may declare. Python knows many more "encodings", some of them traps."""

_OTHER_TYPES = re.compile(
    r"\s*(?:text/(?:html|xml)|(?:image|audio|video|font|multipart)/.*"
    r"|application/(?:.*\+)?(?:xml|json|pdf|zip|gzip|x-gzip))\s*",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    r"<(?:!doctype|\?xml|html|head|body|error|errorresponse|listbucketresult|svg)\b", re.IGNORECASE
)
_COMMENT = re.compile(r"(?:<!--.*?-->\s*)+", re.DOTALL)
_BEGINNING = 4_096
_BINARY = (b"%PDF-", b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"\x28\xb5\x2f\xfd")
_INVISIBLE = re.compile(r"[\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]*")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffd]")
_MOST_CONTROLS = 0.1
"""Share of control and replacement characters above which a file is not text."""


def read_text(body: bytes, *, content_type: str = "") -> str:
    r"""Decode a summary's file; line ends become `\n`, byte order marks and NULs go.

    Tried in turn: a byte order mark, UTF-8, the declared charset, UTF-8 with the broken places
    marked (when other places prove that it is UTF-8), Windows-1252. The content counts before the
    declared type, for stores hand out error pages as text and text as octets.

    Raises:
        SummaryEmpty: nothing visible in it.
        NotASummary: a web page, an XML or JSON document, or no text at all.
    """
    if _OTHER_TYPES.fullmatch(content_type.partition(";")[0]) and body.strip():
        raise NotASummary("declared as another type")
    if body.startswith(_BINARY):
        raise NotASummary("binary")
    text = _decode(body, content_type)
    _refuse_binary(text)
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    if _INVISIBLE.fullmatch(text):
        raise SummaryEmpty
    _refuse_document(text)
    return text


def _decode(body: bytes, content_type: str) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body.removeprefix(mark).decode(encoding, errors="replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        declared = _declared(body, content_type)
    if declared is not None:
        return declared
    marked = body.decode("utf-8", errors="replace")
    proven = any(not character.isascii() and character != "\ufffd" for character in marked)
    return marked if proven else body.decode("windows-1252", errors="replace")


def _declared(body: bytes, content_type: str) -> str | None:
    found = _CHARSET.search(content_type)
    charset = found[1].lower() if found else ""
    if not _PLAIN_CHARSETS.fullmatch(charset):
        return None
    # As every browser does: what is called Latin-1 or ASCII is Windows-1252 in practice.
    encoding = "windows-1252" if charset in ("iso-8859-1", "us-ascii") else charset
    try:
        return body.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        return None


def _refuse_binary(text: str) -> None:
    odd = sum(1 for _ in _CONTROLS.finditer(text))
    if odd > 1 and odd > len(text) * _MOST_CONTROLS:
        raise NotASummary("binary")


def _refuse_document(text: str) -> None:
    start = text.lstrip("\ufeff \t\n\f")[:_BEGINNING]
    comments = _COMMENT.match(start)
    if _DOCUMENT.match(start, comments.end() if comments else 0):
        raise NotASummary("a page or an XML document")
    if not start.startswith(("{", "[")):
        return
    try:
        json.loads(text.strip("\ufeff \t\n"))
    except (ValueError, RecursionError):
        return
    raise NotASummary("a JSON document")
