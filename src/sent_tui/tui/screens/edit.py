"""The edit dialog: a contact's name, tags, notes and fields, which are kept here and never sent to Sent."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static, TextArea

from sent_tui.core.contact import Contact, Fields, parse_tags
from sent_tui.core.custom_fields import FieldError, lines_of, read_lines
from sent_tui.core.text import display
from sent_tui.tui.safe import BODY_LIMIT, join, safe
from sent_tui.tui.screens.dialogs import Confirm
from sent_tui.tui.screens.once import Dialog
from sent_tui.tui.session import Session
from sent_tui.tui.widgets.fields import FieldLines, NotesField, TextField

LINE_LIMIT = 500
"""Characters of a name, or of all tags, that can be edited here."""


class Edited(Struct, frozen=True):
    """What a person wants changed; None for what stays as it is."""

    name: str | None = None
    tags: tuple[str, ...] | None = None
    notes: str | None = None
    fields: Fields | None = None


class EditScreen(Dialog[Edited | None]):
    """Asks for name, tags, notes and fields; gives back what was changed, None for nothing, and stores nothing."""

    CSS_PATH = ["dialogs.tcss", "edit.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", priority=True),
        Binding("escape", "cancel", "Cancel", priority=True),
    ]
    AUTO_FOCUS = "TextField, NotesField"

    def __init__(self, session: Session, contact: Contact) -> None:
        super().__init__()
        self.session = session
        self._whose = contact.title
        tags = ", ".join(contact.tags)
        self._name_field = TextField(contact.name, limit=LINE_LIMIT, field_id="name")
        self._tags_field = TextField(
            tags, placeholder="separated by commas", line_break=", ", limit=LINE_LIMIT, field_id="tags"
        )
        self._notes_field = NotesField(contact.notes, field_id="notes")
        self._known = {
            (display(name, LINE_LIMIT), display(value, LINE_LIMIT)): (name, value) for name, value in contact.fields
        }
        """Fields by how they are shown, so that those which are not touched stay as they are."""
        fields = lines_of(tuple(self._known))
        self._fields_field = FieldLines(fields, field_id="fields")
        # A text that does not fit in whole would be cut by saving it.
        self._name_field.disabled = len(contact.name) > LINE_LIMIT
        self._tags_field.disabled = len(tags) > LINE_LIMIT
        self._notes_field.disabled = len(contact.notes) > BODY_LIMIT
        self._fields_field.disabled = len(fields) > BODY_LIMIT
        # What the fields show of foreign text is not always what is stored.
        self._before = self._typed()

    def compose(self) -> ComposeResult:
        """Lay out the fields."""
        fields = {
            "Name": self._name_field,
            "Tags": self._tags_field,
            "Notes": self._notes_field,
            "Fields": self._fields_field,
        }
        fixed = [label.lower() for label, field in fields.items() if field.disabled]
        with Vertical(classes="dialog"):
            yield Static(join("Edit ", safe(self._whose, "bold", 60)), classes="dialog-title")
            for label, field in fields.items():
                yield Horizontal(Static(Content(label), classes="label"), field, classes="row")
            if fixed:
                yield Static(join(f"Too long to edit here: {', '.join(fixed)}."), classes="dialog-note")
            yield Static("Kept here, never sent to Sent.", id="said", classes="dialog-note")
            with Horizontal(classes="dialog-buttons"):
                yield Button(Content("Cancel (esc)"), id="cancel", compact=True)
                yield Button(Content("Save (ctrl+s)"), id="save", variant="primary", compact=True)

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.focus_next()

    @on(TextArea.Changed, "#fields")
    def _fields_changed(self) -> None:
        self._say(None)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.action_save() if event.button.id == "save" else self.action_cancel()

    def _typed(self) -> tuple[str, str, str, str]:
        return self._name_field.value, self._tags_field.value, self._notes_field.text, self._fields_field.text

    def _say(self, error: FieldError | None) -> None:
        """Say what is wrong with the fields, or what is said otherwise."""
        words = join("Kept here, never sent to Sent.")
        if error is not None:
            words = join(("✗ ", "bold $text-error"), str(error))
        self.query_one("#said", Static).update(words)

    def action_save(self) -> None:
        """Give back what was changed."""
        (name, tags, notes, fields), before = self._typed(), self._before
        try:
            named = None if fields == before[3] else read_lines(fields)
        except FieldError as error:
            self._say(error)
            self._fields_field.show_line(error.line)
            return
        edited = Edited(
            None if name == before[0] else name.strip(),
            None if tags == before[1] else parse_tags(tags),
            None if notes == before[2] else notes,
            None if named is None else tuple(self._known.get(each, each) for each in named),
        )
        self.dismiss(None if edited == Edited() else edited)

    def action_cancel(self) -> None:
        """Change nothing, after a question when something was typed."""

        def answered(agrees: bool | None) -> None:
            if agrees:
                self.dismiss(None)

        if self._typed() == self._before:
            self.dismiss(None)
            return
        body = join("What was changed in this dialog is not kept.")
        question = Confirm(join("Leave without saving?"), body, yes="Leave", no="Go on editing", dangerous=True)
        self.app.push_screen(question, answered)
