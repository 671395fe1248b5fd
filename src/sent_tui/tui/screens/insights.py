"""Insights: what came of the messages, and each figure opens as its list."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import var
from textual.widgets import Static
from textual.worker import get_current_worker

from sent_tui.core.insights_words import EMPTY
from sent_tui.core.period import EVER, LOCAL, Period, last_days
from sent_tui.core.search_index import Results
from sent_tui.core.search_match import SearchCancelledError
from sent_tui.core.text import plural
from sent_tui.errors import SentTuiError
from sent_tui.services.insights import Found, InsightsService, Scope
from sent_tui.tui.commands import EVERYWHERE, INSIGHTS, bindings
from sent_tui.tui.insight_rows import InsightRow, insight_rows
from sent_tui.tui.messages import InsightsFound, MessagesSifted, WorkFailed
from sent_tui.tui.safe import join
from sent_tui.tui.screens.once import Page
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.figure_list import FigureList
from sent_tui.tui.widgets.status_line import KeyLine, TopLine

if TYPE_CHECKING:
    from collections.abc import Sequence

PERIODS = (7, 30, 90, 0)
"""Days in the turn in which they can be chosen; 0 for all."""


class InsightsScreen(Page[None]):
    """What came of the messages of a period. They are read when it is opened, and when asked to."""

    TITLE = "Insights"
    CSS_PATH = "insights.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(INSIGHTS)
    AUTO_FOCUS = "FigureList"

    days: var[int] = var(30, init=False)
    """The period, in days with today as the last; 0 for all."""
    is_narrowed: var[bool] = var(default=False, init=False)
    """Whether only messages to the contacts of the list are looked at."""

    figures = getters.query_one(FigureList)
    scope_line = getters.query_one("#scope", Static)

    def __init__(self, session: Session, listed: Results | None = None) -> None:
        """Make the page; `listed` are the contacts of the list from which it was opened, None for no certain ones."""
        super().__init__()
        self.session = session
        self.workspace = session.workspace
        self._listed = listed
        self._look_number = 0
        self._scope = Scope()
        """What the present figures are of."""
        self.found: Found | None = None
        """None until the messages were read for the first time."""
        self.set_reactive(InsightsScreen.is_narrowed, listed is not None)

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield TopLine("Insights", tabs=True)
        yield Static(id="scope")
        yield FigureList()
        yield KeyLine(INSIGHTS, EVERYWHERE)

    def on_mount(self) -> None:
        """Begin to read the messages."""
        self.reload()

    @property
    def period(self) -> Period:
        """The chosen period, in the time zone of this computer."""
        return last_days(self.days, self.workspace.clock().astimezone(LOCAL)) if self.days else EVER

    def reload(self) -> None:
        """Read the messages; what comes back of an earlier reading is thrown away."""
        self._look_number += 1
        self._say_scope("Reading the messages …")
        self._look(self._look_number, Scope(self.period, self._listed if self.is_narrowed else None))

    @work(thread=True, exclusive=True, group="insights", exit_on_error=False, description="read the messages")
    def _look(self, number: int, scope: Scope) -> None:
        worker = get_current_worker()

        def told(done: int, total: int) -> None:
            if done:
                self.post_message(MessagesSifted(number, done, total))

        try:
            found = self._service().look(scope, is_cancelled=lambda: worker.is_cancelled, on_progress=told)
        except SearchCancelledError:
            return
        except SentTuiError as error:
            self.post_message(WorkFailed.of(error))
            return
        names = {move.contact_id: self._title_of(move.contact_id) for move in found.moves}
        if not worker.is_cancelled:
            self.post_message(InsightsFound(number, scope, found, names))

    def _service(self) -> InsightsService:
        return InsightsService(self.workspace.repository, self.workspace.prices, LOCAL)

    def _title_of(self, contact_id: str) -> str:
        try:
            return self.workspace.repository.get(contact_id).title
        except SentTuiError:
            return "a deleted contact"

    def on_insights_found(self, event: InsightsFound) -> None:
        """Show what came of the messages."""
        if event.number != self._look_number:
            return
        self.found, self._scope = event.found, event.scope
        names = event.names

        def draw(width: int) -> Sequence[InsightRow]:
            return insight_rows(event.found.report, event.found.moves, lambda name: names.get(name, name), width)

        self.figures.show(draw)
        self._say_scope("" if event.found.report.whole.count else EMPTY)

    def on_messages_sifted(self, event: MessagesSifted) -> None:
        """Say how far reading is."""
        if event.number == self._look_number:
            self._say_scope(f"Reading the messages … {event.done:,} of {event.total:,}")

    def _say_scope(self, news: str) -> None:
        period = "All messages" if self.days == 0 else f"Messages of {self.period.title}"
        among = f" to the {plural(len(self._listed or ()), 'contact')} of the list" if self.is_narrowed else ""
        self.scope_line.update(join((f"{period}{among}", "bold"), (f"   {news}" if news else "", "$text-muted")))

    def watch_days(self) -> None:
        """Look at another period."""
        self.reload()

    def watch_is_narrowed(self) -> None:
        """Look at the messages to other contacts."""
        self.reload()

    @on(FigureList.Chosen)
    def _chosen(self) -> None:
        self.action_open_figure()

    def action_days(self, days: int) -> None:
        """Choose the period."""
        self.days = days

    def action_step_period(self, step: int) -> None:
        """Choose the next or the previous period."""
        self.days = PERIODS[(PERIODS.index(self.days) + step) % len(PERIODS)]

    def action_only_listed(self) -> None:
        """Look at messages to the contacts of the list only, or to all again."""
        if self._listed is None:
            self.say("Open this page from a list that is filtered or searched.")
        else:
            self.is_narrowed = not self.is_narrowed

    def action_open_figure(self) -> None:
        """Open the messages that the figure counts, or the contact."""
        row = self.figures.current
        if row is None or not row.can_be_opened:
            self.say("There is nothing to open.")
        elif row.figure is not None:
            # Imported when it is opened: the page is painted before that.
            from sent_tui.tui.screens.activity import ActivityScreen

            self.app.push_screen(ActivityScreen(self.session, self._service().selection(row.figure, self._scope)))
        else:
            self._open_contact(row.contact_id)

    def _open_contact(self, contact_id: str) -> None:
        # Imported when it is opened, for the same reason.
        from sent_tui.tui.screens.detail import ContactScreen

        try:
            self.workspace.repository.get(contact_id)
        except SentTuiError as error:
            self.post_message(WorkFailed.of(error))
            return
        self.app.push_screen(ContactScreen(self.session, contact_id, Results()))

    def say(self, news: str) -> None:
        """Show a piece of news in the key line."""
        for line in self.query(KeyLine):
            line.news = news

    def action_read_again(self) -> None:
        """Read the messages again."""
        self.reload()

    def action_back(self) -> None:
        """Return to the screen before."""
        self.dismiss()
