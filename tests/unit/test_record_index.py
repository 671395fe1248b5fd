"""Where the documents of a journal stand: the base and what changed since answer as one."""

from __future__ import annotations

import random
from array import array
from bisect import bisect_left
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sent_tui.store.faceted import Faceted, Span
from sent_tui.store.index_columns import place_of, text_hash
from sent_tui.store.journal_format import LAST_ID, Document, Location, Record
from sent_tui.store.record_index import RecordIndex
from sent_tui.store.table_index import Filed, TableIndex, TableSpec

SPEC = TableSpec(
    keys=("id", "number"),
    filed=lambda document: Filed(tuple(document.get("groups", ())), int(document.get("at", 0)) % 3),
    moment=lambda document: int(document.get("at", 0)),
)
SPECS = {"people": SPEC}


class Bench:
    """An index, and beside it what it must know."""

    def __init__(self) -> None:
        self.index = RecordIndex(SPECS)
        self.documents: dict[int, Document] = {}
        self.places: dict[int, Location] = {}
        self.last_id = 0
        self._at = 0

    @property
    def table(self) -> TableIndex:
        return self.index.table("people")

    def put(self, doc_id: int, document: Document | None) -> None:
        self._at += 7
        location = Location(self._at, 5, self._at % 97)
        self.index.apply(Record("people", doc_id, document, location))
        self.last_id = max(self.last_id, doc_id)
        if document is None:
            self.documents.pop(doc_id, None)
        else:
            self.documents[doc_id] = document
            self.places[doc_id] = location

    def settle(self, order: list[int] | None = None) -> None:
        """Go on with a base in which everything is settled."""
        table = self.index.find("people")
        chosen = {} if table is None else {"people": order or list(table.doc_ids())}
        made = self.index.sections(chosen)
        sections = {name: memoryview(data) for name, data in made.items()}
        self.index = RecordIndex(SPECS, sections, self.index.last_ids)

    def check(self) -> None:
        """Compare everything that the index answers with what it must know."""
        table, documents = self.table, self.documents
        assert len(table) == len(documents)
        assert list(table.doc_ids()) == sorted(documents)
        assert table.last_id == self.last_id
        for doc_id in range(self.last_id + 2):
            assert table.location(doc_id) == (self.places[doc_id] if doc_id in documents else None)
        for key in SPEC.keys:
            for value in "abcd":
                holders = [doc_id for doc_id, document in documents.items() if document.get(key) == value]
                found = list(table.with_key(key, value))
                assert found == holders if len(holders) < 2 else set(found) <= set(holders)
        for group in "xyz":
            members = sorted(doc_id for doc_id, document in documents.items() if group in document.get("groups", ()))
            assert table.in_group(group) == members
        moments = sorted(((document.get("at", 0), doc_id) for doc_id, document in documents.items()), reverse=True)
        assert list(table.newest()) == [doc_id for _, doc_id in moments]
        for span in (Span(), Span(since=1), Span(before=2), Span(1, 3), Span(2, 1)):
            within = [(at, doc_id, at % 3) for at, doc_id in moments if span.holds(at)]
            faceted = Faceted(table, span)
            assert +Counter(faceted.counts()) == Counter(facet for _, _, facet in within)
            assert sorted(faceted.of_documents(range(self.last_id + 2)), reverse=True) == within
            for wanted in ({0}, {1, 2}, {0, 1, 2}):
                marks = bytes(facet in wanted for facet in range(256))
                found = [doc_id for numbers in faceted.newest(marks) for doc_id in numbers]
                assert found == [doc_id for _, doc_id, facet in within if facet in wanted]


DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["a", "b", 7]),
        "number": st.sampled_from(["c", "d", None]),
        "groups": st.lists(st.sampled_from("xyz"), unique=True),
        "at": st.integers(0, 3),
    },
)


@st.composite
def steps(draw: Any) -> list[tuple[str, int, Document | None]]:
    kinds = st.sampled_from(["put", "put", "put", "remove", "settle"])
    return draw(st.lists(st.tuples(kinds, st.integers(0, 5), DOCUMENTS), max_size=25))  # type: ignore[no-any-return]


@settings(deadline=None)
@given(steps(), st.randoms(use_true_random=False))
def test_base_and_changes_answer_as_one(taken: list[tuple[str, int, Document | None]], dice: Any) -> None:
    bench = Bench()
    for kind, doc_id, document in taken:
        if kind == "settle":
            order = sorted(bench.documents)
            dice.shuffle(order)
            bench.settle(order)
        else:
            held = {
                (key, value)
                for known, other in bench.documents.items()
                if known != doc_id
                for key, value in other.items()
                if key in SPEC.keys
            }
            # Two documents never share a key.
            free = {k: v for k, v in (document or {}).items() if k not in SPEC.keys or (k, v) not in held}
            bench.put(doc_id, None if kind == "remove" else free)
        bench.check()


