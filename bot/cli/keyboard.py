"""Whoever sits at the terminal, if anybody does."""

from __future__ import annotations

import getpass
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass


class CannotHide(Exception):
    """The terminal would show what is typed, so nothing secret is asked for."""


@dataclass(frozen=True, slots=True)
class Keyboard:
    """Takes answers. Each question returns what was typed, without spaces around it."""

    is_there: bool
    """Whether somebody can answer: no script, no pipe."""
    ask: Callable[[str], str]
    ask_secretly: Callable[[str], str]
    """Does not show what is typed. Raises `CannotHide`."""


def open_keyboard() -> Keyboard:
    """The keyboard of the terminal this process runs in."""
    return Keyboard(sys.stdin.isatty(), _ask, _ask_secretly)


def _ask(question: str) -> str:
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _ask_secretly(question: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(question).strip()
        except EOFError:
            return ""
        except getpass.GetPassWarning as warning:
            raise CannotHide from warning
