"""Whether the percentages came true: a reliability curve, and tables by channel, country, type and month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.reactive import var
from textual.worker import get_current_worker

from sent_tui.core.calibration import Figure, Report
from sent_tui.core.evaluation_words import figure_words
from sent_tui.core.message_search import MessageSelection
from sent_tui.tui.commands import CALIBRATION, EVERYWHERE, bindings
from sent_tui.tui.messages import CalibrationRead
from sent_tui.tui.screens.activity import ActivityScreen
from sent_tui.tui.screens.once import Page
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.calibration_view import CalibrationView
from sent_tui.tui.widgets.status_line import KeyLine, TopLine


class CalibrationScreen(Page[None]):
    """Holds what was shown before sending against what happened. It is read when it is opened, and when asked to."""

    TITLE = "Percentages"
    CSS_PATH = "calibration.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(CALIBRATION)

    report: var[Report | None] = var(None)
    """None while the messages are read."""
    chosen: var[Figure | None] = var(None)
    """The row under the cursor; None where there is no row."""

    page = getters.query_one(VerticalScroll)
    view = getters.query_one(CalibrationView)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine("Percentages")
        with VerticalScroll(can_focus=False):
            yield CalibrationView().data_bind(CalibrationScreen.report, CalibrationScreen.chosen)
        yield KeyLine(CALIBRATION, EVERYWHERE)

    def on_mount(self) -> None:
        """Begin to read the messages."""
        self._read()

    @work(thread=True, exclusive=True, group="calibration", exit_on_error=False, description="read the messages")
    def _read(self) -> None:
        worker = get_current_worker()
        report = self.session.workspace.evaluation.calibration(is_cancelled=lambda: worker.is_cancelled)
        if not worker.is_cancelled:
            self.post_message(CalibrationRead(report))

    def on_calibration_read(self, message: CalibrationRead) -> None:
        """Show what was found, with the cursor on the row where it was."""
        self.report = message.report
        figures = message.report.figures
        if self.chosen not in figures:
            self.chosen = next(iter(figures), None)

    def action_read_again(self) -> None:
        """Read the messages again."""
        self._read()

    @on(CalibrationView.Clicked)
    def _clicked(self, message: CalibrationView.Clicked) -> None:
        self.chosen = message.figure
        if message.opens:
            self.action_open_figure()

    def action_open_figure(self) -> None:
        """Open the messages that the row under the cursor counts."""
        if self.chosen is not None:
            title = figure_words(self.chosen)
            self.app.push_screen(ActivityScreen(self.session, MessageSelection(title, keeps=self.chosen.counts)))

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows; where there is none, scroll."""
        figures = self._figures
        if self.chosen not in figures:
            self.page.scroll_relative(y=rows, animate=False)
            return
        self._choose(max(0, min(len(figures) - 1, figures.index(self.chosen) + rows)))

    def action_move_page(self, pages: int) -> None:
        """Scroll by pages, and take the cursor along."""
        step = pages * max(1, self.page.size.height - 1)
        lines = [self.view.line_of(figure) for figure in self._figures]
        if not lines:
            self.page.scroll_relative(y=step, animate=False)
            return
        wanted = self.view.line_of(self.chosen) + step
        near = min(range(len(lines)), key=lambda place: (abs(lines[place] - wanted), -place * pages))
        self.page.scroll_relative(y=step, animate=False)
        self._choose(near)

    def action_move_to_start(self) -> None:
        """Go to the beginning."""
        self._choose(0)

    def action_move_to_end(self) -> None:
        """Go to the end."""
        self._choose(len(self._figures) - 1)

    @property
    def _figures(self) -> Sequence[Figure]:
        return () if self.report is None else self.report.figures

    def _choose(self, place: int) -> None:
        """Put the cursor on a row and bring it into sight; with the first and the last one, all that is beside them."""
        figures = self._figures
        if 0 <= place < len(figures):
            self.chosen = figures[place]
        if place <= 0:
            self.page.scroll_home(animate=False)
        elif place == len(figures) - 1:
            self.page.scroll_end(animate=False)
        else:
            line = self.view.virtual_region.y + self.view.line_of(self.chosen)
            self.page.scroll_to_region(Region(0, line, 1, 1), animate=False)

    def action_back(self) -> None:
        """Return to the screen before."""
        self.dismiss()
