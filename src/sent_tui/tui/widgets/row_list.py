"""A list drawn line by line, so that its size does not matter, with a cursor: what every list of rows has in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sent_tui.tui.commands import IN_ROWS, bindings

_BAR = 1
"""Cells at the right of every row that are the scrollbar's, whether there is one or not: no row is cut by it."""

Look = Callable[..., Style]
"""Returns the style of a part of a row by its name; of the row itself without one."""


class RowList(ScrollView, can_focus=True):
    """Rows of one line, one under the cursor. A kind of list says how many there are, and what stands in each."""

    DEFAULT_CSS = """
    RowList {
        height: 1fr;
        scrollbar-size-horizontal: 0;
        scrollbar-size-vertical: 1;
    }
    """
    BINDINGS = bindings(IN_ROWS)

    HEAD: ClassVar[int] = 0
    """Lines above the rows that stay where they are."""
    PARTS: ClassVar[str] = ""
    """What the component classes of a kind of list begin with."""
    KEPT: ClassVar[frozenset[str] | None] = None
    """The parts that keep their colour under the cursor; None for all of them."""

    cursor: reactive[int] = reactive(0, repaint=False)
    """The row of the cursor, from 0."""

    class Highlighted(Message):
        """The cursor came to another row, or another row came under it."""

    class Chosen(Message):
        """A row was opened by the mouse."""

    _base = Style.null()
    """The style of a row, without what its parts add."""
    _looks: dict[str, Style]
    """The style of each part of a row, by its name."""
    _drawn: dict[int, Strip]
    """What each line of the widget shows."""

    def __init__(self, *, can_focus: bool | None = None) -> None:
        super().__init__(can_focus=can_focus)
        self._looks, self._drawn = {}, {}

    @property
    @abstractmethod
    def row_count(self) -> int:
        """How many rows there are."""

    @abstractmethod
    def cells(self, row: int, room: int, look: Look) -> list[Segment]:
        """Return what stands in a row behind its margin, in no more cells than there is room."""

    def head(self, room: int) -> str:
        """Return the line above the rows, for those that have one."""
        return ""

    def head_clicked(self, x: int) -> None:
        """Do what a click at a cell of the line above the rows means."""

    def margin(self, row: int) -> str:
        """Return what stands before a row: the sign of the cursor, or nothing."""
        return "▌" if self.is_under_cursor(row) else " "

    def is_under_cursor(self, row: int) -> bool:
        """Return whether a row is drawn as the one under the cursor."""
        return row == self.cursor

    @property
    def room(self) -> int:
        """Cells for a row: what the scrollbar leaves, whether there is one or not."""
        return max(0, self.size.width - _BAR)

    @property
    def rows_shown(self) -> int:
        """Rows that are seen at once."""
        return max(1, self.size.height - self.HEAD)

    def rows_changed(self, cursor: int) -> None:
        """Show other rows, with the cursor on one of them; only the lines that differ are painted."""
        self._take_height(self.row_count + self.HEAD)
        self.set_reactive(RowList.cursor, self.validate_cursor(cursor))
        self._show_cursor()
        self.refresh_changed()
        self.post_message(self.Highlighted())

    def refresh_changed(self) -> None:
        """Paint the lines that are no longer what is shown."""
        changed = [y for y in range(self.size.height) if self._drawn.get(y) != self._line(y)]
        if len(changed) >= self.rows_shown:
            self.refresh()
        elif changed:
            self.refresh(*[Region(0, y, self.size.width, 1) for y in changed])

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor inside the rows."""
        return max(0, min(cursor, self.row_count - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Paint only the two rows that changed."""
        for row in (old, new):
            line = row - self.scroll_offset.y + self.HEAD
            if line >= self.HEAD:
                self.refresh(Region(0, line, self.size.width, 1))
        self._show_cursor()
        self.post_message(self.Highlighted())

    def action_move(self, rows: int) -> None:
        """Move the cursor by some rows."""
        self.cursor += rows

    def action_move_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self.cursor += pages * max(1, self.rows_shown - 1)

    def action_move_half(self, halves: int) -> None:
        """Move the cursor by half pages."""
        self.cursor += halves * max(1, self.rows_shown // 2)

    def action_move_to_start(self) -> None:
        """Move the cursor to the first row."""
        self.cursor = 0

    def action_move_to_end(self) -> None:
        """Move the cursor to the last row."""
        self.cursor = self.row_count - 1

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row that was clicked; a double click opens it."""
        if event.y < self.HEAD:
            self.head_clicked(event.x)
            return
        row = event.y - self.HEAD + self.scroll_offset.y
        if row >= self.row_count:
            return
        self.cursor = row
        if event.chain == 2:
            self.post_message(self.Chosen())

    def on_resize(self) -> None:
        """Use the room there is, and keep the cursor in sight."""
        self._drawn.clear()
        self.virtual_size = Size(self.size.width, self.row_count + self.HEAD)
        self._show_cursor()

    def notify_style_update(self) -> None:
        """Draw everything anew in the new styles."""
        self.forget_looks()
        super().notify_style_update()

    def forget_looks(self) -> None:
        """Forget the styles of the parts, and what was drawn with them."""
        self._looks.clear()
        self._drawn.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return some lines; the style they all begin with is worked out once, because that takes long."""
        base = self.rich_style
        if base != self._base:
            self.forget_looks()
            self._base = base
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Return one line: the head first, then the rows from the scroll offset on."""
        drawn = self._drawn[y] = self._line(y)
        return drawn

    def draw_row(self, row: int, width: int) -> Strip:
        """Return one row with its margin."""
        look, margin = partial(self.look, is_cursor=self.is_under_cursor(row)), self.margin(row)
        cells = self.cells(row, max(0, self.room - len(margin)), look)
        return Strip([Segment(margin, look("mark")), *cells]).adjust_cell_length(width, look())

    def look(self, name: str = "", *, is_cursor: bool = False) -> Style:
        """Return the style of a part of a row, by the end of its component class; of the row itself without a name."""
        key = f"{name} under the cursor" if is_cursor else name
        look = self._looks.get(key)
        if look is None:
            look = self._base + self._style("cursor") if is_cursor else self._base
            if name and (not is_cursor or self.KEPT is None or name in self.KEPT):
                look += self._style(name)
            self._looks[key] = look
        return look

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"{self.PARTS}--{name}", partial=True)

    def _line(self, y: int) -> Strip:
        width = self.size.width
        if y < self.HEAD:
            style = self.look("heading")
            return Strip([Segment(self.head(self.room), style)]).adjust_cell_length(width, style)
        row = y - self.HEAD + self.scroll_offset.y
        return self.draw_row(row, width) if row < self.row_count else Strip.blank(width, self._base)

    def _take_height(self, lines: int) -> None:
        """Become so many lines high inside; where the scrollbar stays or stays away, nothing is laid out for that."""
        size = Size(self.size.width, lines)
        if self.show_vertical_scrollbar is not (lines > self.container_size.height):
            self.virtual_size = size
            return
        self.set_reactive(RowList.virtual_size, size)
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.window_virtual_size = lines
        self.scroll_y = self.validate_scroll_y(self.scroll_y)

    def _show_cursor(self) -> None:
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + self.rows_shown:
            self.scroll_to(y=self.cursor - self.rows_shown + 1, animate=False, force=True)


def cell(text: str, width: int) -> str:
    """Return text cut or padded to a width in cells, with at least one cell of space at the right."""
    return set_cell_size(cut(text, width - 1), width)


def cut(text: str, room: int) -> str:
    """Return text that takes no more cells than there is room; where it is cut, it ends in an ellipsis."""
    return text if cell_len(text) <= room else set_cell_size(text, max(0, room - 1)).rstrip() + "…"
