"""The words of a command as they were meant, without what Slack and keyboards make of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.ids import is_uuid

# Slack writes a link as <url|label>, a channel as <#C…|name>, a person as <@U…> and a group or a
# broadcast as <!…>. Angle brackets that were typed arrive as entities, so these are never typed.
# Source: https://docs.slack.dev/messaging/formatting-message-text
_TOKEN = re.compile(r"<(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>|(?P<plain>[^\s<]+|<)")
_MENTION = ("#", "@", "!")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:(?://)?", re.IGNORECASE)
_WEB = ("http://", "https://")
_UUID_INSIDE = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE
)
# Text that was escaped twice, as a copied suggestion may be, is undone twice.
_ENTITY = re.compile(r"&(?:amp;)*(amp|lt|gt);")
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">"}
DASHES = "‐‑‒–—―−﹘﹣－"  # noqa: RUF001
"""What keyboards make of a hyphen, or of two."""
_DASHES = dict.fromkeys(map(ord, DASHES), "-")
AROUND = " `´\"'‘’‚‛“”„‟«»‹›＂＇()[]{}<>*~_.,;:!?…"  # noqa: RUF001
"""What stands around a word and does not belong to it."""
_INVISIBLE = ("Cc", "Cf", "Cs")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command; `mention` when it stands for a channel, a person or a group."""

    text: str
    mention: bool = False


def words(text: str) -> tuple[Word, ...]:
    """Read the words of a command, forgiving how they were typed, pasted or decorated.

    An address is replaced by the ids in it, in their order, or by its label; UUIDs become lower
    case; entities, quotes, backticks, punctuation around words, typographic dashes and
    characters nobody sees are undone.
    """
    return tuple(word for match in _TOKEN.finditer(visible(text)) for word in _read(match))


def visible(text: str) -> str:
    """Drop what cannot be seen; a line break or a tab still parts two words."""
    return "".join(map(_visible, text))


def readable(text: str) -> str:
    """Put what a person reads in the place of Slack's tokens and entities, and keep the rest."""
    return _unescaped(_TOKEN.sub(_shown, text))


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in _INVISIBLE else character


def _read(match: re.Match[str]) -> Iterator[Word]:
    plain, target, label = match["plain"], match["target"], match["label"]
    if plain is not None:
        yield from _from_address(plain, None) if plain.startswith(_WEB) else _from_text(plain)
    elif target.startswith(_MENTION):
        yield Word(_mentioned(target, label), mention=True)
    else:
        yield from _from_address(target, label)


def _shown(match: re.Match[str]) -> str:
    """A token as Slack shows it."""
    plain, target, label = match["plain"], match["target"], match["label"]
    if plain is not None:
        return str(plain)
    if target.startswith(_MENTION):
        return _mentioned(target, label)
    return label or _ADDRESS.sub("", target, count=1)


def _mentioned(target: str, label: str | None) -> str:
    """How a mention reads to the person who typed it."""
    name = (label or target[1:]).strip()
    return f"{'@' if target.startswith('!') else target[0]}{name}"


def _from_address(address: str, label: str | None) -> Iterator[Word]:
    ids = _UUID_INSIDE.findall(address)
    if ids:
        return (Word(found.lower()) for found in ids)
    return _from_text(label or _ADDRESS.sub("", address, count=1))


def _from_text(text: str) -> Iterator[Word]:
    for piece in _unescaped(text).translate(_DASHES).split():
        word = piece.strip(AROUND)
        if word.strip("-"):
            yield Word(word.lower() if is_uuid(word) else word)


def _unescaped(text: str) -> str:
    return _ENTITY.sub(lambda entity: _CHARACTERS[entity[1]], text)
