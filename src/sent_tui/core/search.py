"""Finding contacts: queries that combine, the rows that answer them, and the orders of the list.

A query is a text, understood by `search_terms`, and a set of conditions; all of it must hold.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.contact import Contact, Fields


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

    def admits(self, *, whatsapp: bool, sms: bool, opted_out: bool) -> bool:
        """Return whether the filter shows a contact that these channels reach."""
        return {
            ChannelFilter.ALL: True,
            ChannelFilter.WHATSAPP: whatsapp,
            ChannelFilter.SMS: sms,
            ChannelFilter.BOTH: whatsapp and sms,
            ChannelFilter.NONE: not (whatsapp or sms),
            ChannelFilter.OPTED_OUT: opted_out,
        }[self]


FAILING = frozenset({"FAILED", "BLOCKED", "FILTERED"})
"""The last states of messages that did not arrive."""


class ContactRow(Struct, frozen=True):
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
    fields: Fields = ()

    @property
    def rate(self) -> float | None:
        """Share of attempts that arrived, 0 to 1; None without attempts."""
        return self.delivered / self.attempts if self.attempts else None

    @property
    def failing(self) -> bool:
        """Whether the last message did not arrive."""
        return self.last_status in FAILING


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
        fields=contact.fields,
    )


class Condition(Struct, frozen=True):
    """One thing that must hold for a row."""

    field: str
    """`channel`, `opted_out`, `region`, `tag`, `status`, `failing`, `never_messaged` or `has_fields`."""
    value: str

    def holds(self, row: ContactRow) -> bool:
        """Return whether the condition holds for a row."""
        return _TESTS[self.field](row, self.value)


def _is_admitted(row: ContactRow, value: str) -> bool:
    whatsapp, sms = row.whatsapp is Availability.AVAILABLE, row.sms is Availability.AVAILABLE
    return ChannelFilter(value).admits(whatsapp=whatsapp, sms=sms, opted_out=row.opted_out)


def _says(value: str, fact: bool) -> bool:
    return fact is (value == "yes")


_TESTS: Mapping[str, Callable[[ContactRow, str], bool]] = {
    "channel": _is_admitted,
    "opted_out": lambda row, value: _says(value, row.opted_out),
    "region": lambda row, value: row.region == value,
    "tag": lambda row, value: value in {fold(tag) for tag in row.tags},
    "status": lambda row, value: row.last_status.upper() == value,
    "failing": lambda row, value: _says(value, row.failing),
    "never_messaged": lambda row, value: _says(value, row.last_at is None),
    "has_fields": lambda row, value: _says(value, bool(row.fields)),
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


def with_status(status: str) -> ContactQuery:
    """Return the query for contacts whose last message has a status, in any case."""
    return _condition("status", status.upper())


def failing() -> ContactQuery:
    """Return the query for contacts whose last message did not arrive."""
    return _condition("failing", "yes")


def never_messaged() -> ContactQuery:
    """Return the query for contacts to whom nothing was ever sent."""
    return _condition("never_messaged", "yes")


def having_fields() -> ContactQuery:
    """Return the query for contacts with fields that a person named."""
    return _condition("has_fields", "yes")


def containing(text: str, *, forgiving: bool = False) -> ContactQuery:
    """Return the query for contacts in which every word of a text stands."""
    return ContactQuery(text=" ".join(text.split()), forgiving=forgiving)


def _condition(name: str, value: str) -> ContactQuery:
    return ContactQuery(conditions=frozenset({Condition(name, value)}))


class ContactQuery(Struct, frozen=True):
    """What is looked for. Queries are combined with `&`: all of both must hold."""

    text: str = ""
    conditions: frozenset[Condition] = frozenset()
    forgiving: bool = False
    """Whether a name with one wrong letter is found where few have the word as it is written."""

    def __and__(self, other: ContactQuery) -> ContactQuery:
        """Return the query for which both hold."""
        text = f"{self.text} {other.text}".strip()
        return ContactQuery(text, self.conditions | other.conditions, self.forgiving or other.forgiving)

    @property
    def is_everyone(self) -> bool:
        """Whether the query excludes nobody."""
        return not self.text and not self.conditions


EVERYONE = ContactQuery()


class SortKey(StrEnum):
    """The columns by which the list can be sorted."""

    NAME = "name"
    NUMBER = "number"
    REGION = "region"
    CHANNELS = "channels"
    """Who can be reached on both channels, then on WhatsApp alone, then by SMS alone."""
    DEFAULT = "default"
    """Whose default channel is WhatsApp, then SMS, then who has none."""
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
            SortKey.CHANNELS: "channels",
            SortKey.DEFAULT: "default channel",
            SortKey.RATE: "delivered",
            SortKey.LAST: "last message",
            SortKey.CREATED: "created",
        }[self]


class Sort(Struct, frozen=True):
    """An order of the list."""

    key: SortKey = SortKey.NAME
    descending: bool = False


BY_NAME = Sort()
"""The order in which the list opens."""
