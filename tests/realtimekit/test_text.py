"""A downloaded file as text."""

from __future__ import annotations

import codecs
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import NotASummary, SummaryEmpty
from bot.realtimekit.text import read_text

MARKDOWN = (
    "## Summary\n\n- @alice: caf\u00e9 \u2192 \u0424\u0435\u0434\u044f, \u4f1a\u8b70 "
    "\U0001f469\u200d\U0001f4bb\n"
)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain; charset=utf-8",
        "text/markdown",
        "application/octet-stream",
        "binary/octet-stream",
        "text/plain; charset=iso-8859-1",
        "text/plain; charset=nonsense",
        "text/plain; charset=rot13",
        "text/plain; charset=punycode",
        "nonsense",
    ],
)
def test_the_declared_type_hardly_matters(content_type: str) -> None:
    """UTF-8 is UTF-8, whatever the store calls it."""
    assert read_text(MARKDOWN.encode(), content_type=content_type) == MARKDOWN


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides(mark: bytes, encoding: str) -> None:
    """The mark names the encoding and is not part of the text."""
    body = mark + MARKDOWN.encode(encoding)

    assert read_text(body, content_type="text/plain; charset=windows-1252") == MARKDOWN


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (b"one\r\ntwo\rthree\n", "", "one\ntwo\nthree\n"),
        (b"with a \x00NUL", "", "with a NUL"),
        ("\u202eabc\u200b".encode(), "", "\u202eabc\u200b"),
        (b"caf\xe9", "", "caf\u00e9"),
        (
            b"caf\xe9 \x93quoted\x94",
            "text/plain; charset=iso-8859-1",
            "caf\u00e9 \u201cquoted\u201d",
        ),
        (b"\xc6\xe5\xe4\xff", "text/plain; charset=windows-1251", "\u0416\u0435\u0434\u044f"),
        (b"\xc6\xe5\xe4\xff", 'text/plain; charset="Windows-1251"', "\u0416\u0435\u0434\u044f"),
        (b"\x89\xef\x8bc", "text/plain; charset=shift_jis", "\u4f1a\u8b70"),
        (b"lone \xff byte", "", "lone \u00ff byte"),
        ("caf\u00e9 ".encode() + b"\xff and more", "", "caf\u00e9 \ufffd and more"),
        ("caf\u00e9 \u4f1a".encode()[:-1], "", "caf\u00e9 \ufffd"),
        (b"\x81 undefined", "", "\ufffd undefined"),
        (b"caf\xe9", "text/plain; charset=iso-8859-12", "caf\u00e9"),
        (b"caf\xe9", "text/plain; charset=gb18030", "caf\u00e9"),
        ("x".encode("utf-16-le").join([codecs.BOM_UTF16_LE, b"\x41"]), "", "x\ufffd"),
    ],
)
def test_broken_text_is_still_text(body: bytes, content_type: str, text: str) -> None:
    """Every line end, charset and broken byte gives the most readable text there is."""
    assert read_text(body, content_type=content_type) == text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \r\n\t ",
        codecs.BOM_UTF8,
        codecs.BOM_UTF16_LE,
        "\u200b\u2060\ufeff\u00a0\n".encode(),
        b"\x00",
    ],
)
@pytest.mark.parametrize("content_type", ["", "text/plain"])
def test_nothing_visible_is_empty(body: bytes, content_type: str) -> None:
    """White space, marks and invisible characters are no summary."""
    with pytest.raises(SummaryEmpty):
        read_text(body, content_type=content_type)


