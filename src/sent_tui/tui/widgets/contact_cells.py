"""The columns of the contact list, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from msgspec import Struct
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment

from sent_tui.core.channel import Availability, Channel
from sent_tui.core.search import ContactRow, Sort, SortKey
from sent_tui.core.search_terms import highlights
from sent_tui.core.text import display, relative_time
from sent_tui.tui.widgets.channel_badge import badge_text, default_text, meter
from sent_tui.tui.widgets.row_list import Look, cell


class Column(Struct, frozen=True):
    """A column of the list: its heading, its width in cells, and the order that a click on the heading chooses."""

    name: str
    heading: str
    width: int
    key: SortKey


_FIXED = (
    # In the order in which they give way when there is no room.
    Column("number", "Number", 18, SortKey.NUMBER),
    Column("channels", "Channels", 9, SortKey.CHANNELS),
    Column("default", "Default", 8, SortKey.DEFAULT),
    Column("rate", "Delivered", 12, SortKey.RATE),
    Column("last", "Last", 9, SortKey.LAST),
    Column("region", "Region", 7, SortKey.REGION),
)
_ORDER = ("name", "number", "region", "channels", "default", "rate", "last")
_MIN_NAME, _MAX_NAME = 14, 40


@lru_cache(maxsize=8)
def columns_for(width: int) -> tuple[Column, ...]:
    """Return the columns that fit into a width in cells; the name takes what is left."""
    room = width - _MIN_NAME
    kept: list[Column] = []
    for column in _FIXED:
        if column.width <= room:
            kept.append(column)
            room -= column.width
    name = Column("name", "Name", min(_MAX_NAME, _MIN_NAME + max(0, room)), SortKey.NAME)
    return tuple(sorted((name, *kept), key=lambda column: _ORDER.index(column.name)))


def sort_key_at(x: int, columns: Iterable[Column]) -> SortKey | None:
    """Return the order of the column at a cell, counted from the first column; None behind the last one."""
    end = 0
    for column in columns:
        end += column.width
        if x < end:
            return column.key
    return None


def heading(columns: Iterable[Column], sort: Sort) -> str:
    """Return the headings of columns, with an arrow at the one by which the list is sorted."""
    arrow = "↓" if sort.descending else "↑"
    return "".join(_heading_cell(column, arrow if column.key is sort.key else "") for column in columns)


def contact_cells(
    row: ContactRow, columns: Iterable[Column], look: Look, *, words: str, now: datetime | None
) -> list[Segment]:
    """Return what stands in the columns of a row; where the words of a search are in it, they are marked."""
    return [segment for column in columns for segment in _cells(row, column, look, words, now)]


def age_words(at: datetime | None, now: datetime | None) -> str:
    """Return how long ago something was; before the time is known, it was just now."""
    return "never" if at is None else relative_time(at, now or at)


def _cells(row: ContactRow, column: Column, look: Look, words: str, now: datetime | None) -> list[Segment]:
    width = column.width
    match column.name:
        case "name":
            style = "muted" if row.opted_out or not row.name else ""
            return _marked(display(row.name, 80) or "no name", width, style, words if row.name else "", look)
        case "number":
            return _marked(display(row.international, 40), width, "", words, look)
        case "region":
            return [Segment(cell(row.region, width), look("muted"))]
        case "channels":
            return [_badge(Channel.WHATSAPP, row.whatsapp, 4, look), _badge(Channel.SMS, row.sms, 5, look)]
        case "default":
            if row.opted_out:
                return [Segment(cell("opt-out", width), look("bad"))]
            return [Segment(cell(default_text(row.default, pinned=row.pinned), width), look())]
        case "rate":
            return _rate(row.rate, width, look)
        case _:
            return [Segment(cell(age_words(row.last_at, now), width), look("muted"))]


def _marked(text: str, width: int, style: str, words: str, look: Look) -> list[Segment]:
    """Return a cell in which the words of a search are marked."""
    shown = cell(text, width)
    spans = highlights(text, words) if words else ()
    segments, at = [], 0
    for start, end in spans:
        start, end = max(start, at), min(end, len(shown.rstrip()))
        if start < end:
            segments += [Segment(shown[at:start], look(style)), Segment(shown[start:end], look("match"))]
            at = end
    return [*segments, Segment(shown[at:], look(style))]


def _badge(channel: Channel, known: Availability, width: int, look: Look) -> Segment:
    style = {
        Availability.AVAILABLE: "good",
        Availability.UNAVAILABLE: "muted",
        Availability.UNKNOWN: "warning",
    }[known]
    return Segment(set_cell_size(badge_text(channel, known), width), look(style))


def _rate(rate: float | None, width: int, look: Look) -> list[Segment]:
    if rate is None:
        return [Segment(cell("   –", width), look("muted"))]
    style = "good" if rate >= 0.8 else "warning" if rate >= 0.5 else "bad"
    return [Segment(f"{rate:>4.0%} ", look()), Segment(set_cell_size(meter(rate, 5), width - 5), look(style))]


def _heading_cell(column: Column, arrow: str) -> str:
    """Return the heading of a column with an arrow; without room for both, that stands in the space at the right."""
    if arrow and cell_len(column.heading) + 1 >= column.width - 1:
        return set_cell_size(f"{column.heading}{arrow}", column.width)
    return cell(f"{column.heading} {arrow}".rstrip(), column.width)
