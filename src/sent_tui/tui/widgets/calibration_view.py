"""A calibration report as people read it: a plot of letters and signs, and tables, at the width there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import floor

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from sent_tui.core.calibration import Bin, Figure, Quality, Rate, Report, Trait
from sent_tui.core.channel import Channel
from sent_tui.core.evaluation_words import (
    calibration_words,
    number_type_words,
    range_words,
    region_words,
    share_words,
    shown_words,
)
from sent_tui.core.text import display
from sent_tui.tui.safe import join
from sent_tui.tui.widgets.layout import Line, lay_out

ARRIVED, SHOWN, BOTH = "●", "│", "◉"
RANGE = ("├", "─", "┤")
LEGEND = f"{ARRIVED} arrived   {''.join(RANGE)} its range   {SHOWN} shown   {BOTH} both"
ROOMY = 72
"""With fewer columns, ranges are left out of the tables; the plot shows them."""
NAMES = 34
"""Columns of a name at most."""
SHORT_NAMES = 8
"""The same in however little room."""
DOUBLE = 2
"""Clicks that open a row."""
BLANK_ROW = (Content(""), None)
SLACK = len(Quality.IN_RANGE.label) - len("Shown was")
"""By how much the last cell of a row is longer than its head."""
STYLES: Mapping[Quality, str] = {
    Quality.IN_RANGE: "$text-muted",
    Quality.TOO_HIGH: "$error",
    Quality.TOO_LOW: "$accent",
}


TABLES: Mapping[Trait, tuple[str, Callable[[str], str]]] = {
    Trait.CHANNEL: ("Channel", lambda name: Channel(name).label),
    Trait.REGION: ("Country", region_words),
    Trait.NUMBER_TYPE: ("Type of number", number_type_words),
    Trait.MONTH: ("Month", str),
}
"""The head of each table, and how its names are said."""
Row = tuple[Content, Figure | None]
"""A line, and the figure that it is the row of."""


class CalibrationView(Widget):
    """Shows a report, and says when it is not there yet. One of its rows is the chosen one."""

    DEFAULT_CSS = """
    CalibrationView {
        height: auto;
    }
    """

    report: reactive[Report | None] = reactive(None, layout=True)
    chosen: reactive[Figure | None] = reactive(None)
    """The figure of the chosen row."""

    class Clicked(Message):
        """A row was clicked, and is to be opened after a double click."""

        def __init__(self, figure: Figure, *, opens: bool) -> None:
            super().__init__()
            self.figure = figure
            self.opens = opens

    _laid_out: tuple[Report | None, int, Sequence[Row]] = (None, -1, ())
    """The report, the width and what became of them when they were last laid out."""

    def render(self) -> RenderResult:
        """Return the report at the present width."""
        rows = self._rows(self.content_size.width)
        return Content("\n").join([self._marked(line) if self._is_chosen(figure) else line for line, figure in rows])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many rows the report takes at a width."""
        return len(self._rows(width))

    def line_of(self, figure: Figure | None) -> int:
        """Return on which line a figure stands, from 0; 0 as well for one that is not there."""
        lines = (place for place, (_, known) in enumerate(self._rows(self.content_size.width)) if known == figure)
        return next(lines, 0) if figure is not None else 0

    def on_click(self, event: events.Click) -> None:
        """Say which row was clicked."""
        rows = self._rows(self.content_size.width)
        figure = rows[event.y][1] if 0 <= event.y < len(rows) else None
        if figure is not None:
            self.post_message(self.Clicked(figure, opens=event.chain == DOUBLE))

    def _is_chosen(self, figure: Figure | None) -> bool:
        return figure is not None and figure == self.chosen

    def _marked(self, line: Content) -> Content:
        width = self.content_size.width
        return line.pad_right(max(0, width - line.cell_length)).stylize(
            "$block-cursor-foreground on $block-cursor-background"
        )

    def _rows(self, width: int) -> Sequence[Row]:
        """Return the report at a width; Textual asks for the same one several times in a row."""
        report, known_width, rows = self._laid_out
        if report is not self.report or known_width != width:
            rows = report_rows(self.report, max(1, width))
            self._laid_out = self.report, width, rows
        return rows


