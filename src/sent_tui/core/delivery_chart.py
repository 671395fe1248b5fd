"""A contact's results on one channel as a small chart: a mark for each, and the estimate as it moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from sent_tui.core.delivery import Outcome
from sent_tui.core.delivery_explain import Evidence
from sent_tui.core.text import day_words

MARKS: Mapping[Outcome, str] = {
    Outcome.DELIVERED: "●",
    Outcome.FAILED_SOFT: "○",
    Outcome.FAILED_HARD: "✗",
}
"""A sign for each result, told apart by its shape."""
LEVELS = "▁▂▃▄▅▆▇"
"""Estimates from 0 to 1 by their height; none fills its cell, so that rows stay apart."""
MEANING = "● delivered   ○ not reached   ✗ cannot be reached"


class Chart(Struct, frozen=True):
    """The latest results on a channel, in the order of time."""

    evidence: tuple[Evidence, ...]
    """Those that are drawn; the latest is the last."""
    left_out: int
    """How many older ones are not."""

    @property
    def marks(self) -> str:
        """One sign for each result."""
        return "".join(MARKS[told.outcome] for told in self.evidence)

    @property
    def levels(self) -> str:
        """The estimate after each result, as a bar of one cell."""
        return "".join(level(told.after) for told in self.evidence)

    @property
    def estimates(self) -> tuple[float, ...]:
        """The estimate after each result, 0 to 1."""
        return tuple(told.after for told in self.evidence)

    def span(self, now: datetime) -> str:
        """Return when the first and the last result that are drawn came: "3 Oct – 20 Nov"."""
        first, last = (day_words(told.at, now) for told in (self.evidence[0], self.evidence[-1]))
        return first if first == last else f"{first} – {last}"

    def in_one_line(self, now: datetime) -> str:
        """Return the chart as a line of text: marks, levels, dates, and how many older results there are."""
        older = f"  after {self.left_out:,} older" if self.left_out else ""
        return f"{self.marks}  {self.levels}  {self.span(now)}{older}"


def chart_of(evidence: Sequence[Evidence], width: int) -> Chart | None:
    """Return the latest results, one for each cell of a width; None when there is none."""
    if not evidence:
        return None
    drawn = tuple(evidence[-max(1, width) :])
    return Chart(drawn, len(evidence) - len(drawn))


def level(estimate: float) -> str:
    """Return an estimate as a bar of one cell, on a scale from 0 to 1 that is the same everywhere."""
    return LEVELS[min(len(LEVELS) - 1, int(max(0.0, estimate) * len(LEVELS)))]
