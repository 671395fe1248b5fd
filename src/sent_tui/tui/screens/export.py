"""Writing contacts or messages to a file, with progress."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import var
from textual.widgets import Static
from textual.worker import Worker, WorkerState, get_current_worker

from sent_tui.core.text import plural
from sent_tui.errors import SentTuiError
from sent_tui.services.exchange import IsCancelled, OnProgress, Progress
from sent_tui.tui.background import TellsFailures
from sent_tui.tui.safe import join, safe
from sent_tui.tui.screens.choose_file import ChooseFile
from sent_tui.tui.screens.on_contact import OnContact
from sent_tui.tui.screens.once import Dialog
from sent_tui.tui.widgets.layout import Document, Line
from sent_tui.tui.widgets.progress import progress_lines

Write = Callable[[OnProgress, IsCancelled], int]
"""Writes a file, tells how far it is, asks whether to stop, and returns how many records are in the file."""
_WIDTH = 50
"""Cells of the bar; narrow enough for the smallest terminal."""


class ExportRun(TellsFailures, Dialog[None]):
    """Writes a file; escape stops it, and then closes it."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Stop, or close"),
        Binding("enter,q", "close", "Close", show=False),
    ]

    progress: var[Progress | None] = var(None)
    count: var[int | None] = var(None)
    """How many contacts are in the file, once it is over."""
    trouble: var[str] = var("")
    """Why there is no file; empty when there is one."""

    @dataclass(eq=False, repr=False)
    class Progressed(Message):
        """Some contacts were written."""

        progress: Progress

    @dataclass(eq=False, repr=False)
    class Ended(Message):
        """Nothing more comes."""

        count: int
        trouble: str = ""

    def __init__(self, path: Path, write: Write, *, of_what: str) -> None:
        """Make a dialog that calls `write`; what is written is called `of_what`, one of them."""
        super().__init__()
        self._path = path
        self._write_to = write
        self._of_what = of_what
        self._writer: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(classes="dialog"):
            yield Static(join("Export to ", safe(self._path.name, "bold", 60)), classes="dialog-title")
            yield Document(id="progress", classes="dialog-body")
            yield Static(id="hint")

    def on_mount(self) -> None:
        """Begin."""
        self._draw()
        self._writer = self._write()

    @work(thread=True, group="export", exit_on_error=False, description="write a file")
    def _write(self) -> None:
        worker = get_current_worker()
        try:
            count = self._write_to(lambda progress: self._tell(self.Progressed(progress)), lambda: worker.is_cancelled)
        except SentTuiError as error:
            self.post_message(self.Ended(0, str(error)))
        else:
            stopped = "Stopped. No file was written." if worker.is_cancelled and not count else ""
            self.post_message(self.Ended(count, stopped))

    def _tell(self, news: Message) -> None:
        self.post_message(news)

    def on_export_run_progressed(self, message: Progressed) -> None:
        """Show how far it is."""
        self.progress = message.progress

    def on_export_run_ended(self, message: Ended) -> None:
        """Show what came of it."""
        self.trouble = message.trouble
        self.count = message.count

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Let the dialog be closed when writing broke off by an error of ours."""
        if event.worker.group == "export" and event.state is WorkerState.ERROR:
            self.post_message(self.Ended(0, "Something went wrong. No file was written."))

    def watch_progress(self) -> None:
        """Draw anew."""
        self._draw()

    watch_count = watch_trouble = watch_progress

    def action_back(self) -> None:
        """Stop, or close when it is over."""
        if self.count is None and self._writer is not None:
            self._writer.cancel()
        else:
            self.dismiss(None)

    def action_close(self) -> None:
        """Close when it is over."""
        if self.count is not None:
            self.dismiss(None)

    def _draw(self) -> None:
        for document in self.query("#progress").results(Document):
            document.lines = self._told()
        for static in self.query("#hint").results(Static):
            hint = "esc stops, and leaves no file" if self.count is None else "esc closes"
            static.update(safe(hint, "$text-muted"))

    def _told(self) -> tuple[Line, ...]:
        if self.trouble:
            return (Line(join(("✗ ", "bold $text-error"), self.trouble), 2),)
        if self.count is not None:
            words = f"{plural(self.count, self._of_what)} written to "
            return (Line(join(("✓ ", "bold $text-success"), words, safe(str(self._path), limit=300)), 2),)
        if self.progress is None:
            return (Line(join(("… Reading the list", "$text-muted"))),)
        return progress_lines(self.progress, _WIDTH, of_what=self._of_what)


async def file_to_write(
    screen: OnContact, heading: str, question: str, proposed: str, suffixes: Collection[str]
) -> tuple[Path, bool] | None:
    """Ask for the name of a file, and again before one is replaced; return it, and whether it is there, or None."""
    choice = ChooseFile(screen.session, heading, question, proposed=proposed, suffixes=suffixes)
    path = await screen.app.push_screen_wait(choice)
    if path is None:
        return None
    is_there = await asyncio.to_thread(path.exists)
    if is_there:
        body = join(safe(str(path)), " is there already.")
        if not await screen.ask(join("Replace the file?"), body, yes="Replace it", dangerous=True):
            return None
    return path, is_there