def report_rows(report: Report | None, width: int) -> Sequence[Row]:
    """Return a report in lines of a width in cells."""
    if report is None:
        return [(Content.styled("Reading the messages …", "$text-muted"), None)]
    first, *others = (Line(join(words)) for words in calibration_words(report))
    rows = list(_texts(lay_out([first], width)))
    if report.first.bins:
        rows += [BLANK_ROW, *_plot(report.first.bins, width), BLANK_ROW]
    if others:
        rows += _texts(lay_out(others, width))
    if report.first.bins:
        for trait in Trait:
            rows += [BLANK_ROW, *_table(trait, report.by(trait), width)]
    return rows


def _texts(text: Content) -> Iterator[Row]:
    """Give the lines of a text."""
    return ((line, None) for line in text.split("\n", allow_blank=True))


def _plot(bins: Sequence[Bin], width: int) -> Iterator[Row]:
    """Give one row for each bin, on an axis from the lowest share to 100 %."""
    named = max(len("Shown"), *(len(shown_words(found)) for found in bins))
    tail = _columns(width)
    room = max(8, width - named - 4 - len(tail) - SLACK)
    start = floor(10 * min(min(found.rate.interval[0], found.rate.shown) for found in bins)) / 10
    axis = f"{start:.0%}".ljust(room - 4) + "100%"
    yield join((f"{'Shown':<{named}}  {axis}  {tail}", "bold")), None
    for found in bins:
        name = f"{shown_words(found):<{named}}  "
        row = join(name, _bar(found.rate, start, room), "  ", *_cells(found.rate, width))
        yield row, Figure(None, low=found.low, high=found.high)
    yield join((f"{'':<{named}}  {LEGEND}", "$text-muted")), None


def _bar(rate: Rate, start: float, room: int) -> Content:
    """Return what was shown and what arrived of some messages as signs on an axis."""

    def place(share: float) -> int:
        return round((room - 1) * (share - start) / (1 - start))

    low, high = map(place, rate.interval)
    signs = [" "] * room
    signs[low : high + 1] = RANGE[1] * (high + 1 - low)
    signs[low], signs[high] = RANGE[0], RANGE[2]
    shown, arrived = place(rate.shown), place(rate.share)
    signs[shown] = SHOWN
    signs[arrived] = BOTH if shown == arrived else ARRIVED
    return join(("".join(signs), "$primary"))


def _table(trait: Trait, rates: Mapping[str, Rate], width: int) -> Iterator[Row]:
    """Give one row for each name, beneath its heads."""
    title, words = TABLES[trait]
    head = f"  Shown  {_columns(width)}"
    limit = min(NAMES, max(SHORT_NAMES, width - len(head) - SLACK))
    names = [display(words(name), limit) for name in rates]
    title = display(title, limit)
    named = max(Content(name).cell_length for name in (title, *names))
    yield join((f"{title:<{named}}{head}", "bold")), None
    for said, (name, rate) in zip(names, rates.items(), strict=True):
        padding = " " * (named - Content(said).cell_length)
        yield join(said, padding, f"  {share_words(rate.shown):>5}  ", *_cells(rate, width)), Figure(trait, name)


def _columns(width: int) -> str:
    """Return the heads of what is said of each rate."""
    ranges = f"{'Range':<9}  " if width >= ROOMY else ""
    return f"Arrived  {ranges}Messages  Shown was"


def _cells(rate: Rate, width: int) -> Iterator[Content]:
    """Give what is said of a rate, in columns of the widths of their heads."""
    ranges = f"{range_words(*rate.interval):<9}  " if width >= ROOMY else ""
    yield join(f"{share_words(rate.share):>7}  {ranges}{rate.count:>8,}  ")
    yield join((f"{rate.quality.label:<12}", STYLES[rate.quality]))
