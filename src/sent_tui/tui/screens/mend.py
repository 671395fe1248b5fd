"""Mending one refused row of a file: its number is judged while it is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import var
from textual.widgets import Input, Static

from sent_tui.core.phone import InvalidNumber
from sent_tui.services.contacts import NewContact
from sent_tui.services.exchange import Problem
from sent_tui.tui.background import TellsFailures
from sent_tui.tui.numbering_plans import load_numbering_plans
from sent_tui.tui.safe import join, safe
from sent_tui.tui.screens.countries import NO_COUNTRY, choose_country
from sent_tui.tui.screens.once import Dialog
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.country_field import CountryField
from sent_tui.tui.widgets.fields import TextField
from sent_tui.tui.widgets.layout import Document, Line
from sent_tui.tui.widgets.number_view import Verdict, judge, verdict_headline
from sent_tui.tui.widgets.phone_input import PhoneInput

RAW_SHOWN = 160


class MendRow(TellsFailures, Dialog[NewContact | None]):
    """Asks for a number, its country and a name; gives back the contact that the row describes then, or None."""

    CSS_PATH = ["dialogs.tcss", "mend.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+s", "save", "Import", priority=True),
        Binding("ctrl+y", "use_suggestion", "Take the suggested number", priority=True),
        Binding("ctrl+l", "choose_country", "Country", priority=True),
        Binding("escape", "cancel", "Cancel", priority=True),
    ]
    AUTO_FOCUS = "PhoneInput"

    verdict: var[Verdict] = var(Verdict)
    """What the text in the number field means."""
    country: var[str | None] = var(None)
    """The country of a number without +."""

    number = getters.query_one(PhoneInput)

    @dataclass(eq=False, repr=False)
    class NumbersReady(Message):
        """The tables of the numbering plans are loaded."""

    def __init__(self, session: Session, problem: Problem, region: str | None) -> None:
        super().__init__()
        self.workspace = session.workspace
        self._problem = problem
        self._entry = problem.entry or NewContact("", region)
        self._is_ready = False
        self._confirmed = ""
        """A number in doubt that was entered once; entered once more, it is meant."""
        self.set_reactive(MendRow.country, self._entry.region)

    def compose(self) -> ComposeResult:
        """Lay out the dialog."""
        with Vertical(classes="dialog"):
            yield Static(safe(f"Line {self._problem.line:,}", "bold"), classes="dialog-title")
            yield Document(id="raw")
            with Horizontal(classes="row"):
                yield Static("Number", classes="label")
                yield PhoneInput(self._entry.number)
            with Horizontal(classes="row"):
                yield Static("Country", classes="label")
                yield CountryField()
            with Horizontal(classes="row"):
                yield Static("Name", classes="label")
                yield TextField(self._entry.name, field_id="name")
            yield Document(id="verdict")
            yield Static(
                join(("enter", "bold"), " imports it   ", ("esc", "bold"), " leaves it refused"), classes="dialog-note"
            )

    def on_mount(self) -> None:
        """Show the row, and load what judging needs, off the event loop."""
        self.query_one("#raw", Document).lines = (Line(safe(self._problem.raw, "$text-muted", RAW_SHOWN)),)
        self.query_one(CountryField).country = self.country
        self.number.country = self.country
        self._draw()
        self._load_numbers()

    @work(thread=True, group="numbers", exit_on_error=False, description="load the numbering plans")
    def _load_numbers(self) -> None:
        load_numbering_plans()
        self.post_message(self.NumbersReady())

    def on_mend_row_numbers_ready(self) -> None:
        """Begin to judge and to format."""
        self._is_ready = True
        self.number.formats = True
        self._judge()

    @on(Input.Changed, "PhoneInput")
    def _typed(self) -> None:
        self._judge()

    def _judge(self) -> None:
        text = self.number.value
        found = judge(text, self.country, self.workspace.repository.find) if self._is_ready else Verdict(text)
        self.verdict = found

    def watch_verdict(self) -> None:
        """Say what the number is."""
        self._draw()

    def watch_country(self) -> None:
        """Judge the number as one of another country."""
        if self.is_mounted:
            self.query_one(CountryField).country = self.country
            self.number.country = self.country
            self._judge()

    @on(CountryField.Wanted)
    def _country_wanted(self, event: CountryField.Wanted) -> None:
        choose_country(self, event.typed, self.country, self._country_chosen)

    @on(CountryField.Cleared)
    def _country_cleared(self) -> None:
        self.country = None

    def action_choose_country(self) -> None:
        """Ask for the country."""
        choose_country(self, "", self.country, self._country_chosen)

    def _country_chosen(self, code: str | None) -> None:
        if code is not None:
            self.country = None if code == NO_COUNTRY else code

    @property
    def suggestion(self) -> str:
        """The number that may have been meant, in international format; empty when there is none."""
        if self.verdict.suggestion is not None:
            return self.verdict.suggestion.international
        is_first = self.number.value == self._entry.number
        return self._problem.suggestion if is_first and self.verdict.number is None else ""

    def action_use_suggestion(self) -> None:
        """Take the number that is suggested."""
        if self.suggestion:
            self.number.value = self.suggestion
            self.number.cursor_position = len(self.suggestion)
            self.number.focus()

    def action_save(self) -> None:
        """Import the row with what is in the fields; a number in doubt is to be entered once more."""
        if isinstance(self.focused, CountryField):
            self.action_choose_country()
            return
        self._judge()
        number = self.verdict.number
        if number is None:
            self.number.focus()
        elif number.doubts and self._confirmed != number.raw:
            self._confirmed = number.raw
            self._draw()
        else:
            name = self.query_one("#name", TextField).value
            self.dismiss(self._entry._replace(number=number.international, region=None, name=name))

    def action_cancel(self) -> None:
        """Leave the row as it is."""
        self.dismiss(None)

    def _draw(self) -> None:
        for document in self.query("#verdict").results(Document):
            document.lines = tuple(self._verdict_lines())

    def _verdict_lines(self) -> list[Line]:
        lines = verdict_headline(self.verdict)
        if not self.number.value.strip():
            lines = [Line(safe(self._problem.reason, limit=300))]
        if self.suggestion:
            takes = join(("ctrl+y", "bold $primary"), " takes ", (self.suggestion, "bold"))
            lines.append(Line(takes))
        if self.verdict.doubts and self._confirmed:
            lines.append(Line(join(("Enter once more, if this is the number you mean.", "bold"))))
        if isinstance(self.verdict.reading, InvalidNumber) and self.verdict.lacks_country:
            lines.append(Line(join(("ctrl+l", "bold $primary"), " chooses the country")))
        return lines