def test_an_empty_page_is_empty() -> None:
    """A type alone is no document."""
    with pytest.raises(SummaryEmpty):
        read_text(b"", content_type="text/html")


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html><html></html>",
        b"\n\n  <html><body>Error</body></html>",
        b"\xef\xbb\xbf<!doctype HTML>",
        b"<!-- cached --> <!-- by --> <html>",
        b"<head><title>x</title>",
        b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>',
        b"<Error><Code>AccessDenied</Code></Error>",
        '<?xml version="1.0"?><Error/>'.encode("utf-16"),
        b'{"success":false,"error":{"code":404}}',
        b' [{"a":1}] ',
        b"{}",
        b"%PDF-1.7 ...",
        b"PK\x03\x04....",
        b"\x89PNG\r\n",
        gzip.compress(b"text", mtime=0),
        bytes(range(256)) * 4,
        "text".encode("utf-16-le"),
        b"\x00" * 50 + b"x",
    ],
)
@pytest.mark.parametrize("content_type", ["", "text/plain; charset=utf-8"])
def test_documents_are_recognised_by_content(body: bytes, content_type: str) -> None:
    """Pages, XML, JSON and binaries are no summaries, although they are declared as text."""
    with pytest.raises(NotASummary):
        read_text(body, content_type=content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html; charset=utf-8",
        "TEXT/HTML",
        "application/xml",
        "text/xml",
        "application/xhtml+xml",
        "application/json",
        "application/problem+json",
        "application/pdf",
        "image/png",
    ],
)
def test_documents_are_recognised_by_type(content_type: str) -> None:
    """What calls itself a page is one, although it reads as text."""
    with pytest.raises(NotASummary):
        read_text(b"Access denied.", content_type=content_type)


@pytest.mark.parametrize(
    "text",
    [
        "<@alice> said <b>so</b>",
        "< 3 people came",
        "<!-- a comment --> then text",
        "<!channel> look at {this}",
        "{braces} in prose",
        "[ ] call Bob",
        "[link](https://example.com)",
        "[" * 5_000,
        "\u26a0 {",
        "<!--" * 200_000,
        "word " * 1_000,
        "x" * 20_000,
        "\u05e9\u05dc\u05d5\u05dd \u4f1a\u8b70\u306e\u8981\u7d04",
    ],
)
def test_odd_summaries_are_summaries(text: str) -> None:
    """Angle brackets, braces and any script are text as long as they are no document."""
    assert read_text(text.encode()) == text


@given(st.binary(), st.one_of(st.text(), st.from_regex(r"text/plain; ?charset=[a-z0-9_-]{1,20}")))
def test_any_bytes_are_text_or_refused(body: bytes, content_type: str) -> None:
    """No file and no type make the reader stumble, and what it returns can be stored and sent."""
    try:
        text = read_text(body, content_type=content_type)
    except (SummaryEmpty, NotASummary):
        return

    assert text.encode()
    assert "\0" not in text
    assert "\r" not in text


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])))
def test_text_comes_back_as_it_was(text: str) -> None:
    """Ordinary text is not changed, whatever characters it is made of."""
    written = f"Summary: {text}"

    assert read_text(written.encode()) == written


@pytest.mark.parametrize("charset", ["iso-8859-1", "US-ASCII"])
def test_what_is_called_latin_1_is_read_as_browsers_do(charset: str) -> None:
    """All of it, although parts of it would be UTF-8 as well."""
    body = "n\u00e9".encode() + b" \x93\xe9\x94"

    text = read_text(body, content_type=f"text/plain; charset={charset}")

    assert text == "n\u00c3\u00a9 \u201c\u00e9\u201d"


@pytest.mark.parametrize(
    ("body", "content_type", "detail"),
    [
        (b"Sign in", "text/html", "declared as another type"),
        (b"%PDF-1.7", "", "binary"),
        (b"a\x01\x02", "", "binary"),
        (b"<!doctype html>", "", "a page or an XML document"),
        (codecs.BOM_UTF8 * 2 + b" <html>", "", "a page or an XML document"),
        (b'{"ok": true}', "", "a JSON document"),
        (codecs.BOM_UTF8 * 2 + b' {"ok": true}', "", "a JSON document"),
    ],
)
def test_the_log_learns_what_it_was_instead(body: bytes, content_type: str, detail: str) -> None:
    """In words of ours, none of the file's; a second byte order mark hides nothing."""
    with pytest.raises(NotASummary) as refusal:
        read_text(body, content_type=content_type)

    assert refusal.value.detail == detail


@pytest.mark.parametrize(
    "text", ["X<html> is how a page begins", '{"ok": true}X', "a" * 18 + "\x01\x02", "ab\x01"]
)
def test_what_only_resembles_something_else_is_text(text: str) -> None:
    """A letter before or after it makes a document prose, and few controls are no binary."""
    assert read_text(text.encode()) == text
