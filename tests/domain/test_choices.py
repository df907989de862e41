"""Which names an app may be given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.choices import Wrong, wrong_alias
from tests.fakes import APP, OTHER_APP

GOOD = st.from_regex(r"[a-z][a-z0-9_.-]{0,38}[a-z]", fullmatch=True)


def is_keyword(name: str) -> bool:
    """Two words of a command."""
    return name in {"help", "status"}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("weekly", None),
        ("équipe-mobile", None),
        ("a" * 40, None),
        ("a" * 41, Wrong.NOT_AN_ALIAS),
        ("", Wrong.NOT_AN_ALIAS),
        ("two words", Wrong.NOT_AN_ALIAS),
        ("<!channel>", Wrong.NOT_AN_ALIAS),
        ("a\nb", Wrong.NOT_AN_ALIAS),
        ("weekly\n", Wrong.NOT_AN_ALIAS),
        (APP, Wrong.NOT_AN_ALIAS),
        ("help", Wrong.A_KEYWORD),
        ("theirs", Wrong.ALIAS_TAKEN),
        ("ours", None),
    ],
)
def test_each_name_is_judged(name: str, wrong: Wrong | None) -> None:
    """A name is short and plain, no word of the command, no id, and no other app's."""
    taken = {"theirs": OTHER_APP, "ours": APP}

    assert wrong_alias([name], APP, taken, is_keyword) is wrong


@given(good=st.lists(GOOD, max_size=4), bad=st.text(alphabet=" <>|*`\n/:", min_size=1))
def test_one_wrong_name_spoils_all_of_them(good: list[str], bad: str) -> None:
    """Nothing is half taken."""
    assert wrong_alias([*good, bad], APP, {}, lambda _: False) is Wrong.NOT_AN_ALIAS


@given(names=st.lists(GOOD, max_size=5))
def test_plain_names_that_nobody_has_are_taken(names: list[str]) -> None:
    """In any number."""
    assert wrong_alias(names, APP, {}, lambda _: False) is None


@given(name=GOOD)
def test_a_name_is_one_apps_only(name: str) -> None:
    """So that a command never means the other app."""
    assert wrong_alias([name], APP, {name: OTHER_APP}, lambda _: False) is Wrong.ALIAS_TAKEN
    assert wrong_alias([name], OTHER_APP, {name: OTHER_APP}, lambda _: False) is None
