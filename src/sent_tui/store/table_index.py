"""Where each document of one table stands: a base that is mapped from the index file, and what changed since.

Documents are found by their number, by fields that are keys, by the groups that they belong to, and in the order of
their own time. Keys and groups are kept as 64-bit hashes in the base, so whoever reads a document there has to see
whether it is the one that was meant.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import chain, islice
from operator import lt
from typing import Literal, NamedTuple

from msgspec import Struct, field

from sent_tui.store.index_columns import GONE, paired, place_of, put_rows, sorted_rows, text_hash
from sent_tui.store.journal_format import Document, Location, Record


class Filed(NamedTuple):
    """Under what a document is filed, beside its number, its keys and its time."""

    groups: tuple[str, ...] = ()
    facet: int = 0
    """A number that says what sort of document it is, 0 to 255; kept where documents have a time of their own."""


_NOWHERE = Filed()


def _nowhere(_document: Document) -> Filed:
    return _NOWHERE


class TableSpec(Struct, frozen=True):
    """By what the documents of a table are found, beside their numbers."""

    keys: tuple[str, ...] = ()
    """Fields whose values no two documents share."""
    filed: Callable[[Document], Filed] = _nowhere
    moment: Callable[[Document], int] | None = None
    """When a document was made, in microseconds since 1970."""


class TableBase:
    """The documents of a table at one moment, as columns. A row is a place in the order that was chosen for them."""

    def __init__(self, name: str, spec: TableSpec, sections: Mapping[str, memoryview]) -> None:
        def column(kind: Literal["B", "I", "Q"], part: str) -> memoryview:
            return sections.get(f"{name}/{part}", memoryview(b"")).cast(kind)

        self.docs = column("Q", "doc")
        self.offsets, self.lengths, self.crcs = column("Q", "offset"), column("I", "length"), column("I", "crc")
        self.by_doc = column("I", "by-doc")
        self.keys = {key: (column("Q", f"key-{key}"), column("I", f"row-{key}")) for key in spec.keys}
        self.groups = column("Q", "group"), column("I", "group-row")
        self.moments, self.by_moment = column("Q", "moment"), column("I", "by-moment")
        self.facets = column("B", "facet")
        """In the order of time, unlike the others."""

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


class _Later(Struct):
    """The documents of a table that changed since the base was made."""

    places: dict[int, Location | None] = field(default_factory=dict)
    keys: dict[str, dict[str, int]] = field(default_factory=dict)
    keys_of: dict[int, dict[str, str]] = field(default_factory=dict)
    groups: dict[str, dict[int, None]] = field(default_factory=dict)
    groups_of: dict[int, tuple[str, ...]] = field(default_factory=dict)
    moments: dict[int, int] = field(default_factory=dict)
    facets: dict[int, int] = field(default_factory=dict)


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

    def apply_new(self, records: Sequence[Record]) -> bool:
        """Take in many documents that were not there, all at once; return False, and take none, where that cannot be.

        It can where all have all keys and no time of their own, and come in rising order.
        """
        spec, later = self.spec, self.later
        numbers = [-1 if record.doc_id is None else record.doc_id for record in records]
        documents = [record.document for record in records if record.document is not None]
        if (
            spec.moment is not None
            or len(documents) < len(records)
            or not all(map(lt, (self.last_id, *numbers), numbers))
        ):
            return False
        values = {key: [document.get(key) for document in documents] for key in spec.keys}
        if not {str}.issuperset(map(type, chain.from_iterable(values.values()))):
            return False
        for key, found in values.items():
            later.keys[key].update(zip(map(str, found), numbers, strict=True))
        if spec.keys:
            # Most hold their keys and nothing else.
            keys = [each if len(each) == len(spec.keys) else _keys_in(spec, each) for each in documents]
            later.keys_of.update(zip(numbers, keys, strict=True))
        if spec.filed is not _nowhere:
            for doc_id, document in zip(numbers, documents, strict=True):
                self._file_under(doc_id, spec.filed(document).groups)
        later.places.update(zip(numbers, [record.location for record in records], strict=True))
        self.last_id = numbers[-1]
        self._count += len(numbers)
        return True

    def _file(self, doc_id: int, document: Document | None, *, is_new: bool) -> None:
        """Put a document under its keys, its groups and its time."""
        later = self.later
        keys = _keys_in(self.spec, document or {})
        for key, value in keys.items():
            later.keys[key][value] = doc_id
        groups, facet = _NOWHERE if document is None else self.spec.filed(document)
        if self.spec.moment is not None:
            if document is None:
                later.moments.pop(doc_id, None)
                later.facets.pop(doc_id, None)
            else:
                later.facets[doc_id] = facet
                later.moments[doc_id] = self.spec.moment(document)
        if not is_new:
            self._forget(doc_id, keys, groups)
        if keys:
            later.keys_of[doc_id] = keys
        self._file_under(doc_id, groups)

    def _file_under(self, doc_id: int, groups: tuple[str, ...]) -> None:
        for group in groups:
            self.later.groups.setdefault(group, {})[doc_id] = None
        if groups:
            self.later.groups_of[doc_id] = groups

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

    def without_key(self, key: str, values: set[str]) -> set[str]:
        """Return those values that no document has as a key; perhaps not all."""
        free = values.difference(self.later.keys[key])
        if not len(self.base.docs):
            return free
        pairs = self.base.keys[key]
        return {value for value in free if next(self.base.rows_with(pairs, value), None) is None}

    def in_group(self, group: str) -> list[int]:
        """Return the numbers of the documents that may belong to a group, rising."""
        rows = self.base.rows_with(self.base.groups, group)
        settled = [doc_id for row in rows if (doc_id := self.base.docs[row]) not in self.later.places]
        # One that another thread writes just now may be among both.
        return sorted({*settled, *self.later.groups.get(group, ())})

    def first_in_group(self, group: str, limit: int | None) -> list[int]:
        """Return the lowest of the numbers that `in_group` gives, without looking at the others.

        For tables whose rows are in the order of their numbers.
        """
        rows = self.base.rows_with(self.base.groups, group)
        settled = (doc_id for row in rows if (doc_id := self.base.docs[row]) not in self.later.places)
        return list(islice(merge(settled, sorted(self.later.groups.get(group, ()))), limit))

    def one_of_each_group(self) -> Iterator[int]:
        """Go through the numbers of documents, so many that one or more of each group is among them."""
        hashes, rows = self.base.groups
        known = None
        for wanted, row in zip(hashes, rows, strict=True):
            doc_id = self.base.docs[row]
            if wanted != known and doc_id not in self.later.places:
                known = wanted
                yield doc_id
        for documents in tuple(self.later.groups.values()):
            yield from islice(documents, 1)

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
        moved = array("I", [GONE if doc_id in places else row_of[doc_id] for doc_id in self.base.docs])
        made = {"doc": docs.tobytes(), "by-doc": sorted_rows(docs).tobytes()}
        made |= self._places(docs, moved, row_of)
        for key in self.spec.keys:
            changed = [(keys[key], doc_id) for doc_id, keys in self.later.keys_of.items() if key in keys]
            made[f"key-{key}"], made[f"row-{key}"] = paired(self.base.keys[key], moved, changed, row_of)
        grouped = [(group, doc_id) for doc_id, groups in self.later.groups_of.items() for group in groups]
        made["group"], made["group-row"] = paired(self.base.groups, moved, grouped, row_of)
        if self.spec.moment is not None:
            moments = array("Q", bytes(8 * len(docs)))
            put_rows(moments, self.base.moments, moved)
            for doc_id, moment in self.later.moments.items():
                moments[row_of[doc_id]] = moment
            by_moment = sorted_rows(moments, docs)
            made["moment"], made["by-moment"] = moments.tobytes(), by_moment.tobytes()
            made["facet"] = self._facets(moved, row_of, by_moment)
        return {f"{self.name}/{part}": data for part, data in made.items()}

    def _facets(self, moved: array[int], row_of: Mapping[int, int], by_moment: Sequence[int]) -> bytes:
        """Return the facets of all documents in the order of time."""
        facets = bytearray(len(row_of))
        for place, old in enumerate(self.base.by_moment):
            if moved[old] != GONE:
                facets[moved[old]] = self.base.facets[place]
        for doc_id, facet in self.later.facets.items():
            facets[row_of[doc_id]] = facet
        return bytes(map(facets.__getitem__, by_moment))

    def _places(self, docs: array[int], moved: array[int], row_of: Mapping[int, int]) -> dict[str, bytes]:
        offsets, lengths, crcs = array("Q", docs), array("I", bytes(4 * len(docs))), array("I", bytes(4 * len(docs)))
        for column, before in ((offsets, self.base.offsets), (lengths, self.base.lengths), (crcs, self.base.crcs)):
            put_rows(column, before, moved)
        for doc_id, place in self.later.places.items():
            if place is not None:
                row = row_of[doc_id]
                offsets[row], lengths[row], crcs[row] = place
        return {"offset": offsets.tobytes(), "length": lengths.tobytes(), "crc": crcs.tobytes()}


def _keys_in(spec: TableSpec, document: Document) -> dict[str, str]:
    return {key: value for key in spec.keys if isinstance(value := document.get(key), str)}
