"""The `title:"weekly*"` of a command, however its quotation marks were typed."""

from __future__ import annotations

import re

from bot.messages.grammar import COMMAND
from bot.slack.words import AROUND, DASHES, readable, visible, words

_DOUBLE = '"“”„‟«»＂'  # noqa: RUF001
_SINGLE = "'‘’‚‛‹›＇`´"  # noqa: RUF001

# A word of its own, also as an option (`--title`). The colon may only be missing where dashes
# before or a quotation mark after tell that no name is meant.
_BEGINNING = re.compile(
    rf"(?<!\S)[{re.escape(AROUND.strip())}]*"
    rf"(?:[-{DASHES}]*title\s*[:=：]|[-{DASHES}]+title(?=\s)|title(?=\s+[{_DOUBLE}]\S))\s*",  # noqa: RUF001
    re.IGNORECASE,
)
_QUOTED = tuple(
    # An apostrophe, or a quotation mark around a word inside, has more of the title behind it.
    re.compile(rf"[{marks}](?P<title>.*?)[{marks}](?![\w*?])")
    for marks in (_DOUBLE, _SINGLE)
)
_INSIDE = re.compile(f"[{_DOUBLE}]")
_VERB_AND_APP = 2


def cut_title(text: str) -> tuple[str, str | None]:
    """Part a command's line from its title.

    A title in quotation marks ends with them. One without is the rest of the line behind an app,
    and one word before it.

    Returns:
        The line without the title, and the title: empty if it was left so, `None` if there is
        none. Whitespace in it is single spaces, and a quotation mark inside it, which people
        type in many forms, is `?`: any character.
    """
    text = visible(text)
    begin = _BEGINNING.search(text)
    if begin is None:
        return text, None
    before, after = text[: begin.start()], text[begin.end() :]
    end = _end(after, behind_app=_count(before) >= _VERB_AND_APP)
    return f"{before} {after[end:]}", _cleaned(after[:end])


def title_begins(text: str) -> int | None:
    """Where in a part of a line a title would begin, whatever comes after that part."""
    begin = _BEGINNING.search(f"{text} ")
    return begin.start() if begin else None


def _end(text: str, *, behind_app: bool) -> int:
    for quoted in _QUOTED:
        if found := quoted.match(text):
            return found.end()
    if behind_app or text[:1] in {*_DOUBLE, *_SINGLE}:
        return len(text)
    return len(text.split(maxsplit=1)[0]) if text else 0


def _count(before: str) -> int:
    return sum(word.text.casefold() != COMMAND for word in words(before))


def _cleaned(title: str) -> str:
    text = " ".join(readable(title).split())
    return _INSIDE.sub("?", text.strip(f"{_DOUBLE}{_SINGLE} "))
