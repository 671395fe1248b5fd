"""Work on many contacts, with progress; it can be stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.worker import Worker, WorkerState, get_current_worker

from sent_tui.core.search_match import IsCancelled
from sent_tui.errors import SentTuiError
from sent_tui.services.check_run import CheckProgress, OnProgress
from sent_tui.tui.background import TellsFailures
from sent_tui.tui.messages import WorkFailed
from sent_tui.tui.safe import join, safe
from sent_tui.tui.screens.check_many import progress_words
from sent_tui.tui.screens.once import Dialog

Job = Callable[[OnProgress, IsCancelled], str]
"""Does the work off the event loop, and returns in words what came of it."""


class AtWork(TellsFailures, Dialog[str | None]):
    """Does a job, and gives back what came of it in words; None where it failed, which is told."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "stop", "Stop")]

    @dataclass(eq=False, repr=False)
    class Progressed(Message):
        """Some contacts are done."""

        progress: CheckProgress

    @dataclass(eq=False, repr=False)
    class Ended(Message):
        """Nothing more comes."""

        outcome: str | None

    def __init__(self, title: Content, job: Job, *, stops: str = "esc stops; what is done by then is kept") -> None:
        super().__init__()
        self._heading = title
        self._job = job
        self._stops = stops
        self._worker: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(classes="dialog"):
            yield Static(self._heading, classes="dialog-title")
            yield Static(join("Beginning …"), id="progress", classes="dialog-body")
            yield Static(safe(self._stops, "$text-muted"), id="hint")

    def on_mount(self) -> None:
        """Begin."""
        self._worker = self._work()

    @work(thread=True, group="at work", exit_on_error=False, description="change many contacts")
    def _work(self) -> None:
        worker = get_current_worker()

        def tell(progress: CheckProgress) -> None:
            self.post_message(self.Progressed(progress))

        try:
            outcome = self._job(tell, lambda: worker.is_cancelled)
        except SentTuiError as error:
            self.app.post_message(WorkFailed.of(error))
            self.post_message(self.Ended(None))
        else:
            self.post_message(self.Ended(outcome))

    def on_at_work_progressed(self, message: Progressed) -> None:
        """Show how far it is."""
        self.query_one("#progress", Static).update(progress_words(message.progress))

    def on_at_work_ended(self, message: Ended) -> None:
        """Close."""
        self.dismiss(message.outcome)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Close when the job broke off by an error of ours, which is told."""
        if event.worker is self._worker and event.state is WorkerState.ERROR:
            self.post_message(self.Ended(None))

    def action_stop(self) -> None:
        """Stop with what is under way."""
        if self._worker is not None:
            self._worker.cancel()
        self.query_one("#hint", Static).update(safe("Stopping …", "$text-muted"))
