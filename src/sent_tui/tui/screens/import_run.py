"""An import under way, and what came of it: refused rows are mended here, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace
from textual import events, getters, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.reactive import var
from textual.worker import Worker, WorkerState, get_current_worker

from sent_tui.core.text import plural
from sent_tui.errors import SentTuiError
from sent_tui.services.contacts import Created, NewContact, Refusal
from sent_tui.services.exchange import ImportReport, Problem, Progress, write_problems
from sent_tui.tui.batch import BatchLine, Standing, with_outcome
from sent_tui.tui.commands import EVERYWHERE, IMPORTED, bindings
from sent_tui.tui.file_rows import report_lines
from sent_tui.tui.keymap import keymap_of
from sent_tui.tui.messages import ChangeUndone, WorkDone, WorkFailed
from sent_tui.tui.safe import join, safe
from sent_tui.tui.screens.choose_file import ChooseFile
from sent_tui.tui.screens.import_file import Reading, count_words
from sent_tui.tui.screens.mend import MendRow
from sent_tui.tui.screens.once import Page
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.batch_list import BatchList
from sent_tui.tui.widgets.layout import BLANK, Document, Line
from sent_tui.tui.widgets.progress import progress_lines
from sent_tui.tui.widgets.status_line import KeyLine, TopLine

REFUSED_SHOWN = 500
"""Characters of a refused row and its reason."""


class ImportRun(Page[None]):
    """Begins to import when it opens; escape stops it, and what is done by then stays."""

    TITLE = "Imported"
    CSS_PATH = "import_run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(IMPORTED)
    AUTO_FOCUS = "BatchList"

    progress: var[Progress | None] = var(None)
    report: var[ImportReport | None] = var(None)
    """What came of it; None while it is under way."""
    trouble: var[str] = var("")
    """Why it ended early; empty when it did not."""
    is_undone: var[bool] = var(default=False)
    """Whether all of it was taken back."""
    lines: var[tuple[BatchLine, ...]] = var(())
    """The rows that were refused, or imported in part, and what became of them since."""

    rows = getters.query_one(BatchList)
    key_line = getters.query_one(KeyLine)

    @dataclass(eq=False, repr=False)
    class Progressed(Message):
        """Some rows are done."""

        progress: Progress

    @dataclass(eq=False, repr=False)
    class Ended(Message):
        """Nothing more comes."""

        report: ImportReport
        problems: tuple[Problem, ...]
        lines: tuple[BatchLine, ...]
        trouble: str = ""

    @dataclass(eq=False, repr=False)
    class Mended(Message):
        """A row was tried again."""

        at: int
        outcome: Created | Refusal

    def __init__(self, session: Session, reading: Reading, *, checks: bool) -> None:
        super().__init__()
        self.session = session
        self.workspace = session.workspace
        self._reading = reading
        self._checks = checks
        self._undoing = self.workspace.exchange.undoing(reading.path)
        self._problems: tuple[Problem, ...] = ()
        """Of each line, what is wrong with the row."""
        self._mended = 0
        """Rows that were refused at first and are imported by now."""
        self._importer: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine("Import")
        yield Document(id="progress")
        yield BatchList().data_bind(lines=ImportRun.lines)
        yield Document(id="note")
        yield KeyLine(IMPORTED, EVERYWHERE)

    def on_mount(self) -> None:
        """Begin."""
        self._draw()
        self._importer = self._import()

    @work(thread=True, group="import", exit_on_error=False, description="import contacts")
    def _import(self) -> None:
        worker, app, reading = get_current_worker(), self.app, self._reading
        try:
            report = self.workspace.exchange.import_file(
                reading.path,
                region=reading.region,
                mapping=dict(reading.mapping) or None,
                detect=self._checks,
                on_progress=lambda progress: self._tell(self.Progressed(progress)),
                is_cancelled=lambda: worker.is_cancelled,
                undoing=self._undoing,
            )
        except SentTuiError as error:
            if not self.post_message(self.Ended(ImportReport(), (), (), str(error))):
                app.post_message(WorkFailed.of(error))
        else:
            self.post_message(self.Ended(report, *report_lines(report)))

    def _tell(self, news: Message) -> None:
        self.post_message(news)

    def on_import_run_progressed(self, message: Progressed) -> None:
        """Show how far it is."""
        self.progress = message.progress

    def on_import_run_ended(self, message: Ended) -> None:
        """Show what came of it."""
        self._problems = message.problems
        self.lines = message.lines
        self.trouble = message.trouble
        self.report = message.report

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Let the screen be left when importing broke off by an error of ours."""
        if event.worker.group == "import" and event.state is WorkerState.ERROR:
            trouble = "Something went wrong. What was imported by then stays."
            self.post_message(self.Ended(ImportReport(), (), (), trouble))

    def watch_progress(self) -> None:
        """Draw anew."""
        self._draw()

    watch_report = watch_trouble = watch_lines = watch_is_undone = watch_progress

    def on_resize(self, event: events.Resize) -> None:
        """Use the new width."""
        self._draw()

    @on(BatchList.Highlighted)
    def _highlighted(self) -> None:
        line = self.rows.current_line
        if line is not None:
            self.query_one("#note", Document).lines = self._note(line)

    def on_change_undone(self, message: ChangeUndone) -> None:
        """Say that nothing is left of the import, where it is what was taken back."""
        if message.name == self._undoing.name and self.report is not None:
            self.lines, self._problems, self._mended = (), (), 0
            self.is_undone = True

    def why_disabled(self, command: str) -> str:
        """Let an import come to its end before it is taken back."""
        return "The import is under way; esc stops it." if command == "undo" and self.report is None else ""

    def on_key(self) -> None:
        """Forget the last piece of news once something else is done."""
        self.key_line.news = ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Switch off what makes no sense now."""
        fitting = {
            "mend": self.report is not None and bool(self.lines),
            "write_refused": self.report is not None and any(line.standing is Standing.INVALID for line in self.lines),
        }
        return True if fitting.get(action, True) else None

    @work(exit_on_error=False, description="mend a row")
    async def action_mend(self) -> None:
        """Ask for the number of the row under the cursor, and import that row alone."""
        at = self.rows.current
        if at is None or not self.is_active:
            return
        line, problem = self.lines[at], self._problems[at]
        if line.standing is not Standing.INVALID:
            self.key_line.news = f"Line {line.place:,} is imported already."
            return
        entry = await self.app.push_screen_wait(MendRow(self.session, problem, self._reading.region))
        if entry is not None:
            self._import_row(at, entry)

    @work(thread=True, group="mend", exit_on_error=False, description="import a row")
    def _import_row(self, at: int, entry: NewContact) -> None:
        self.post_message(self.Mended(at, self.workspace.exchange.import_row(entry, self._undoing)))

    def on_import_run_mended(self, message: Mended) -> None:
        """Show what came of a row, and go on to the next one that was refused."""
        line = with_outcome(self.lines[message.at], message.outcome)
        if isinstance(message.outcome, Created) and message.outcome.is_changed:
            line = replace(line, note=f"{line.note}; what it lacked was added")
        self._mended += line.standing is not Standing.INVALID
        self.lines = (*self.lines[: message.at], line, *self.lines[message.at + 1 :])
        if line.standing is Standing.INVALID:
            self.key_line.news = f"Line {line.place:,} was refused again."
            return
        self.key_line.news = f"Line {line.place:,} is imported."
        after = (*range(message.at + 1, len(self.lines)), *range(message.at))
        following = next((at for at in after if self.lines[at].standing is Standing.INVALID), None)
        if following is not None:
            self.rows.cursor = following

    @work(exit_on_error=False, description="choose where refused rows are written")
    async def action_write_refused(self) -> None:
        """Ask for a file, and write to it what is still refused."""
        refused = self._refused()
        if not refused or not self.is_active:
            return
        question = "A table with the line, the reason, a suggestion and the text of each refused row"
        proposed = f"{self._reading.path.stem}-refused.csv"
        screen = ChooseFile(self.session, "Write refused rows", question, proposed=proposed)
        path = await self.app.push_screen_wait(screen)
        if path is not None:
            self._write(refused, path)

    @work(thread=True, group="write", exit_on_error=False, description="write refused rows")
    def _write(self, refused: list[Problem], path: Path) -> None:
        write_problems(refused, path)
        self.app.post_message(WorkDone(f"{plural(len(refused), 'refused row')} written to {path.name}"))

    def _refused(self) -> list[Problem]:
        pairs = zip(self._problems, self.lines, strict=True)
        return [problem for problem, line in pairs if line.standing is Standing.INVALID]

    def action_back(self) -> None:
        """Stop, or leave when it is over."""
        if self.report is None and self._importer is not None:
            self._importer.cancel()
        else:
            self.dismiss(None)

    def _draw(self) -> None:
        if self.query("#progress"):
            self.query_one("#progress", Document).lines = self._told()
            self.rows.display = bool(self.lines)
            self.query_one("#note").display = bool(self.lines)

    def _told(self) -> tuple[Line, ...]:
        name = safe(self._reading.path.name, "bold", 100)
        if self.report is None:
            hint = Line(join(("esc stops; what is imported by then stays", "$text-muted")))
            if self.progress is None:
                return Line(join("Importing ", name)), BLANK, Line(join(("… Reading the file", "$text-muted"))), hint
            width = max(20, self.size.width - 4)
            return (
                Line(join("Importing ", name)),
                BLANK,
                *progress_lines(self.progress, width, of_what="row"),
                BLANK,
                hint,
            )
        return tuple(self._outcome(self.report))

    def _outcome(self, report: ImportReport) -> list[Line]:
        name = safe(self._reading.path.name, "bold", 100)
        if self.is_undone:
            back = "Its new contacts are gone, and the others are as before."
            return [Line(join(("← ", "bold $primary"), name, " was taken back. ", (back, "$text-muted")), 2)]
        if self.trouble:
            return [Line(join(("✗ ", "bold $text-error"), "Not all of ", name, " is imported. ", self.trouble), 2)]
        counts = f"{plural(report.rows, 'row')}: {count_words(report)}"
        if report.cancelled:
            head = join(("■ Stopped. ", "bold $text-warning"), name, "   ", counts)
            again = "What is imported stays. Import the file again to go on: nothing becomes double."
            lines = [Line(head, 2), Line(join((again, "$text-muted")), 2)]
        else:
            lines = [Line(join(("✓ ", "bold $text-success"), name, "   ", counts), 2)]
        unnamed = report.refused_count - len(report.refused)
        if unnamed:
            lines.append(Line(join((f"{unnamed:,} more refused rows are counted, not listed.", "$text-muted")), 2))
        if self._mended:
            words = f"{plural(self._mended, 'row')} mended and imported"
            lines.append(Line(join(("+ ", "bold $primary"), words), 2))
        if report.added or report.merged or self._mended:
            key = keymap_of(self.app).label_of("undo")
            lines.append(Line(join((key, "bold $primary"), (" takes the whole import back", "$text-muted")), 2))
        return lines

    def _note(self, line: BatchLine) -> tuple[Line, ...]:
        at = self.rows.current
        problem = self._problems[at] if at is not None and at < len(self._problems) else None
        if problem is None:
            return ()
        suggested = join("   Perhaps ", (problem.suggestion, "bold")) if problem.suggestion else join("")
        return (
            Line(join((f"Line {line.place:,}  ", "bold"), safe(line.note, limit=REFUSED_SHOWN), suggested), 2),
            Line(safe(problem.raw, "$text-muted", REFUSED_SHOWN), 2),
        )
