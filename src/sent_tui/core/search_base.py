"""The settled part of the search index: every contact in the order of its name, in columns that never change.

The columns are buffers: built in memory, or mapped from a file, so that a million contacts cost no objects. A row is
a place in the order of names, counted from 0. The texts of all rows lie behind each other, a line feed after each:
words, numbers and marks in a buffer of their own.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate, islice, pairwise
from operator import attrgetter, or_
from typing import Literal, NamedTuple

from sent_tui.core.search import ContactRow, SortKey
from sent_tui.core.search_entry import (
    MARKS,
    NUMBERS,
    TEXTS,
    WORDS,
    SearchEntry,
    beginning,
    mixture,
    name_of,
    put_together,
    taken_apart,
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
"""The column of each order but that of names, which is the order of the rows themselves."""
TIED_BY_NAME = frozenset({SortKey.REGION})
"""Orders whose ties are broken by the name; those of the others by the number."""
PIECE = 16_384
"""So many items are moved in one go; more would hold up the other threads."""


class Lines:
    """One of the three texts of every row."""

    def __init__(self, name: str, sections: Sections) -> None:
        self.data = sections[name]
        self.starts = sections[f"{name}-start"].cast("Q")
        """Where the line of each row begins, and where the last one ends."""

    def between(self, start: int, end: int) -> bytes:
        """Return the lines of the rows from `start` up to `end`, a line feed after each."""
        return bytes(self.data[self.starts[start] : self.starts[end]])

    def line(self, row: int) -> bytes:
        """Return the line of a row."""
        return bytes(self.data[self.starts[row] : self.starts[row + 1] - 1])


class Stretch(NamedTuple):
    """The rows of some blocks that follow each other."""

    start: int
    end: int
    mixed: int
    """What stands where it is not expected in a text, as bits."""


@dataclass(frozen=True, slots=True)
class SearchBase:
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
                self.lines[name].between(start, min(start + PIECE, self.size)).split(b"\n")[:-1]
                for name in (WORDS, NUMBERS)
            )
            yield from map(beginning, words, numbers)

    def stretch(self, first: int, last: int) -> Stretch:
        """Return the rows of the blocks from `first` up to `last`."""
        mixed = self.mixed[first] if last - first == 1 else reduce(or_, self.mixed[first:last])
        return Stretch(self.blocks[first], self.blocks[last], mixed)

    def column(self, name: str) -> memoryview:
        """Return the numbers of a column."""
        return self.sections[name].cast(COLUMNS[name])

    def order(self, key: SortKey) -> Sequence[int]:
        """Return the rows in the order of a column, rising."""
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
        apart = zip(*(taken_apart(entry.text) for entry in entries), strict=True)
        for name, lines in zip(TEXTS, apart, strict=True):
            self._texts[name] += b"\n".join((*lines, b""))
            starts = self._starts[name]
            starts.extend(accumulate([len(line) + 1 for line in lines], initial=starts.pop()))
        for name, column in self._columns.items():
            column.extend(map(attrgetter(name), entries))

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
