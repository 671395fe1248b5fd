"""The order of a list: chosen by a key or by a click on a heading, and turned around."""

from __future__ import annotations

from textual import on, work
from textual.reactive import var

from sent_tui.core.saved_view import order_words
from sent_tui.core.search import Sort, SortKey
from sent_tui.core.text import capital
from sent_tui.tui.safe import join
from sent_tui.tui.screens.on_list import OnList
from sent_tui.tui.widgets.contact_list import ContactList

SORTS = (
    Sort(SortKey.NAME),
    Sort(SortKey.LAST, descending=True),
    Sort(SortKey.RATE),
    Sort(SortKey.NUMBER),
    Sort(SortKey.REGION),
    Sort(SortKey.CHANNELS),
    Sort(SortKey.DEFAULT),
    Sort(SortKey.CREATED, descending=True),
)
"""The orders as they are offered, each in its useful direction."""


class Ordering(OnList):
    """A list with an order."""

    sort: var[Sort] = var(Sort, init=False)

    def watch_sort(self) -> None:
        """Order the rows anew."""
        self.reload()

    @work(exit_on_error=False, description="choose an order")
    async def action_sort(self) -> None:
        """Choose the column to sort by; that of now again turns the order around."""
        keys = [order.key for order in SORTS]
        offered = [
            (order.key.value, join((f"{capital(order.key.label):<15}", "bold"), f"  {self._direction(order)}"))
            for order in SORTS
        ]
        note = join("The same one again turns the order around.")
        chosen = await self.choose(join("Sort by"), offered, note=note, at=keys.index(self.sort.key))
        if chosen is not None:
            self._sort_by(SortKey(chosen))

    def action_reverse_sort(self) -> None:
        """Turn the order around."""
        self._take(Sort(self.sort.key, not self.sort.descending))

    @on(ContactList.HeadingClicked)
    def _heading_clicked(self, event: ContactList.HeadingClicked) -> None:
        self._sort_by(event.key)

    def _sort_by(self, key: SortKey) -> None:
        if key is self.sort.key:
            self.action_reverse_sort()
        else:
            self._take(next(order for order in SORTS if order.key is key))

    def _take(self, sort: Sort) -> None:
        self.sort = sort
        words = order_words(sort)
        self.say(capital(words))

    def _direction(self, order: Sort) -> str:
        """Return which way a column would be sorted, in a word; for that of now, which way it is."""
        sort = self.sort if order.key is self.sort.key else order
        return f"{'↓ falling' if sort.descending else '↑ rising'}{'   now' if sort is self.sort else ''}"
