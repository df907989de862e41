"""The title of a subscription, in all the ways that people quote."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.titles import cut_title, title_begins
from bot.slack.words import words


@pytest.mark.parametrize(
    "clause",
    [
        'title:"weekly plan*"',
        "title:'weekly plan*'",
        "title:`weekly plan*`",
        "title:“weekly plan*”",
        "title:„weekly plan*“",
        "title:«weekly plan*»",
        "title:\u2018weekly plan*\u2019",
        'title:“weekly plan*"',
        'title: "weekly plan*"',
        'title : "weekly plan*"',
        'title="weekly plan*"',
        'title = "weekly plan*"',
        "title：＂weekly plan*＂",  # noqa: RUF001
        'Title:"weekly plan*"',
        'TITLE:" weekly  plan* "',
        'title "weekly plan*"',
        '--title="weekly plan*"',
        '--title "weekly plan*"',
        "--title weekly plan*",
        '—title="weekly plan*"',
        'title:"weekly plan*',
        "title:weekly plan*",
        "title: weekly\u00a0plan*",
        "title:weekly plan*”",
        'title:“"weekly plan*"”',
        'title:"week\u200bly plan*"',
        '`title:"weekly plan*"`',
        '[title:"weekly plan*"]',
    ],
)
def test_a_title_behind_the_app(clause: str) -> None:
    """However it is typed, it is the same title, and the rest of the line stays."""
    line, title = cut_title(f"subscribe standups {clause}")

    assert title == "weekly plan*"
    assert [word.text for word in words(line)] == ["subscribe", "standups"]


@pytest.mark.parametrize(
    "clause", ['title:"weekly*"', "title:'weekly*'", "title: weekly*", "--title weekly*"]
)
def test_a_title_before_the_app(clause: str) -> None:
    """One word of it, if nothing tells where it ends."""
    line, title = cut_title(f"/meeting-summary subscribe {clause} weekly standups")

    assert title == "weekly*"
    assert [word.text for word in words(line)][1:] == ["subscribe", "weekly", "standups"]


@pytest.mark.parametrize(
    ("clause", "title"),
    [
        ("title:", ""),
        ('title:""', ""),
        ("title:' '", ""),
        ("title:“", ""),
        ("title:'Anna's weekly' ", "Anna's weekly"),
        ("title:\u2018Anna\u2019s weekly\u2019", "Anna\u2019s weekly"),
        ("title:Anna's", "Anna's"),
        ('title:"a "big" one"', "a ?big"),
        ('title:the "big" one', "the ?big? one"),
        ('title:"weekly"*', "weekly?*"),
        ("title:R&amp;D", "R&D"),
        ('title:"&lt;b&gt; &amp;amp; c"', "<b> & c"),
        ('title:"<http://team.io|team.io> <https://a.io/b>"', "team.io a.io/b"),
        ('title:"<#C012|general> <@U012|ada> <!here>"', "#general @ada @here"),
        ("title:a title:b", "a title:b"),
        ('title:"x: y = z"', "x: y = z"),
    ],
)
def test_what_a_title_may_hold(clause: str, title: str) -> None:
    """Apostrophes, entities, tokens and marks; a quotation mark inside stands for any."""
    assert cut_title(f"subscribe standups {clause}")[1] == title


@pytest.mark.parametrize(
    "line",
    [
        "subscribe standups",
        "subscribe title",
        "subscribe Book title reviews",
        'subscribe "Book title" reviews',
        'subscribe "Book title " reviews',
        "subscribe subtitle: x",
        "subscribe titles: x",
        "subscribe <https://x.example/?title=y>",
        "subscribe https://x.example/?title=y",
    ],
)
def test_no_title(line: str) -> None:
    """The word alone, another word or an address make none."""
    assert cut_title(line) == (line, None)
    assert title_begins(line) is None


def test_many_blanks_are_read_at_once() -> None:
    """No text takes longer than its length explains."""
    began = process_time()

    cut_title("subscribe" + " " * 30_000 + "title" * 1_000 + '"' * 30_000)

    assert process_time() - began < 1


def test_where_a_title_begins() -> None:
    """With what stands around it, also at the very end."""
    assert title_begins("standups --title") == len("standups ")
    assert title_begins("standups (title:x)") == len("standups ")


@given(st.text(), st.sampled_from([":", "=", ": ", ':"', ":'", ":“"]))
def test_any_text_is_a_clean_title(text: str, mark: str) -> None:
    """Without double quotation marks or blanks around it."""
    _, title = cut_title(f"subscribe standups title{mark}{text}")

    assert title is not None
    assert not set(title) & set('"“”„«»')
    assert title == " ".join(title.split())
