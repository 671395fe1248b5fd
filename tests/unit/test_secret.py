"""A secret shows itself nowhere."""

from __future__ import annotations

import copy
import pickle
import traceback
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.secret import LONGEST, MASK, Secret

KEY = "sk_test_fictional_0123456789abcdef"


@dataclass
class Holder:
    secret: Secret


def test_nothing_but_reveal_gives_it_away() -> None:
    secret = Secret(KEY)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>40}", f"{secret!r}", f"{Holder(secret)}", str([secret])]
    assert secret.reveal() == KEY
    assert all(KEY not in text and MASK in text for text in shown)
    assert not hasattr(secret, "__dict__")


def test_an_error_that_holds_one_does_not_show_it() -> None:
    error = ValueError(Secret(KEY))
    assert KEY not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("write", [pickle.dumps, copy.copy, copy.deepcopy])
def test_it_is_written_nowhere(write: object) -> None:
    assert callable(write)
    with pytest.raises(TypeError, match="not written"):
        write(Secret(KEY))


def test_the_tail_tells_a_key_from_another_and_no_more() -> None:
    assert Secret(KEY).tail == f"{MASK}cdef"
    assert Secret("short-key").tail == MASK


def test_secrets_are_equal_by_what_they_hold() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret(KEY + "0")
    assert Secret(KEY) != KEY
    assert hash(Secret(KEY)) == hash(Secret("another-key"))


def test_it_is_masked_where_somebody_repeats_it() -> None:
    assert Secret(KEY).redact(f"no such key: {KEY}!") == f"no such key: {MASK}!"
    assert Secret("").redact("nothing") == "nothing"


@pytest.mark.parametrize(
    "text", ["", "short", "two words here", "schlüssel-lang", "a" * (LONGEST + 1), "line\nbreak-key"]
)
def test_what_cannot_be_a_key_is_none(text: str) -> None:
    assert Secret.read(text) is None


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=LONGEST))
def test_a_key_is_read_without_the_space_around_it(key: str) -> None:
    found = Secret.read(f" {key}\r\n")
    assert found is not None
    assert found.reveal() == key
