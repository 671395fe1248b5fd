"""The index that answers contact queries: one compact row and one folded text for each contact."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, overload

from sent_tui.core.contact import Contact
from sent_tui.core.search import (
    BY_NAME,
    PASSING,
    ChannelFilter,
    ContactQuery,
    ContactRow,
    Sort,
    SortKey,
    Term,
    channel_flags,
    fold,
    haystack,
    row_of,
    terms,
)

Key = tuple[Any, ...]
"""What a column is sorted by; keys of one column compare with each other."""

_KEYS: Mapping[SortKey, Callable[[ContactRow], Key]] = {
    SortKey.NAME: lambda row: (not row.name, fold(row.name), row.e164),
    SortKey.NUMBER: lambda row: (row.e164,),
    SortKey.REGION: lambda row: (row.region, not row.name, fold(row.name), row.e164),
    SortKey.RATE: lambda row: (-1.0 if row.rate is None else row.rate, row.e164),
    SortKey.LAST: lambda row: (row.last_at.timestamp() if row.last_at else 0.0, row.e164),
    SortKey.CREATED: lambda row: (row.created_at.timestamp(), row.e164),
}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many contacts each filter of the bar would show for a query."""

    by_filter: Mapping[ChannelFilter, int] = field(default_factory=dict)

    def __getitem__(self, wanted: ChannelFilter) -> int:
        """Return the count of one filter."""
        return self.by_filter.get(wanted, 0)


_FEW = 50
"""Up to so many rows are put into an order one by one; more are sorted in together."""
_SLACK = 1_000
"""How many outdated rows are kept at any rate."""


class Results(Sequence[ContactRow]):
    """The rows that answer a query, in order: a snapshot that later changes do not touch."""

    def __init__(
        self, rows: Sequence[ContactRow] = (), positions: Sequence[int] = (), places: Mapping[str, int] | None = None
    ) -> None:
        self._rows = rows
        self._positions = positions
        self._places = places or {}

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
            return tuple(self._row(position) for position in self._positions[index])
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
        return Results(self._rows, self._positions[start:end], self._places)

    def place(self, contact_id: str) -> int | None:
        """Return where a contact stands, None when it is not among them."""
        position = self._places.get(contact_id)
        if position is not None:
            try:
                return self._positions.index(position)
            except ValueError:
                pass
        return next((place for place, row in enumerate(self) if row.id == contact_id), None)

    def _row(self, position: int) -> ContactRow:
        return self._rows[position]


@dataclass(frozen=True, slots=True)
class _Order:
    """All rows by one column: their keys in order, and beside each key the position of its row. Never changed."""

    keys: list[Key]
    positions: list[int]

    @classmethod
    def of(cls, keyed: Iterable[tuple[Key, int]]) -> _Order:
        """Sort positions by their keys."""
        pairs = sorted(keyed)
        return cls([key for key, _ in pairs], [position for _, position in pairs])

    def changed(self, gone: Mapping[int, Key], new: Mapping[int, Key]) -> _Order:
        """Return the order without some rows and with some others; both by position."""
        if len(gone) + len(new) > _FEW:
            kept = (pair for pair in zip(self.keys, self.positions, strict=True) if pair[1] not in gone)
            return _Order.of([*kept, *((key, position) for position, key in new.items())])
        keys, positions = self.keys.copy(), self.positions.copy()
        for position, key in gone.items():
            at = positions.index(position, bisect_left(keys, key))
            del keys[at], positions[at]
        for position, key in new.items():
            at = bisect_right(keys, key)
            keys.insert(at, key)
            positions.insert(at, position)
        return _Order(keys, positions)


