"""Text from outside, made harmless to show: nothing in it can hide or reorder what is read."""

from __future__ import annotations

import re
import unicodedata

ZERO_WIDTH_JOINER = "\u200d"

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")

# What cannot be seen but changes what is: control characters but newline and tab, bidirectional
# marks, overrides and isolates, blank letters and spaces of no width, interlinear annotations,
# and the selectors and tags that can carry a hidden text. The joiners U+200C and U+200D and the
# selectors U+FE00 to U+FE0F stay: scripts and emoji are made with them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001d173-\U0001d17a]"
)
# A flag such as Scotland's is a black flag and a few tag letters: the one honest use of tags.
_TAGS = re.compile("(\U0001f3f4[\U000e0030-\U000e007a]{2,6}\U000e007f)|[\U000e0000-\U000e0fff]")
# Selectors of ideographic variants stay behind an ideograph: people's names are written with them.
_VARIANTS = re.compile("([\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff][\U000e0100-\U000e01ef])")
_SURROGATES = re.compile("[\ud800-\udfff]")
_MODIFIERS = re.compile("[\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]")
_JAMO_FOLLOWERS = re.compile("[\u1160-\u11ff]")
_VIRAMA = 9
_LOOK_BACK = 64
"""No honest character is longer; a longer pile of marks may be cut."""


def clean(text: str) -> str:
    """Take out what is invisible and dangerous, and keep every visible character in its place.

    Line ends of every kind become newlines. A lone half of a surrogate pair, which no encoding
    can carry, becomes the replacement character.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))
    return _SURROGATES.sub("\ufffd", _without_tags(text))


def _without_tags(text: str) -> str:
    kept = _VARIANTS.split(text)
    kept[::2] = [_TAGS.sub(lambda found: found.group(1) or "", between) for between in kept[::2]]
    return "".join(kept)


def one_line(text: str) -> str:
    """Clean a title or a name, which has one line."""
    return " ".join(clean(text).split())


def safe_cut(text: str, at: int) -> int:
    """The nearest place at or before `at` that does not tear a character apart.

    Emoji sequences, flags, letters with their marks and Hangul syllables stay whole, unless
    they are longer than anything a person writes. The start is a safe place too.
    """
    earliest = max(at - _LOOK_BACK, 0)
    safe = (place for place in range(at, earliest, -1) if not _is_inside(text, place))
    return next(safe, at if earliest else 0)


def _is_inside(text: str, place: int) -> bool:
    """Whether a cut at this place would part what is read as one character."""
    if place <= 0 or place >= len(text):
        return False
    before, after = text[place - 1], text[place]
    return (
        ZERO_WIDTH_JOINER in (before, after)
        or unicodedata.category(after).startswith("M")
        or unicodedata.combining(before) == _VIRAMA
        or bool(_MODIFIERS.match(after) or _JAMO_FOLLOWERS.match(after))
        or _is_inside_flag(text, place)
    )


def _is_inside_flag(text: str, place: int) -> bool:
    """Whether an odd number of regional letters stands before, and one more after."""
    if not _REGIONAL.match(text[place]):
        return False
    start = place
    while start > 0 and place - start < _LOOK_BACK and _REGIONAL.match(text[start - 1]):
        start -= 1
    return (place - start) % 2 == 1
