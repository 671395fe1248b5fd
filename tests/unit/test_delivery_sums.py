"""Lists of whole numbers that are added as one number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.delivery_sums import moved, pack, unpack

numbers = st.lists(st.tuples(*[st.integers(-(1 << 61), 1 << 61)] * 2), min_size=1, max_size=40)


@given(numbers)
def test_adding_two_lists_adds_each_of_their_numbers(pairs: list[tuple[int, int]]) -> None:
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    assert unpack(pack(first), len(first)) == first
    assert unpack(pack(first) + pack(second), len(first)) == [one + other for one, other in pairs]
    assert unpack(pack(first) - pack(second), len(first)) == [one - other for one, other in pairs]
    assert unpack(3 * pack(first), len(first)) == [3 * one for one in first]


@given(st.lists(st.integers(-99, 99), max_size=5), st.integers(0, 5))
def test_a_list_moves_behind_zeros(numbers: list[int], places: int) -> None:
    assert unpack(moved(pack(numbers), places), places + len(numbers)) == [0] * places + numbers


def test_nothing_is_nothing() -> None:
    assert pack([0] * 9) == 0


@pytest.mark.parametrize("number", [1 << 63, -(1 << 63) - 1])
def test_what_is_too_large_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        pack([0, number])
