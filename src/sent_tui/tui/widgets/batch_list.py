"""A list of pasted numbers, drawn line by line, with what each of them is."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sent_tui.core.text import display
from sent_tui.tui.batch import BatchLine, Standing
from sent_tui.tui.commands import IN_LIST, bindings

SIGNS = {
    Standing.NEW: ("+", "new"),
    Standing.CREATED: ("✓", "good"),
    Standing.KNOWN: ("●", "known"),
    Standing.REPEATED: ("=", "muted"),
    Standing.DOUBTFUL: ("?", "warning"),
    Standing.INVALID: ("✗", "bad"),
}
"""What stands before a line, and its style."""
_AT, _NUMBER = 6, 26


class BatchList(ScrollView, can_focus=True):
    """Lines of a batch, one under the cursor. The screen gives it lines; it tells where the cursor is."""

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
        height: 1fr;
        scrollbar-size-horizontal: 0;
        scrollbar-size-vertical: 1;
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
    BINDINGS = bindings(IN_LIST)

    lines: reactive[tuple[BatchLine, ...]] = reactive(())
    cursor: reactive[int] = reactive(0)
    """The line of the cursor, from 0."""

    @dataclass
    class Highlighted(Message):
        """The cursor came to a line, or the line under it changed."""

        line: BatchLine

    def watch_lines(self) -> None:
        """Draw the lines, and keep the cursor where it is."""
        self.virtual_size = Size(self.size.width, len(self.lines))
        self.cursor = self.validate_cursor(self.cursor)
        self._announce()

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor inside the lines."""
        return max(0, min(cursor, len(self.lines) - 1))

    def watch_cursor(self) -> None:
        """Keep the cursor in sight, and tell where it is."""
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)
        self._announce()

    def action_move(self, rows: int) -> None:
        """Move the cursor by some lines."""
        self.cursor += rows

    def action_move_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self.cursor += pages * max(1, self.size.height - 1)

    def action_move_half(self, halves: int) -> None:
        """Move the cursor by half pages."""
        self.cursor += halves * max(1, self.size.height // 2)

    def action_move_to_start(self) -> None:
        """Move the cursor to the first line."""
        self.cursor = 0

    def action_move_to_end(self) -> None:
        """Move the cursor to the last line."""
        self.cursor = len(self.lines) - 1

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the line that was clicked."""
        self.cursor = event.y + self.scroll_offset.y

    def on_resize(self) -> None:
        """Use the new width."""
        self.virtual_size = Size(self.size.width, len(self.lines))

    def render_line(self, y: int) -> Strip:
        """Return one line, from the scroll offset on."""
        at, width = y + self.scroll_offset.y, self.size.width
        if at >= len(self.lines):
            return Strip.blank(width, self.rich_style)
        line = self.lines[at]
        base = self.rich_style
        if at == self.cursor:
            base += self._style("cursor")
        muted = base + self._style("muted")
        sign, style = SIGNS[line.standing]
        gone = line.standing in {Standing.INVALID, Standing.REPEATED}
        segments = [
            Segment("▌" if at == self.cursor else " ", base + self._style("mark")),
            Segment(f"{at + 1:>{_AT - 2},} ", muted),
            Segment(f"{sign} ", base + self._style(style)),
            Segment(_cell(display(line.shown, 60), _NUMBER), muted if gone else base),
        ]
        room = width - sum(segment.cell_length for segment in segments)
        segments.append(Segment(_cut(display(line.note), room), muted))
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"batch-list--{name}", partial=True)

    def _announce(self) -> None:
        if self.lines:
            self.post_message(self.Highlighted(self.lines[self.cursor]))


def _cell(text: str, width: int) -> str:
    """Return text cut or padded to a width, with two cells of space at the right."""
    return set_cell_size(_cut(text, width - 2), width)


def _cut(text: str, room: int) -> str:
    return text if cell_len(text) <= room else set_cell_size(text, max(0, room - 1)).rstrip() + "…"
