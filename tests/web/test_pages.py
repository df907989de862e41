"""The pages a person sees in a browser."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from http import HTTPStatus

import pytest
from jinja2 import UndefinedError

from bot.web.pages import page


def _text(heading: str, *paragraphs: str) -> str:
    answer = page("message.html", heading=heading, paragraphs=paragraphs)
    return bytes(answer.body).decode()


def test_a_page_says_what_it_was_given() -> None:
    """Heading, paragraphs and link are there, with the status."""
    answer = page(
        "message.html",
        status=HTTPStatus.GONE,
        heading="Gone",
        paragraphs=["It was here."],
        link="https://example.com/",
        link_text="Look there",
    )

    text = bytes(answer.body).decode()
    assert answer.status_code == HTTPStatus.GONE
    assert "<h1>Gone</h1>" in text
    assert "<p>It was here.</p>" in text
    assert '<a class="button" href="https://example.com/">Look there</a>' in text


def test_nothing_filled_in_becomes_markup() -> None:
    """A workspace may be named anything, quotes and tags included."""
    text = _text("<script>x</script>", '"><img src=x>')

    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;x&lt;/script&gt;" in text


def test_a_missing_fact_is_an_error() -> None:
    """A page with a hole in it is never sent."""
    with pytest.raises(UndefinedError, match="heading"):
        page("message.html", paragraphs=[])


def test_no_browser_keeps_frames_or_fills_a_page() -> None:
    """Nothing may be loaded but the one style, which is told by its digest."""
    answer = page("message.html", heading="H", paragraphs=[])

    style = re.search(rb"<style>(.*?)</style>", bytes(answer.body), re.DOTALL)
    assert style is not None
    digest = b64encode(sha256(style[1]).digest()).decode()
    assert answer.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_a_page_is_one_file_without_script() -> None:
    """It asks no other address for anything."""
    text = _text("H", "P")

    assert not re.search(r"<script|<link|<img|<iframe|@import|url\(|\bon\w+=|style=\"", text)
