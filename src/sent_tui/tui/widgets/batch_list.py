"""A list of pasted numbers, drawn line by line, with what each of them is."""

from __future__ import annotations

from rich.cells import set_cell_size
from rich.segment import Segment
from textual.reactive import reactive

from sent_tui.core.text import display
from sent_tui.tui.batch import BatchLine, Standing
from sent_tui.tui.widgets.row_list import Look, RowList, cut

SIGNS = {
    Standing.NEW: ("+", "new"),
    Standing.CREATED: ("✓", "good"),
    Standing.KNOWN: ("●", "known"),
    Standing.REPEATED: ("=", "muted"),
    Standing.DOUBTFUL: ("?", "warning"),
    Standing.PARTLY: ("~", "warning"),
    Standing.INVALID: ("✗", "bad"),
}
"""What stands before a line, and its style."""
_AT, _NUMBER, _GAP = 4, 26, 2


class BatchList(RowList):
    """Lines of a batch, one under the cursor. The screen gives it lines."""

    COMPONENT_CLASSES = {
        "batch-list--cursor",
        "batch-list--mark",
        "batch-list--new",
        "batch-list--good",
        "batch-list--known",
        "batch-list--muted",
        "batch-list--warning",
        "batch-list--bad",
    }
    DEFAULT_CSS = """
    BatchList {
        & > .batch-list--cursor { background: $block-cursor-blurred-background; }
        &:focus > .batch-list--cursor { background: $block-cursor-background; }
        & > .batch-list--mark { color: $primary; }
        & > .batch-list--new { color: $primary; text-style: bold; }
        & > .batch-list--good { color: $text-success; text-style: bold; }
        & > .batch-list--known { color: $accent; }
        & > .batch-list--muted { color: $text-muted; }
        & > .batch-list--warning { color: $text-warning; text-style: bold; }
        & > .batch-list--bad { color: $text-error; text-style: bold; }
    }
    """
    PARTS = "batch-list"

    lines: reactive[tuple[BatchLine, ...]] = reactive((), repaint=False)
    _at_width = _AT
    """Cells for the number of a line."""

    @property
    def row_count(self) -> int:
        """How many lines there are."""
        return len(self.lines)

    @property
    def current(self) -> int | None:
        """The place of the line under the cursor, from 0; None where there is no line."""
        return self.cursor if self.lines else None

    @property
    def current_line(self) -> BatchLine | None:
        """The line under the cursor."""
        return self.lines[self.cursor] if self.lines else None

    def watch_lines(self) -> None:
        """Draw the lines, and keep the cursor where it is."""
        last = self.lines[-1].place if self.lines else 0
        self._at_width = max(_AT, len(f"{max(last, len(self.lines)):,}"))
        self.rows_changed(self.cursor)

    def is_under_cursor(self, row: int) -> bool:
        """Return whether a row has the cursor; there is none in lines that are only looked at."""
        return self.can_focus and super().is_under_cursor(row)

    def cells(self, row: int, room: int, look: Look) -> list[Segment]:
        """Return the number of a line, what it is, and why."""
        line = self.lines[row]
        sign, style = SIGNS[line.standing]
        gone = line.standing in {Standing.INVALID, Standing.REPEATED}
        at = f"{line.place or row + 1:>{self._at_width},} "
        number = set_cell_size(cut(display(line.shown, 60), _NUMBER - _GAP), _NUMBER)
        note = cut(display(line.note), room - len(at) - len(sign) - 1 - _NUMBER)
        return [
            Segment(at, look("muted")),
            Segment(f"{sign} ", look(style)),
            Segment(number, look("muted" if gone else "")),
            Segment(note, look("muted")),
        ]
