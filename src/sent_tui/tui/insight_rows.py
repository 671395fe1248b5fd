"""The insights as rows of a width: sentences, tables with bars, a chart of the days, and moves of default channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from math import ceil

from msgspec import Struct
from rich.cells import cell_len, set_cell_size

from sent_tui.core.default_move import DefaultMove
from sent_tui.core.insights import Dimension, Effect, Figure, Report, Tally
from sent_tui.core.insights_words import (
    TITLES,
    arrived_words,
    dollars,
    effect_words,
    lost_words,
    moved_words,
    name_words,
    time_words,
    whole_words,
)
from sent_tui.core.text import display
from sent_tui.tui.widgets.channel_badge import meter
from sent_tui.tui.widgets.row_list import cut

ROOMY = 75
"""With fewer columns, cost and times are left out of the tables."""
_NAME, _SHORT_NAME = 21, 16
_LONGEST_BAR = 40
_CHART_ROWS = 6
ARRIVED, NOT_ARRIVED = "█", "░"
"""What days are drawn with: messages that arrived, and on top of them the others."""
MOST_MOVES = 50

Part = tuple[str, str]
"""A text, and the name of its style."""


class InsightRow(Struct, frozen=True):
    """One row. What it tells can be opened where it has a figure or a contact."""

    parts: tuple[Part, ...] = ()
    figure: Figure | None = None
    contact_id: str = ""

    @property
    def can_be_opened(self) -> bool:
        """Whether the cursor stops here."""
        return self.figure is not None or bool(self.contact_id)


BLANK = InsightRow()


def insight_rows(
    report: Report, moves: Sequence[DefaultMove], names: Callable[[str], str], width: int
) -> list[InsightRow]:
    """Return everything in rows of a width in cells; `names` gives the name of a contact."""
    rows = list(_sentence(whole_words(report), width, Figure()))
    if not report.whole.count:
        return rows
    effects = [(effect, words) for effect in Effect if (words := effect_words(report, effect))]
    if effects or report.lost:
        rows += [BLANK, _title("Fallback")]
        for effect, words in effects:
            rows += _sentence(words, width, Figure(effect=effect))
        rows += _sentence(lost_words(report), width, None)
    for dimension in (Dimension.CHANNEL, Dimension.COUNTRY, Dimension.NUMBER_TYPE):
        rows += [BLANK, *_table(dimension, report.groups[dimension], width)]
    rows += [BLANK, _title("Moved by learning"), *_moves(moves, names, width)]
    days = report.groups[Dimension.DAY]
    rows += [BLANK, *_chart(days, width), BLANK]
    return [*rows, *_table(Dimension.DAY, dict(reversed(list(days.items()))), width)]


def _title(text: str) -> InsightRow:
    return InsightRow(((text, "title"),))


def _sentence(words: str, width: int, figure: Figure | None) -> Iterator[InsightRow]:
    """Give a sentence in as many rows as it needs; the first one can be opened."""
    line = ""
    for word in words.split():
        if line and cell_len(line) + 1 + cell_len(word) > width - 2:
            yield InsightRow(((line, ""),), figure)
            line, figure = word, None
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield InsightRow(((line, ""),), figure)


def _table(dimension: Dimension, tallies: Mapping[str, Tally], width: int) -> Iterator[InsightRow]:
    """Give one row for each name, beneath its heads."""
    named = _NAME if width >= ROOMY else _SHORT_NAME
    tail = _heads(dimension, width)
    bar = max(6, min(_LONGEST_BAR, width - named - cell_len(tail) - 4))
    yield InsightRow(((f"{TITLES[dimension]:<{named}}{'Delivered':<{bar}}{tail}", "title"),))
    for name, tally in tallies.items():
        words = set_cell_size(cut(display(name_words(dimension, name)), named - 1), named)
        level = "muted" if tally.share is None else "good" if tally.share >= 0.8 else "warning"
        yield InsightRow(
            (
                (words, ""),
                (meter(tally.share or 0.0, bar), level),
                (f" {arrived_words(tally):>5}  {tally.count:>9,}", ""),
                (_tail(tally) if width >= ROOMY else "", "muted"),
            ),
            Figure(dimension, name),
        )


def _heads(dimension: Dimension, width: int) -> str:
    counted = "Attempts" if dimension is Dimension.CHANNEL else "Messages"
    more = f"{'Cost':>10}{'Half in':>9}{'9 in 10':>9}" if width >= ROOMY else ""
    return f"{'':>6}  {counted:>9}{more}"


def _tail(tally: Tally) -> str:
    return f"{dollars(tally.cost):>10}{time_words(tally.median):>9}{time_words(tally.slowest_tenth):>9}"


def _moves(moves: Sequence[DefaultMove], names: Callable[[str], str], width: int) -> Iterator[InsightRow]:
    """Give the moves of default channels and why, each leading to its contact."""
    yield from _sentence(moved_words(tuple(moves)), width, None)
    for move in moves[:MOST_MOVES]:
        name = set_cell_size(cut(display(names(move.contact_id), 60), _NAME - 1), _NAME)
        words = f"{move.at:%d %b}  {move.words}  "
        why = cut(display(move.reason), max(8, width - _NAME - cell_len(words) - 3))
        yield InsightRow(((name, ""), (words, ""), (why, "muted")), contact_id=move.contact_id)
    if len(moves) > MOST_MOVES:
        yield InsightRow(((f"and {len(moves) - MOST_MOVES:,} earlier ones", "muted"),))


def _chart(tallies: Mapping[str, Tally], width: int) -> Iterator[InsightRow]:
    """Give the days as columns: how many messages went out, and how many of them arrived."""
    days, columns = _columns(tallies, width - 12)
    most = max(tally[0] for tally in columns)
    each = f", {days} days a column" if days > 1 else ""
    yield InsightRow((("Messages by day", "title"), (f"   {ARRIVED} arrived  {NOT_ARRIVED} not{each}", "muted")))
    broad = max(1, min(4, (width - 12) // len(columns)))
    for level in range(_CHART_ROWS, 0, -1):
        label = f"{most:,}" if level == _CHART_ROWS else "0" if level == 1 else ""
        signs = "".join(_sign(column, level, most) * broad for column in columns)
        yield InsightRow(((f"{label:>8} ", "muted"), (f"│{signs}", "chart")))
    first, last = (date.fromisoformat(day) for day in (min(tallies), max(tallies)))
    span = broad * len(columns)
    ends = f"{first:%d %b}".ljust(max(0, span - 6)) + f"{last:%d %b}" if span > 14 else f"{first:%d %b}"
    yield InsightRow(((f"{'':>8} └{'─' * span}", "muted"),))
    yield InsightRow(((f"{'':>10}{ends}", "muted"),))


def _sign(column: tuple[int, int], level: int, most: int) -> str:
    count, arrived = (ceil(_CHART_ROWS * each / most) if most else 0 for each in column)
    if level <= min(count, round(_CHART_ROWS * column[1] / most)) or (level == 1 and arrived):
        return ARRIVED
    return NOT_ARRIVED if level <= count else " "


def _columns(tallies: Mapping[str, Tally], room: int) -> tuple[int, list[tuple[int, int]]]:
    """Return how many days make a column, and of each column how many messages went out and arrived."""
    first, last = (date.fromisoformat(day) for day in (min(tallies), max(tallies)))
    length = (last - first).days + 1
    days = ceil(length / max(1, room))
    columns = [(0, 0)] * ceil(length / days)
    for day, tally in tallies.items():
        place = (date.fromisoformat(day) - first).days // days
        columns[place] = columns[place][0] + tally.count, columns[place][1] + tally.arrived
    return days, columns
