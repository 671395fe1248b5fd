"""What came of messages, in rows of which those with a figure can be opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment

from sent_tui.tui.insight_rows import InsightRow
from sent_tui.tui.widgets.row_list import Look, RowList

DrawRows = Callable[[int], Sequence[InsightRow]]
"""Returns the rows at a width in cells."""


class FigureList(RowList):
    """Rows that are made anew for each width. The cursor stops where something can be opened."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "figure-list--cursor",
        "figure-list--mark",
        "figure-list--title",
        "figure-list--good",
        "figure-list--warning",
        "figure-list--muted",
        "figure-list--chart",
    }
    DEFAULT_CSS = """
    FigureList {
        & > .figure-list--cursor { background: $block-cursor-blurred-background; text-style: bold; }
        &:focus > .figure-list--cursor { background: $block-cursor-background; }
        & > .figure-list--mark { color: $primary; }
        & > .figure-list--title { color: $primary; text-style: bold; }
        & > .figure-list--good { color: $text-success; }
        & > .figure-list--warning { color: $text-warning; }
        & > .figure-list--muted { color: $text-muted; }
        & > .figure-list--chart { color: $primary; }
    }
    """

    PARTS = "figure-list"

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[InsightRow] = ()
        self._draw_rows: DrawRows = lambda _width: ()

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    @property
    def current(self) -> InsightRow | None:
        """The row of the cursor."""
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None

    def show(self, draw_rows: DrawRows) -> None:
        """Show other rows; the cursor stays on the same figure or contact, else it goes to the first one."""
        self._draw_rows = draw_rows
        self._draw_anew()

    def _draw_anew(self) -> None:
        kept = self.current
        self._rows = self._draw_rows(max(20, self.room - 1))
        same = (at for at, row in enumerate(self._rows) if kept and row.can_be_opened and _means_same(row, kept))
        self.rows_changed(next(same, self._stop(0, 1)))

    def on_resize(self) -> None:
        """Make the rows for the width there is."""
        self._draw_anew()

    def action_move(self, rows: int) -> None:
        """Move the cursor to the next row that can be opened; past the last one, scroll."""
        target = self._stop(self.cursor + rows, 1 if rows > 0 else -1)
        if target == self.cursor:
            self.scroll_relative(y=rows, animate=False)
        self.cursor = target

    def action_move_page(self, pages: int) -> None:
        """Move the cursor by a page, to a row that can be opened."""
        self._move_far(pages * max(1, self.rows_shown - 1))

    def action_move_half(self, halves: int) -> None:
        """Move the cursor by half a page, to a row that can be opened."""
        self._move_far(halves * max(1, self.rows_shown // 2))

    def action_move_to_start(self) -> None:
        """Move the cursor to the first row that can be opened, and show the top."""
        self.cursor = self._stop(0, 1)
        self.scroll_home(animate=False)

    def action_move_to_end(self) -> None:
        """Move the cursor to the last row that can be opened."""
        self.cursor = self._stop(self.row_count - 1, -1)

    def is_under_cursor(self, row: int) -> bool:
        """Return whether a row has the cursor and can be opened."""
        return super().is_under_cursor(row) and self._rows[row].can_be_opened

    def cells(self, row: int, room: int, look: Look) -> list[Segment]:
        """Return the parts of a row, which was made for the room there is."""
        return [Segment(text, look(name)) for text, name in self._rows[row].parts]

    def _move_far(self, rows: int) -> None:
        self.cursor = self._stop(max(0, min(self.row_count - 1, self.cursor + rows)), 1 if rows > 0 else -1)

    def _stop(self, row: int, step: int) -> int:
        """Return the first row from a place on that can be opened; that of the cursor where there is none."""
        while 0 <= row < self.row_count:
            if self._rows[row].can_be_opened:
                return row
            row += step
        return self.cursor


def _means_same(one: InsightRow, other: InsightRow) -> bool:
    return one.figure == other.figure and one.contact_id == other.contact_id