class TestKeys:
    @pytest.mark.parametrize("settled", [False, True])
    def test_a_key_moves_in_any_order(self, settled: bool) -> None:
        for first in (1, 2):
            bench = Bench()
            bench.put(1, {"id": "a", "number": "c"})
            bench.put(2, {"id": "b"})
            if settled:
                bench.settle([2, 1])
            for doc_id in (first, 3 - first):
                bench.put(doc_id, {"id": "a"} if doc_id == 1 else {"id": "b", "number": "c"})
            bench.check()
            assert list(bench.table.with_key("number", "c")) == [2]

    @pytest.mark.parametrize("settled", [False, True])
    def test_a_document_keeps_its_keys_or_not(self, settled: bool) -> None:
        bench = Bench()
        bench.put(1, {"id": "a", "number": "c"})
        bench.put(2, {"id": "b"})
        bench.put(2, None)
        if settled:
            bench.settle()
        table = bench.table
        assert table.keeps_keys(1, {"id": "a", "number": "c", "at": 7})
        assert table.keeps_keys(2, {"id": "b"}), "nothing stood there"
        assert table.keeps_keys(9, {"id": "b"})
        assert not table.keeps_keys(1, None)
        assert not table.keeps_keys(1, {"id": "b", "number": "c"})
        assert not table.keeps_keys(1, {"id": "a", "number": "d"})
        assert table.keys_of(1) == ({} if settled else {"id": "a", "number": "c"})

    def test_hashes_that_collide_lead_to_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sent_tui.store.index_columns.text_hashes", lambda texts: [7 for _ in texts])
        bench = Bench()
        for doc_id, value in ((4, "a"), (2, "b"), (3, "c")):
            bench.put(doc_id, {"id": value, "groups": [value]})
        bench.settle()
        assert list(bench.table.with_key("id", "b")) == [2, 3, 4]
        assert bench.table.in_group("anything") == [2, 3, 4]

    def test_a_hash_is_the_same_everywhere(self) -> None:
        assert text_hash("a") == text_hash("a") != text_hash("b")
        assert 0 <= text_hash("\ud800") < 2**64


class TestTables:
    def test_tables_come_and_go(self) -> None:
        index = RecordIndex({})
        assert index.find("people") is None
        index.apply(Record("people", None, None, Location(0, 0, 0)))
        assert (set(index.tables), index.last_ids, index.changed) == ({"people"}, {"people": 0}, 1)
        index.apply(Record("people", 3, {}, Location(5, 5, 5)))
        assert index.last_ids == {"people": 3}
        for _ in range(2):
            index.apply(Record("people", None, None, Location(0, 0, 0), is_drop=True))
            assert index.find("people") is None
        index.apply(Record("people", 1, None, Location(0, 0, 0)))
        assert len(index.table("people")) == 0

    def test_a_table_without_a_spec(self) -> None:
        index = RecordIndex({})
        index.apply(Record("people", LAST_ID, {"id": "a"}, Location(2**40, 5, 2**32 - 1)))
        made = {name: memoryview(data) for name, data in index.sections({}).items()}
        again = RecordIndex({}, made, index.last_ids)
        table = again.find("people")
        assert table is not None
        assert table.location(LAST_ID) == Location(2**40, 5, 2**32 - 1)
        assert table.last_id == LAST_ID


@given(st.sets(st.integers(0, 40) | st.integers(LAST_ID - 9, LAST_ID), max_size=30), st.randoms())
def test_numbers_are_found_whatever_is_missing_between_them(numbers: set[int], chance: random.Random) -> None:
    bench = Bench()
    for doc_id in sorted(numbers):
        bench.put(doc_id, {})
    order = list(numbers)
    chance.shuffle(order)
    bench.settle(order)
    base = bench.table.base
    for doc_id in (*range(42), *range(LAST_ID - 11, LAST_ID + 1)):
        row = base.row(doc_id)
        assert (None if row is None else base.docs[row]) == (doc_id if doc_id in numbers else None)


HASHES = st.integers(0, 2**64 - 1) | st.integers(0, 9) | st.integers(2**64 - 9, 2**64 - 1)


@given(st.lists(HASHES, max_size=60).map(sorted), HASHES)
def test_hashes_are_found_however_they_are_spread(hashes: list[int], wanted: int) -> None:
    assert place_of(memoryview(array("Q", hashes)), wanted) == bisect_left(hashes, wanted)
