"""The results of a channel as a small chart: the estimate as it moved, and a mark for each result beneath it."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content

from sent_tui.core.delivery import Explanation, Outcome
from sent_tui.core.delivery_chart import MARKS, Chart, chart_of
from sent_tui.tui.safe import join
from sent_tui.tui.widgets.layout import BLANK, Line

STYLES = {
    Outcome.DELIVERED: "$text-success",
    Outcome.FAILED_SOFT: "$text-warning",
    Outcome.FAILED_HARD: "$text-error",
}
"""The colours of results, whose marks can be told apart without them."""
DATES = 22
"""Cells that the dates beside the marks take at most."""
ROWS = 2


def chart_lines(explanation: Explanation, width: int, now: datetime, indent: int = 2) -> list[Line]:
    """Return the chart of a channel in two rows, the latest result at the right; nothing where there is no result."""
    chart = chart_of(explanation.evidence, width - indent - DATES)
    if chart is None:
        return []
    return [Line(_levels(chart), indent, indent), Line(_marks(chart, now), indent, indent)]


def room_for_chart() -> list[Line]:
    """Return the rows that a chart will take, while it is not known yet, so that nothing moves when it is."""
    return [BLANK] * ROWS


def _levels(chart: Chart) -> Content:
    older = f"  {chart.left_out:,} older" if chart.left_out else ""
    return join((chart.levels, "$text-muted"), (older, "$text-muted"))


def _marks(chart: Chart, now: datetime) -> Content:
    marks = [(MARKS[told.outcome], STYLES[told.outcome]) for told in chart.evidence]
    return join(*marks, (f"  {chart.span(now)}", "$text-muted"))
