"""Fields to type into. Whatever is typed or pasted, they hold only text that a terminal may show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.widgets import Input, TextArea

from sent_tui.core.text import display
from sent_tui.tui.safe import BODY_LIMIT

if TYPE_CHECKING:
    from textual.widgets.text_area import Edit, EditResult


class TextField(Input):
    """One line of text, without a frame. Of a paste it takes every line, and of a long one what there is room for."""

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        line_break: str = " ",
        limit: int = 200,
        field_id: str | None = None,
    ) -> None:
        """Make a field; `line_break` stands between the lines of a paste."""
        shown = display(value[:limit], limit + 1)
        super().__init__(shown, placeholder, max_length=limit, select_on_focus=False, id=field_id, classes="-flat")
        self._limit = limit
        self._line_break = line_break

    def on_mount(self) -> None:
        """Keep the cursor still: blinking sends kilobytes a second over a slow line."""
        self.cursor_blink = False

    def replace(self, text: str, start: int, end: int) -> None:
        """Put text in place of a part of the value."""
        super().replace(self._fitting(text, start, end), start, end)

    def take(self, text: str) -> None:
        """Put a pasted text in place of what is selected."""
        lines = [line for line in text[: 4 * self._limit].splitlines() if line.strip()]
        taken = lines[0] if len(lines) == 1 else self._line_break.join(line.strip() for line in lines)
        self.replace(taken, *self.selection)

    def on_paste(self, event: events.Paste) -> None:
        """Take a paste."""
        event.stop()
        event.prevent_default()
        self.take(event.text)

    def action_paste(self) -> None:
        """Take what was cut or copied inside the app."""
        self.take(self.app.clipboard)

    def _fitting(self, text: str, start: int, end: int) -> str:
        room = max(0, self._limit - len(self.value) + abs(end - start))
        if len(text) > room:
            self.restricted()
        return display(text[:room], room + 1)


class NotesField(TextArea):
    """Several lines of text, as many as are shown elsewhere."""

    def __init__(self, text: str = "", *, field_id: str | None = None) -> None:
        super().__init__(
            display(text, lines=True, limit=BODY_LIMIT), id=field_id, compact=True, highlight_cursor_line=False
        )

    def on_mount(self) -> None:
        """Begin at the end, with a cursor that keeps still."""
        self.cursor_blink = False
        self.move_cursor(self.document.end)

    def edit(self, edit: Edit) -> EditResult:
        """Apply an edit, as far as there is room, of text that may be shown."""
        room = max(0, BODY_LIMIT - len(self.text) + len(self.get_text_range(edit.from_location, edit.to_location)))
        edit.text = display(edit.text[:room], room + 1, lines=True)
        return super().edit(edit)


class FieldLines(NotesField):
    """Fields that a person names, one on each line: `name: value`."""

    def __init__(self, text: str = "", *, field_id: str | None = None) -> None:
        super().__init__(text, field_id=field_id)
        self.placeholder = "name: value, one a line"

    def show_line(self, number: int) -> None:
        """Go to the end of a line, counted from 1; with 0, stay."""
        self.focus()
        if 0 < number <= self.document.line_count:
            self.move_cursor((number - 1, len(self.document.get_line(number - 1))))
