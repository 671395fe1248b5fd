"""Which contacts a query means, found block by block: the same ones that are found by looking at each text."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sent_tui.core.contact import Contact, Fields
from sent_tui.core.search import Condition, ContactQuery, ContactRow, Sort, SortKey, containing, row_of, tagged
from sent_tui.core.search_entry import haystack
from sent_tui.core.search_index import Results, SearchIndex
from sent_tui.core.search_match import SearchCancelledError, matcher
from sent_tui.core.search_terms import understood
from tests.factories import NOW, contact, known_contact

NAMES = st.text(st.sampled_from("abAé -'(1"), max_size=6)
NAMED = st.lists(st.tuples(st.text("abAé", min_size=1, max_size=3), st.text("abé1: ", max_size=4)), max_size=2).map(
    tuple
)
WORDS = st.one_of(
    st.text(st.sampled_from("abé1"), min_size=1, max_size=3),
    st.sampled_from(["a:b", "b:", "-a:a", "b:1", "-ab:", "é:a"]),
    st.sampled_from(["-a", '"a b"', '-"b a"', "tag:vip", "-tag:vip", "region:us", "555", "-channel:sms", "+1200"]),
)


def meant(people: Iterable[Contact], query: ContactQuery) -> set[str]:
    """Return the ids of those whom a query means, by looking at each of them."""
    said = understood(query.text)
    return {
        person.id
        for person in people
        if all(term.stands_in(haystack(person)) for term in said.terms)
        and all(condition.holds(row_of(person)) is holds for condition, holds in said.conditions)
        and all(condition.holds(row_of(person)) for condition in query.conditions)
    }


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(NAMES, st.sampled_from([(), ("VIP",), ("a b",)]), NAMED), min_size=1, max_size=8),
    st.lists(WORDS, max_size=4),
    st.booleans(),
    st.sampled_from(
        [
            None,
            Condition("tag", "vip"),
            Condition("region", "US"),
            Condition("channel", "none"),
            Condition("has_fields", "yes"),
        ]
    ),
)
def test_all_ways_find_the_same(
    people: list[tuple[str, tuple[str, ...], Fields]], words: list[str], settled: bool, condition: Condition | None
) -> None:
    contacts = [contact(place, name=name, tags=tags, fields=named) for place, (name, tags, named) in enumerate(people)]
    index = SearchIndex(contacts)
    if settled:
        index.settle()
    query = ContactQuery(" ".join(words), frozenset({condition} if condition else ()))
    for descending in (False, True):
        for key in (SortKey.NAME, SortKey.NUMBER):
            sort = Sort(key, descending=descending)
            found = index.find(query, sort)
            assert {row.id for row in found} == meant(contacts, query)
            first = index.glance(query, sort)
            assert first is not None
            assert list(first) == list(found)


def test_a_field_that_a_person_named_is_told_from_others_in_many_blocks() -> None:
    people = [
        contact(place, notes=f"plan {place}", fields=((("Plan", "Seat")[place % 2], f"{place} gold"),))
        for place in range(300)
    ]
    index = SearchIndex(people)
    index.settle()
    for text in ("plan:298", "plan:299", "seat:299", "-plan:gold", "plan:9 -plan:98", "seat:", "pl:8 298", "plan:zz"):
        for descending in (False, True):
            sort = Sort(SortKey.NAME, descending=descending)
            found = index.find(containing(text), sort)
            assert {row.id for row in found} == meant(people, containing(text))
            first = index.glance(containing(text), sort)
            assert first is not None
            assert list(first) == list(found)[:50]
    assert len(index.find(containing("plan:298"))) == len(index.find(containing("seat:299"))) == 1
    assert not index.find(containing("plan:299"))


def test_several_blocks_are_looked_through() -> None:
    people = [contact(place, name=f"{'ab'[place % 2]}{place} {'xyz'[place % 3]}") for place in range(300)]
    index = SearchIndex(people)
    index.settle()
    for text in ("a", "a x", "a1 x", "b y -z", "a299", "b299", '"298 y"', "5550100", "01 5 a"):
        rows: list[ContactRow] = list(index.find(containing(text)))
        assert {row.id for row in rows} == meant(people, containing(text))


@pytest.mark.parametrize("query", [containing("a"), containing(""), containing("ab", forgiving=True)])
def test_nobody_waits_for_an_answer(query: ContactQuery) -> None:
    index = SearchIndex([contact(place, name="ab") for place in range(300)])
    index.settle()
    filtered = query & ContactQuery(conditions=frozenset({Condition("channel", "none")}))
    with pytest.raises(SearchCancelledError):
        index.answer(filtered, is_cancelled=lambda: True)


def test_conditions_are_asked_of_flags_where_these_tell() -> None:
    both = ContactQuery(conditions=frozenset({Condition("channel", "sms"), Condition("opted_out", "yes")}))
    one = ContactQuery(conditions=frozenset({Condition("opted_out", "yes")}))
    assert 0 < sum(matcher(both).flags) < sum(matcher(one).flags)
    assert matcher(tagged("VIP")).has_text
    assert not matcher(both).has_text


def test_results_of_nothing_have_no_rows() -> None:
    with pytest.raises(IndexError):
        Results(None, [3])[0]


def test_odd_counts_are_no_obstacle() -> None:
    statuses = known_contact().channels
    odd = [
        contact(place, channels=(type(statuses[0])(statuses[0].channel, attempts=attempts, delivered=delivered),))
        for place, (attempts, delivered) in enumerate([(1, 10**12), (-1, 5), (5, -1), (0, 3), (2, 1)])
    ]
    index = SearchIndex([*odd, contact(9, created_at=NOW.replace(year=1901), last_message_at=NOW.replace(year=1901))])
    before = list(index.find(containing(""), Sort(SortKey.RATE)))
    index.settle()
    assert list(index.find(containing(""), Sort(SortKey.RATE))) == before


ODD_NUMBERS = st.sampled_from(["+1200", "+12 00", "tel:ab1", "+12\n00", "1\x1f2", "b"])
ODD_WORDS = st.text(st.sampled_from("ab1+ é"), max_size=4)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(ODD_WORDS, ODD_WORDS, ODD_NUMBERS, st.sampled_from(["", "ERROR_12", "SENT"])), max_size=6),
    st.sampled_from(["1", "12", "+1", "b", "a1", '"2 0"', '"1 +1"', "_1", "200", "ab", "é", "status:error_12", "-1 b"]),
)
def test_nothing_is_missed_where_it_is_not_expected(people: list[tuple[str, str, str, str]], text: str) -> None:
    contacts = [
        contact(place, name=name, notes=notes, format_e164=f"{e164}{place}", format_national=e164, last_status=status)
        for place, (name, notes, e164, status) in enumerate(people)
    ]
    index = SearchIndex(contacts)
    index.settle()
    found = index.find(containing(text))
    assert {row.id for row in found} == meant(contacts, containing(text))
    assert list(index.find(containing(text), Sort(descending=True))) == list(found)[::-1]
