"""Sealed texts."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SealBroken
from bot.store.encryption import Sealer

ROW = "deliveries/A/answer_url"


@given(text=st.text(), key=st.text(min_size=1), row=st.text())
def test_any_text_opens_as_it_was_sealed(text: str, key: str, row: str) -> None:
    """Keys, rows and texts of any form work."""
    sealer = Sealer([key])

    assert sealer.open(sealer.seal(text, row), row) == text


def test_a_text_sealed_twice_looks_different() -> None:
    """Nobody sees in the database that two rows hold the same."""
    sealer = Sealer(["key"])

    assert sealer.seal("same", ROW) != sealer.seal("same", ROW)


def test_old_keys_still_open() -> None:
    """Rotation: the new key goes first, the old one stays until its texts are gone."""
    sealed = Sealer(["old"]).seal("text", ROW)

    assert Sealer(["new", "old"]).open(sealed, ROW) == "text"


def test_the_first_key_seals() -> None:
    """After a rotation nothing new needs the old key."""
    sealed = Sealer(["new", "old"]).seal("text", ROW)

    assert Sealer(["new"]).open(sealed, ROW) == "text"


def test_a_lost_key_is_named_as_the_cause() -> None:
    """The operator can tell a missing key from a changed text."""
    sealed = Sealer(["lost"]).seal("text", ROW)

    with pytest.raises(SealBroken, match="unknown key"):
        Sealer(["key"]).open(sealed, ROW)


def test_a_text_moved_to_another_row_does_not_open() -> None:
    """Whoever can write to the database can't swap secrets between rows."""
    sealer = Sealer(["key"])

    with pytest.raises(SealBroken, match="changed or moved"):
        sealer.open(sealer.seal("text", ROW), "deliveries/B/answer_url")


@given(place=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_a_changed_byte_does_not_open(place: int, flip: int) -> None:
    """Every byte counts: the version, the key's id, the nonce and the text."""
    sealer = Sealer(["key"])
    raw = bytearray(base64.urlsafe_b64decode(sealer.seal("text", ROW)))
    raw[place % len(raw)] ^= flip

    with pytest.raises(SealBroken):
        sealer.open(base64.urlsafe_b64encode(bytes(raw)).decode(), ROW)


@pytest.mark.parametrize("sealed", ["", "AQ==", "not sealed at all", "ümlaut", "AAAA" * 20])
def test_what_is_no_sealed_text_is_said_to_be_none(sealed: str) -> None:
    """Anything that may lie in a column ends in the one error."""
    with pytest.raises(SealBroken, match="not a sealed text"):
        Sealer(["key"]).open(sealed, ROW)


@pytest.mark.parametrize("keys", [[], [""], ["key", ""]])
def test_an_empty_key_is_refused(keys: list[str]) -> None:
    """A stray comma in a setting must not become a key anybody could guess."""
    with pytest.raises(ValueError, match="empty"):
        Sealer(keys)


def test_keys_do_not_show() -> None:
    """A key's object in a traceback says nothing of the key."""
    assert "cipher" not in repr(Sealer(["key"])._first)


def test_sealing_anew_is_only_for_what_another_key_sealed() -> None:
    """The first key's own texts stay as they are, and what does not open is refused as ever."""
    old, both = Sealer(["old key"]), Sealer(["new key", "old key"])
    sealed = old.seal("a secret", "row")

    fresh = both.reseal(sealed, "row")

    assert fresh is not None
    assert Sealer(["new key"]).open(fresh, "row") == "a secret"
    assert both.reseal(fresh, "row") is None
    with pytest.raises(SealBroken):
        both.reseal(sealed, "another row")
