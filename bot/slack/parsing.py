"""What a person typed after `/meeting-summary`, as a command or as a line that would be one.

Pure, and it takes any text at all: every line is either one of the commands below or raises
`NotUnderstood` with a suggestion, which is itself understood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches

from bot.domain.ids import SessionId, is_resource_id, is_uuid
from bot.errors import NotUnderstood
from bot.messages.grammar import COMMAND, TITLE_MAX
from bot.slack.commands import (
    WORDS,
    Command,
    Doctor,
    Help,
    OpenPicker,
    PostSummary,
    ShowSettings,
    Status,
    Subscribe,
    Subscriptions,
    Unsubscribe,
    as_line,
)
from bot.slack.titles import cut_title, title_begins
from bot.slack.words import Word, words

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


def parse(text: str) -> Command:
    """Read what was typed after the slash command.

    Raises:
        NotUnderstood: with what was not understood and a whole line to paste instead.
    """
    untitled, title = cut_title(text)
    line = _without_command(words(untitled))
    subscribing = _SUBSCRIBING.get(_verb_meant(line))
    if subscribing is None:
        line, title = _without_command(words(text)), None
    if any(word.mention for word in line):
        raise _without_mentions(line, title)
    typed = [word.text for word in line]
    if subscribing and not is_keyword(typed[0]):
        raise NotUnderstood(_echo(typed[:1]), _line_of(lambda: subscribing(typed[1:], title)))
    if subscribing:
        return subscribing(typed[1:], title)
    if not typed:
        return Help() if "?" in text else OpenPicker()
    verb = _OTHERS.get(_folded(typed[0]))
    return verb(typed[1:]) if verb else _post(typed)


def is_keyword(name: str) -> bool:
    """Whether a word begins a command, so that no app can go by it."""
    return _folded(name) in VERBS


def _help(_: Sequence[str]) -> Help:
    return Help()


def _status(rest: Sequence[str]) -> Status:
    if rest and all(map(_is_id, rest)):
        return Status(SessionId(rest[-1]))
    found = [word for word in rest if _is_id(word)]
    instead = Status(SessionId(found[-1])) if found else Help()
    surplus = [word for word in rest if word not in found]
    raise _not_understood(surplus or ["status"], instead)


def _alone(
    command: Callable[[], Subscriptions | ShowSettings | Doctor],
) -> Callable[[Sequence[str]], Command]:
    """A verb that takes nothing after it."""

    def read(rest: Sequence[str]) -> Command:
        if rest:
            raise _not_understood(rest, command())
        return command()

    return read


def _subscribe(rest: Sequence[str], title: str | None) -> Subscribe:
    if title == "":
        raise NotUnderstood("title:", _line_of(lambda: _subscribe(rest, None)))
    if title and len(title) > TITLE_MAX:
        beginning = f"{title[: TITLE_MAX - 1].rstrip()}*"
        raise NotUnderstood(_echo([title]), _line_of(lambda: _subscribe(rest, beginning)))
    wanted = title if title and title.strip("*") else None
    return Subscribe(_app(rest, lambda app: Subscribe(app, wanted)), wanted)


def _unsubscribe(rest: Sequence[str], title: str | None) -> Unsubscribe:
    if title is not None:
        surplus = _echo([f'title:"{title}"'])
        raise NotUnderstood(surplus, _line_of(lambda: _unsubscribe(rest, None)))
    return Unsubscribe(_app(rest, Unsubscribe))


def _app(typed: Sequence[str], command: Callable[[str], Subscribe | Unsubscribe]) -> str:
    """Read the app of a line without a session; in it, one of several ids is a session's."""
    app = " ".join(typed)
    ids = [word for word in typed if _is_id(word)]
    if len(typed) == 1 and is_keyword(app):
        raise _not_understood(typed, _BARE.get(_folded(app), Help)())
    if (another_title := title_begins(app)) is not None:
        known = typed[: len(app[:another_title].split())]
    elif ids and len(typed) > 1:
        known = typed[: max(typed.index(ids[0]), 1)]
    elif len(app) > _LONGEST_APP:
        known = []
    else:
        return app
    raise NotUnderstood(_echo(typed[len(known) :]), _line_of(lambda: command(_app(known, command))))


_BARE = {word: command for command, word in WORDS.items()}

