"""Finding contacts: queries that combine, and the index that answers them.

A query is a text and a set of conditions, all of which must hold. The index keeps one compact row and one folded
text for each contact; every word of the query must stand somewhere in that text. Numbers are found however they
are written, because both sides are reduced to their digits.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, overload

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.contact import Contact

_ASCII = re.compile(r"[\x00-\x7f]*")
_NUMERIC = re.compile(r"[+(]*\d[\d().\-/]*|[+(]")
_SEPARATORS = re.compile(r"[^\d+]")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return text as it is compared: without case and accents."""
    if _ASCII.fullmatch(text):
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


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
    return ContactRow(
        id=contact.id,
        name=contact.name,
        e164=contact.format_e164,
        international=contact.format_international,
        region=contact.region_code,
        whatsapp=contact.availability(Channel.WHATSAPP),
        sms=contact.availability(Channel.SMS),
        default=contact.default_channel,
        pinned=contact.default_pinned,
        opted_out=contact.opt_out,
        attempts=sum(status.attempts for status in contact.channels),
        delivered=sum(status.delivered for status in contact.channels),
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


def _has_channels(row: ContactRow, value: str) -> bool:
    whatsapp, sms = row.whatsapp is Availability.AVAILABLE, row.sms is Availability.AVAILABLE
    return {
        ChannelFilter.ALL: True,
        ChannelFilter.WHATSAPP: whatsapp,
        ChannelFilter.SMS: sms,
        ChannelFilter.BOTH: whatsapp and sms,
        ChannelFilter.NONE: not (whatsapp or sms),
        ChannelFilter.OPTED_OUT: row.opted_out,
    }[ChannelFilter(value)]


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
            run.append(_SEPARATORS.sub("", word))
            continue
        if run:
            found.append(_number_term(run))
            run = []
        if word:
            found.append(Term(((word,),)))
    return tuple(found)


def _number_term(parts: list[str]) -> Term:
    joined = "".join(parts)
    spellings = [(joined,), tuple(parts)] if len(parts) > 1 else [(joined,)]
    if joined.startswith("00"):
        spellings.append((f"+{joined[2:]}",))
    return Term(tuple(spelling for spelling in spellings if any(spelling)) or ((joined,),))


def haystack(contact: Contact) -> str:
    """Return the folded text in which a contact is searched: name, tags, notes and its number in digits."""
    national = _SEPARATORS.sub("", contact.format_national)
    words = fold(" ".join((contact.name, *contact.tags, contact.notes)))
    return f"{words}\n{contact.format_e164} {national}"


def highlights(text: str, query_text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans (start, end) of a shown text in which the words of a query stand."""
    folded, places = _folded_places(text)
    digits = [place for place, char in enumerate(text) if char.isdigit() or char == "+"]
    written = "".join(text[place] for place in digits)
    spans: list[tuple[int, int]] = []
    for term in terms(query_text):
        for part in (part for spelling in term.spellings for part in spelling if part):
            if (at := folded.find(part)) >= 0:
                spans.append((places[at], places[at + len(part) - 1] + 1))
            elif part.lstrip("+").isdigit() and (at := written.find(part)) >= 0:
                spans.append((digits[at], digits[at + len(part) - 1] + 1))
    return tuple(sorted(set(spans)))


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
    SortKey.REGION: lambda row: (row.region, fold(row.name), row.e164),
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


class SearchIndex:
    """All rows in memory, each order of them sorted once and kept up to date.

    Rows are only ever appended: a contact's new state gets a new place, so that results given out earlier stay true.
    """

    def __init__(self, contacts: Iterable[Contact] = ()) -> None:
        self._rows: list[ContactRow] = []
        self._texts: list[str] = []
        self._places: dict[str, int] = {}
        self._orders: dict[SortKey, list[tuple[Key, int]]] = {}
        for contact in contacts:
            self._append(contact)

    def __len__(self) -> int:
        """Return how many contacts there are."""
        return len(self._places)

    def put(self, contact: Contact) -> None:
        """Add a contact, or take its new state."""
        self.discard(contact.id)
        place = self._append(contact)
        row = self._rows[place]
        for key, order in self._orders.items():
            insort(order, (_KEYS[key](row), place))

    def discard(self, contact_id: str) -> None:
        """Take a contact out, if it is there."""
        place = self._places.pop(contact_id, None)
        if place is None:
            return
        row = self._rows[place]
        for key, order in self._orders.items():
            del order[bisect_left(order, (_KEYS[key](row), place))]
        self._texts[place] = ""

    def find(self, query: ContactQuery, sort: Sort = Sort()) -> Results:
        """Return the rows that answer a query."""
        positions = [position for _, position in self._order(sort.key)]
        if sort.descending:
            positions.reverse()
        return Results(self._rows, self._narrow(positions, query), self._places)

    def count(self, query: ContactQuery) -> Counts:
        """Return what each filter would show beside the rest of a query."""
        rest = replace(query, conditions=frozenset(c for c in query.conditions if c.field != "channel"))
        flags = Counter(
            (row.whatsapp is Availability.AVAILABLE, row.sms is Availability.AVAILABLE, row.opted_out)
            for row in Results(self._rows, self._narrow(list(self._places.values()), rest))
        )
        total = dict.fromkeys(ChannelFilter, 0)
        for (whatsapp, sms, out), number in flags.items():
            total[ChannelFilter.ALL] += number
            total[ChannelFilter.WHATSAPP] += number * whatsapp
            total[ChannelFilter.SMS] += number * sms
            total[ChannelFilter.BOTH] += number * (whatsapp and sms)
            total[ChannelFilter.NONE] += number * (not (whatsapp or sms))
            total[ChannelFilter.OPTED_OUT] += number * out
        return Counts(total)

    def _append(self, contact: Contact) -> int:
        self._places[contact.id] = place = len(self._rows)
        self._rows.append(row_of(contact))
        self._texts.append(haystack(contact))
        return place

    def _order(self, key: SortKey) -> list[tuple[Key, int]]:
        if key not in self._orders:
            keyed = ((_KEYS[key](self._rows[place]), place) for place in self._places.values())
            self._orders[key] = sorted(keyed)
        return self._orders[key]

    def _narrow(self, positions: list[int], query: ContactQuery) -> list[int]:
        texts, rows = self._texts, self._rows
        for term in terms(query.text):
            if len(term.spellings) == 1 and len(term.spellings[0]) == 1:
                needle = term.spellings[0][0]
                positions = [position for position in positions if needle in texts[position]]
            else:
                positions = [position for position in positions if term.stands_in(texts[position])]
        for condition in query.conditions:
            test, value = _TESTS[condition.field], condition.value
            positions = [position for position in positions if test(rows[position], value)]
        return positions