@dataclass(frozen=True, slots=True)
class _View:
    """The index at one moment. Rows, texts and flags only ever grow, and no order changes: who holds it reads on."""

    rows: list[ContactRow]
    texts: list[str]
    flags: bytearray
    places: dict[str, int]
    """Where the newest row of a contact stands. Only the one who changes the index may rely on it."""
    live: list[int]
    """The positions of the newest rows, oldest first."""
    orders: dict[SortKey, _Order]

    def order(self, key: SortKey) -> _Order:
        """Return the order by a column, made when it is first asked for."""
        order = self.orders.get(key)
        if order is None:
            keyed = _KEYS[key]
            order = self.orders[key] = _Order.of((keyed(self.rows[position]), position) for position in self.live)
        return order

    def narrow(self, positions: list[int], query: ContactQuery) -> list[int]:
        """Return those positions whose rows answer a query, in the same order."""
        for term in terms(query.text):
            positions = self._with_term(positions, term)
        rows, flags = self.rows, self.flags
        for condition in query.conditions:
            if condition.field == "channel":
                passing = PASSING[ChannelFilter(condition.value)]
                positions = [position for position in positions if flags[position] in passing]
            else:
                positions = [position for position in positions if condition.holds(rows[position])]
        return positions

    def _with_term(self, positions: list[int], term: Term) -> list[int]:
        texts = self.texts
        found: list[list[int]] = []
        for spelling in term.spellings:
            left = positions
            for part in spelling:
                left = [position for position in left if part in texts[position]]
            found.append(left)
        if len(found) == 1:
            return found[0]
        either = set().union(*found)
        return [position for position in positions if position in either]


class SearchIndex:
    """All rows in memory, each order of them sorted once and kept up to date.

    Rows are only ever appended: a contact's new state gets a new place, so that results given out earlier stay true.
    One thread at a time may change the index; any number may search it meanwhile, each in the state before or after.
    """

    def __init__(self, contacts: Iterable[Contact] = ()) -> None:
        self._view = _View([], [], bytearray(), {}, [], {})
        self.change(contacts)

    def __len__(self) -> int:
        """Return how many contacts there are."""
        return len(self._view.live)

    def put(self, contact: Contact) -> None:
        """Add a contact, or take its new state."""
        self.change((contact,))

    def discard(self, contact_id: str) -> None:
        """Take a contact out, if it is there."""
        self.change(gone=(contact_id,))

    def change(self, put: Iterable[Contact] = (), gone: Iterable[str] = ()) -> None:
        """Take the new state of some contacts and take others out, all at once for whoever searches."""
        latest = {contact.id: contact for contact in put}
        view = self._view
        old = [at for at in (view.places.pop(name, None) for name in {*latest, *gone}) if at is not None]
        new: list[int] = []
        for contact in latest.values():
            row = row_of(contact)
            view.places[contact.id] = len(view.rows)
            new.append(len(view.rows))
            view.texts.append(haystack(contact))
            view.flags.append(channel_flags(row))
            view.rows.append(row)
        self._view = self._compacted(self._moved(view, old, new))

    def find(self, query: ContactQuery, sort: Sort = BY_NAME) -> Results:
        """Return the rows that answer a query."""
        view = self._view
        positions = view.order(sort.key).positions
        if sort.descending:
            positions = positions[::-1]
        return Results(view.rows, view.narrow(positions, query), view.places)

    def count(self, query: ContactQuery) -> Counts:
        """Return what each filter would show beside the rest of a query."""
        view = self._view
        rest = replace(query, conditions=frozenset(c for c in query.conditions if c.field != "channel"))
        found = Counter(map(view.flags.__getitem__, view.narrow(view.live, rest)))
        return Counts({wanted: sum(found[flags] for flags in PASSING[wanted]) for wanted in ChannelFilter})

    @staticmethod
    def _moved(view: _View, old: list[int], new: list[int]) -> _View:
        """Return the view with some rows replaced by others."""
        removed = set(old)
        live = [position for position in view.live if position not in removed] if old else view.live.copy()
        live.extend(new)
        orders = {}
        for key, order in tuple(view.orders.items()):
            keyed = _KEYS[key]
            gone = {position: keyed(view.rows[position]) for position in old}
            orders[key] = order.changed(gone, {position: keyed(view.rows[position]) for position in new})
        return replace(view, live=live, orders=orders)

    @staticmethod
    def _compacted(view: _View) -> _View:
        """Return the view without the rows that nobody needs any more, once they are the greater part."""
        if len(view.rows) <= 2 * len(view.live) + _SLACK:
            return view
        moved = {position: place for place, position in enumerate(view.live)}
        return _View(
            rows=[view.rows[position] for position in view.live],
            texts=[view.texts[position] for position in view.live],
            flags=bytearray(view.flags[position] for position in view.live),
            places={view.rows[position].id: place for place, position in enumerate(view.live)},
            live=list(range(len(view.live))),
            orders={
                key: _Order(order.keys, [moved[position] for position in order.positions])
                for key, order in view.orders.items()
            },
        )