_SUBSCRIBING: Mapping[str, Callable[[Sequence[str], str | None], Subscribe | Unsubscribe]] = {
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
}
"""What each of these first words reads from the words after it and the title among them."""

_OTHERS: Mapping[str, Callable[[Sequence[str]], Command]] = {
    "help": _help,
    "status": _status,
    "subscriptions": _alone(Subscriptions),
    "settings": _alone(ShowSettings),
    "doctor": _alone(Doctor),
}
"""What each other first word reads from the words after it."""

VERBS = (*_SUBSCRIBING, *_OTHERS)
"""The first words of commands, which no alias may take."""


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
    if (verb := _jumbled(app)) is not None:
        raise _not_understood(app, _with_id(verb, command.session))
    if (len(app) > 1 and any(map(_is_id, app))) or len(command.app) > _LONGEST_APP:
        raise _one_app_too_many(app, command.session)
    return command


def _jumbled(app: Sequence[str]) -> str | None:
    """The verb that was meant: only with its letters in the wrong order, no other slip.

    `stats` and `subscribers` may well be somebody's aliases, and an app stands in the same place.
    """
    typed = sorted(app[0].casefold()) if len(app) == 1 else []
    return next((verb for verb in _WITH_ID if sorted(verb) == typed), None)


_WITH_ID = ("status", *_SUBSCRIBING)


def _with_id(verb: str, found: SessionId) -> Command:
    """A verb with the one id of the line, whichever kind of id that is."""
    return _SUBSCRIBING[verb]([found], None) if verb in _SUBSCRIBING else Status(found)


def _one_app_too_many(app: Sequence[str], session: SessionId) -> NotUnderstood:
    ids = [word for word in app if is_uuid(word)][:1]
    surplus = [word for word in app if word not in ids]
    return _not_understood(surplus or app, PostSummary("".join(ids), session))


def _keyword_in_the_wrong_place(app: Sequence[str], session: SessionId) -> NotUnderstood:
    keyword = _folded(app[0])
    if keyword in _BARE:
        return _not_understood([*app, session], _BARE[keyword]())
    return _not_understood([session, *app], _with_id(keyword, session))


def _no_session(typed: Sequence[str]) -> NotUnderstood:
    """Guess what was meant by a line without a session: a keyword, an app, or something else."""
    first = _folded(typed[0])
    ids = [word for word in typed if _is_id(word)]
    if ids:
        # Before any resemblance: an app may well be called almost like a keyword.
        until = typed.index(ids[0]) + 1
        return _not_understood(typed[until:], _post(typed[:until]))
    if close := _nearest(first):
        instead: Command = _BARE.get(close, Help)()
    else:
        instead = OpenPicker() if len(typed) <= _WORDS_OF_A_NAME else Help()
    return _not_understood(typed, instead)


def _without_mentions(line: Sequence[Word], title: str | None) -> NotUnderstood:
    """Refuse a channel, a person or a group, and keep the rest of the line if it makes sense."""
    kept = [word.text for word in line if not word.mention]
    if title is not None:
        kept.append(f'title:"{title}"')
    mentions = [word.text for word in line if word.mention]
    return NotUnderstood(
        _echo(mentions), _line_of(lambda: parse(" ".join(kept)) if kept else Help())
    )


def _without_command(line: Sequence[Word]) -> Sequence[Word]:
    """Drop the slash command itself, which a pasted line begins with."""
    typed_too = line and not line[0].mention and line[0].text.casefold() == COMMAND
    return line[1:] if typed_too else line


def _verb_meant(line: Sequence[Word]) -> str:
    """The first word's verb; without a session in the line, also one it resembles."""
    typed = [word.text for word in line if not word.mention]
    first = _folded(typed[0]) if typed else ""
    return first if first in VERBS or any(map(_is_id, typed)) else _nearest(first)


def _nearest(word: str) -> str:
    return next(iter(get_close_matches(word, VERBS, n=1, cutoff=_SIMILAR)), "")


def _line_of(read: Callable[[], Command]) -> str:
    """The line of what is read, or of what is suggested instead."""
    try:
        return as_line(read())
    except NotUnderstood as error:
        return error.suggestion


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


__all__ = [
    "VERBS",
    "Command",
    "Doctor",
    "Help",
    "OpenPicker",
    "PostSummary",
    "ShowSettings",
    "Status",
    "Subscribe",
    "Subscriptions",
    "Unsubscribe",
    "as_line",
    "is_keyword",
    "parse",
]
