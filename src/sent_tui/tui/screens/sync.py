"""Sync with the contacts of the Sent account: how far it is, what it came to, and what does not fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.reactive import var
from textual.widgets import OptionList
from textual.worker import Worker, WorkerState, get_current_worker

from sent_tui.core.search_index import Results
from sent_tui.errors import SentTuiError
from sent_tui.services.sync_report import SyncProgress, SyncReport
from sent_tui.tui.commands import EVERYWHERE, SYNC, bindings
from sent_tui.tui.keymap import keymap_of
from sent_tui.tui.messages import WorkDone
from sent_tui.tui.screens.once import Page
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.layout import Document, Line
from sent_tui.tui.widgets.status_line import KeyLine, TopLine
from sent_tui.tui.widgets.sync_lines import Conflicts, progress_lines, report_lines


class SyncScreen(Page[None]):
    """Begins when it is opened; escape stops it, and then goes back. A conflict leads to its contact."""

    TITLE = "Sync"
    CSS_PATH = "sync.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(SYNC)

    lines: var[tuple[Line, ...]] = var(())
    """How far it is, or what it came to."""
    report: var[SyncReport | None] = var(None)
    """What it came to; None while it runs."""

    conflicts = getters.query_one(Conflicts)

    @dataclass(eq=False, repr=False)
    class Progressed(Message):
        """A part is done."""

        progress: SyncProgress

    @dataclass(eq=False, repr=False)
    class Ended(Message):
        """Nothing more comes."""

        report: SyncReport
        trouble: str = ""
        """Why it ended early; empty when it did not."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._syncer: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine("Sync")
        yield Document().data_bind(lines=SyncScreen.lines)
        yield Conflicts().data_bind(report=SyncScreen.report)
        yield KeyLine(SYNC, EVERYWHERE)

    def on_mount(self) -> None:
        """Begin."""
        self.action_sync_again()

    def action_sync_again(self) -> None:
        """Begin, or go on where it was stopped; one that runs goes on."""
        if self._syncer is None or self._syncer.is_finished:
            self.report = None
            self.lines = progress_lines(None)
            self._syncer = self._sync()

    def action_back(self) -> None:
        """Stop what runs; go back when it is over or was told to stop already."""
        worker = self._syncer
        if self.report is None and worker is not None and not worker.is_cancelled:
            worker.cancel()
            self.lines = progress_lines(None, is_stopping=True)
        else:
            self.dismiss()

    def action_move(self, step: int) -> None:
        """Move to the next conflict, or to the one before."""
        self.conflicts.action_cursor_down() if step > 0 else self.conflicts.action_cursor_up()

    def action_open_conflict(self) -> None:
        """Open the contact of the conflict under the cursor."""
        self.conflicts.action_select()

    @work(thread=True, group="sync", exit_on_error=False, description="sync with Sent")
    def _sync(self) -> None:
        worker, service = get_current_worker(), self.session.workspace.sync
        if service is None:
            self.post_message(self.Ended(SyncReport(), "This gateway has no account."))
            return
        try:
            report = service.sync(
                on_progress=lambda progress: self._tell(self.Progressed(progress)),
                is_cancelled=lambda: worker.is_cancelled,
            )
        except SentTuiError as error:
            self._tell(self.Ended(SyncReport(), str(error)))
        else:
            self._tell(self.Ended(report, str(report.error or "")))

    def _tell(self, news: Message) -> None:
        self.post_message(news)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say so when it broke off by an error of ours."""
        if event.worker.group == "sync" and event.state is WorkerState.ERROR:
            self._tell(self.Ended(SyncReport(), "Something went wrong. What was read so far is kept."))

    def on_sync_screen_progressed(self, message: Progressed) -> None:
        """Show how far it is."""
        if self.report is None and self._syncer is not None and not self._syncer.is_cancelled:
            self.lines = progress_lines(message.progress)

    def on_sync_screen_ended(self, message: Ended) -> None:
        """Show what it came to."""
        self.report = message.report
        self.lines = report_lines(message.report, message.trouble, keymap_of(self.app).label_of)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the contact of a conflict."""
        from sent_tui.tui.screens.detail import ContactScreen

        conflicts = self.report.conflicts if self.report is not None else []
        contact_id = conflicts[event.option_index].contact_id if event.option_index < len(conflicts) else ""
        if contact_id:
            self.app.push_screen(ContactScreen(self.session, contact_id, Results()))
        else:
            self.app.post_message(WorkDone("It has no contact here."))
