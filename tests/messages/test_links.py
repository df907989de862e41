"""Which targets become links, and which of them pretend to lead elsewhere."""

# ruff: noqa: RUF001 - letters that can pass for others are what this is about

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.links import URL_MAX, pretends, read_address


@pytest.mark.parametrize(
    ("target", "url", "host"),
    [
        ("http://a.example", "http://a.example", "a.example"),
        ("HTTPS://A.Example.:443/X?y=1#z", "https://a.example:443/X?y=1#z", "a.example"),
        ("https://a.example/%2F+?X-Amz=a%20b", "https://a.example/%2F+?X-Amz=a%20b", "a.example"),
        ('https://a.example/ü<>"^', "https://a.example/%C3%BC%3C%3E%22%5E", "a.example"),
        ("http://localhost:8080/", "http://localhost:8080/", "localhost"),
        ("http://127.0.0.1/", "http://127.0.0.1/", "127.0.0.1"),
        ("http://[::1]:80/", "http://[::1]:80/", "[::1]"),
        ("https://münchen.example", "https://xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ("https://аpple.example", "https://xn--pple-43d.example", "xn--pple-43d.example"),
    ],
)
def test_http_with_a_host_is_a_link(target: str, url: str, host: str) -> None:
    """The host is in its one written form, and the URL in printable ASCII."""
    address = read_address(target)

    assert address is not None
    assert (address.url, address.host) == (url, host)


@pytest.mark.parametrize(
    "target",
    [
        *(
            "",
            "a.example",
            "//a.example",
            "/path",
            "#part",
            "mailto:a@b.example",
            "ftp://a.example",
        ),
        *("javascript:alert(1)", "JaVaScRiPt://a.example/%0aalert(1)", "data:text/html,x"),
        *("slack://open", "file:///etc/passwd", "vbscript:x", "blob:https://a.example/x"),
        *(
            "http:a.example",
            "http:/a.example",
            "http:///a.example",
            "http://",
            "https://?x",
            "http://.",
        ),
        *("http://known.example@evil.example/", "https://u:p@a.example", "https://@a.example"),
        *(
            "http://a.example\\@evil.example",
            "http://a\\b/",
            "http://a.example/\\x",
            "https://a b/",
        ),
        *(
            "http://a.example/x y",
            "http://a.example/\nx",
            "http://a..b/",
            "http://a.example:",
            "http://a:b",
        ),
        *(
            "http://a.example:999999",
            "http://a.example:٨٠/",
            "http://[::1",
            "http://a_%41/",
            "http://%61/",
        ),
        *(
            "http://" + "a" * 64,
            "http://" + "a." * 200,
            "http://é" + "é" * 80,
            "http://a.example/" + "x" * 3000,
        ),
        *("http://<!channel>", "http://a|b", "http://a.example>", "http://\u2488.com"),
    ],
)
def test_everything_else_is_none(target: str) -> None:
    """Other schemes, no host, a user name, and all that parsers disagree about."""
    assert read_address(target) is None


@given(
    st.one_of(
        st.text(), st.text().map("https://".__add__), st.text().map("http://a.example/".__add__)
    )
)
def test_no_address_surprises_a_browser(target: str) -> None:
    """Whatever comes out is http(s), printable ASCII, short, and has the host it claims."""
    address = read_address(target)

    if address is not None:
        read = urlsplit(address.url)
        assert read.scheme in ("http", "https")
        assert (read.hostname or "").strip("[]") == address.host.strip("[]")
        assert read.username is None
        assert address.url.isascii()
        assert address.url.isprintable()
        assert not set(address.url) & set(' <>"\\^`{|}')
        assert len(address.url) <= URL_MAX


@pytest.mark.parametrize(
    "words",
    [
        *(
            "google.com",
            "https://google.com",
            "GOOGLE.COM.",
            "see www.google.com now",
            "google.com/x",
        ),
        *(
            "google。com",
            "ｇｏｏｇｌｅ．ｃｏｍ",
            "goo\u200dgle.com",
            "google\u2024com",
            "bob@google.com",
        ),
        *("http://google", "https://real.example@google.com", "real.example.google.com"),
        *("https://real.example.", "10.0.0.1", "[::1]", "x" * 2001, "report.pdf", "гугл.рф"),
    ],
)
def test_words_that_name_another_host_pretend(words: str) -> None:
    """However the name is dressed up."""
    address = read_address(
        "https://real.example" if "real.example." not in words else "https://evil.example"
    )
    assert address is not None

    assert pretends(words, address)


@pytest.mark.parametrize(
    "words",
    [
        *(
            "the notes",
            "1.5 hours",
            "v2.0",
            "Done. Next",
            "real.example",
            "Real.Example.",
            "www.real.example",
        ),
        *(
            "https://real.example",
            "real.example/a/b.html",
            "https://real.example/a/b.html",
            "3 ... 4",
        ),
    ],
)
def test_honest_words_do_not(words: str) -> None:
    """No host, the same host, or the address itself."""
    address = read_address("https://real.example/a/b.html")
    assert address is not None

    assert not pretends(words, address)


def test_a_host_in_other_letters_is_always_shown() -> None:
    """Letters of another script can pass for Latin ones, in the words as in the address."""
    address = read_address("https://аpple.example")
    assert address is not None

    assert pretends("аpple.example", address)
