"""The index that answers contact queries: the first rows at once, all of them and the counts a moment later.

Most contacts stand in a base that never changes; those that changed since lie over it. One thread at a time may
change the index; any number may search it meanwhile, each in the state before or after.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice, repeat
from operator import indexOf
from typing import Any, overload

from msgspec import Struct, field
from msgspec.structs import replace

from sent_tui.core.contact import Contact
from sent_tui.core.search import BY_NAME, ChannelFilter, ContactQuery, ContactRow, Sort, SortKey, row_of
from sent_tui.core.search_base import SearchBase, marked_in
from sent_tui.core.search_entry import ALL_FLAGS, PASSING, SearchEntry, entry_of, number_of_key
from sent_tui.core.search_facets import Facets, facets
from sent_tui.core.search_marks import places
from sent_tui.core.search_match import (
    IsCancelled,
    Matcher,
    SearchCancelledError,
    holding_lone,
    marked,
    matcher,
    misspelt,
    never,
)
from sent_tui.core.search_settling import empty_base, empty_view, settled
from sent_tui.core.search_view import Handle, LaterContacts, View

_FEW = 10
"""With fewer exact hits than this, words with one wrong letter are looked for as well."""
_PORTION = 16
"""So many blocks are looked through in one go, which stay in the cache of a processor."""
_SORTED_BELOW = 8
"""With hits fewer than one in so many, they are sorted; with more, an order is gone through for them."""
_GLANCE = 20_000
"""So many rows are looked at, one by one, for the first rows of an order other than that of names."""


class Counts(Struct, frozen=True):
    """How many contacts each filter of the bar would show for a query."""

    by_filter: Mapping[ChannelFilter, int] = field(default_factory=dict)

    def __getitem__(self, wanted: ChannelFilter) -> int:
        """Return the count of one filter."""
        return self.by_filter.get(wanted, 0)


class Results(Sequence[ContactRow]):
    """The rows that answer a query, in order: a snapshot that later changes do not touch."""

    def __init__(self, view: View | None = None, positions: Sequence[int] = ()) -> None:
        self._view = view
        self._positions = positions

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._positions)

    @overload
    def __getitem__(self, index: int) -> ContactRow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ContactRow]: ...
    def __getitem__(self, index: int | slice) -> ContactRow | Sequence[ContactRow]:
        """Return one row, or some."""
        if isinstance(index, slice):
            return tuple(map(self._row, self._positions[index]))
        return self._row(self._positions[index])

    def __iter__(self) -> Iterator[ContactRow]:
        """Go through all rows."""
        return map(self._row, self._positions)

    def part(self, offset: int = 0, limit: int | None = None) -> Results:
        """Return `limit` of the rows from `offset` on; all of the rest without a limit."""
        if offset <= 0 and limit is None:
            return self
        start = max(0, offset)
        end = None if limit is None else start + max(0, limit)
        return Results(self._view, self._positions[start:end])

    def place(self, contact_id: str) -> int | None:
        """Return where a contact stands, None when it is not among them."""
        if self._view is None:
            return None
        for position in self._view.positions_of(contact_id):
            with suppress(ValueError):
                if isinstance(self._positions, memoryview):
                    return indexOf(self._positions, position)
                return self._positions.index(position)
        return None

    def numbers(self) -> array[int]:
        """Return the numbers of all rows as `number_key` writes them, rising: for a thread that may take its time."""
        if self._view is None:
            return array("Q")
        return self._view.numbers(self._positions)

    def _row(self, position: int) -> ContactRow:
        if self._view is None:
            raise IndexError(position)
        return self._view.row(position)


class _Found(Struct, frozen=True):
    """The contacts that a query means, without its condition on the channels; a byte for each position."""

    view: View
    query: ContactQuery
    exact: bytearray
    close: bytearray
    """Those that have a wrong letter."""
    flags: bytes


class SearchIndex:
    """All contacts, as the search sees them."""

    def __init__(
        self, contacts: Iterable[Contact] = (), *, load: Callable[[Handle], ContactRow] = lambda row: row
    ) -> None:
        self._load = load
        """Returns what the list shows of a contact that changed since the base was made."""
        self._view = empty_view(LaterContacts(load))
        self._last: _Found | None = None
        self.change(contacts)

    def __len__(self) -> int:
        """Return how many contacts there are."""
        return len(self._view)

    @property
    def view(self) -> View:
        """The index as it is now."""
        return self._view

    def people(self) -> Iterator[tuple[str, str]]:
        """Go through all contacts in the order of their names, as (folded name, E.164)."""
        view = self._view
        for position in view.order(SortKey.NAME):
            yield view.name(position).decode(), number_of_key(view.number(position))

    def put(self, contact: Contact) -> None:
        """Add a contact, or take its new state."""
        self.change((contact,))

    def discard(self, contact_id: str) -> None:
        """Take a contact out, if it is there."""
        self.change(gone=(contact_id,))

    def change(self, put: Iterable[Contact] = (), gone: Iterable[str] = ()) -> None:
        """Take the new state of some contacts and take others out, all at once for whoever searches."""
        changed: dict[str, tuple[SearchEntry, Handle] | None] = dict.fromkeys(gone)
        self.take(changed | {contact.id: (entry_of(contact), row_of(contact)) for contact in put})

    def take(self, changed: Mapping[str, tuple[SearchEntry, Handle] | None]) -> None:
        """Take the new state of contacts by their ids, None for one that is gone: what is kept, and what loads it."""
        if changed:
            self._view = self._view.after(changed)

    def rebase(self, base: SearchBase, changed: Mapping[str, tuple[SearchEntry, Handle] | None] | None = None) -> None:
        """Lay a new base under the index; `changed` is what changed since the base was made."""
        self._view = View(base, LaterContacts(self._load), base.size, frozenset()).after(changed or {})

    def clear(self) -> None:
        """Take all contacts out."""
        self.rebase(empty_base())

    @property
    def unsettled(self) -> int:
        """How many states of contacts lie over the base."""
        return self._view.size - self._view.base.size

    def settle(self) -> None:
        """Settle everything in memory, so that searching does not grow slower with each change."""
        view = self._view
        rows = [view.row(position) for position in view.order(SortKey.NAME)]
        places = {row.id: place for place, row in enumerate(rows)}
        sections = {name: memoryview(data) for name, data in self.settled().items()}
        self.rebase(SearchBase.of(sections, rows.__getitem__, places.get))

    def settled(self) -> dict[str, bytearray]:
        """Return the sections of a base in which everything is settled."""
        return settled(self._view)

    def glance(self, query: ContactQuery, sort: Sort = BY_NAME, limit: int = 50, *, keep: str = "") -> Results | None:
        """Return the first rows of an answer; None where finding them takes as long as finding all.

        Contacts with a wrong letter in their names are not among them. With `keep`, the id of a contact, also None
        when that one is in the answer, but not among the first.
        """
        first = self._first(query, sort, limit)
        if first is None or not keep or first.place(keep) is not None:
            return first
        asked = matcher(query)
        kept = (position for position in self._view.positions_of(keep) if position not in self._view.dead)
        return None if any(_passes(self._view, asked, position) for position in kept) else first

    def _first(self, query: ContactQuery, sort: Sort, limit: int) -> Results | None:
        view, asked = self._view, matcher(query)
        if sort.key is SortKey.NAME and asked.has_text:
            found = _by_name(view, asked, descending=sort.descending)
            return Results(view, list(islice(found, limit)))
        positions = _turned(view.order(sort.key), sort)
        looked_at = islice(positions, _GLANCE)
        passing = list(islice((position for position in looked_at if _passes(view, asked, position)), limit))
        is_enough = len(passing) == limit or len(positions) <= _GLANCE
        return Results(view, passing) if is_enough else None

    def answer(self, query: ContactQuery, sort: Sort = BY_NAME, is_cancelled: IsCancelled = never) -> Results:
        """Return the rows that answer a query: those that have it as it is written, then those with a wrong letter.

        Raises SearchCancelledError as soon as nobody waits for them.
        """
        if query.is_everyone:
            return Results(self._view, _turned(self._view.order(sort.key), sort))
        found = self._found(query, is_cancelled)
        view, allowed = found.view, matcher(query).flags
        order = _turned(view.order(sort.key), sort)
        if 0 not in allowed[:ALL_FLAGS] and len(view) == found.exact.count(1):
            return Results(view, order)
        shown, positions = found.flags.translate(allowed), array("I")
        for mask in (found.exact, found.close):
            if is_cancelled():
                raise SearchCancelledError
            if 1 in mask:
                marks = _and(mask, shown)
                if not isinstance(order, range) and marks.count(1) * _SORTED_BELOW < len(order):
                    rank = view.rank(sort.key)
                    positions.extend(sorted(_marked(marks), key=rank.__getitem__, reverse=sort.descending))
                else:
                    _append_marked(positions, order, marks, is_cancelled)
        return Results(view, positions)

    def find(self, query: ContactQuery, sort: Sort = BY_NAME) -> Results:
        """Return the rows that answer a query, however long it takes."""
        return self.answer(query, sort)

    def count(self, query: ContactQuery) -> Counts:
        """Return what each filter would show beside the rest of a query."""
        return _counts(self._found(query, never))

    def facets(self, query: ContactQuery, is_cancelled: IsCancelled = never) -> Facets:
        """Return how many contacts each further filter would leave of an answer.

        Raises SearchCancelledError as soon as nobody waits for it.
        """
        found = self._found(query, is_cancelled)
        either = int.from_bytes(found.exact, "little") | int.from_bytes(found.close, "little")
        shown = _and(either.to_bytes(len(found.exact), "little"), found.flags.translate(matcher(query).flags))

        def check() -> None:
            if is_cancelled():
                raise SearchCancelledError

        return facets(found.view, shown, found.flags, check)

    def _found(self, query: ContactQuery, is_cancelled: IsCancelled) -> _Found:
        view = self._view
        rest = replace(query, conditions=frozenset(c for c in query.conditions if c.field != "channel"))
        last = self._last
        if last is not None and last.view is view and last.query == rest:
            return last
        asked = matcher(rest)
        exact, close = bytearray(view.size), bytearray(view.size)
        flags = view.flags()
        hits = _mark(view, asked, flags, exact, is_cancelled)
        if rest.forgiving and hits < _FEW:
            _mark_misspelt(view, rest, flags, exact, close, is_cancelled)
        found = self._last = _Found(view, rest, exact, close, flags)
        return found


def _turned(order: Sequence[int], sort: Sort) -> Sequence[int]:
    return order[::-1] if sort.descending else order


def _passes(view: View, asked: Matcher, position: int) -> bool:
    return bool(asked.flags[view.flag(position)]) and (not asked.has_text or asked.stands_in(view.text(position)))


def _by_name(view: View, asked: Matcher, *, descending: bool) -> Iterator[int]:
    """Go through the positions that a query means, in the order of names."""
    later = [position for position in view.changed if position not in view.dead and _passes(view, asked, position)]
    settled = _in_base(view, asked, descending=descending)
    if not later:
        return settled

    def key(position: int) -> Any:  # noqa: ANN401 - keys of one order compare with each other
        return view.key(SortKey.NAME, position)

    return heapq.merge(settled, sorted(later, key=key, reverse=descending), key=key, reverse=descending)


def _in_base(view: View, asked: Matcher, *, descending: bool) -> Iterator[int]:
    base, dead = view.base, view.dead
    is_filtered = 0 in asked.flags[:ALL_FLAGS]
    if asked.lone and not (is_filtered or descending):
        found = holding_lone(base, asked, _growing())
    else:
        found = _marked_rows(base, asked, descending=descending, is_filtered=is_filtered)
    return (row for row in found if row not in dead) if dead else found


def _marked_rows(base: SearchBase, asked: Matcher, *, descending: bool, is_filtered: bool) -> Iterator[int]:
    flags = base.column("flags")
    for stretch, marks in marked(base, asked, _growing(), descending=descending):
        if is_filtered and marks:
            marks &= int.from_bytes(stretch.of(flags).translate(asked.flags), "little")
        if marks:
            found: Iterable[int] = stretch.rows(places(marks, stretch.count))
            yield from reversed(list(found)) if descending else found


def _growing() -> Iterator[int]:
    """Go through the sizes of portions: the first rows are often in the first blocks."""
    size = 2
    while True:
        yield size
        size = min(2 * size, _PORTION)


def _mark(view: View, asked: Matcher, flags: bytes, mask: bytearray, is_cancelled: IsCancelled) -> int:
    """Mark the positions that a query means, and return how many there are."""
    if asked.has_text:
        for stretch, marks in marked(view.base, asked, repeat(_PORTION)):
            if is_cancelled():
                raise SearchCancelledError
            if marks:
                stretch.put(marks.to_bytes(stretch.count, "little"), mask)
        for position in view.changed:
            mask[position] = asked.stands_in(view.text(position))
    else:
        mask[:] = b"\1" * len(mask)
    for position in view.dead:
        mask[position] = 0
    if 0 in asked.flags[:ALL_FLAGS]:
        mask[:] = _and(mask, flags.translate(asked.flags))
    return mask.count(1)


def _mark_misspelt(
    view: View, query: ContactQuery, flags: bytes, exact: bytearray, close: bytearray, is_cancelled: IsCancelled
) -> None:
    """Mark the positions that a query means but for one letter, unless they are marked as exact."""
    for half, wanted in misspelt(query):
        found = bytearray(view.size)
        _mark(view, half, flags, found, is_cancelled)
        at = -1
        while (at := found.find(1, at + 1)) >= 0:
            if not exact[at] and wanted.search(view.name(at)):
                close[at] = 1


def _marked(marks: bytes) -> Iterator[int]:
    """Go through the positions that are marked."""
    at = marks.find(1)
    while at >= 0:
        yield at
        at = marks.find(1, at + 1)


def _append_marked(positions: array[int], order: Sequence[int], mask: bytes, is_cancelled: IsCancelled) -> None:
    """Append the positions of an order that are marked."""
    for part in marked_in(order, mask):
        if is_cancelled():
            raise SearchCancelledError
        positions.extend(part)


def _and(mask: bytes | bytearray, other: bytes) -> bytes:
    """Return the bytes that are set in both; one operation on a number is the fastest way to do so."""
    return (int.from_bytes(mask, "little") & int.from_bytes(other, "little")).to_bytes(len(mask), "little")


def _counts(found: _Found) -> Counts:
    noted = found.flags.translate(_NOTED)
    counted = dict.fromkeys(_NOTED, 0)
    for mask in (found.exact, found.close):
        if 1 in mask:
            # What is noted of the flags where a byte is marked, 0 elsewhere.
            seen = _and((int.from_bytes(mask, "little") * 255).to_bytes(len(mask), "little"), noted)
            for note in counted:
                counted[note] += seen.count(note)
    return Counts(
        {
            wanted: sum(count for note, count in counted.items() if note ^ ALL_FLAGS in PASSING[wanted])
            for wanted in ChannelFilter
        }
    )


def _least_alike(flags: int) -> int:
    """Return the lowest flags that pass the same filters."""
    passed = [flags in passing for passing in PASSING.values()]
    return next(low for low in range(ALL_FLAGS) if [low in passing for passing in PASSING.values()] == passed)


_LEAST_ALIKE = tuple(map(_least_alike, range(ALL_FLAGS)))
_NOTED = bytes(_LEAST_ALIKE[value % ALL_FLAGS] | ALL_FLAGS for value in range(256))
"""What filters see of flags, with one bit more, so that no flags at all differ from no contact."""
