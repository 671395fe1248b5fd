"""The settled part of the search index: every contact in the order of its name, in columns that never change.

The columns are buffers: built in memory, or mapped from a file, so that a million contacts cost no objects. A row is
a place in the order of names, counted from 0; the texts lie behind each other in one buffer, a line feed after each.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from sent_tui.core.search import ContactRow, SortKey
from sent_tui.core.search_entry import SearchEntry
from sent_tui.core.search_grams import BLOCK, GramBuilder, GramFilter

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
_PIECE = 16_384
"""So many items are moved in one go; more would hold up the other threads."""


@dataclass(frozen=True, slots=True)
class SearchBase:
    """All rows of one moment. `sections` are those that `build_sections` made."""

    sections: Sections
    load: Callable[[int], ContactRow]
    """Returns what the list shows of a row."""
    find: Callable[[str], int | None]
    """Returns the row of a contact id."""
    size: int
    texts: memoryview
    starts: memoryview
    """Where the text of each row begins, and where the last one ends."""
    grams: GramFilter

    @classmethod
    def of(cls, sections: Sections, load: Callable[[int], ContactRow], find: Callable[[str], int | None]) -> SearchBase:
        """Return the base that some sections hold."""
        starts = sections["starts"].cast("Q")
        size = len(starts) - 1
        return cls(sections, load, find, size, sections["texts"], starts, GramFilter(size, sections["grams"]))

    def text(self, row: int) -> bytes:
        """Return the folded text of a row."""
        return bytes(self.texts[self.starts[row] : self.starts[row + 1] - 1])

    def block(self, block: int) -> bytes:
        """Return the texts of a block of rows, a line feed after each."""
        end = min(self.size, (block + 1) * BLOCK)
        return bytes(self.texts[self.starts[block * BLOCK] : self.starts[end]])

    def column(self, name: str) -> memoryview:
        """Return the numbers of a column."""
        return self.sections[name].cast(COLUMNS[name])

    def order(self, key: SortKey) -> Sequence[int]:
        """Return the rows in the order of a column, rising."""
        return range(self.size) if key is SortKey.NAME else self.sections[f"by-{key.value}"].cast("I")


def build_sections(entries: Sequence[SearchEntry], orders: Mapping[SortKey, Sequence[int]]) -> dict[str, bytearray]:
    """Return the columns of entries that stand in the order of their names.

    `orders` holds the rows in the order of each other column.
    """
    sections = {name: bytearray() for name in ("texts", "starts", *COLUMNS)}
    grams = GramBuilder(len(entries))
    at = 0
    for block, part in enumerate(_pieces(entries, BLOCK)):
        lines = [entry.text for entry in part]
        text = b"\n".join((*lines, b""))
        grams.add(block, text)
        sections["texts"] += text
        starts = array("Q")
        for line in lines:
            starts.append(at)
            at += len(line) + 1
        sections["starts"] += starts.tobytes()
        for name, kind in COLUMNS.items():
            sections[name] += array(kind, [getattr(entry, name) for entry in part]).tobytes()
    sections["starts"] += array("Q", [at]).tobytes()
    for key, rows in orders.items():
        sections[f"by-{key.value}"] = bytearray(in_pieces("I", rows).tobytes())
    sections["grams"] = grams.finish()
    return sections


def in_pieces(kind: str, numbers: Iterable[int]) -> array[int]:
    """Return numbers as an array, a piece at a time."""
    made = array(kind)
    if isinstance(numbers, Sequence):
        for at in range(0, len(numbers), _PIECE):
            made.extend(array(kind, numbers[at : at + _PIECE]))
        return made
    rest = iter(numbers)
    while part := array(kind, islice(rest, _PIECE)):
        made.extend(part)
    return made


def _pieces(entries: Sequence[SearchEntry], size: int) -> Iterator[Sequence[SearchEntry]]:
    for at in range(0, len(entries), size):
        yield entries[at : at + size]
