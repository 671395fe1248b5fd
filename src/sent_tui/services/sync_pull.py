"""Reading all contacts of an account, page by page.

Pages shift while contacts are made, changed and deleted at Sent: one that moves to a page that was read already would
be lost. So the different contacts that were read are counted and held against Sent's own count, and pages are read
again where that does not fit.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Final

from sent_tui.core.knowledge import Knowledge
from sent_tui.core.pull import PAGE_SIZE, PullCursor, PulledPage, ReadContacts, mark_of
from sent_tui.gateways.gateway import ContactsPage
from sent_tui.services.sync_merging import take
from sent_tui.services.sync_report import Stage
from sent_tui.services.sync_run import SyncRun

GOES_ON: Final = timedelta(days=1)
"""For so long, a pull that was broken off goes on where it ended; later it begins anew."""
READ_AGAIN: Final = 2
"""So often, all pages are read again at most where contacts are missing."""


class Pull:
    """The reading of a run; `over` is called once. What was read is merged and stored page by page."""

    def __init__(self, run: SyncRun) -> None:
        self._run = run
        self._started = run.clock()
        self._cursor = PullCursor(self._started)
        self._earlier = 0
        """How many contacts an earlier run read."""

    @property
    def marks(self) -> ReadContacts:
        """Which contacts were read."""
        return self._cursor.marks

    def over(self, *, afresh: bool = False) -> None:
        """Read everything, from where an earlier pull ended unless it is to begin `afresh`.

        Raises a NetworkError where Sent does not answer, and AskingCancelledError; what was read is kept then.
        """
        run, report = self._run, self._run.report
        self._take_up(afresh=afresh)
        is_believed = self._read(self._cursor.page + 1)
        for _ in range(READ_AGAIN):
            if not self._cursor.is_whole:
                self._cursor.read_again()
                is_believed = self._read(1, only_missing=True)
        if report.is_cancelled:
            return
        report.is_complete = is_believed and self._cursor.is_whole
        with run.repository.transaction() as tx:
            tx.forget_pull(run.account)

    def _take_up(self, *, afresh: bool) -> None:
        run = self._run
        known = run.repository.pulled_pages(run.account)
        cursor = None if afresh else PullCursor.after(known)
        if cursor is not None and timedelta() <= self._started - cursor.began < GOES_ON:
            self._cursor = cursor
            run.report.resumed_at, run.report.total = cursor.page + 1, cursor.total
            self._earlier = run.report.read = len(cursor.marks)
        elif known:
            with run.repository.transaction() as tx:
                tx.forget_pull(run.account)

    def _read(self, first: int, *, only_missing: bool = False) -> bool:
        """Read from a page on to the last one; with `only_missing`, only until nothing is missing.

        Returns whether Sent said that it was the last one; who says for ever that more follows, and tells nothing new,
        is not believed.
        """
        page, told_nothing = first, 0
        while not self._run.is_stopped():
            found = self._run.asker.ask(partial(self._run.directory.contacts_page, page))
            # What was deleted since the last answer drew others to pages before.
            back = self._cursor.counted(found.total)
            self._run.report.total = self._cursor.total
            if back and page > 1:
                page = max(1, page - back)
                continue
            fresh = self._take(page, found)
            told_nothing = 0 if fresh else told_nothing + 1
            if not (found.has_more and found.contacts) or (only_missing and self._cursor.is_whole):
                return True
            if told_nothing and self._is_beyond(page, told_nothing):
                return self._cursor.total is not None
            page += 1
        return False

    def _is_beyond(self, page: int, told_nothing: int) -> bool:
        """Return whether no more is to be expected after a page, the last of so many that told nothing new."""
        total = self._cursor.total
        if total is not None:
            return page * PAGE_SIZE >= total
        # All that was read may have moved on by as many as were made meanwhile.
        return told_nothing * PAGE_SIZE > len(self.marks)

    def _take(self, page: int, found: ContactsPage) -> int:
        """Merge a page and keep that it was read; return how many of its contacts were not read before."""
        run, cursor, rows = self._run, self._cursor, found.contacts
        at = run.clock()
        with run.repository.transaction() as tx:
            knowledge = Knowledge(tx.lesson)
            taken = [take(tx, row, at, knowledge, run.new_id) for row in rows]
            marks = [mark_of(row.id, each.number) for row, each in zip(rows, taken, strict=True)]
            if page > cursor.page:
                tx.put_pulled_page(PulledPage(run.account, page, cursor.began, cursor.total, b"".join(marks)))
        cursor.page = max(cursor.page, page)
        fresh = 0
        for each, mark in zip(taken, marks, strict=True):
            if cursor.take(mark):
                each.count(run.report)
                fresh += 1
            else:
                each.count_again(run.report)
        read = run.report.read = len(cursor.marks)
        total = 0 if cursor.total is None else max(cursor.total, read)
        run.tell(Stage.PULL, read, total, self._started, self._earlier)
        return fresh
