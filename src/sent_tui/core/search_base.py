"""The settled part of the search index: every contact in the order of its name, in columns that never change.

The columns are buffers: built in memory, or mapped from a file, so that a million contacts cost no objects. A row is
a place in the order of names, counted from 0. The texts of all rows lie behind each other, a line feed after each:
words, numbers and marks in a buffer of their own.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import accumulate, compress, islice, pairwise
from operator import or_
from typing import Literal

from msgspec import Struct

from sent_tui.core.search import ContactRow, SortKey
from sent_tui.core.search_entry import (
    GROUPS,
    MARKS,
    NUMBERS,
    TEXTS,
    WORDS,
    SearchEntry,
    all_taken_apart,
    beginning,
    mixture,
    name_of,
    put_together,
)
from sent_tui.core.search_grams import BLOCK, GramFilter

Sections = Mapping[str, memoryview]
"""Buffers by name."""

COLUMNS: Mapping[str, Literal["B", "I", "Q"]] = {
    "flags": "B",
    "number": "Q",
    "region": "I",
    "rate": "I",
    "last": "Q",
    "created": "Q",
}
"""The numbers kept of each row, and their types as in `array`."""
SORTED: Mapping[SortKey, str] = {
    SortKey.NUMBER: "number",
    SortKey.REGION: "region",
    SortKey.RATE: "rate",
    SortKey.LAST: "last",
    SortKey.CREATED: "created",
}
"""The column of each order that is kept; that of names is the order of the rows themselves."""
TIED_BY_NAME = frozenset({SortKey.REGION, *GROUPS})
"""Orders whose ties are broken by the name; those of the others by the number."""
PIECE = 16_384
"""So many items are moved in one go; more would hold up the other threads."""


class Lines:
    """One of the three texts of every row."""

    def __init__(self, name: str, sections: Sections) -> None:
        self.data = sections[name]
        self.starts = sections[f"{name}-start"].cast("Q")
        """Where the line of each row begins, and where the last one ends."""

    def between(self, start: int, end: int) -> memoryview:
        """Return the lines of the rows from `start` up to `end`, a line feed after each."""
        return self.data[self.starts[start] : self.starts[end]]

    def line(self, row: int) -> bytes:
        """Return the line of a row."""
        return bytes(self.data[self.starts[row] : self.starts[row + 1] - 1])


class Stretch:
    """The rows of some runs of blocks, in order; marks are a byte for each."""

    def __init__(self, base: SearchBase, blocks: Sequence[tuple[int, int]]) -> None:
        starts, self._lines = base.blocks, base.lines
        self._ranges = [(starts[first], starts[last]) for first, last in blocks]
        self._texts: dict[str, bytes] = {}
        self.count = sum([end - start for start, end in self._ranges])
        self.mixed = reduce(or_, b"".join([base.mixed[first:last] for first, last in blocks]))
        """What stands where it is not expected in a text, as bits."""

    def text(self, name: str) -> bytes:
        """Return the lines of one of the texts, a line feed after each."""
        text = self._texts.get(name)
        if text is None:
            between = self._lines[name].between
            text = self._texts[name] = b"".join([between(start, end) for start, end in self._ranges])
        return text

    def of(self, column: memoryview) -> bytes:
        """Return what a column of bytes holds of the rows."""
        return b"".join([column[start:end] for start, end in self._ranges])

    def rows(self, places: Iterable[int]) -> Iterator[int]:
        """Go through the rows at some places among these, which rise; those behind the last row are passed over."""
        rest, begin = iter(places), 0
        place = next(rest, None)
        for start, end in self._ranges:
            shift, stop = start - begin, begin + end - start
            while place is not None and place < stop:
                yield place + shift
                place = next(rest, None)
            begin = stop

    def put(self, marks: bytes, mask: bytearray) -> None:
        """Put the marks in their places in a mask of all rows."""
        at = 0
        for start, end in self._ranges:
            mask[start:end] = marks[at : at + end - start]
            at += end - start


class SearchBase(Struct, frozen=True):
    """All rows of one moment. `sections` are those that `settled` made."""

    sections: Sections
    load: Callable[[int], ContactRow]
    """Returns what the list shows of a row."""
    find: Callable[[str], int | None]
    """Returns the row of a contact id."""
    size: int
    lines: Mapping[str, Lines]
    """The three texts of the rows."""
    blocks: memoryview
    """With which row each block begins, and how many rows there are in all."""
    mixed: memoryview
    """What stands in each block where it is not expected, as bits."""
    grams: GramFilter

    @classmethod
    def of(cls, sections: Sections, load: Callable[[int], ContactRow], find: Callable[[str], int | None]) -> SearchBase:
        """Return the base that some sections hold."""
        lines = {name: Lines(name, sections) for name in TEXTS}
        blocks = sections["blocks"].cast("I")
        grams = GramFilter(len(blocks) - 1, sections["grams"])
        return cls(sections, load, find, blocks[-1], lines, blocks, sections["mixed"], grams)

    def text(self, row: int) -> bytes:
        """Return the folded text of a row."""
        lines = self.lines
        return put_together(lines[WORDS].line(row), lines[NUMBERS].line(row), lines[MARKS].line(row))

    def name(self, row: int) -> bytes:
        """Return the folded name of a row."""
        return name_of(self.lines[WORDS].line(row))

    def beginnings(self) -> Iterator[bytes]:
        """Go through the beginnings of the texts of all rows."""
        for start in range(0, self.size, PIECE):
            words, numbers = (
                bytes(self.lines[name].between(start, min(start + PIECE, self.size))).split(b"\n")[:-1]
                for name in (WORDS, NUMBERS)
            )
            yield from map(beginning, words, numbers)

    def column(self, name: str) -> memoryview:
        """Return the numbers of a column."""
        return self.sections[name].cast(COLUMNS[name])

    def order(self, key: SortKey) -> Sequence[int]:
        """Return the rows in the order of names or of a column, rising."""
        return range(self.size) if key is SortKey.NAME else self.sections[f"by-{key.value}"].cast("I")


class SectionBuilder:
    """Puts rows behind each other, in the order of their names."""

    def __init__(self, base: SearchBase) -> None:
        self._base = base
        self._texts = {name: bytearray() for name in TEXTS}
        self._columns = {name: array(kind) for name, kind in COLUMNS.items()}
        self._starts = {name: array("Q", [0]) for name in TEXTS}

    def add_rows(self, start: int, end: int) -> None:
        """Add rows of the base, from `start` up to `end`."""
        for name, lines in self._base.lines.items():
            starts = self._starts[name]
            shift = starts[-1] - lines.starts[start]
            self._texts[name] += lines.between(start, end)
            starts.extend([place + shift for place in lines.starts[start + 1 : end + 1]])
        for name, column in self._columns.items():
            column.frombytes(self._base.column(name)[start:end].cast("B"))

    def add(self, entries: Sequence[SearchEntry]) -> None:
        """Add rows that are new: one or more."""
        # Each entry is looked at once: they lie anywhere in memory.
        texts, flags, numbers, regions, rates, lasts, created = zip(*entries, strict=True)
        for name, lines in zip(TEXTS, all_taken_apart(texts), strict=True):
            self._texts[name] += b"\n".join((*lines, b""))
            starts = self._starts[name]
            starts.extend(accumulate([len(line) + 1 for line in lines], initial=starts.pop()))
        kept = flags, numbers, regions, rates, lasts, created
        for column, values in zip(self._columns.values(), kept, strict=True):
            column.extend(values)

    def lines(self, start: int, end: int) -> tuple[bytes, bytes, bytes]:
        """Return the three texts of the rows from `start` up to `end`, a line feed after each line."""
        words, numbers, marks = (
            bytes(memoryview(self._texts[name])[at[start] : at[end]]) for name, at in self._starts.items()
        )
        return words, numbers, marks

    def finish(
        self, orders: Mapping[SortKey, Iterable[int]], blocks: array[int], grams: bytearray
    ) -> dict[str, bytearray]:
        """Return all sections; `orders` holds the rows in the order of each other column."""
        sections = self._texts | {
            **{name: bytearray(column.tobytes()) for name, column in self._columns.items()},
            **{f"{name}-start": bytearray(starts.tobytes()) for name, starts in self._starts.items()},
            "blocks": bytearray(blocks.tobytes()),
            "mixed": bytearray(mixture(*self.lines(start, end)) for start, end in pairwise(blocks)),
            "grams": grams,
        }
        for key, rows in orders.items():
            sections[f"by-{key.value}"] = bytearray(in_pieces("I", rows).tobytes())
        return sections


def new_blocks(size: int) -> array[int]:
    """Return the blocks of so many rows."""
    return array("I", [*range(0, size, BLOCK), size])


def in_pieces(kind: str, numbers: Iterable[int]) -> array[int]:
    """Return numbers as an array, a piece at a time."""
    made, rest = array(kind), iter(numbers)
    while part := array(kind, islice(rest, PIECE)):
        made.extend(part)
    return made


def marked_in(order: Sequence[int], mask: bytes | bytearray) -> Iterator[array[int]]:
    """Go through the positions of an order that are marked, a piece at a time."""
    # The order of names is that of the rows, and of their marks, where nothing changed.
    in_order = mask[: len(order)][:: order.step] if isinstance(order, range) else None
    for at in range(0, len(order), PIECE):
        piece = order[at : at + PIECE]
        marks = map(mask.__getitem__, piece) if in_order is None else in_order[at : at + PIECE]
        yield array("I", compress(piece, marks))
