"""The settled part of the search index: every contact in the order of its name, in columns that never change.

The columns are buffers: built in memory, or mapped from a file, so that a million contacts cost no objects. A row is
a place in the order of names, counted from 0; the texts lie behind each other in one buffer, a line feed after each.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from sent_tui.core.search import ContactRow, SortKey
from sent_tui.core.search_entry import SearchEntry
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


@dataclass(frozen=True, slots=True)
class SearchBase:
    """All rows of one moment. `sections` are those that `settled` made."""

    sections: Sections
    load: Callable[[int], ContactRow]
    """Returns what the list shows of a row."""
    find: Callable[[str], int | None]
    """Returns the row of a contact id."""
    size: int
    texts: memoryview
    starts: memoryview
    """Where the text of each row begins, and where the last one ends."""
    blocks: memoryview
    """With which row each block begins, and how many rows there are in all."""
    grams: GramFilter

    @classmethod
    def of(cls, sections: Sections, load: Callable[[int], ContactRow], find: Callable[[str], int | None]) -> SearchBase:
        """Return the base that some sections hold."""
        starts, blocks = sections["starts"].cast("Q"), sections["blocks"].cast("I")
        grams = GramFilter(len(blocks) - 1, sections["grams"])
        return cls(sections, load, find, len(starts) - 1, sections["texts"], starts, blocks, grams)

    def text(self, row: int) -> bytes:
        """Return the folded text of a row."""
        return bytes(self.texts[self.starts[row] : self.starts[row + 1] - 1])

    def lines(self, start: int, end: int) -> bytes:
        """Return the texts of the rows from `start` up to `end`, a line feed after each."""
        return bytes(self.texts[self.starts[start] : self.starts[end]])

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
        self._sections = {name: bytearray() for name in ("texts", *COLUMNS)}
        self._starts = array("Q", [0])

    def add_rows(self, start: int, end: int) -> None:
        """Add rows of the base, from `start` up to `end`."""
        base, at = self._base, self._starts[-1]
        shift = at - base.starts[start]
        self._sections["texts"] += base.texts[base.starts[start] : base.starts[end]]
        self._starts.extend([place + shift for place in base.starts[start + 1 : end + 1]])
        for name, kind in COLUMNS.items():
            width = array(kind).itemsize
            self._sections[name] += base.sections[name][start * width : end * width]

    def add(self, entry: SearchEntry) -> None:
        """Add a row."""
        self._sections["texts"] += entry.text + b"\n"
        self._starts.append(self._starts[-1] + len(entry.text) + 1)
        for name, kind in COLUMNS.items():
            self._sections[name] += array(kind, [getattr(entry, name)]).tobytes()

    def finish(
        self, orders: Mapping[SortKey, Iterable[int]], blocks: array[int], grams: bytearray
    ) -> dict[str, bytearray]:
        """Return all sections; `orders` holds the rows in the order of each other column."""
        sections = self._sections | {
            "starts": bytearray(self._starts.tobytes()),
            "blocks": bytearray(blocks.tobytes()),
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
