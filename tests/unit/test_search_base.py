"""The settled part of the search index: rows of blocks, wherever these lie."""

from __future__ import annotations

from sent_tui.core.search import containing
from sent_tui.core.search_base import SearchBase, Stretch
from sent_tui.core.search_entry import WORDS
from sent_tui.core.search_grams import BLOCK
from sent_tui.core.search_index import SearchIndex
from tests.factories import contact


def base_of(*names: str) -> SearchBase:
    index = SearchIndex(contact(number, name=name) for number, name in enumerate(names))
    index.settle()
    return index.view.base


def test_rows_of_blocks_that_lie_apart_are_one_behind_the_other() -> None:
    base = base_of(*(f"Person {number:04}" for number in range(4 * BLOCK - 5)))
    stretch = Stretch(base, [(0, 1), (2, 4)])
    rows = [*range(BLOCK), *range(2 * BLOCK, base.size)]
    assert stretch.count == len(rows)
    assert list(stretch.rows(range(stretch.count + 9))) == rows
    assert list(stretch.rows([1, BLOCK - 1, BLOCK, stretch.count - 1])) == [1, BLOCK - 1, 2 * BLOCK, base.size - 1]
    assert stretch.text(WORDS) == b"".join(base.lines[WORDS].line(row) + b"\n" for row in rows)
    mask = bytearray(base.size)
    stretch.put(b"\1" * stretch.count, mask)
    assert [row for row, mark in enumerate(mask) if mark] == rows


def test_a_word_in_blocks_that_lie_apart_is_found_in_order() -> None:
    wanted = {3, BLOCK + 7, 3 * BLOCK, 9 * BLOCK + 1}
    index = SearchIndex(
        contact(number, name=f"Person {number:04}{' Okafor' if number in wanted else ''}")
        for number in range(10 * BLOCK)
    )
    index.settle()
    for text in ("okafor", "okafor person"):
        found = index.glance(containing(text))
        assert found is not None
        assert [row.name for row in found] == [f"Person {number:04} Okafor" for number in sorted(wanted)]
        assert list(found) == list(index.find(containing(text)))
