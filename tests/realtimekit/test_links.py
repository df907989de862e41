"""Presigned links taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import LinkRefused
from bot.realtimekit.links import LONGEST_LINK, Link, read_link

SIGNED = "/a%2Fb%2fc/d+e~f//../g?z=1&a=%7e&empty=&x=a%20b+c&sig=AbC%3d"


@pytest.mark.parametrize(
    ("url", "host", "authority", "target"),
    [
        (f"https://h.example{SIGNED}", "h.example", "h.example", SIGNED),
        (f"HTTPS://H.Example{SIGNED}", "h.example", "h.example", SIGNED),
        (f"https://h.example:443{SIGNED}", "h.example", "h.example", SIGNED),
        ("https://h.example", "h.example", "h.example", "/"),
        ("https://h.example/", "h.example", "h.example", "/"),
        ("https://h.example?a=1", "h.example", "h.example", "/?a=1"),
        ("https://h.example/a#part", "h.example", "h.example", "/a"),
        (
            "https://bucket_1.a-b.example/a@b:c",
            "bucket_1.a-b.example",
            "bucket_1.a-b.example",
            "/a@b:c",
        ),
        ("https://[2606:4700::1111]/a", "2606:4700::1111", "[2606:4700::1111]", "/a"),
        ("https://1.1.1.1/a", "1.1.1.1", "1.1.1.1", "/a"),
        ("https://127.0.0.1/a", "127.0.0.1", "127.0.0.1", "/a"),
    ],
)
def test_keeps_path_and_query_as_they_are(url: str, host: str, authority: str, target: str) -> None:
    """What the signature covers is not touched; only scheme and host are in lower case."""
    link = read_link(url, allow_local=False)

    assert link == Link("https", host, 443, authority, target)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h.example/a",
        "//h.example/a",
        "http://h.example/a",
        "http://h.example:443/a",
        "ftp://h.example/a",
        "file:///etc/passwd",
        "data:text/plain,hello",
        "javascript:alert(1)",
        "https://a@h.example/",
        "https://a:b@h.example/",
        "https://@h.example/",
        "https://h.example:22/",
        "https://h.example:80/",
        "https://h.example:/",
        "https://h.example:99999999/",
        "https://h.example./a",
        "https://.h.example/a",
        "https://-h.example/a",
        "https:///a",
        "https://h.example\\@evil.example/",
        "https://h.exa mple/",
        "https://h.example/a b",
        "https://h.example/a\tb",
        "https://h.example/a\nb",
        "https://h.example/\x00",
        "https://h.example/\x7f",
        "https://h.example/\u00e4",
        "https://h\u00e4.example/",
        "https://h.example/%0d%0aX: y".replace(" ", ""),
        "https://h.example/%00",
        "https://h.example/?a=%7F",
        "https://%68.example/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://h.example.0x1/",
        "https://[::1%25eth0]/",
        "https://h.example/" + "a" * LONGEST_LINK,
    ],
)
def test_refuses_what_is_no_plain_https_link(url: str) -> None:
    """Other schemes, ports, user names, hidden addresses and raw characters are not followed."""
    with pytest.raises(LinkRefused):
        read_link(url, allow_local=False)


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("http://127.0.0.1:8123/a", Link("http", "127.0.0.1", 8123, "127.0.0.1:8123", "/a")),
        ("http://localhost/a", Link("http", "localhost", 80, "localhost", "/a")),
        ("https://localhost:8443/a", Link("https", "localhost", 8443, "localhost:8443", "/a")),
        ("https://[::1]:8443/a", Link("https", "::1", 8443, "[::1]:8443", "/a")),
    ],
)
def test_local_links_have_their_own_rule(url: str, link: Link) -> None:
    """For tests and the demo http and other ports will do."""
    assert read_link(url, allow_local=True) == link


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/a", "http://a@127.0.0.1/", "http://127.1/", "http://127.0.0.1:65536/"]
)
def test_local_links_are_not_lawless(url: str) -> None:
    """Everything else is as strict as ever."""
    with pytest.raises(LinkRefused):
        read_link(url, allow_local=True)


@pytest.mark.parametrize(
    ("location", "host", "target"),
    [
        ("https://b.example/x%2Fy?z=1", "b.example", "/x%2Fy?z=1"),
        ("//b.example/x%2fy", "b.example", "/x%2fy"),
        ("/x%2Fy/../z?u=https://c.example", "a.example", "/x%2Fy/../z?u=https://c.example"),
        ("y?u=https://c.example/", "a.example", "/folder/y?u=https://c.example/"),
        ("?other=1", "a.example", "/folder/file?other=1"),
    ],
)
def test_follows_every_form_of_a_location(location: str, host: str, target: str) -> None:
    """A redirect may be absolute or relative; an absolute one is kept byte for byte."""
    link = read_link("https://a.example/folder/file?sig=1", allow_local=False)

    onward = link.redirected(location, allow_local=False)

    assert (onward.host, onward.target) == (host, target)


@pytest.mark.parametrize(
    "location",
    [
        "http://a.example/",
        "ftp://a.example/",
        "https://b@a.example/",
        "/a b",
        "https://a.example:8443/",
    ],
)
def test_a_location_is_a_link_like_any_other(location: str) -> None:
    """Nothing gets easier after the first hop."""
    link = read_link("https://a.example/", allow_local=False)

    with pytest.raises(LinkRefused):
        link.redirected(location, allow_local=False)


def test_a_link_does_not_show_its_secret() -> None:
    """Neither the value nor the refusal quotes path or query."""
    link = read_link("https://a.example/path?sig=secret", allow_local=False)

    with pytest.raises(LinkRefused) as raised:
        read_link("http://a.example/path?sig=secret", allow_local=False)

    assert "path" not in repr(link)
    assert "secret" not in f"{link!r} {raised.value}"


@given(text=st.text(), allow_local=st.booleans())
def test_any_text_is_a_link_or_refused(text: str, *, allow_local: bool) -> None:
    """No text does anything but pass or be refused."""
    for url in (text, f"https://a.example/{text}", f"https://{text}/"):
        try:
            link = read_link(url, allow_local=allow_local)
        except LinkRefused:
            continue
        assert link.target.isascii()
        assert link.target.isprintable()


@given(st.text())
def test_any_location_leads_on_or_is_refused(location: str) -> None:
    """The same holds for redirects."""
    link = read_link("https://a.example/folder/file", allow_local=False)

    try:
        onward = link.redirected(location, allow_local=False)
    except LinkRefused:
        return

    assert (onward.scheme, onward.port) == ("https", 443)


@pytest.mark.parametrize("target", ["/a?", "/a;", "/a;?b=https://x.example"])
def test_a_whole_address_is_followed_byte_for_byte(target: str) -> None:
    """What a library would tidy away is part of what was signed."""
    here = read_link("https://h.example/old", allow_local=False)

    there = here.redirected(f"https://other.example{target}", allow_local=False)

    assert (there.host, there.target) == ("other.example", target)


def test_a_local_redirect_stays_allowed_where_local_is() -> None:
    """The demo's store may send its reader on."""
    here = read_link("http://127.0.0.1:8080/a", allow_local=True)

    there = here.redirected("http://127.0.0.1:65535/b", allow_local=True)

    assert (there.port, there.target) == (65_535, "/b")


@pytest.mark.parametrize(
    ("url", "detail"),
    [
        ("h.example/a", "malformed"),
        ("http://h.example/a", "not https on port 443"),
        ("https://0x7f000001/a", "disguised address"),
        ("https://h.example/%0a", "control character"),
    ],
)
def test_the_log_learns_why_a_link_was_refused(url: str, detail: str) -> None:
    """In words of ours, nothing of the link."""
    with pytest.raises(LinkRefused) as refusal:
        read_link(url, allow_local=False)

    assert refusal.value.detail == detail


def test_the_longest_link_is_taken() -> None:
    """One character more is not."""
    start = "https://h.example/"
    longest = start + "a" * (LONGEST_LINK - len(start))

    assert read_link(longest, allow_local=False).host == "h.example"
    with pytest.raises(LinkRefused):
        read_link(longest + "a", allow_local=False)
