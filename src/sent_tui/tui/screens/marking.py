"""Marks on the contacts of a list: one by one, in ranges, all at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual import work
from textual.message import Message
from textual.reactive import var

from sent_tui.core.marks import NO_MARKS, Marks, Numbers
from sent_tui.core.search_index import Results
from sent_tui.core.text import plural
from sent_tui.tui.screens.on_list import OnList

Rows = Callable[[], Results]
"""Finds rows: off the event loop, for it may take its time."""
Change = Callable[[Marks, Numbers], Marks]
"""Returns what becomes of marks by the numbers of some rows."""


class Marking(OnList):
    """A list whose contacts can be marked; the marks outlast searches, filters and orders."""

    marks: var[Marks] = var(NO_MARKS, init=False)
    range_start: var[str] = var("", init=False)
    """The contact from which a range is being marked; empty while none is."""

    @dataclass(eq=False, repr=False)
    class Marked(Message):
        """Marks of many contacts were worked out."""

        before: Marks
        """The marks that they are based on."""
        after: Marks
        rows: Rows
        change: Change

    _cleared = NO_MARKS
    """What was marked when all marks were taken off."""

    def action_mark(self) -> None:
        """Mark the contact under the cursor, or take its mark off, and go on; in a range, mark all of it."""
        if self.range_start:
            self.action_mark_range()
            return
        row = self.contact_list.current
        if row is not None:
            self.marks = self.marks.toggled(row.e164)
            self.contact_list.action_move(1)

    def action_mark_and_move(self, rows: int) -> None:
        """Mark the contact under the cursor and the one that it moves to."""
        self._mark_current()
        self.contact_list.action_move(rows)
        self._mark_current()

    def _mark_current(self) -> None:
        row = self.contact_list.current
        if row is not None and row.e164 not in self.marks:
            self.marks = self.marks.toggled(row.e164)

    def action_mark_range(self) -> None:
        """Begin a range at the cursor, or mark the contacts of the one that was begun."""
        if not self.range_start:
            self.range_start = self.contact_id
            self.say(f"Move, then {self.key('mark-range')} marks all between; {self.key('step-back')} marks none")
            return
        first, end = self.contact_list.span
        self.range_start = ""
        self.say("")
        rows = self.results.part(first, end - first)
        self._mark(self.marks, lambda: rows, Marks.with_all)

    def action_mark_listed(self) -> None:
        """Mark all listed contacts, or take the marks off them where all are marked."""

        def marked(marks: Marks, numbers: Numbers) -> Marks:
            return marks.without(numbers) if marks.has_all(numbers) else marks.with_all(numbers)

        self._mark(self.marks, self._listed(), marked)

    def action_invert_marks(self) -> None:
        """Mark those listed contacts that are not marked, and take the marks off the others of them."""
        self._mark(self.marks, self._listed(), Marks.inverted)

    def _listed(self) -> Rows:
        """Return what finds all listed contacts: of a large list, only the first ones may be there by now."""
        query, repository = self.wanted, self.workspace.repository
        return lambda: repository.answer(query)

    def action_clear_marks(self) -> None:
        """Take all marks off; again, bring them back."""
        if self.marks:
            self._cleared, self.marks = self.marks, NO_MARKS
            self.say(f"{plural(len(self._cleared), 'mark')} taken off · {self.key('clear-marks')} brings them back")
        else:
            self.marks = self._cleared

    @work(thread=True, exclusive=True, group="mark", exit_on_error=False, description="mark contacts")
    def _mark(self, marks: Marks, rows: Rows, change: Change) -> None:
        self.post_message(self.Marked(marks, change(marks, rows().numbers()), rows, change))

    def on_marking_marked(self, message: Marked) -> None:
        """Take the marks; where others were set meanwhile, change those."""
        if self.marks == message.before:
            self.marks = message.after
        else:
            self._mark(self.marks, message.rows, message.change)

    def action_step_back(self) -> None:
        """Give a range up that was begun."""
        if self.range_start:
            self.range_start = ""
            self.say("")
        else:
            super().action_step_back()
