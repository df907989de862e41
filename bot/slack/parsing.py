"""What a person typed after `/meeting-summary`, as a command or as a line that would be one.

Pure, and it takes any text at all: every line is either one of the commands below or raises
`NotUnderstood` with a suggestion, which is itself understood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

from bot.domain.ids import SessionId, is_resource_id, is_uuid
from bot.errors import NotUnderstood
from bot.messages.grammar import COMMAND, line_for
from bot.slack.words import Word, words

RESERVED = frozenset({"subscribe", "unsubscribe", "subscriptions"})
"""Keywords that no alias may take, though no command goes by them yet."""

_LONGEST_APP = 120
"""Characters of an app's id, alias or name; longer text is a mistake and not worth storing."""

_LONGEST_ECHO = 80
"""Characters of what was typed that are repeated to its writer."""

_SHORTEST_ID = 16
"""Characters from which a word with a digit in it is taken for an id that is no UUID."""

_WORDS_OF_A_NAME = 3
"""So many words may be an app's name; more are a sentence."""

_SIMILAR = 0.7
"""How alike a word and a keyword must be for the keyword to be meant, as difflib counts."""


@dataclass(frozen=True, slots=True)
class PostSummary:
    """Post a session's summary here; `app` is an id, an alias or a name, or empty."""

    app: str
    session: SessionId


@dataclass(frozen=True, slots=True)
class OpenPicker:
    """Let the person choose an app, a session and a channel."""


@dataclass(frozen=True, slots=True)
class Help:
    """Say what can be asked for."""


@dataclass(frozen=True, slots=True)
class Status:
    """Say what became of a session's summary."""

    session: SessionId


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """Say what is configured."""


@dataclass(frozen=True, slots=True)
class Doctor:
    """Check the set-up and say what is wrong with it."""


Command: TypeAlias = PostSummary | OpenPicker | Help | Status | ShowSettings | Doctor


def parse(text: str) -> Command:
    """Read what was typed after the slash command.

    Raises:
        NotUnderstood: with what was not understood and a whole line to paste instead.
    """
    line = words(text)
    if any(word.mention for word in line):
        raise _without_mentions(line)
    typed = [word.text for word in line]
    if typed and typed[0].casefold() == COMMAND:
        typed = typed[1:]
    if not typed:
        return Help() if "?" in text else OpenPicker()
    verb = VERBS.get(_folded(typed[0]))
    return verb(typed[1:]) if verb else _post(typed)


def is_keyword(name: str) -> bool:
    """Whether a word begins a command, now or soon, so that no app can go by it."""
    return _folded(name) in VERBS or _folded(name) in RESERVED


def as_line(command: Command) -> str:
    """Write a command as a person would type it."""
    match command:
        case PostSummary(app, session):
            return line_for(app, session)
        case Status(session):
            rest = f"status {session}"
        case OpenPicker():
            return COMMAND
        case _:
            rest = next(word for word, verb in _BARE.items() if isinstance(command, verb))
    return f"{COMMAND} {rest}"


def _help(_: Sequence[str]) -> Help:
    return Help()


def _status(rest: Sequence[str]) -> Status:
    if rest and all(map(_is_id, rest)):
        return Status(SessionId(rest[-1]))
    found = [word for word in rest if _is_id(word)]
    instead = Status(SessionId(found[-1])) if found else Help()
    surplus = [word for word in rest if word not in found]
    raise _not_understood(surplus or ["status"], instead)


def _alone(command: Callable[[], ShowSettings | Doctor]) -> Callable[[Sequence[str]], Command]:
    """A verb that takes nothing after it."""

    def read(rest: Sequence[str]) -> Command:
        if rest:
            raise _not_understood(rest, command())
        return command()

    return read


_BARE: Mapping[str, type[Help | ShowSettings | Doctor]] = {
    "help": Help,
    "settings": ShowSettings,
    "doctor": Doctor,
}

