"""What a person says of a new contact: a form of short fields."""

from __future__ import annotations

from dataclasses import dataclass

from textual import getters, on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Input, Static, TextArea

from sent_tui.core.contact import parse_tags
from sent_tui.core.custom_fields import read_lines
from sent_tui.services.contacts import NewContact
from sent_tui.tui.widgets.country_field import CountryField
from sent_tui.tui.widgets.fields import FieldLines, TextField
from sent_tui.tui.widgets.phone_input import PhoneInput

LINE_BREAK = "⏎"
"""Stands for a line break of the notes, which have one line here."""
LONGEST_NOTES = 2_000


@dataclass
class FormState:
    """What was typed into the form; whoever opens the form keeps it for the next time."""

    number: str = ""
    region: str | None = None
    """The country of numbers that are written without a calling code, ISO 3166-1 alpha-2."""
    name: str = ""
    tags: str = ""
    notes: str = ""
    fields: str = ""
    """One on each line."""

    @property
    def is_only_number(self) -> bool:
        """Whether nothing would be lost with the number."""
        return not (self.name or self.tags or self.notes or self.fields)

    @property
    def entry(self) -> NewContact:
        """The contact that is described; raises FieldError."""
        notes = self.notes.replace(LINE_BREAK, "\n").strip()
        return NewContact(
            self.number.strip(),
            self.region,
            self.name.strip(),
            parse_tags(self.tags),
            notes,
            fields=read_lines(self.fields),
        )

    def clear(self) -> None:
        """Forget everything but the country, which is often the same again."""
        self.number = self.name = self.tags = self.notes = self.fields = ""


class ContactForm(VerticalScroll, can_focus=False):
    """Number, country, name, tags, notes and fields. The state that it is given always holds what is in the fields."""

    number = getters.query_one("#number", PhoneInput)
    country_field = getters.query_one(CountryField)
    name_field = getters.query_one("#name", TextField)
    tags = getters.query_one("#tags", TextField)
    notes = getters.query_one("#notes", TextField)
    field_lines = getters.query_one(FieldLines)

    @dataclass(eq=False, repr=False)
    class Changed(Message):
        """Something was typed."""

    @dataclass(eq=False, repr=False)
    class Completed(Message):
        """Enter was pressed in a field."""

        field: str

    def __init__(self, state: FormState) -> None:
        super().__init__(id="form")
        self.state = state

    def compose(self) -> ComposeResult:
        """Lay out the fields, one a line."""
        state = self.state
        yield _row("Number", PhoneInput(state.number, field_id="number"))
        yield _row("Country", CountryField())
        yield Static("Kept here, never sent to Sent", classes="section-title")
        yield _row("Name", TextField(state.name, field_id="name"))
        yield _row("Tags", TextField(state.tags, placeholder="separated by commas", line_break=", ", field_id="tags"))
        yield _row("Notes", TextField(state.notes, line_break="\n", limit=LONGEST_NOTES, field_id="notes"))
        yield _row("Fields", FieldLines(state.fields, field_id="fields"), "row tall")
        yield _row("", Button(Content("Create"), id="create", variant="primary", compact=True))
        yield Static(id="trouble")

    def on_mount(self) -> None:
        """Show the country."""
        self.set_country(self.state.region)

    def set_country(self, region: str | None) -> None:
        """Take a country."""
        self.state.region = region
        self.country_field.country = region
        self.number.country = region
        self.post_message(self.Changed())

    def set_number(self, number: str) -> None:
        """Put a number into its field."""
        self.number.value = number
        self.number.cursor_position = len(number)

    def remember(self) -> None:
        """Take what is in the fields into the state."""
        state = self.state
        state.number, state.name = self.number.value, self.name_field.value
        state.tags, state.notes = self.tags.value, self.notes.value
        state.fields = self.field_lines.text

    def clear(self) -> None:
        """Empty the fields but for the country."""
        self.state.clear()
        for field in self.query(TextField):
            field.value = ""
        self.field_lines.text = ""

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self, event: Input.Changed | TextArea.Changed) -> None:
        event.stop()
        if not self.disabled:
            self.remember()
            self.post_message(self.Changed())

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Completed(event.input.id or ""))


def _row(label: str, field: Widget, classes: str = "row") -> Horizontal:
    return Horizontal(Static(Content(label), classes="label"), field, classes=classes)
