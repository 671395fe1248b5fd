"""The contact list: contacts in rows, with marks and a range."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime

from rich.segment import Segment
from textual.cache import LRUCache
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from sent_tui.core.marks import NO_MARKS, Marks
from sent_tui.core.search import ContactRow, Sort, SortKey
from sent_tui.core.search_index import Results
from sent_tui.tui.commands import IN_LIST, bindings
from sent_tui.tui.widgets.contact_cells import Column, age_words, columns_for, contact_cells, heading, sort_key_at
from sent_tui.tui.widgets.row_list import Look, RowList

_MARGIN = 2
_KEPT_ROWS = 200
"""So many rows stay drawn: some screenfuls."""


class ContactList(RowList, inherit_bindings=False):
    """Contacts in rows, one under the cursor. The screen gives it results; it answers with messages."""

    COMPONENT_CLASSES = {
        "contact-list--heading",
        "contact-list--cursor",
        "contact-list--good",
        "contact-list--warning",
        "contact-list--bad",
        "contact-list--muted",
        "contact-list--match",
        "contact-list--mark",
    }
    DEFAULT_CSS = """
    ContactList {
        & > .contact-list--heading { color: $text-muted; text-style: bold; background: $surface; }
        & > .contact-list--cursor { background: $block-cursor-blurred-background; text-style: bold; }
        &:focus > .contact-list--cursor { background: $block-cursor-background; }
        & > .contact-list--good { color: $text-success; }
        & > .contact-list--warning { color: $text-warning; }
        & > .contact-list--bad { color: $text-error; }
        & > .contact-list--muted { color: $text-muted; }
        & > .contact-list--match { color: $accent; text-style: bold underline; }
        & > .contact-list--mark { color: $primary; }
    }
    """
    BINDINGS = bindings(IN_LIST)
    # The row under the cursor is of one colour: it is the one that is read, and it is sent with every move.
    HEAD, PARTS, KEPT = 1, "contact-list", frozenset({"mark", "match"})

    results: reactive[Results] = reactive(Results, always_update=True, repaint=False)
    """The rows, in their order."""
    query_text: reactive[str] = reactive("", repaint=False)
    """The words to mark in the rows; they show with the next results, which answer them."""
    sort: reactive[Sort] = reactive(Sort)
    """The order, to mark its column."""
    marks: reactive[Marks] = reactive(NO_MARKS, repaint=False)
    """The marked contacts."""
    range_start: reactive[str] = reactive("", repaint=False)
    """The contact from which a range is being marked to the cursor; empty for none."""
    now: reactive[datetime | None] = reactive(None, repaint=False)
    """The time against which ages are told, from the next results on."""

    @dataclass(eq=False, repr=False)
    class HeadingClicked(Message):
        """The heading of a column was clicked by which the list can be sorted."""

        key: SortKey

    def __init__(self) -> None:
        super().__init__()
        self._rows: LRUCache[tuple[Hashable, ...], Strip] = LRUCache(_KEPT_ROWS)
        """Rows as they were drawn last: a strip that is known passes through Textual faster than a new one."""

    @property
    def row_count(self) -> int:
        """How many contacts there are."""
        return len(self.results)

    @property
    def current(self) -> ContactRow | None:
        """The row under the cursor."""
        return self.results[self.cursor] if 0 <= self.cursor < len(self.results) else None

    def watch_results(self, old: Results, new: Results) -> None:
        """Keep the cursor on the same contact; where that is gone, on the same row."""
        kept = old[self.cursor].id if 0 <= self.cursor < len(old) else None
        place = new.place(kept) if kept is not None else None
        self.rows_changed(self.cursor if place is None else place)

    def watch_marks(self, old: Marks, new: Marks) -> None:
        """Show the marks; the first one moves the rows aside."""
        if bool(old) is bool(new):
            self.refresh_changed()
        else:
            self.refresh()

    def watch_range_start(self) -> None:
        """Show the range."""
        self.refresh()

    def watch_cursor(self, old: int, new: int) -> None:
        """Paint all rows between the two where a range is being marked."""
        if self.range_start:
            self.refresh()
        super().watch_cursor(old, new)

    @property
    def span(self) -> tuple[int, int]:
        """The rows of the range that is being marked, as (first, behind the last); none without a beginning."""
        place = self.results.place(self.range_start) if self.range_start else None
        return (0, 0) if place is None else (min(place, self.cursor), max(place, self.cursor) + 1)

    def select(self, contact_id: str) -> None:
        """Put the cursor on a contact, if it is among the results."""
        place = self.results.place(contact_id)
        if place is not None:
            self.cursor = place

    def forget_looks(self) -> None:
        """Forget the rows too."""
        super().forget_looks()
        self._rows.clear()

    def head_clicked(self, x: int) -> None:
        """Ask for the order of the column whose heading was clicked."""
        key = sort_key_at(x - self._before, self._columns(self.room - self._before))
        if key is not None:
            self.post_message(self.HeadingClicked(key))

    def head(self, room: int) -> str:
        """Return the headings of the columns; that of the order has an arrow."""
        return " " * self._before + heading(self._columns(room - self._before), self.sort)

    def margin(self, row: int) -> str:
        """Return the signs of the cursor and of a mark."""
        return f"{super().margin(row)}{'✓' if self._is_marked(row) else ' '}".ljust(self._before)

    def draw_row(self, row: int, width: int) -> Strip:
        """Return a row, the same strip again where nothing in it changed."""
        contact = self.results[row]
        key = (contact, age_words(contact.last_at, self.now), self.query_text, width, self.margin(row))
        known = self._rows.get(key)
        if known is None:
            known = self._rows[key] = super().draw_row(row, width)
        return known

    def cells(self, row: int, room: int, look: Look) -> list[Segment]:
        """Return what stands in the columns."""
        return contact_cells(self.results[row], self._columns(room), look, words=self.query_text, now=self.now)

    def _is_marked(self, row: int) -> bool:
        if self.range_start:
            first, end = self.span
            if first <= row < end:
                return True
        return bool(self.marks) and self.results[row].e164 in self.marks

    @property
    def _before(self) -> int:
        """Cells before a row; one more where some are marked, so that the mark stands free."""
        return _MARGIN + bool(self.marks or self.range_start)

    def _columns(self, room: int) -> tuple[Column, ...]:
        # The last column ends in a space, which may be the scrollbar's.
        return columns_for(room + 1)
