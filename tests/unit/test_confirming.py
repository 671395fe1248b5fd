"""The question before something is done to several contacts, alike on the command line and in the app."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.confirming import COUNTED, has_to_be_typed, is_that_number, listed, what_to_type


def test_the_first_are_named_and_the_others_counted() -> None:
    assert listed(["Ada", "Bo"], 2) == "Ada, Bo"
    assert listed(["Ada", "Bo", "Cy"], 1_237) == "Ada, Bo, Cy and 1,234 more"


def test_many_have_to_be_counted() -> None:
    assert [has_to_be_typed(count) for count in (1, COUNTED, COUNTED + 1)] == [False, False, True]
    assert what_to_type(412, "delete them") == "Type 412 to delete them"


@pytest.mark.parametrize(
    "typed", ["1234567", "1,234,567", " 1.234.567 ", "1 234 567", "1'234'567", "1\u202f234\u202f567"]
)
def test_a_number_may_be_typed_as_people_write_it(typed: str) -> None:
    assert is_that_number(typed, 1_234_567)


@pytest.mark.parametrize("typed", ["", "y", "123456", "12,34,567", "1,234.567", "1234567.0", "-1234567", "+1234567"])
def test_anything_else_is_no_answer(typed: str) -> None:
    assert not is_that_number(typed, 1_234_567)


@given(st.integers(COUNTED + 1, 10**7), st.integers(COUNTED + 1, 10**7))
def test_no_other_number_will_do(count: int, other: int) -> None:
    assert is_that_number(str(other), count) is (other == count)
