"""The contact list: a table drawn line by line, so that its size does not matter."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.search import ContactRow, Sort, SortKey
from sent_tui.core.search_index import Results
from sent_tui.core.search_terms import highlights
from sent_tui.core.text import display, relative_time
from sent_tui.tui.commands import IN_LIST, bindings
from sent_tui.tui.widgets.channel_badge import badge_text, default_text, meter


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list: its heading and its width in cells."""

    name: str
    heading: str
    width: int


_FIXED = (
    # In the order in which they give way when there is no room.
    Column("number", "Number", 18),
    Column("channels", "Channels", 9),
    Column("default", "Default", 8),
    Column("rate", "Delivered", 12),
    Column("last", "Last", 9),
    Column("region", "Region", 7),
)
_ORDER = ("name", "number", "region", "channels", "default", "rate", "last")
_SORTED_BY = {
    "name": SortKey.NAME,
    "number": SortKey.NUMBER,
    "region": SortKey.REGION,
    "rate": SortKey.RATE,
    "last": SortKey.LAST,
}
_MIN_NAME, _MAX_NAME = 14, 40
_MARGIN = 2
_KEPT_ROWS = 200
"""So many rows stay drawn: some screenfuls."""

Look = Callable[..., Style]
"""Returns the style of a part of a row by its name; of the row itself without one."""


@lru_cache(maxsize=8)
def columns_for(width: int) -> tuple[Column, ...]:
    """Return the columns that fit into a width in cells; the name takes what is left."""
    room = width - _MARGIN - _MIN_NAME
    kept: list[Column] = []
    for column in _FIXED:
        if column.width <= room:
            kept.append(column)
            room -= column.width
    name = Column("name", "Name", min(_MAX_NAME, _MIN_NAME + max(0, room)))
    return tuple(sorted((name, *kept), key=lambda column: _ORDER.index(column.name)))


