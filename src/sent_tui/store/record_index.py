"""Where each document of a journal stands: a base that is mapped from the index file, and what changed since.

Documents are found by their number, by fields that are keys, by the groups that they belong to, and in the order of
their own time. Keys and groups are kept as 64-bit hashes in the base, so whoever reads a document there has to see
whether it is the one that was meant.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from math import isqrt
from typing import Literal
from zlib import crc32

from sent_tui.store.journal_format import Document, Location, Record

_GONE = 0xFFFFFFFF
_ROW_BITS = 32
_HASH_BITS = 64


def _no_groups(_document: Document) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class TableSpec:
    """By what the documents of a table are found, beside their numbers."""

    keys: tuple[str, ...] = ()
    """Fields whose values no two documents share."""
    groups: Callable[[Document], Iterable[str]] = _no_groups
    moment: Callable[[Document], int] | None = None
    """When a document was made, in microseconds since 1970."""


class TableBase:
    """The documents of a table at one moment, as columns. A row is a place in the order that was chosen for them."""

    def __init__(self, name: str, spec: TableSpec, sections: Mapping[str, memoryview]) -> None:
        def column(kind: Literal["I", "Q"], part: str) -> memoryview:
            return sections.get(f"{name}/{part}", memoryview(b"")).cast(kind)

        self.docs = column("Q", "doc")
        self.offsets, self.lengths, self.crcs = column("Q", "offset"), column("I", "length"), column("I", "crc")
        self.by_doc = column("I", "by-doc")
        self.keys = {key: (column("Q", f"key-{key}"), column("I", f"row-{key}")) for key in spec.keys}
        self.groups = column("Q", "group"), column("I", "group-row")
        self.moments, self.by_moment = column("Q", "moment"), column("I", "by-moment")

    def row(self, doc_id: int) -> int | None:
        """Return the row of a document."""
        docs, by_doc = self.docs, self.by_doc
        if not (by_doc and docs[by_doc[0]] <= doc_id <= docs[by_doc[-1]]):
            return None
        # Numbers differ: no more of them stand between two than lie between these. Hardly a page is looked at so.
        low = max(0, len(by_doc) - 1 - (docs[by_doc[-1]] - doc_id))
        high = min(len(by_doc), doc_id - docs[by_doc[0]] + 1)
        row = by_doc[bisect_left(by_doc, doc_id, low, high, key=docs.__getitem__)]
        return row if docs[row] == doc_id else None

    def location(self, row: int) -> Location:
        """Return where the document of a row stands."""
        return Location(self.offsets[row], self.lengths[row], self.crcs[row])

    def rows_with(self, pairs: tuple[memoryview, memoryview], text: str) -> Iterator[int]:
        """Go through the rows that a hash leads to, in the order of their numbers."""
        hashes, rows = pairs
        wanted = text_hash(text)
        at = place_of(hashes, wanted)
        while at < len(hashes) and hashes[at] == wanted:
            yield rows[at]
            at += 1


@dataclass(slots=True)
class _Later:
    """The documents of a table that changed since the base was made."""

    places: dict[int, Location | None] = field(default_factory=dict)
    keys: dict[str, dict[str, int]] = field(default_factory=dict)
    keys_of: dict[int, dict[str, str]] = field(default_factory=dict)
    groups: dict[str, dict[int, None]] = field(default_factory=dict)
    groups_of: dict[int, tuple[str, ...]] = field(default_factory=dict)
    moments: dict[int, int] = field(default_factory=dict)


class TableIndex:
    """The documents of one table."""

    def __init__(self, name: str, spec: TableSpec, sections: Mapping[str, memoryview], last_id: int) -> None:
        self.name = name
        self.spec = spec
        self.base = TableBase(name, spec, sections)
        self.last_id = last_id
        """The highest number that any document has or had."""
        self.later = _Later(keys={key: {} for key in spec.keys})
        self._count = len(self.base.docs)
        self._is_plain = spec == TableSpec()

    def __len__(self) -> int:
        """Return how many documents there are."""
        return self._count

    def apply(self, doc_id: int, document: Document | None, location: Location) -> None:
        """Take a change in."""
        is_new = doc_id > self.last_id
        """Then nothing is known of it that would have to go."""
        if is_new:
            self.last_id = doc_id
        self._count += (document is not None) - (not is_new and self.location(doc_id) is not None)
        if not self._is_plain:
            self._file(doc_id, document, is_new=is_new)
        self.later.places[doc_id] = None if document is None else location

    def _file(self, doc_id: int, document: Document | None, *, is_new: bool) -> None:
        """Put a document under its keys, its groups and its time."""
        later = self.later
        keys = _keys_in(self.spec, document or {})
        for key, value in keys.items():
            later.keys[key][value] = doc_id
        groups = () if document is None else tuple(self.spec.groups(document))
        for group in groups:
            later.groups.setdefault(group, {})[doc_id] = None
        if self.spec.moment is not None:
            if document is None:
                later.moments.pop(doc_id, None)
            else:
                later.moments[doc_id] = self.spec.moment(document)
        if not is_new:
            self._forget(doc_id, keys, groups)
        if keys:
            later.keys_of[doc_id] = keys
        if groups:
            later.groups_of[doc_id] = groups

    def _forget(self, doc_id: int, keys: dict[str, str], groups: tuple[str, ...]) -> None:
        """Let a document go under other keys and groups than these."""
        later = self.later
        for key, value in later.keys_of.get(doc_id, {}).items():
            if keys.get(key) != value and later.keys[key].get(value) == doc_id:
                del later.keys[key][value]
        for group in set(later.groups_of.get(doc_id, ())).difference(groups):
            del later.groups[group][doc_id]
        later.keys_of.pop(doc_id, None)
        later.groups_of.pop(doc_id, None)

    def location(self, doc_id: int) -> Location | None:
        """Return where a document stands; None when it is not there."""
        if doc_id in self.later.places:
            return self.later.places[doc_id]
        row = self.base.row(doc_id)
        return None if row is None else self.base.location(row)

    def keys_of(self, doc_id: int) -> Mapping[str, str]:
        """Return the keys of a document that changed since the base was made."""
        return self.later.keys_of.get(doc_id, {})

    def keeps_keys(self, doc_id: int, document: Document | None) -> bool:
        """Return whether a document has the same keys as the one that it takes the place of, if there is any."""
        if document is None:
            return False
        if doc_id in self.later.places:
            return self.later.places[doc_id] is None or self.keys_of(doc_id) == _keys_in(self.spec, document)
        row = self.base.row(doc_id)
        if row is None:
            return True
        keys = _keys_in(self.spec, document)
        return all(row in self.base.rows_with(self.base.keys[key], keys[key]) for key in keys)

    def with_key(self, key: str, value: str) -> Sequence[int]:
        """Return the numbers of the documents that may have a key."""
        known = self.later.keys[key].get(value)
        if known is not None:
            return (known,)
        base = self.base
        if not len(base.docs):
            return ()
        docs = [base.docs[row] for row in base.rows_with(base.keys[key], value)]
        return [doc_id for doc_id in docs if doc_id not in self.later.places]

    def in_group(self, group: str) -> list[int]:
        """Return the numbers of the documents that may belong to a group, rising."""
        rows = self.base.rows_with(self.base.groups, group)
        settled = [doc_id for row in rows if (doc_id := self.base.docs[row]) not in self.later.places]
        return sorted((*settled, *self.later.groups.get(group, ())))

    def newest(self) -> Iterator[int]:
        """Go through the numbers of all documents, the newest first; of one moment, the highest number first."""
        base, later = self.base, self.later
        rows = reversed(base.by_moment)
        settled = ((base.moments[row], base.docs[row]) for row in rows if base.docs[row] not in later.places)
        changed = sorted(((moment, doc_id) for doc_id, moment in tuple(later.moments.items())), reverse=True)
        return (doc_id for _, doc_id in merge(settled, changed, reverse=True))

    def doc_ids(self) -> Iterator[int]:
        """Go through the numbers of all documents, rising."""
        places = dict(self.later.places)
        docs = (self.base.docs[row] for row in self.base.by_doc)
        settled = (doc_id for doc_id in docs if doc_id not in places)
        return merge(settled, sorted(doc_id for doc_id, place in places.items() if place is not None))

    def sections(self, order: Sequence[int]) -> dict[str, bytes]:
        """Return the columns of a base in which everything is settled; `order` holds every number once."""
        docs = array("Q", order)
        row_of = {doc_id: row for row, doc_id in enumerate(docs)}
        places = self.later.places
        moved = array("I", [_GONE if doc_id in places else row_of[doc_id] for doc_id in self.base.docs])
        made = {"doc": docs.tobytes(), "by-doc": _sorted_rows(docs).tobytes()}
        made |= self._places(docs, moved, row_of)
        for key in self.spec.keys:
            changed = [(keys[key], doc_id) for doc_id, keys in self.later.keys_of.items() if key in keys]
            made[f"key-{key}"], made[f"row-{key}"] = _pairs(self.base.keys[key], moved, changed, row_of)
        grouped = [(group, doc_id) for doc_id, groups in self.later.groups_of.items() for group in groups]
        made["group"], made["group-row"] = _pairs(self.base.groups, moved, grouped, row_of)
        if self.spec.moment is not None:
            moments = array("Q", bytes(8 * len(docs)))
            _put_rows(moments, self.base.moments, moved)
            for doc_id, moment in self.later.moments.items():
                moments[row_of[doc_id]] = moment
            made["moment"], made["by-moment"] = moments.tobytes(), _sorted_rows(moments, docs).tobytes()
        return {f"{self.name}/{part}": data for part, data in made.items()}

    def _places(self, docs: array[int], moved: array[int], row_of: Mapping[int, int]) -> dict[str, bytes]:
        offsets, lengths, crcs = array("Q", docs), array("I", bytes(4 * len(docs))), array("I", bytes(4 * len(docs)))
        for column, before in ((offsets, self.base.offsets), (lengths, self.base.lengths), (crcs, self.base.crcs)):
            _put_rows(column, before, moved)
        for doc_id, place in self.later.places.items():
            if place is not None:
                row = row_of[doc_id]
                offsets[row], lengths[row], crcs[row] = place
        return {"offset": offsets.tobytes(), "length": lengths.tobytes(), "crc": crcs.tobytes()}


class RecordIndex:
    """The documents of all tables."""

    def __init__(
        self,
        specs: Mapping[str, TableSpec],
        sections: Mapping[str, memoryview] | None = None,
        last_ids: Mapping[str, int] | None = None,
    ) -> None:
        self._specs = specs
        self._tables = {
            name: TableIndex(name, specs.get(name, TableSpec()), sections or {}, last_id)
            for name, last_id in (last_ids or {}).items()
        }
        self.changed = 0
        """How many changes were taken in since the base was made."""

    def apply(self, record: Record) -> None:
        """Take a change in."""
        self.changed += 1
        name, doc_id, document, location, is_drop, _ = record
        if doc_id is not None:
            table = self._tables.get(name) or self.table(name)
            table.apply(doc_id, document, location)
        elif is_drop:
            self._tables.pop(name, None)
        else:
            self.table(name)

    def table(self, name: str) -> TableIndex:
        """Return a table, made when it is missing."""
        if name not in self._tables:
            self._tables[name] = TableIndex(name, self._specs.get(name, TableSpec()), {}, 0)
        return self._tables[name]

    def find(self, name: str) -> TableIndex | None:
        """Return a table; None when there is no such table."""
        return self._tables.get(name)

    @property
    def tables(self) -> Mapping[str, TableIndex]:
        """All tables by their names."""
        return self._tables

    @property
    def last_ids(self) -> dict[str, int]:
        """The highest number that any document of each table has or had."""
        return {name: table.last_id for name, table in self._tables.items()}

    def sections(self, orders: Mapping[str, Sequence[int]]) -> dict[str, bytes]:
        """Return the columns of all tables; a table without an order is put into that of its numbers."""
        made: dict[str, bytes] = {}
        for name, table in self._tables.items():
            made |= table.sections(orders[name] if name in orders else list(table.doc_ids()))
        return made


def _keys_in(spec: TableSpec, document: Document) -> dict[str, str]:
    return {key: value for key in spec.keys if isinstance(value := document.get(key), str)}


def text_hash(text: str) -> int:
    """Return a hash of a text that is the same everywhere, below 2**64."""
    data = text.encode("utf-8", "replace")
    return crc32(data) << 32 | crc32(data[::-1])


def place_of(hashes: memoryview, wanted: int) -> int:
    """Return where the first hash stands that is not lower: near where it would be if all were spread evenly."""
    count = len(hashes)
    guess, step = wanted * count >> _HASH_BITS, isqrt(count) + 1
    low, high = max(0, guess - step), min(count, guess + step)
    while low and hashes[low] >= wanted:
        low, step = max(0, low - step), 2 * step
    while high < count and hashes[high] < wanted:
        high, step = min(count, high + step), 2 * step
    return bisect_left(hashes, wanted, low, high)


def _put_rows(column: array[int], before: memoryview, moved: array[int]) -> None:
    """Put the numbers of the rows of a base where these rows have moved to."""
    for old, row in enumerate(moved):
        if row != _GONE:
            column[row] = before[old]


def _sorted_rows(values: array[int], ties: array[int] | None = None) -> array[int]:
    if ties is None:
        return array("I", sorted(range(len(values)), key=values.__getitem__))
    return array("I", sorted(range(len(values)), key=lambda row: (values[row], ties[row])))


def _pairs(
    pairs: tuple[memoryview, memoryview],
    moved: array[int],
    changed: Iterable[tuple[str, int]],
    row_of: Mapping[int, int],
) -> tuple[bytes, bytes]:
    """Return hashes in order, and beside each the row that it leads to."""
    packed = [wanted << _ROW_BITS | moved[row] for wanted, row in zip(*pairs, strict=True) if moved[row] != _GONE]
    packed += [text_hash(text) << _ROW_BITS | row_of[doc_id] for text, doc_id in changed]
    packed.sort()
    hashes = array("Q", [pair >> _ROW_BITS for pair in packed])
    return hashes.tobytes(), array("I", [pair & _GONE for pair in packed]).tobytes()
