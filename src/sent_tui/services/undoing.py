"""Taking the last change back: write by write, so that others may write meanwhile, with progress, to be stopped."""

from __future__ import annotations

from msgspec import Struct, field

from sent_tui.core.search_match import IsCancelled, never
from sent_tui.core.text import plural
from sent_tui.services.check_run import CheckProgress, OnProgress, nobody
from sent_tui.services.contacts import Clock
from sent_tui.store.repository import Repository, TakenBack, Undoable

NAMED = 3
"""Contacts that are named of those that stay as they are."""


class UndoReport(Struct):
    """What came of taking a change back."""

    name: str | None = None
    """What the change is called; None where there was none. It may hold foreign text."""
    kept: list[str] = field(default_factory=list)
    """What the contacts are called that changed since, and therefore stay in whole or in part; foreign text."""
    is_any: bool = False
    """Whether anything went back."""
    is_cancelled: bool = False
    """Whether it was stopped; the rest is taken back by doing it again."""

    @property
    def words(self) -> str:
        """What came of it."""
        if self.name is None:
            return "There is nothing to undo."
        done = f"Undone: {self.name}" if self.is_any else f"Not undone: {self.name}"
        if self.is_cancelled:
            done = f"Stopped while undoing: {self.name}"
        if not self.kept:
            return f"{done}."
        more = len(self.kept) - NAMED
        names = ", ".join(self.kept[:NAMED]) + (f" and {more:,} more" if more > 0 else "")
        return f"{done}. {plural(len(self.kept), 'contact')} changed since and stayed: {names}."


class UndoService:
    """What can be done about changes that were made. Its calls block, and are made off the event loop."""

    def __init__(self, repository: Repository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock

    def last(self) -> Undoable | None:
        """Return the last change that can be taken back; None when there is none."""
        return self._repository.undoable()

    def undo(self, *, on_progress: OnProgress = nobody, is_cancelled: IsCancelled = never) -> UndoReport:
        """Take the last change back; what was done by then stays done when it is cancelled. Raises DatabaseError."""
        last, began, report = self.last(), self._clock(), UndoReport()
        total, done = 0 if last is None else last.contacts, 0

        def tell(taken: TakenBack) -> None:
            nonlocal done
            done += taken.contacts
            report.kept.extend(taken.kept)
            report.is_any |= taken.is_any
            on_progress(CheckProgress(done, max(done, total), self._clock() - began))

        report.name = self._repository.undo(on_taken_back=tell, is_cancelled=is_cancelled)
        report.is_cancelled = is_cancelled() and done < total
        return report
