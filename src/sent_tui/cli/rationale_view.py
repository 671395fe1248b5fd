"""What a route rests on, as commands print it: for each channel its estimate, its results, and people like this."""

from __future__ import annotations

from collections.abc import Iterator

from sent_tui.core.channel import Channel
from sent_tui.core.delivery_chart import chart_of
from sent_tui.core.rationale import Rationale, estimate_words, group_words, lesser, own_words, people_words, worth_words

CHART = 40
"""So many of the latest results are drawn."""


def channel_lines(rationale: Rationale, channel: Channel) -> Iterator[str]:
    """Return everything about one channel in lines, the first with its name."""
    explanation = rationale.channels[channel]
    known = explanation.estimate
    yield f"{channel.label}: likely to arrive {estimate_words(known)}; {worth_words(explanation)}"
    if (out := rationale.exclusion(channel)) is not None:
        yield f"  left out: {out.reason}"
    yield f"  {own_words(known)}"
    yield f"  {people_words(known)}; {group_words(explanation)}"
    yield from chart_lines(rationale, channel)
    for result in rationale.results(channel):
        yield f"  {result.points:>6} points  {result.why}, {result.day}"
    if left := lesser(explanation):
        yield f"  {left}"


def chart_lines(rationale: Rationale, channel: Channel) -> Iterator[str]:
    """Return the chart of a channel's results as one line; none where there is no result."""
    chart = chart_of(rationale.channels[channel].evidence, CHART)
    if chart is not None:
        yield f"  {chart.in_one_line(rationale.now)}"