class ContactList(ScrollView, can_focus=True):
    """Contacts in rows, one under the cursor. The screen gives it results; it answers with messages."""

    COMPONENT_CLASSES = {
        "contact-list--heading",
        "contact-list--cursor",
        "contact-list--good",
        "contact-list--warning",
        "contact-list--bad",
        "contact-list--muted",
        "contact-list--match",
        "contact-list--mark",
    }
    DEFAULT_CSS = """
    ContactList {
        height: 1fr;
        scrollbar-size-horizontal: 0;
        scrollbar-size-vertical: 1;
        & > .contact-list--heading { color: $text-muted; text-style: bold; background: $surface; }
        & > .contact-list--cursor { background: $block-cursor-blurred-background; text-style: bold; }
        &:focus > .contact-list--cursor { background: $block-cursor-background; }
        & > .contact-list--good { color: $text-success; }
        & > .contact-list--warning { color: $text-warning; }
        & > .contact-list--bad { color: $text-error; }
        & > .contact-list--muted { color: $text-muted; }
        & > .contact-list--match { color: $accent; text-style: bold underline; }
        & > .contact-list--mark { color: $primary; }
    }
    """
    BINDINGS = bindings(IN_LIST)

    results: reactive[Results] = reactive(Results, always_update=True, repaint=False)
    """The rows, in their order."""
    query_text: reactive[str] = reactive("", repaint=False)
    """The words to mark in the rows; they show with the next results, which answer them."""
    sort: reactive[Sort] = reactive(Sort)
    """The order, to mark its column."""
    cursor: reactive[int] = reactive(0, repaint=False)
    """The row of the cursor, from 0."""
    now: reactive[datetime | None] = reactive(None, repaint=False)
    """The time against which ages are told, from the next results on."""

    @dataclass
    class Highlighted(Message):
        """The cursor came to a contact."""

        contact_id: str

    @dataclass
    class Chosen(Message):
        """A contact was opened by the mouse."""

        contact_id: str

    def __init__(self) -> None:
        super().__init__()
        self._base = Style.null()
        """The style of a row, without what its cells add."""
        self._looks: dict[str, Style] = {}
        """The style of each part of a row, by its name."""
        self._rows: LRUCache[tuple[Hashable, ...], Strip] = LRUCache(_KEPT_ROWS)
        """Rows as they were drawn last: a strip that is known passes through Textual faster than a new one."""
        self._drawn: dict[int, Strip] = {}
        """What each line of the widget shows."""

    @property
    def current(self) -> ContactRow | None:
        """The row under the cursor."""
        return self.results[self.cursor] if 0 <= self.cursor < len(self.results) else None

    def watch_results(self, old: Results, new: Results) -> None:
        """Keep the cursor on the same contact; where that is gone, on the same row."""
        kept = old[self.cursor].id if 0 <= self.cursor < len(old) else None
        place = new.place(kept) if kept is not None else None
        self._take_height(len(new) + 1)
        row = min(self.cursor, max(0, len(new) - 1)) if place is None else place
        moved = row != self.cursor
        self.set_reactive(ContactList.cursor, row)
        self._show_cursor()
        self._refresh_changed()
        if moved or place is None:
            self._announce()

    def select(self, contact_id: str) -> None:
        """Put the cursor on a contact, if it is among the results."""
        place = self.results.place(contact_id)
        if place is not None:
            self.cursor = place

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor inside the results."""
        return max(0, min(cursor, len(self.results) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint only the two rows that changed."""
        self._refresh_row(old)
        self._refresh_row(new)
        self._show_cursor()
        self._announce()

    def action_move(self, rows: int) -> None:
        """Move the cursor by some rows."""
        self.cursor += rows

    def action_move_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self.cursor += pages * max(1, self._rows_shown - 1)

    def action_move_half(self, halves: int) -> None:
        """Move the cursor by half pages."""
        self.cursor += halves * max(1, self._rows_shown // 2)

    def action_move_to_start(self) -> None:
        """Move the cursor to the first row."""
        self.cursor = 0

    def action_move_to_end(self) -> None:
        """Move the cursor to the last row."""
        self.cursor = len(self.results) - 1

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row that was clicked; a double click opens it."""
        row = event.y - 1 + self.scroll_offset.y
        if event.y < 1 or row >= len(self.results):
            return
        self.cursor = row
        if event.chain == 2:
            self.post_message(self.Chosen(self.results[row].id))

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self.virtual_size = Size(self.size.width, len(self.results) + 1)
        self._show_cursor()

    def notify_style_update(self) -> None:
        """Draw everything anew in the new styles."""
        self._forget_looks()
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return some lines; the style they all begin with is worked out once, because that takes long."""
        base = self.rich_style
        if base != self._base:
            self._forget_looks()
            self._base = base
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Return one line: the headings first, then the rows from the scroll offset on."""
        drawn = self._drawn[y] = self._line(y)
        return drawn

    def _line(self, y: int) -> Strip:
        width = self.size.width
        if y == 0:
            return self._heading(width)
        row = y - 1 + self.scroll_offset.y
        if row >= len(self.results):
            return Strip.blank(width, self._base)
        return self._row(self.results[row], width, is_cursor=row == self.cursor)

    def _take_height(self, lines: int) -> None:
        """Become so many lines high inside; where the scrollbar stays or stays away, nothing is laid out for that."""
        size = Size(self.size.width, lines)
        if self.show_vertical_scrollbar is not (lines > self.container_size.height):
            self.virtual_size = size
            return
        self.set_reactive(ContactList.virtual_size, size)
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.window_virtual_size = lines
        self.scroll_y = self.validate_scroll_y(self.scroll_y)

    def _refresh_changed(self) -> None:
        """Repaint the lines that are no longer what is shown."""
        changed = [y for y in range(1, self.size.height) if self._drawn.get(y) != self._line(y)]
        if len(changed) == self.size.height - 1:
            self.refresh()
        elif changed:
            self.refresh(*[Region(0, y, self.size.width, 1) for y in changed])

    def _forget_looks(self) -> None:
        self._looks.clear()
        self._rows.clear()
        self._drawn.clear()

    @property
    def _rows_shown(self) -> int:
        return max(1, self.size.height - 1)

    def _announce(self) -> None:
        row = self.current
        self.post_message(self.Highlighted(row.id if row else ""))

    def _refresh_row(self, row: int) -> None:
        line = row - self.scroll_offset.y + 1
        if line >= 1:
            self.refresh(Region(0, line, self.size.width, 1))

    def _show_cursor(self) -> None:
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + self._rows_shown:
            self.scroll_to(y=self.cursor - self._rows_shown + 1, animate=False, force=True)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"contact-list--{name}", partial=True)

    def _look(self, name: str = "", *, is_cursor: bool = False) -> Style:
        """Return the style of a part of a row; of the row itself without a name."""
        key = f"{name} under the cursor" if is_cursor else name
        look = self._looks.get(key)
        if look is None:
            look = self._base + self._style("cursor") if is_cursor else self._base
            look = self._looks[key] = look + self._style(name) if name else look
        return look

    def _heading(self, width: int) -> Strip:
        style = self._look("heading")
        arrow = "↓" if self.sort.descending else "↑"
        cells = [
            _cell(
                f"{column.heading} {arrow}" if _SORTED_BY.get(column.name) is self.sort.key else column.heading, column
            )
            for column in columns_for(width)
        ]
        return Strip([Segment(" " * _MARGIN + "".join(cells), style)]).adjust_cell_length(width, style)

    def _row(self, row: ContactRow, width: int, *, is_cursor: bool) -> Strip:
        """Return a row, the same strip again where nothing in it changed."""
        key = (row, _age(row.last_at, self.now), self.query_text, width, is_cursor)
        known = self._rows.get(key)
        if known is None:
            known = self._rows[key] = self._new_row(row, width, is_cursor=is_cursor)
        return known

    def _new_row(self, row: ContactRow, width: int, *, is_cursor: bool) -> Strip:
        look = partial(self._look, is_cursor=is_cursor)
        segments = [Segment("▌ " if is_cursor else "  ", look("mark"))]
        for column in columns_for(width):
            segments.extend(self._cells(row, column, look))
        return Strip(segments).adjust_cell_length(width, look())

    def _cells(self, row: ContactRow, column: Column, look: Look) -> list[Segment]:
        match column.name:
            case "name":
                style = look("muted") if row.opted_out or not row.name else look()
                return self._marked(display(row.name, 80) or "no name", column, style, matches=bool(row.name))
            case "number":
                return self._marked(display(row.international, 40), column, look())
            case "region":
                return [Segment(_cell(row.region, column), look("muted"))]
            case "channels":
                return [
                    _badge(Channel.WHATSAPP, row.whatsapp, 4, look),
                    _badge(Channel.SMS, row.sms, 5, look),
                ]
            case "default":
                if row.opted_out:
                    return [Segment(_cell("opt-out", column), look("bad"))]
                return [Segment(_cell(default_text(row.default, pinned=row.pinned), column), look())]
            case "rate":
                return _rate(row, column, look)
            case _:
                return [Segment(_cell(_age(row.last_at, self.now), column), look("muted"))]

    def _marked(self, text: str, column: Column, style: Style, *, matches: bool = True) -> list[Segment]:
        """Return a cell in which the words of the query are marked."""
        cell = _cell(text, column)
        spans = highlights(text, self.query_text) if self.query_text and matches else ()
        marked, segments, at = style + self._style("match"), [], 0
        for start, end in spans:
            start, end = max(start, at), min(end, len(cell.rstrip()))
            if start < end:
                segments += [Segment(cell[at:start], style), Segment(cell[start:end], marked)]
                at = end
        return [*segments, Segment(cell[at:], style)]


def _badge(channel: Channel, known: Availability, width: int, look: Look) -> Segment:
    style = {
        Availability.AVAILABLE: "good",
        Availability.UNAVAILABLE: "muted",
        Availability.UNKNOWN: "warning",
    }[known]
    return Segment(set_cell_size(badge_text(channel, known), width), look(style))


def _rate(row: ContactRow, column: Column, look: Look) -> list[Segment]:
    if row.rate is None:
        return [Segment(_cell("   –", column), look("muted"))]
    style = "good" if row.rate >= 0.8 else "warning" if row.rate >= 0.5 else "bad"
    return [
        Segment(f"{row.rate:>4.0%} ", look()),
        Segment(set_cell_size(meter(row.rate, 5), column.width - 5), look(style)),
    ]


def _age(at: datetime | None, now: datetime | None) -> str:
    if at is None:
        return "never"
    return relative_time(at, now or at)


def _cell(text: str, column: Column) -> str:
    """Return text padded or cut to its column, with one cell of space at the right."""
    room = column.width - 1
    shown = text if cell_len(text) <= room else set_cell_size(text, room - 1).rstrip() + "…"
    return set_cell_size(shown, column.width)
