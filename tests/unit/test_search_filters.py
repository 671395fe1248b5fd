"""Filters that a person adds and removes, and how many contacts each would leave."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sent_tui.core.contact import Contact
from sent_tui.core.search import EVERYONE, containing, fold
from sent_tui.core.search_filters import SWITCHES, Filter, filtered, read_filter, with_filter
from sent_tui.core.search_index import SearchIndex
from sent_tui.core.search_match import SearchCancelledError
from tests.factories import NOW, contact

VIP, US, GB = Filter("tag", "VIP"), Filter("region", "US"), Filter("region", "GB")
FAILING, NOT_FAILING = Filter("failing", "yes"), Filter("failing", "no")

TAGS = st.lists(st.sampled_from(("VIP", "vip", "Łódź", "late payer", "a:b")), max_size=3, unique_by=fold).map(tuple)
PEOPLE = st.lists(
    st.tuples(TAGS, st.sampled_from(("US", "GB", "001")), st.booleans(), st.sampled_from(("", "FAILED", "READ"))),
    max_size=25,
)


def people(drawn: list[tuple[tuple[str, ...], str, bool, str]]) -> list[Contact]:
    return [
        contact(
            place,
            name=f"Person {place}",
            tags=tags,
            region_code=region,
            opt_out=out,
            last_status=status,
            last_message_at=NOW if status else None,
        )
        for place, (tags, region, out, status) in enumerate(drawn)
    ]


@pytest.mark.parametrize(
    ("written", "meant", "words"),
    [
        ("tag:VIP", VIP, "#VIP"),
        ("tag:a:b", Filter("tag", "a:b"), "#a:b"),
        ("region:US", US, "Region US"),
        ("failing", FAILING, "Failing"),
        ("-failing", NOT_FAILING, "Not failing"),
        ("never_messaged", Filter("never_messaged", "yes"), "Never messaged"),
        ("-never_messaged", Filter("never_messaged", "no"), "Messaged before"),
        ("opted_out", Filter("opted_out", "yes"), "Opted out"),
        ("-opted_out", Filter("opted_out", "no"), "Not opted out"),
    ],
)
def test_a_filter_is_written_and_read(written: str, meant: Filter, words: str) -> None:
    assert read_filter(written) == meant
    assert meant.text == written
    assert meant.words == words


@pytest.mark.parametrize("written", ["", "tag:", "tag: ", "-tag:x", "failing:yes", "colour:red", "-"])
def test_what_means_nothing_is_no_filter(written: str) -> None:
    assert read_filter(written) is None


def test_a_region_is_read_in_any_case() -> None:
    assert read_filter("region:gb") == GB


def test_a_filter_takes_the_place_of_one_of_its_field_but_tags_add_up() -> None:
    other = Filter("tag", "late")
    filters = with_filter(with_filter(with_filter((VIP,), US), FAILING), other)
    assert filters == (VIP, US, FAILING, other)
    assert with_filter(filters, GB) == (VIP, FAILING, other, GB)
    assert with_filter(filters, NOT_FAILING) == (VIP, US, other, NOT_FAILING)
    assert with_filter(filters, Filter("tag", "vip")) == (US, FAILING, other, Filter("tag", "vip"))


def test_filters_combine() -> None:
    assert filtered(()) == EVERYONE
    assert filtered((VIP, US)) == VIP.query & US.query
    index = SearchIndex(people([(("VIP",), "US", False, ""), (("vip",), "GB", False, ""), ((), "US", False, "")]))
    assert [row.name for row in index.find(filtered((VIP, US)))] == ["Person 0"]


@settings(max_examples=60, deadline=None)
@given(PEOPLE, st.booleans(), st.sampled_from((EVERYONE, US.query, VIP.query, containing("person 1"))))
def test_each_facet_counts_what_its_filter_leaves(
    drawn: list[tuple[tuple[str, ...], str, bool, str]], settled: bool, query: object
) -> None:
    assert isinstance(query, type(EVERYONE))
    index = SearchIndex(people(drawn))
    if settled:
        index.settle()
        index.put(contact(30, name="Person 1 later", tags=("late payer",), region_code="GB"))
        index.discard(contact(0).id)
    found = index.facets(query)
    assert {known: len(index.find(query & known.query)) for known in found} == found
    shown = list(index.find(query))
    assert {known.value for known in found if known.field == "region"} == {row.region for row in shown}
    tags = {fold(known.value) for known in found if known.field == "tag"}
    assert tags == {fold(tag) for row in shown for tag in row.tags}
    assert set(SWITCHES) <= found.keys()


def test_facets_come_by_their_counts_and_tags_as_people_wrote_them() -> None:
    index = SearchIndex(
        people([(("Łódź",), "GB", False, ""), (("Łódź", "VIP"), "US", False, ""), ((), "US", True, "")])
    )
    found = list(index.facets(EVERYONE))
    assert found[-4:] == [US, GB, Filter("tag", "Łódź"), VIP]


def test_counting_ends_when_nobody_waits() -> None:
    index = SearchIndex(people([((), "US", False, "")]))
    with pytest.raises(SearchCancelledError):
        index.facets(EVERYONE, lambda: True)
