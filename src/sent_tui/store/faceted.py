"""Finding and counting messages by their facets and times, without reading them.

Everything goes in steps of some thousand rows, so that other threads come to their turn.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import compress

from msgspec import Struct

from sent_tui.store.table_index import TableBase, TableIndex

_FIRST, _AT_ONCE = 256, 16_384
"""Rows of the first step, after which a screenful may be found, and of a later one."""


class Span(Struct, frozen=True):
    """A stretch of time, in microseconds since 1970: from the first one on, and before the second one."""

    since: int | None = None
    before: int | None = None

    def holds(self, moment: int) -> bool:
        """Return whether a moment lies in it."""
        return (self.since is None or moment >= self.since) and (self.before is None or moment < self.before)


class Faceted:
    """The documents of a table at one moment, in the order of their times."""

    def __init__(self, table: TableIndex, span: Span) -> None:
        self._base = table.base
        self._span = span
        self._from, self._to = _rows_within(self._base, span)
        # In this order: what is written meanwhile is taken once, from the base or from what changed.
        places = tuple(table.later.places)
        moments, facets = dict(table.later.moments), dict(table.later.facets)
        self._later = sorted(
            (moment, doc_id, facets.get(doc_id, 0)) for doc_id, moment in moments.items() if span.holds(moment)
        )
        """Of those that changed since the base was made: time, number and facet."""
        changed = (_place_in_time(self._base, doc_id) for doc_id in {*places, *moments})
        self._changed = sorted(place for place in changed if place is not None and self._from <= place < self._to)
        """Places in the base, in the order of time, that another state has taken."""

    def counts(self) -> Mapping[int, int]:
        """Return how many there are of each facet."""
        facets = bytes(self._base.facets[self._from : self._to])
        found, left = Counter[int](), len(facets)
        for facet in range(256):
            if not left:
                break
            found[facet] = facets.count(facet)
            left -= found[facet]
        found.subtract(self._base.facets[place] for place in self._changed)
        found.update(facet for _, _, facet in self._later)
        return found

    def newest(self, wanted: bytes) -> Iterator[array[int]]:
        """Give the numbers of documents, newest first, in steps; `wanted` has a 1 for each facet that is looked for."""
        end = self._to
        for moment, doc_id, facet in reversed(self._later):
            place = max(self._from, min(end, _place_of_moment(self._base, moment, doc_id)))
            yield from self._settled(place, end, wanted)
            end = place
            if wanted[facet]:
                yield array("Q", (doc_id,))
        yield from self._settled(self._from, end, wanted)

    def _settled(self, start: int, end: int, wanted: bytes) -> Iterator[array[int]]:
        """Give the numbers of documents of the base between two places, newest first."""
        base, step = self._base, _FIRST
        while end > start:
            begin, step = max(start, end - step), min(_AT_ONCE, 4 * step)
            marks = bytearray(bytes(base.facets[begin:end]).translate(wanted))
            for place in self._changed[bisect_left(self._changed, begin) : bisect_left(self._changed, end)]:
                marks[place - begin] = 0
            rows = compress(reversed(base.by_moment[begin:end]), reversed(marks))
            yield array("Q", map(base.docs.__getitem__, rows))
            end = begin

    def of_documents(self, doc_ids: Iterable[int]) -> Iterator[tuple[int, int, int]]:
        """Give time, number and facet of some documents, as far as they lie in the span."""
        later = {doc_id: (moment, doc_id, facet) for moment, doc_id, facet in self._later}
        gone = set(self._changed)
        for doc_id in doc_ids:
            known = later.get(doc_id)
            place = None if known else _place_in_time(self._base, doc_id)
            if known is not None:
                yield known
            elif place is not None and self._from <= place < self._to and place not in gone:
                row = self._base.by_moment[place]
                yield self._base.moments[row], doc_id, self._base.facets[place]


def _rows_within(base: TableBase, span: Span) -> tuple[int, int]:
    """Return the first and the last place of a span in the order of time, the last one not in it."""
    start = 0 if span.since is None else _place_of_moment(base, span.since, -1)
    end = len(base.by_moment) if span.before is None else _place_of_moment(base, span.before, -1)
    return start, max(start, end)


def _place_of_moment(base: TableBase, moment: int, doc_id: int) -> int:
    """Return the place in the order of time after every document that is older; of one moment, of a lower number."""

    def key(row: int) -> tuple[int, int]:
        return base.moments[row], base.docs[row]

    return bisect_right(base.by_moment, (moment, doc_id), key=key)


def _place_in_time(base: TableBase, doc_id: int) -> int | None:
    """Return the place of a document of the base in the order of time."""
    row = base.row(doc_id)
    return None if row is None else _place_of_moment(base, base.moments[row], doc_id) - 1
