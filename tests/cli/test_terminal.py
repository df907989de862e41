"""What reaches a terminal, and what does not."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from bot.cli.terminal import Terminal, printable


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Somebody is looking."""
        return True


@given(st.text())
def test_no_text_can_command_a_terminal(text: str) -> None:
    """No escape sequence, no bell, no text turned around: lines and tabs alone remain."""
    shown = printable(text)

    assert all(each.isprintable() or each in "\n\t" or ord(each) > 0x9F for each in shown)
    assert "\u202e" not in shown
    assert "\x1b" not in shown


def test_ordinary_text_is_left_as_it_is() -> None:
    """Letters of every script, lines and tabs."""
    text = "Grüße, 東京!\n\t- 🎉 done"

    assert printable(text) == text


def test_results_and_complaints_go_different_ways() -> None:
    """What is piped into a file is the result alone."""
    terminal = Terminal(io.StringIO(), io.StringIO())

    terminal.print("the summary")
    terminal.complain("it failed")
    terminal.show_progress("waiting")

    assert isinstance(terminal.out, io.StringIO)
    assert isinstance(terminal.err, io.StringIO)
    assert terminal.out.getvalue() == "the summary\n"
    assert terminal.err.getvalue() == "it failed\n"


def test_progress_is_for_people() -> None:
    """A terminal shows what is being waited for, each time in place of the last."""
    screen = Screen()

    Terminal(io.StringIO(), screen).show_progress("waiting")

    assert screen.getvalue() == "\r\x1b[Kwaiting"
