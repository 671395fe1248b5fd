"""The last change is taken back: at once, or where it is large in a dialog that shows how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from sent_tui.tui.messages import ChangeUndone, WorkDone
from sent_tui.tui.safe import join, notify, safe

if TYPE_CHECKING:
    from textual.app import App

    from sent_tui.core.search_match import IsCancelled
    from sent_tui.services.check_run import OnProgress
    from sent_tui.services.undoing import UndoReport
    from sent_tui.services.workspace import Workspace

    _Base = App[None]
else:
    _Base = object

LARGE = 2_000
"""With more contacts than this, it is shown how far it is."""
SHOWN = 10.0
"""Seconds for which it is shown which contacts stayed as they are."""


class TakesBack(_Base):
    """Before an app in the bases: the last change can be taken back."""

    if TYPE_CHECKING:
        workspace: Workspace

    @work(thread=True, group="undo", exit_on_error=False, description="undo")
    def action_undo(self) -> None:
        """Take back the last change."""
        undoing = self.workspace.undoing
        last = undoing.last()
        if last is not None and last.contacts > LARGE:
            self.call_from_thread(self._undo_at_work, last.name)
        else:
            self.call_from_thread(self._undone, undoing.undo())

    def _undo_at_work(self, name: str) -> None:
        # Imported with the first large one: the list is painted before that.
        from sent_tui.tui.screens.at_work import AtWork

        reports: list[UndoReport] = []

        def job(tell: OnProgress, is_over: IsCancelled) -> str:
            reports.append(self.workspace.undoing.undo(on_progress=tell, is_cancelled=is_over))
            return ""

        def ended(_outcome: str | None) -> None:
            for report in reports:
                self._undone(report)

        stops = "esc stops; what is undone by then stays so, and the rest can be undone later"
        self.push_screen(AtWork(join("Undoing: ", safe(name, limit=100)), job, stops=stops), ended)

    def _undone(self, report: UndoReport) -> None:
        # The news in the key line is of what is undone.
        self.post_message(WorkDone())
        notify(self, report.words, timeout=SHOWN if report.kept else None)
        if report.name is not None and report.is_any and not report.is_cancelled:
            self.screen.post_message(ChangeUndone(report.name))
