"""Looking up the channels of many contacts, with progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widgets import Static
from textual.worker import Worker, WorkerState, get_current_worker

from sent_tui.core.search import EVERYONE, ContactQuery
from sent_tui.core.span import span_words
from sent_tui.core.text import plural
from sent_tui.errors import SentTuiError
from sent_tui.services.check_run import CheckProgress, CheckReport
from sent_tui.tui.background import TellsFailures
from sent_tui.tui.safe import join, safe
from sent_tui.tui.screens.once import Dialog
from sent_tui.tui.session import Session


class CheckMany(TellsFailures, Dialog[None]):
    """Checks some contacts, or those of a query for whom it pays; escape stops it, and then closes it."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Stop, or close"),
        Binding("enter,q", "close", "Close", show=False),
    ]

    progress: var[CheckProgress | None] = var(None)
    looked_at: var[tuple[int, int]] = var((0, 0))
    """Of how many contacts it is known whether a check would pay, and of how many there are."""
    report: var[CheckReport | None] = var(None)
    """What came of it, once it is over."""
    trouble: var[str] = var("")
    """Why it ended early; empty when it did not."""

    @dataclass(eq=False, repr=False)
    class Progressed(Message):
        """Some contacts were checked."""

        progress: CheckProgress

    @dataclass(eq=False, repr=False)
    class Looked(Message):
        """It is known of some contacts whether a check would pay."""

        done: int
        total: int

    @dataclass(eq=False, repr=False)
    class Ended(Message):
        """Nothing more comes."""

        report: CheckReport | None
        trouble: str = ""

    def __init__(
        self,
        session: Session,
        query: ContactQuery = EVERYONE,
        *,
        only_proposed: bool = False,
        numbers: Sequence[str] | None = None,
    ) -> None:
        """With `numbers` (E.164), their contacts are checked; else those of the query."""
        super().__init__()
        self.workspace = session.workspace
        self._query = query
        self._numbers = numbers
        self._only_proposed = only_proposed
        self._checker: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(classes="dialog"):
            yield Static(Content("Checking channels"), classes="dialog-title")
            yield Static(id="progress", classes="dialog-body")
            yield Static(id="hint")

    def on_mount(self) -> None:
        """Begin."""
        self._draw()
        self._checker = self._check()

    @work(thread=True, group="check", exit_on_error=False, description="check channels")
    def _check(self) -> None:
        worker, checking = get_current_worker(), self.workspace.checking
        try:
            if self._numbers is not None:
                ids = list(self.workspace.bulk_edit.ids(self._numbers))
            elif self._only_proposed:
                proposals, _ = checking.proposals(
                    self._query,
                    on_look=lambda done, total: self._tell(self.Looked(done, total)),
                    is_cancelled=lambda: worker.is_cancelled,
                )
                ids = [proposal.contact_id for proposal in proposals]
            else:
                ids = [row.id for row in self.workspace.repository.answer(self._query)]
            report = checking.check_many(
                ids,
                on_progress=lambda progress: self._tell(self.Progressed(progress)),
                is_cancelled=lambda: worker.is_cancelled,
            )
        except SentTuiError as error:
            self.post_message(self.Ended(None, str(error)))
        else:
            self.post_message(self.Ended(report, report.trouble))

    def _tell(self, news: Message) -> None:
        self.post_message(news)

    def on_check_many_progressed(self, message: Progressed) -> None:
        """Show how far it is."""
        self.progress = message.progress

    def on_check_many_looked(self, message: Looked) -> None:
        """Show how many were looked at."""
        self.looked_at = message.done, message.total

    def on_check_many_ended(self, message: Ended) -> None:
        """Show what came of it."""
        self.trouble = message.trouble
        self.report = message.report or CheckReport()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Let the dialog be closed when checking broke off by an error of ours."""
        if event.worker.group == "check" and event.state is WorkerState.ERROR:
            self.post_message(self.Ended(None, "Something went wrong. What was checked so far is kept."))

    def watch_progress(self) -> None:
        """Draw anew."""
        self._draw()

    watch_looked_at = watch_report = watch_trouble = watch_progress

    def action_back(self) -> None:
        """Stop, or close when it is over."""
        if self.report is None and self._checker is not None:
            self._checker.cancel()
        else:
            self.dismiss(None)

    def action_close(self) -> None:
        """Close when it is over."""
        if self.report is not None:
            self.dismiss(None)

    def _draw(self) -> None:
        for static in self.query("#progress").results(Static):
            static.update(self._told())
        for static in self.query("#hint").results(Static):
            hint = "esc stops; what is checked by then is kept" if self.report is None else "esc closes"
            static.update(safe(hint, "$text-muted"))

    def _told(self) -> Content:
        if self.report is not None:
            return _outcome(self.report, self.trouble)
        if self.progress is not None:
            return progress_words(self.progress)
        done, total = self.looked_at
        if self._only_proposed:
            return join(f"Looking for checks that would pay: {done:,} of {total:,}")
        return join("Reading the list …")


def progress_words(progress: CheckProgress) -> Content:
    """Return how far a run is, how fast it is, and how long it will still take."""
    time = f", about {span_words(progress.left)} left" if progress.left is not None else ""
    return join((f"{progress.done:,} of {progress.total:,}", "bold"), f"  {progress.rate:,.0f} a second{time}")


def _outcome(report: CheckReport, trouble: str) -> Content:
    counts = (
        (report.changed, "with another channel"),
        (report.moved, "with another default"),
        (report.gone, "deleted meanwhile"),
        (report.failed, "without an answer"),
    )
    lines = [
        join(("Stopped. " if report.is_cancelled else "", "bold"), f"Checked {plural(report.checked, 'contact')}.")
    ]
    lines += [join(f"{count:,} {words}") for count, words in counts if count]
    if trouble:
        lines.append(join(("✗ ", "bold $text-error"), trouble))
    return Content("\n").join(lines)
