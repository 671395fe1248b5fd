"""Settling the search index: the base of a view, and what changed since, become one base."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise

from sent_tui.core.search import ContactRow, SortKey
from sent_tui.core.search_base import COLUMNS, PIECE, SORTED, SearchBase, SectionBuilder, new_blocks
from sent_tui.core.search_entry import TEXTS, SearchEntry
from sent_tui.core.search_grams import BLOCK, GramBuilder
from sent_tui.core.search_view import LaterContacts, View

_FEW = 4
"""Blocks are made anew when more changed than this share of the rows, one in so many."""
_ROOM = 2
"""Blocks are made anew when they hold so many times the rows of new ones."""


def settled(view: View) -> dict[str, bytearray]:
    """Return the sections of a base in which everything of a view is settled.

    Where little changed, the blocks stay where they are, and only what is new is looked at for its grams.
    """
    names, size = view.order(SortKey.NAME), view.base.size
    builder = SectionBuilder(view.base)
    new: list[SearchEntry] = []
    for start, end in _runs(names, size):
        if start >= size:
            new.append(view.later.entries[start - size])
        if new and (start < size or len(new) == PIECE):
            builder.add(new)
            new.clear()
        if start < size:
            builder.add_rows(start, end)
    if new:
        builder.add(new)
    blocks, grams = _kept_blocks(view, names) or _new_blocks(builder, len(names))
    return builder.finish(_orders(view, names), blocks, grams)


def _runs(names: Sequence[int], size: int) -> Iterator[tuple[int, int]]:
    """Go through runs of rows of the base that follow each other, as (start, end), and single later positions."""
    start = end = -1
    for position in names:
        if position == end and position < size:
            end += 1
            continue
        if start >= 0:
            yield start, end
        start, end = position, position + 1
    if start >= 0:
        yield start, end


def _orders(view: View, names: Sequence[int]) -> dict[SortKey, Iterator[int]]:
    rank = array("I", bytes(4 * view.size))
    for row, position in enumerate(names):
        rank[position] = row
    return {key: map(rank.__getitem__, view.order(key)) for key in SORTED}


def _kept_blocks(view: View, names: Sequence[int]) -> tuple[array[int], bytearray] | None:
    """Return the blocks of the base with the new rows in them, and their grams; None where they grew too large."""
    base = view.base
    count = len(base.blocks) - 1
    if not count:
        return None
    changed = len(view.changed) + len(view.dead)
    if changed * _FEW > base.size or len(names) > _ROOM * BLOCK * count:
        return None
    blocks, grams = array("I"), GramBuilder(count, base.grams.bits)
    ends = base.blocks.tolist()[1:]
    block, end = 0, ends[0]
    new: dict[int, list[bytes]] = {}
    """The texts that a block is to hold beside those that it held."""
    for row, position in enumerate(names):
        if position >= base.size:
            new.setdefault(block, []).append(view.text(position))
            continue
        while position >= end:
            block += 1
            end = ends[block]
            blocks.append(row)
    blocks.extend([len(names)] * (count - len(blocks)))
    for block, texts in new.items():
        grams.add(block, b"\n".join(texts))
    return array("I", [0, *blocks]), grams.finish()


def _new_blocks(builder: SectionBuilder, size: int) -> tuple[array[int], bytearray]:
    blocks = new_blocks(size)
    grams = GramBuilder(len(blocks) - 1)
    lines = (builder.lines(start, end) for start, end in pairwise(blocks))
    grams.fill((words + marks, numbers) for words, numbers, marks in lines)
    return blocks, grams.finish()


def _no_row(position: int) -> ContactRow:
    raise IndexError(position)


def empty_base() -> SearchBase:
    """Return a base without a row."""
    blocks = new_blocks(0)
    parts = {name: memoryview(b"") for name in (*TEXTS, *COLUMNS, "mixed")}
    parts |= {f"by-{key.value}": memoryview(b"") for key in SORTED}
    parts |= {
        **{f"{name}-start": memoryview(array("Q", [0]).tobytes()) for name in TEXTS},
        "blocks": memoryview(blocks.tobytes()),
        "grams": memoryview(GramBuilder(0).finish()),
    }
    return SearchBase.of(parts, _no_row, lambda _: None)


def empty_view(later: LaterContacts) -> View:
    """Return a view without a contact."""
    return View(empty_base(), later, 0, frozenset())
