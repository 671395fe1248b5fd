"""Marks on contacts: eight bytes each, set by numbers, and the numbers of a list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sent_tui.core.marks import NO_MARKS, Marks
from sent_tui.core.search import EVERYONE, Sort, SortKey, containing
from sent_tui.core.search_entry import number_key, number_of_key
from sent_tui.core.search_index import Results, SearchIndex
from tests.factories import contact, number

E164 = st.from_regex(r"\A\+[1-9][0-9]{4,14}\Z")
SETS = st.sets(st.integers(0, 60).map(number))


def keys(numbers: set[str]) -> list[int]:
    return sorted(map(number_key, numbers))


@given(E164)
def test_a_number_comes_back_from_its_key(e164: str) -> None:
    assert number_of_key(number_key(e164)) == e164


@given(SETS, SETS)
def test_marks_are_a_set_of_numbers(one: set[str], two: set[str]) -> None:
    marks = Marks(keys(one))
    assert len(marks) == len(one)
    assert all(e164 in marks for e164 in one)
    assert not any(e164 in marks for e164 in two - one)
    assert set(marks.with_all(keys(two))) == one | two
    assert set(marks.without(keys(two))) == one - two
    assert set(marks.inverted(keys(two))) == one ^ two
    assert marks.has_all(keys(two)) is (two <= one)
    assert list(marks) == sorted(one, key=number_key)
    assert marks == Marks(keys(one))
    assert (marks == Marks(keys(two))) is (one == two)
    assert hash(marks) == hash(Marks(keys(one)))
    assert marks != one


@given(SETS, st.integers(0, 60).map(number))
def test_a_mark_is_set_and_taken_off(one: set[str], e164: str) -> None:
    marks = Marks(keys(one))
    assert set(marks.toggled(e164)) == one ^ {e164}
    assert marks.toggled(e164).toggled(e164) == marks
    assert set(marks) == one


@given(st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)), st.booleans(), st.sampled_from(SortKey))
def test_a_list_knows_the_numbers_of_its_rows(there: set[int], later: set[int], settled: bool, key: SortKey) -> None:
    index = SearchIndex(contact(place, name=f"Person {place % 4}") for place in there)
    if settled:
        index.settle()
    index.change(contact(place, name=f"Later {place % 4}") for place in later)
    if there:
        index.discard(contact(min(there)).id)
    for query in (EVERYONE, containing("later"), containing("person 1")):
        for sort in (Sort(key), Sort(key, descending=True)):
            found = index.find(query, sort)
            assert list(found.numbers()) == keys({row.e164 for row in found})
            assert list(found.part(2, 3).numbers()) == keys({row.e164 for row in found.part(2, 3)})


def test_no_rows_have_no_numbers() -> None:
    assert len(Results().numbers()) == 0
    assert not NO_MARKS


@given(SETS, st.integers(0, 60).map(number), st.integers(0, 60).map(number))
def test_a_mark_is_handed_on_when_contacts_are_merged(marked: set[str], gone: str, kept: str) -> None:
    after = marked - {gone} | {kept} if gone in marked else marked
    assert set(Marks(keys(marked)).handed_on(gone, kept)) == after
