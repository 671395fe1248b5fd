"""The filters of messages in one line, each with its key and its count."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from textual.message import Message
from textual.reactive import reactive

from sent_tui.core.channel import Channel
from sent_tui.core.message_search import MessageCounts, MessageQuery
from sent_tui.tui.activity import FateFilter
from sent_tui.tui.widgets.filter_line import FilterLine, Way


class FateBar(FilterLine):
    """Shows which filter is on, and how many messages each would show."""

    chosen: reactive[FateFilter] = reactive(FateFilter.ALL)
    channel: reactive[Channel | None] = reactive(None)
    """The channel within which is counted."""
    counts: reactive[MessageCounts | None] = reactive(None)
    """None while they are being counted for the first time."""

    @dataclass(eq=False, repr=False)
    class Chosen(Message):
        """A filter was clicked."""

        wanted: FateFilter

    @property
    def place(self) -> int:
        """The place of the filter that is on."""
        return list(FateFilter).index(self.chosen)

    def ways(self) -> Iterator[Way]:
        """Yield ways to write the line: in little room names are short, and then counts go, those of nothing first."""
        counts = self._counts()
        whole, short = [wanted.value for wanted in FateFilter], [wanted.short for wanted in FateFilter]
        some = {wanted for wanted, count in counts.items() if count or wanted is self.chosen}
        yield Way("  ", whole, _those(counts, counts))
        yield Way(" ", whole, _those(counts, counts))
        yield Way("  ", short, _those(counts, counts))
        yield Way(" ", short, _those(counts, some))
        # What went out is what is left of all when what came in is known.
        yield Way(" ", short, _those(counts, some - {FateFilter.OUTGOING}))
        yield Way(" ", short, _those(counts, {self.chosen}))
        yield Way(" ", short, _those(counts, ()))

    def choose(self, place: int) -> None:
        """Tell which filter was clicked."""
        self.post_message(self.Chosen(list(FateFilter)[place]))

    def _counts(self) -> dict[FateFilter, int]:
        if self.counts is None:
            return {}
        return {wanted: self.counts.of(MessageQuery(wanted.fates, self.channel)) for wanted in FateFilter}


def _those(counts: dict[FateFilter, int], shown: Collection[FateFilter]) -> list[int | None]:
    return [counts.get(wanted) if wanted in shown else None for wanted in FateFilter]