VERBS: Mapping[str, Callable[[Sequence[str]], Command]] = {
    "help": _help,
    "status": _status,
    "settings": _alone(ShowSettings),
    "doctor": _alone(Doctor),
}
"""What each first word reads from the words after it."""


def _post(typed: Sequence[str]) -> PostSummary:
    """Read `<app> <session>`, also the other way round, or a session alone."""
    *before, last = typed
    ids = [word for word in typed if _is_id(word)]
    if _is_id(last):
        app, session = before, last
    elif len(ids) > 1 and typed[0] in ids:
        # Both ids in their usual order, and then more words.
        surplus = [word for word in typed if word not in ids[:2]]
        raise _not_understood(surplus, PostSummary(ids[0], SessionId(ids[1])))
    elif typed[0] in ids:
        app, session = list(typed[1:]), typed[0]
    else:
        raise _no_session(typed)
    command = PostSummary(" ".join(app), SessionId(session))
    if app and is_keyword(app[0]):
        raise _keyword_in_the_wrong_place(app, command.session)
    if _is_jumbled_status(app):
        raise _not_understood(app, Status(command.session))
    if (len(app) > 1 and any(map(_is_id, app))) or len(command.app) > _LONGEST_APP:
        raise _one_app_too_many(app, command.session)
    return command


def _is_jumbled_status(app: Sequence[str]) -> bool:
    """Whether `status` was meant: only with its letters in the wrong order, no other slip.

    `stats` and `states` may well be somebody's aliases, and an app stands in the same place.
    """
    return len(app) == 1 and sorted(app[0].casefold()) == sorted("status")


def _one_app_too_many(app: Sequence[str], session: SessionId) -> NotUnderstood:
    ids = [word for word in app if is_uuid(word)][:1]
    surplus = [word for word in app if word not in ids]
    return _not_understood(surplus or app, PostSummary("".join(ids), session))


def _keyword_in_the_wrong_place(app: Sequence[str], session: SessionId) -> NotUnderstood:
    keyword = _folded(app[0])
    if keyword in _BARE:
        return _not_understood([*app, session], _BARE[keyword]())
    if keyword == "status":
        return _not_understood([session, *app], Status(session))
    return _not_understood([*app, session], Help())


def _no_session(typed: Sequence[str]) -> NotUnderstood:
    """Guess what was meant by a line without a session: a keyword, an app, or something else."""
    first = _folded(typed[0])
    close = get_close_matches(first, VERBS, n=1, cutoff=_SIMILAR)
    ids = [word for word in typed if _is_id(word)]
    if first in RESERVED:
        instead: Command = Help()
    elif ids:
        # Before any resemblance: an app may well be called almost like a keyword.
        until = typed.index(ids[0]) + 1
        return _not_understood(typed[until:], _post(typed[:until]))
    elif close:
        instead = _BARE.get(close[0], Help)()
    else:
        instead = OpenPicker() if len(typed) <= _WORDS_OF_A_NAME else Help()
    return _not_understood(typed, instead)


def _without_mentions(line: Sequence[Word]) -> NotUnderstood:
    """Refuse a channel, a person or a group, and keep the rest of the line if it makes sense."""
    rest = " ".join(word.text for word in line if not word.mention)
    mentions = [word.text for word in line if word.mention]
    try:
        return _not_understood(mentions, parse(rest) if rest else Help())
    except NotUnderstood as error:
        return NotUnderstood(_echo(mentions), error.suggestion)


def _not_understood(what: Sequence[str], instead: Command) -> NotUnderstood:
    return NotUnderstood(_echo(what), as_line(instead))


def _echo(what: Sequence[str]) -> str:
    text = " ".join(what)
    return text if len(text) <= _LONGEST_ECHO else f"{text[: _LONGEST_ECHO - 1]}…"


def _is_id(word: str) -> bool:
    if is_uuid(word):
        return True
    long = is_resource_id(word) and len(word) >= _SHORTEST_ID
    return long and any(map(str.isdigit, word))


def _folded(word: str) -> str:
    """A keyword however it was typed, as an option of a command line too."""
    return word.casefold().lstrip("-")
