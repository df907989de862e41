"""The inside of one paragraph: text, styles and links, as elements of Slack's rich text.

Only `text` and `link` elements are ever made. Mentions, broadcasts, channels and emoji exist in
rich text as elements of their own, so no text can become one.
Source: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from markdown_it.token import Token

from bot.messages.cleaning import clean
from bot.messages.kit import Element
from bot.messages.links import Address, pretends, read_address

_STYLES = {"strong": "bold", "em": "italic", "s": "strike"}


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text of one style and, perhaps, one link."""

    text: str
    styles: frozenset[str] = frozenset()
    url: str | None = None

    def element(self) -> Element:
        """The span as Slack takes it."""
        element: dict[str, object] = {"type": "text", "text": self.text}
        if self.url:
            element = {"type": "link", "url": self.url, "text": self.text}
        if self.styles:
            element["style"] = dict.fromkeys(sorted(self.styles), True)
        return element


def read_spans(tokens: Sequence[Token]) -> list[Span]:
    """Read the tokens of one paragraph; neighbours of the same looks become one span."""
    reader = _Reader()
    for token in tokens:
        reader.read(token)
    return joined(reader.spans)


def joined(spans: Sequence[Span]) -> list[Span]:
    """Merge neighbours of the same looks, and drop empty ones."""
    runs: list[list[Span]] = []
    for span in spans:
        if not span.text:
            continue
        if runs and (runs[-1][0].styles, runs[-1][0].url) == (span.styles, span.url):
            runs[-1].append(span)
        else:
            runs.append([span])
    return [replace(run[0], text="".join(span.text for span in run)) for run in runs]


def bold(spans: Sequence[Span]) -> list[Span]:
    """The same spans, all bold."""
    return joined([replace(span, styles=span.styles | {"bold"}) for span in spans])


@dataclass(slots=True)
class _Link:
    """A link whose end has not been read yet."""

    target: str
    title: str
    address: Address | None
    words: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Reader:
    """Where one walk over a paragraph's tokens stands."""

    spans: list[Span] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    link: _Link | None = None

    def read(self, token: Token) -> None:
        if token.type == "link_open":
            self._open(str(token.attrs.get("href", "")), str(token.attrs.get("title", "")))
        elif token.type == "link_close" and self.link:
            self._close(self.link)
        elif token.type == "image":
            self._read_image(token)
        elif token.type in ("softbreak", "hardbreak"):
            self._add("\n")
        elif token.type == "code_inline":
            self._add(token.content, "code")
        elif token.nesting > 0:
            self.styles.append(_STYLES[token.tag])
        elif token.nesting < 0:
            self.styles.remove(_STYLES[token.tag])
        else:
            self._add(token.content)

    def _add(self, text: str, *more_styles: str) -> None:
        text = clean(text)
        styles = frozenset((*self.styles, *more_styles))
        if self.link is None:
            self.spans.append(Span(text, styles))
            return
        text = text.replace("\n", " ")
        self.link.words.append(text)
        url = self.link.address.url if self.link.address else None
        self.spans.append(Span(text, styles, url))

    def _open(self, target: str, title: str) -> _Link:
        target = clean(target)
        self.link = _Link(target, title, read_address(target))
        return self.link

    def _close(self, link: _Link) -> None:
        """End a link, with all that its words did not say after it."""
        words = "".join(link.words)
        if not words.strip():
            self._add(link.target)
        self.link = None
        for remark in (*_remarks(link, words), *link.images):
            self._add(f" ({remark})")

    def _read_image(self, image: Token) -> None:
        """Show an image as its description, linked to where it is; nothing is loaded."""
        words, target = _words(image.children or ()), str(image.attrs.get("src", ""))
        if self.link is not None:
            self._add(words)
            self.link.images.append(clean(target))
            return
        link = self._open(target, str(image.attrs.get("title", "")))
        self._add(words)
        self._close(link)


def _remarks(link: _Link, words: str) -> list[str]:
    remarks = []
    if link.address is None:
        shown = words.strip()
        if shown and link.target not in (shown, f"mailto:{shown}"):
            remarks.append(link.target)
    elif words.strip() and pretends(words, link.address):
        remarks.append(link.address.host)
    if link.title:
        remarks.append(link.title)
    return [remark for remark in remarks if remark]


def _words(tokens: Sequence[Token]) -> str:
    """The text of an image's description, with the targets of links and images in it."""
    words: list[str] = []
    targets: list[str] = []
    for token in tokens:
        if token.type == "image":
            words.append(f"{_words(token.children or ())} ({token.attrs.get('src', '')})")
        elif token.type == "link_open":
            targets.append(str(token.attrs.get("href", "")))
        elif token.type == "link_close":
            words.append(f" ({targets.pop()})")
        else:
            words.append(token.content or ("\n" if token.type.endswith("break") else ""))
    return "".join(words)
