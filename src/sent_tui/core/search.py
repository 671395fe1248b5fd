"""Finding contacts: queries that combine, and what they look at.

A query is a text and a set of conditions, all of which must hold. Of each contact there is one compact row and one
folded text; every word of the query must stand somewhere in that text. Numbers are found however they are written,
because both sides are reduced to their digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

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

PASSING: Mapping[ChannelFilter, frozenset[int]] = {
    ChannelFilter.ALL: frozenset(range(8)),
    ChannelFilter.WHATSAPP: frozenset(flags for flags in range(8) if flags & _WHATSAPP),
    ChannelFilter.SMS: frozenset(flags for flags in range(8) if flags & _SMS),
    ChannelFilter.BOTH: frozenset(flags for flags in range(8) if flags & _WHATSAPP and flags & _SMS),
    ChannelFilter.NONE: frozenset(flags for flags in range(8) if not flags & (_WHATSAPP | _SMS)),
    ChannelFilter.OPTED_OUT: frozenset(flags for flags in range(8) if flags & _OPTED_OUT),
}
"""Which flags each filter lets through."""


def channel_flags(row: ContactRow) -> int:
    """Return what the filter bar asks about a row as one number from 0 to 7."""
    whatsapp, sms = row.whatsapp is Availability.AVAILABLE, row.sms is Availability.AVAILABLE
    return whatsapp * _WHATSAPP | sms * _SMS | row.opted_out * _OPTED_OUT


def _has_channels(row: ContactRow, value: str) -> bool:
    return channel_flags(row) in PASSING[ChannelFilter(value)]


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


BY_NAME = Sort()
"""The order in which the list opens."""
