"""The search index at one moment: the base, and the contacts that changed since, laid over it.

A position is a row of the base, or, from the size of the base on, one of the later entries. A position is never used
again, so that results given out earlier stay true.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress
from operator import attrgetter
from typing import Any

from msgspec import Struct, field

from sent_tui.core.search import ContactRow, SortKey
from sent_tui.core.search_base import PIECE, SORTED, TIED_BY_NAME, SearchBase, in_pieces, marked_in
from sent_tui.core.search_entry import GROUPS, SearchEntry, name_key, name_of

Key = tuple[int, bytes | int] | bytes
"""What an order sorts by; keys of one order compare with each other and differ."""
_FEW = 1_000
"""So many positions are put in their places one by one, at any rate."""


Handle = Any
"""By what the row of a contact is loaded."""


class LaterContacts(Struct):
    """The states of contacts that changed since the base was made. There are only ever more of them."""

    load: Callable[[Handle], ContactRow]
    """Returns what the list shows of a contact."""
    entries: list[SearchEntry] = field(default_factory=list)
    handles: list[Handle] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    """The newest position of each contact, -1 for one that is gone; only who changes the index may rely on it."""


class View(Struct, frozen=True):
    """All contacts at one moment; whoever holds it reads on."""

    base: SearchBase
    later: LaterContacts
    size: int
    """Positions there are, those of contacts that are gone included."""
    dead: frozenset[int]
    """Positions of earlier states, and of contacts that are gone."""
    orders: dict[SortKey, Sequence[int]] = field(default_factory=dict)
    ranks: dict[SortKey, Sequence[int]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return how many contacts there are."""
        return self.size - len(self.dead)

    @property
    def changed(self) -> range:
        """The positions of the entries."""
        return range(self.base.size, self.size)

    def row(self, position: int) -> ContactRow:
        """Return what the list shows of a position."""
        later = position - self.base.size
        return self.later.load(self.later.handles[later]) if later >= 0 else self.base.load(position)

    def text(self, position: int) -> bytes:
        """Return the folded text of a position."""
        later = position - self.base.size
        return self.later.entries[later].text if later >= 0 else self.base.text(position)

    def name(self, position: int) -> bytes:
        """Return the folded name of a position."""
        later = position - self.base.size
        return name_of(self.later.entries[later].text) if later >= 0 else self.base.name(position)

    def flag(self, position: int) -> int:
        """Return the flags of a position."""
        return self._number("flags", position)

    def number(self, position: int) -> int:
        """Return the number of a position as `number_key` writes it."""
        return self._number("number", position)

    def positions_of(self, contact_id: str) -> Iterator[int]:
        """Go through all positions that a contact has or had."""
        settled = self.base.find(contact_id)
        if settled is not None:
            yield settled
        for position in reversed(self.changed):
            if self.later.ids[position - self.base.size] == contact_id:
                yield position

    def flags(self) -> bytes:
        """Return the flags of every position."""
        return bytes(self.base.column("flags")) + bytes(entry.flags for entry in self._entries())

    def key(self, order: SortKey, position: int) -> Key:
        """Return what an order sorts a position by."""
        if order is SortKey.NAME:
            return name_key(self.text(position))
        tie = name_key(self.text(position)) if order in TIED_BY_NAME else self._number("number", position)
        group = GROUPS.get(order)
        return self._number(SORTED[order], position) if group is None else group[self.flag(position)], tie

    def order(self, order: SortKey) -> Sequence[int]:
        """Return the positions of all contacts in an order, rising; made when it is first asked for."""
        found = self.orders.get(order)
        if found is None:
            later = [position for position in self.changed if position not in self.dead]
            gone = [position for position in self.dead if position < self.base.size]
            if order in GROUPS:
                found = self._grouped(GROUPS[order])
            elif len(later) + len(gone) > max(_FEW, self.base.size // 8):
                found = self._sorted(order)
            else:
                found = self.reordered(order, self.base.order(order), gone, later)
            self.orders[order] = found
        return found

    def numbers(self, positions: Sequence[int]) -> array[int]:
        """Return the numbers of some positions, rising."""
        wanted = bytearray(self.size)
        for start in range(0, len(positions), PIECE):
            for position in positions[start : start + PIECE]:
                wanted[position] = 1
        # The order of all contacts is there as a rule, so nothing has to be sorted.
        order, made = self.order(SortKey.NUMBER), array("Q")
        column, size, later = self.base.column("number"), self.base.size, self.later.entries
        for start in range(0, len(order), PIECE):
            piece = order[start : start + PIECE]
            kept = compress(piece, map(wanted.__getitem__, piece))
            made.extend(array("Q", [column[at] if at < size else later[at - size].number for at in kept]))
        return made

    def rank(self, order: SortKey) -> Sequence[int]:
        """Return the place of each position in an order, rising; made when it is first asked for."""
        found = self.ranks.get(order)
        if found is None:
            made = array("I", bytes(4 * self.size))
            for place, position in enumerate(self.order(order)):
                made[position] = place
            found = self.ranks[order] = made
        return found

    def _sorted(self, order: SortKey) -> Sequence[int]:
        """Return the positions of all contacts in an order, sorted anew: many are sorted faster than put in place."""
        if order is SortKey.NAME:
            dead = self.dead
            live = [position for position in range(self.size) if position not in dead] if dead else range(self.size)
            keys = list(map(name_key, chain(self.base.beginnings(), map(attrgetter("text"), self._entries()))))
            return in_pieces("I", sorted(live, key=keys.__getitem__))
        column = SORTED[order]
        settled = self.base.column(column).tolist()
        values = settled + list(map(attrgetter(column), self._entries()))
        # A stable sort leaves ties as they stand in the order that breaks them.
        ties = SortKey.NAME if order in TIED_BY_NAME or order is SortKey.NUMBER else SortKey.NUMBER
        return in_pieces("I", sorted(self.order(ties), key=values.__getitem__))

    def _grouped(self, groups: bytes) -> Sequence[int]:
        """Return the positions of all contacts by the groups of their flags, each in the order of names."""
        names, group_of_each, made = self.order(SortKey.NAME), self.flags().translate(groups), array("I")
        for group in sorted(set(groups)):
            for part in marked_in(names, group_of_each.translate(bytes(value == group for value in range(256)))):
                made.extend(part)
        return made

    def reordered(
        self, order: SortKey, positions: Sequence[int], gone: Iterable[int], new: Iterable[int]
    ) -> Sequence[int]:
        """Return positions in an order without some and with others."""

        def key(position: int) -> Key:
            return self.key(order, position)

        cuts = [(bisect_left(positions, key(position), key=key), True, position) for position in gone]
        put = sorted((key(position), position) for position in new)
        cuts += [(bisect_left(positions, wanted, key=key), False, position) for wanted, position in put]
        return _spliced(positions, sorted(cuts, key=lambda cut: cut[0])) if cuts else positions

    def after(self, changed: Mapping[str, tuple[SearchEntry, Handle] | None]) -> View:
        """Return the view in which some contacts have a new state, or none."""
        before = {at for at in map(self._place, changed) if at is not None}
        new: list[int] = []
        later = self.later
        for contact_id, state in changed.items():
            place = -1 if state is None else self.base.size + len(later.entries)
            later.places[contact_id] = place
            if state is not None:
                new.append(place)
                later.entries.append(state[0])
                later.handles.append(state[1])
                later.ids.append(contact_id)
        view = View(self.base, later, self.base.size + len(later.entries), self.dead | before)
        for order, positions in tuple(self.orders.items()):
            view.orders[order] = view.reordered(order, positions, before, new)
        return view

    def _place(self, contact_id: str) -> int | None:
        place = self.later.places.get(contact_id)
        if place is None:
            return self.base.find(contact_id)
        return None if place < 0 else place

    def _number(self, column: str, position: int) -> int:
        later = position - self.base.size
        number: int = getattr(self.later.entries[later], column) if later >= 0 else self.base.column(column)[position]
        return number

    def _entries(self) -> Sequence[SearchEntry]:
        return self.later.entries[: self.size - self.base.size]


def _spliced(positions: Sequence[int], cuts: list[tuple[int, bool, int]]) -> array[int]:
    """Return positions with some taken out and others put in; cuts are (place, whether out, position), in order."""
    made = array("I")
    at = 0
    for place, is_out, position in cuts:
        _append(made, positions, at, place)
        at = max(at, place + is_out)
        if not is_out:
            made.append(position)
    _append(made, positions, at, len(positions))
    return made


def _append(made: array[int], positions: Sequence[int], start: int, end: int) -> None:
    for at in range(start, end, PIECE):
        made.extend(array("I", positions[at : min(end, at + PIECE)]))
