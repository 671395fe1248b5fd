"""Finding contacts: queries that combine, and the index that answers them.

A query is a text and a set of conditions, all of which must hold. The index keeps one compact row and one folded
text for each contact; every word of the query must stand somewhere in that text. Numbers are found however they
are written, because both sides are reduced to their digits.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, overload

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.contact import Contact

_NUMERIC = re.compile(r"[+(]*\d[\d().\-/\u2010-\u2015\u2212]*|[+(]")
_SEPARATORS = re.compile(r"[^\d+]")
_DIGITS = frozenset("+0123456789")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return text as it is compared: without case, accents and invisible characters, with digits as 0 to 9."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(map(_bare, decomposed))


def _bare(char: str) -> str:
    if char.isascii():
        return char
    if unicodedata.combining(char) or unicodedata.category(char) == "Cf":
        return ""
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


class ChannelFilter(StrEnum):
    """The filters of the contact list, in the order in which they are shown."""

    ALL = "all"
    WHATSAPP = "whatsapp"
    SMS = "sms"
    BOTH = "both"
    NONE = "none"
    OPTED_OUT = "opted_out"

    @property
    def label(self) -> str:
        """The name on the filter bar."""
        return {
            ChannelFilter.ALL: "All",
            ChannelFilter.WHATSAPP: "WhatsApp",
            ChannelFilter.SMS: "SMS",
            ChannelFilter.BOTH: "Both",
            ChannelFilter.NONE: "None",
            ChannelFilter.OPTED_OUT: "Opted out",
        }[self]


@dataclass(frozen=True, slots=True)
class ContactRow:
    """What the list shows of a contact, and no more."""

    id: str
    name: str
    e164: str
    international: str
    region: str
    whatsapp: Availability
    sms: Availability
    default: Channel | None
    pinned: bool
    opted_out: bool
    attempts: int
    delivered: int
    last_at: datetime | None
    last_status: str
    tags: tuple[str, ...]
    created_at: datetime

    @property
    def rate(self) -> float | None:
        """Share of attempts that arrived, 0 to 1; None without attempts."""
        return self.delivered / self.attempts if self.attempts else None

    @property
    def failing(self) -> bool:
        """Whether the last message did not arrive."""
        return self.last_status in {"FAILED", "BLOCKED", "FILTERED"}


def row_of(contact: Contact) -> ContactRow:
    """Return the row of a contact."""
    reach = {status.channel: status.availability for status in contact.channels}
    return ContactRow(
        id=contact.id,
        name=contact.name,
        e164=contact.format_e164,
        international=contact.format_international,
        region=contact.region_code,
        whatsapp=reach.get(Channel.WHATSAPP, Availability.UNKNOWN),
        sms=reach.get(Channel.SMS, Availability.UNKNOWN),
        default=contact.default_channel,
        pinned=contact.default_pinned,
        opted_out=contact.opt_out,
        attempts=sum([status.attempts for status in contact.channels]),
        delivered=sum([status.delivered for status in contact.channels]),
        last_at=contact.last_message_at,
        last_status=contact.last_status,
        tags=contact.tags,
        created_at=contact.created_at,
    )


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must hold for a row."""

    field: str
    """`channel`, `opted_out`, `region`, `tag`, `failing` or `never_messaged`."""
    value: str

    def holds(self, row: ContactRow) -> bool:
        """Return whether the condition holds for a row."""
        return _TESTS[self.field](row, self.value)


_WHATSAPP, _SMS, _OPTED_OUT = 1, 2, 4
"""What the filter bar asks about a row, as the bits of one small number."""

_PASSING: Mapping[ChannelFilter, frozenset[int]] = {
    ChannelFilter.ALL: frozenset(range(8)),
    ChannelFilter.WHATSAPP: frozenset(flags for flags in range(8) if flags & _WHATSAPP),
    ChannelFilter.SMS: frozenset(flags for flags in range(8) if flags & _SMS),
    ChannelFilter.BOTH: frozenset(flags for flags in range(8) if flags & _WHATSAPP and flags & _SMS),
    ChannelFilter.NONE: frozenset(flags for flags in range(8) if not flags & (_WHATSAPP | _SMS)),
    ChannelFilter.OPTED_OUT: frozenset(flags for flags in range(8) if flags & _OPTED_OUT),
}


def _flags(row: ContactRow) -> int:
    whatsapp, sms = row.whatsapp is Availability.AVAILABLE, row.sms is Availability.AVAILABLE
    return whatsapp * _WHATSAPP | sms * _SMS | row.opted_out * _OPTED_OUT


def _has_channels(row: ContactRow, value: str) -> bool:
    return _flags(row) in _PASSING[ChannelFilter(value)]


def _says(value: str, fact: bool) -> bool:
    return fact is (value == "yes")


_TESTS: Mapping[str, Callable[[ContactRow, str], bool]] = {
    "channel": _has_channels,
    "opted_out": lambda row, value: _says(value, row.opted_out),
    "region": lambda row, value: row.region == value,
    "tag": lambda row, value: value in {fold(tag) for tag in row.tags},
    "failing": lambda row, value: _says(value, row.failing),
    "never_messaged": lambda row, value: _says(value, row.last_at is None),
}


def with_channels(wanted: ChannelFilter) -> ContactQuery:
    """Return the query for contacts of a channel filter."""
    if wanted is ChannelFilter.ALL:
        return EVERYONE
    return ContactQuery(conditions=frozenset({Condition("channel", wanted.value)}))


