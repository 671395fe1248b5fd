"""What the list of messages shows: rows that are read when they are drawn, and the filters of the bar above them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import overload

from msgspec import Struct

from sent_tui.core.message import Message
from sent_tui.core.message_search import OUTGOING, Fate, MessageQuery, MessageResults
from sent_tui.errors import DatabaseError


class ActivityRow(Struct, frozen=True):
    """A message as a line: both None where it cannot be read."""

    message: Message | None
    name: str = ""
    """The name of the contact, else the number; foreign text."""


class ActivityRows(Sequence[ActivityRow]):
    """Messages with the names of their contacts; each row is read once."""

    def __init__(self, results: MessageResults | None = None, name_of: Callable[[Message], str] = lambda _: "") -> None:
        self.results = results if results is not None else MessageResults()
        self._name_of = name_of
        self._known: dict[int, ActivityRow] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.results)

    @overload
    def __getitem__(self, index: int) -> ActivityRow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ActivityRow]: ...
    def __getitem__(self, index: int | slice) -> ActivityRow | Sequence[ActivityRow]:
        """Return one row, or some."""
        if isinstance(index, slice):
            return tuple(map(self._row, range(len(self))[index]))
        return self._row(range(len(self))[index])

    def again(self) -> ActivityRows:
        """Return the same messages, to be read anew."""
        return ActivityRows(self.results, self._name_of)

    def _row(self, place: int) -> ActivityRow:
        if place not in self._known:
            try:
                message = self.results[place]
                self._known[place] = ActivityRow(message, self._name_of(message))
            except DatabaseError:
                self._known[place] = ActivityRow(None)
        return self._known[place]


class FateFilter(Enum):
    """The filters in one line, each with the fates that it shows."""

    ALL = "All"
    OUTGOING = "Outgoing"
    UNDER_WAY = "Under way"
    DELIVERED = "Delivered"
    FAILED = "Failed"
    UNKNOWN = "Unknown"
    STOPPED = "Stopped"
    WAITING = "Waiting"
    RECEIVED = "Received"

    @property
    def fates(self) -> frozenset[Fate] | None:
        """What it shows; None for everything."""
        return _FATES[self]

    @property
    def query(self) -> MessageQuery:
        """It as a query."""
        return MessageQuery(fates=self.fates)

    @property
    def short(self) -> str:
        """The label where there is little room."""
        return _SHORT.get(self, self.value)


_FATES: Mapping[FateFilter, frozenset[Fate] | None] = {
    FateFilter.ALL: None,
    FateFilter.OUTGOING: OUTGOING,
    **{FateFilter[fate.name]: frozenset({fate}) for fate in Fate},
}
_SHORT = {
    FateFilter.OUTGOING: "Out",
    FateFilter.UNDER_WAY: "Way",
    FateFilter.DELIVERED: "Dlv",
    FateFilter.FAILED: "Fail",
    FateFilter.UNKNOWN: "?",
    FateFilter.STOPPED: "Stop",
    FateFilter.WAITING: "Wait",
    FateFilter.RECEIVED: "In",
}
