"""The channel filters in one line, each with its key and its count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from textual.message import Message
from textual.reactive import reactive

from sent_tui.core.search import ChannelFilter
from sent_tui.core.search_index import Counts
from sent_tui.tui.widgets.filter_line import FilterLine, Way

_GAP = "  "
_SHORT = {ChannelFilter.WHATSAPP: "WA", ChannelFilter.OPTED_OUT: "Out"}


class FilterBar(FilterLine):
    """Shows which channel filter is on, and how many contacts each would show."""

    chosen: reactive[ChannelFilter] = reactive(ChannelFilter.ALL)
    counts: reactive[Counts | None] = reactive(None)
    """None while they are being counted for the first time."""

    @dataclass(eq=False, repr=False)
    class Chosen(Message):
        """A filter was clicked."""

        wanted: ChannelFilter

    @property
    def place(self) -> int:
        """The place of the filter that is on."""
        return list(ChannelFilter).index(self.chosen)

    def ways(self) -> Iterator[Way]:
        """Yield ways to write the line: in little room the names are short, and then the counts go."""
        counts = [self.counts[wanted] if self.counts else None for wanted in ChannelFilter]
        short = [_SHORT.get(wanted, wanted.label) for wanted in ChannelFilter]
        yield Way(_GAP, [wanted.label for wanted in ChannelFilter], counts)
        yield Way(_GAP, short, counts)
        yield Way(_GAP, short, [None] * len(short))

    def choose(self, place: int) -> None:
        """Tell which filter was clicked."""
        self.post_message(self.Chosen(list(ChannelFilter)[place]))