def opted_out(wanted: bool = True) -> ContactQuery:
    """Return the query for contacts that have opted out, or have not."""
    return _condition("opted_out", "yes" if wanted else "no")


def in_region(region: str) -> ContactQuery:
    """Return the query for numbers of a region."""
    return _condition("region", region.upper())


def tagged(tag: str) -> ContactQuery:
    """Return the query for contacts with a tag, in any case."""
    return _condition("tag", fold(tag))


def failing() -> ContactQuery:
    """Return the query for contacts whose last message did not arrive."""
    return _condition("failing", "yes")


def never_messaged() -> ContactQuery:
    """Return the query for contacts to whom nothing was ever sent."""
    return _condition("never_messaged", "yes")


def containing(text: str) -> ContactQuery:
    """Return the query for contacts in which every word of a text stands."""
    return ContactQuery(text=" ".join(text.split()))


def _condition(name: str, value: str) -> ContactQuery:
    return ContactQuery(conditions=frozenset({Condition(name, value)}))


@dataclass(frozen=True, slots=True)
class ContactQuery:
    """What is looked for. Queries are combined with `&`: all of both must hold."""

    text: str = ""
    conditions: frozenset[Condition] = frozenset()

    def __and__(self, other: ContactQuery) -> ContactQuery:
        """Return the query for which both hold."""
        return ContactQuery(f"{self.text} {other.text}".strip(), self.conditions | other.conditions)

    @property
    def is_everyone(self) -> bool:
        """Whether the query excludes nobody."""
        return not self.text and not self.conditions


EVERYONE = ContactQuery()


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that must stand in the folded text: any of its spellings."""

    spellings: tuple[tuple[str, ...], ...]
    """Alternatives; of one alternative, all parts must be there."""

    def stands_in(self, text: str) -> bool:
        """Return whether one of the spellings stands in a folded text."""
        return any(all(part in text for part in parts) for parts in self.spellings)


def terms(text: str) -> tuple[Term, ...]:
    """Split a search text into terms: words as they are, and a run of digits and separators as one number."""
    found: list[Term] = []
    run: list[str] = []
    for word in [*fold(text).split(), ""]:
        if word and _NUMERIC.fullmatch(word):
            run.append(word)
            continue
        if run:
            found.append(_number_term(run))
            run = []
        if word:
            found.append(Term(((word,),)))
    return tuple(found)


def _number_term(words: list[str]) -> Term:
    """Return the term of a number: its digits in one, in the groups typed, after 00, or as it was typed."""
    groups = tuple(filter(None, (_SEPARATORS.sub("", word) for word in words)))
    joined = "".join(groups)
    spellings = {(joined,): None, groups: None}
    if joined.startswith("00"):
        spellings[(f"+{joined[2:]}",)] = None
    spellings[tuple(words)] = None
    return Term(tuple(spellings) if groups else (("",),))


def haystack(contact: Contact) -> str:
    """Return the folded text in which a contact is searched: name, tags, notes and its number in digits."""
    national = _SEPARATORS.sub("", contact.format_national)
    words = fold(" ".join((contact.name, *contact.tags, contact.notes)))
    return f"{words}\n{contact.format_e164} {national}"


def highlights(text: str, query_text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans (start, end) of a shown text in which the words of a query stand."""
    folded, places = _folded_places(text)
    digits = [place for place, char in zip(places, folded, strict=True) if char in _DIGITS]
    written = "".join(char for char in folded if char in _DIGITS)
    spans: list[tuple[int, int]] = []
    for term in terms(query_text):
        for part in (part for spelling in term.spellings for part in spelling if part):
            if (at := folded.find(part)) >= 0:
                spans.append((places[at], places[at + len(part) - 1] + 1))
            elif (at := written.find(part)) >= 0:
                spans.append((digits[at], digits[at + len(part) - 1] + 1))
    return _merged(sorted(spans))


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return sorted spans with overlapping ones made one."""
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _folded_places(text: str) -> tuple[str, list[int]]:
    pieces = [fold(char) for char in text]
    return "".join(pieces), [place for place, piece in enumerate(pieces) for _ in piece]


class SortKey(StrEnum):
    """The columns by which the list can be sorted."""

    NAME = "name"
    NUMBER = "number"
    REGION = "region"
    RATE = "rate"
    LAST = "last"
    CREATED = "created"

    @property
    def label(self) -> str:
        """The name of the column."""
        return {
            SortKey.NAME: "name",
            SortKey.NUMBER: "number",
            SortKey.REGION: "region",
            SortKey.RATE: "delivered",
            SortKey.LAST: "last message",
            SortKey.CREATED: "created",
        }[self]


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of the list."""

    key: SortKey = SortKey.NAME
    descending: bool = False


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
                passing = _PASSING[ChannelFilter(condition.value)]
                positions = [position for position in positions if flags[position] in passing]
            else:
                test, value = _TESTS[condition.field], condition.value
                positions = [position for position in positions if test(rows[position], value)]
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
            view.flags.append(_flags(row))
            view.rows.append(row)
        self._view = self._compacted(self._moved(view, old, new))

    def find(self, query: ContactQuery, sort: Sort = Sort()) -> Results:
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
        return Counts({wanted: sum(found[flags] for flags in _PASSING[wanted]) for wanted in ChannelFilter})

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
