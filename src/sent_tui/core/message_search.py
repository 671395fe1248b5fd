"""Which messages are looked for, and what is found: by what became of them, channel, time, contact and bulk send.

Of each message a store keeps one small number, its *facet*: what became of it, the channel of its last attempt, and
whether it went on to a second step. With these, any number of messages is filtered and counted without being read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import product
from typing import Final, TypeVar, overload

from msgspec import Struct

from sent_tui.core.channel import CHANNEL_ORDER, Channel
from sent_tui.core.message import REACHED, Message, MessageStatus

T = TypeVar("T")


class Fate(StrEnum):
    """What became of a message, as people ask for it."""

    UNDER_WAY = "under-way"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    STOPPED = "stopped"
    WAITING = "waiting"
    RECEIVED = "received"

    @property
    def label(self) -> str:
        """In words: "under way"."""
        return self.value.replace("-", " ")


OUTGOING: Final = frozenset(Fate) - {Fate.RECEIVED}
_STOPPED: Final = {MessageStatus.FILTERED, MessageStatus.BLOCKED, MessageStatus.CANCELLED}


class Facet(Struct, frozen=True):
    """What a store knows of a message without reading it."""

    fate: Fate
    channel: Channel | None
    """The channel of the last attempt, or by which it came; None while nothing was tried."""
    fell_back: bool
    """Whether more than one step was tried."""


FACETS: Final = tuple(Facet(*each) for each in product(Fate, (None, *CHANNEL_ORDER), (False, True)))
"""Every facet; its place is the number that is stored for it. Another order makes older index files wrong."""
UNREADABLE: Final = 255
"""Stands for the facet of a message that cannot be read."""
_NUMBERS: Final = {facet: number for number, facet in enumerate(FACETS)}


def fate_of(message: Message) -> Fate:
    """Return what became of a message so far."""
    if message.is_inbound:
        return Fate.RECEIVED
    if message.is_waiting:
        return Fate.WAITING
    if message.status in REACHED:
        return Fate.DELIVERED
    if message.status in _STOPPED:
        return Fate.STOPPED
    if message.status == MessageStatus.UNKNOWN:
        return Fate.UNKNOWN
    if message.status == MessageStatus.FAILED:
        return Fate.FAILED if message.is_final else Fate.UNDER_WAY
    return Fate.UNKNOWN if message.is_final else Fate.UNDER_WAY


def facet_of(message: Message) -> Facet:
    """Return the facet of a message."""
    return Facet(fate_of(message), message.channel, len(message.attempts) > 1)


def facet_number(message: Message) -> int:
    """Return the number that is stored for the facet of a message, 0 to 254."""
    return _NUMBERS[facet_of(message)]


class MessageQuery(Struct, frozen=True):
    """Which messages are looked for; every condition that is given has to hold."""

    fates: frozenset[Fate] | None = None
    channel: Channel | None = None
    """The channel of the last attempt, or by which it came."""
    fell_back: bool | None = None
    """Whether more than one step was tried."""
    since: datetime | None = None
    """Written at this time or after it."""
    before: datetime | None = None
    """Written before this time."""
    contacts: frozenset[str] | None = None
    """Ids of contacts."""
    batch: str | None = None
    """Id of a bulk send."""

    def __and__(self, other: MessageQuery) -> MessageQuery:
        """Return what both look for."""
        contradict = _differ(self.channel, other.channel) or _differ(self.fell_back, other.fell_back)
        contradict = contradict or _differ(self.batch, other.batch)
        return MessageQuery(
            fates=frozenset() if contradict else _common(self.fates, other.fates),
            channel=self.channel or other.channel,
            fell_back=other.fell_back if self.fell_back is None else self.fell_back,
            since=max(filter(None, (self.since, other.since)), default=None),
            before=min(filter(None, (self.before, other.before)), default=None),
            contacts=_common(self.contacts, other.contacts),
            batch=self.batch or other.batch,
        )

    @property
    def is_by_facet(self) -> bool:
        """Whether it asks for what the facet tells."""
        return not (self.fates is None and self.channel is None and self.fell_back is None)

    def takes(self, facet: Facet) -> bool:
        """Return whether a message with a facet may be looked for."""
        return (
            (self.fates is None or facet.fate in self.fates)
            and self.channel in {None, facet.channel}
            and self.fell_back in {None, facet.fell_back}
        )

    def is_within(self, message: Message) -> bool:
        """Return whether a message meets the conditions on time, contact and bulk send."""
        return (
            (self.since is None or message.created_at >= self.since)
            and (self.before is None or message.created_at < self.before)
            and (self.contacts is None or message.contact_id in self.contacts)
            and self.batch in {None, message.batch}
        )

    def matches(self, message: Message) -> bool:
        """Return whether a message is looked for."""
        return self.is_within(message) and (not self.is_by_facet or self.takes(facet_of(message)))

    def wanted_numbers(self) -> bytes:
        """Return a table of 256 bytes: 1 for the number of each facet that is looked for, else 0."""
        table = bytearray(256)
        for number, facet in enumerate(FACETS):
            table[number] = self.takes(facet)
        table[UNREADABLE] = not self.is_by_facet
        return bytes(table)


EVERY_MESSAGE: Final = MessageQuery()


class MessageSelection(Struct, frozen=True):
    """Some messages with a name: what a figure opens as a list."""

    title: str
    """In words, such as "Messages to Brazil, the last 30 days"; safe to show only through `core.text.display`."""
    query: MessageQuery = EVERY_MESSAGE
    keeps: Callable[[Message], bool] | None = None
    """Looks at each message that the query means, for what a query cannot say; None takes all of them."""


EVERYTHING: Final = MessageSelection("")


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other


def _common(one: frozenset[T] | None, other: frozenset[T] | None) -> frozenset[T] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


class MessageCounts:
    """How many messages there are of each facet."""

    def __init__(self, counts: Mapping[Facet, int]) -> None:
        self._counts = counts

    def __eq__(self, other: object) -> bool:
        """Return whether the counts of every facet are the same."""
        return isinstance(other, MessageCounts) and +Counter(self._counts) == +Counter(other._counts)

    __hash__ = None  # type: ignore[assignment]

    def of(self, query: MessageQuery) -> int:
        """Return how many there are with the facets of a query; its other conditions are not looked at."""
        return sum(count for facet, count in self._counts.items() if query.takes(facet))

    @classmethod
    def by_number(cls, numbers: Mapping[int, int]) -> MessageCounts:
        """Return counts that were made by the numbers of facets."""
        return cls({FACETS[number]: count for number, count in numbers.items() if number < len(FACETS)})


class MessageResults(Sequence[Message]):
    """Messages that were found, newest first. Which they are does not change; each is read when it is asked for.

    Raises DatabaseError for a message that cannot be read.
    """

    def __init__(
        self,
        handles: Sequence[int] | Sequence[str] = (),
        load: Callable[[int | str], Message] | None = None,
        handle_of: Callable[[str], int | str | None] = lambda message_id: message_id,
    ) -> None:
        """Take what a store knows messages by, and how it reads one; `handle_of` finds one by its id."""
        self._handles = handles
        self._load = load
        self._handle_of = handle_of

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._handles)

    @overload
    def __getitem__(self, index: int) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Message]: ...
    def __getitem__(self, index: int | slice) -> Message | Sequence[Message]:
        """Return one message, or some."""
        if isinstance(index, slice):
            return tuple(map(self._read, self._handles[index]))
        return self._read(self._handles[index])

    def __iter__(self) -> Iterator[Message]:
        """Go through all messages."""
        return map(self._read, self._handles)

    def place(self, message_id: str) -> int | None:
        """Return where a message stands, None when it is not among them."""
        handle = self._handle_of(message_id)
        try:
            return None if handle is None else self._handles.index(handle)
        except ValueError:
            return None

    def only(self, places: Iterable[int]) -> MessageResults:
        """Return those at some places, in the order of these."""
        return MessageResults([self._handles[place] for place in places], self._load, self._handle_of)  # type: ignore[arg-type]

    def _read(self, handle: int | str) -> Message:
        if self._load is None:
            raise IndexError(handle)
        return self._load(handle)
