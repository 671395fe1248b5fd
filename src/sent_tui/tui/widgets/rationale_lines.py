"""What a route rests on, in lines: the plan with its reasons, and everything about each channel."""

from __future__ import annotations

from textual.content import Content

from sent_tui.core.channel import Channel
from sent_tui.core.delivery_chart import MEANING
from sent_tui.core.rationale import Rationale, Result, group_words, lesser, own_words, people_words, worth_words
from sent_tui.tui.safe import join, safe
from sent_tui.tui.widgets.channel_badge import estimate_line
from sent_tui.tui.widgets.chart_view import chart_lines
from sent_tui.tui.widgets.contact_lines import heading
from sent_tui.tui.widgets.layout import BLANK, Line
from sent_tui.tui.widgets.route_view import why_content

BAR = 16
"""Cells of an estimate."""


def decision_lines(rationale: Rationale) -> list[Line]:
    """Return whose route it is, its order and its reasons."""
    order = " → ".join(step.channel.label for step in rationale.plan.steps) or "No channel"
    return [
        *heading(rationale.contact),
        BLANK,
        Line(join(("Route of a template  ", "bold $primary"), (order, "bold"))),
        *map(Line, why_content(rationale.plan)),
    ]


def channel_lines(rationale: Rationale, channel: Channel, width: int) -> list[Line]:
    """Return everything about one channel, for a width in cells."""
    explanation = rationale.channels[channel]
    lines = [
        Line(Content.assemble(safe(f"{channel.label:<10}", "bold $primary"), estimate_line(explanation.estimate, BAR))),
        _note(worth_words(explanation)),
    ]
    if (out := rationale.exclusion(channel)) is not None:
        lines.append(Line(join(("✗ left out: ", "bold $text-error"), out.reason), 4, 2))
    lines += [
        _note(own_words(explanation.estimate)),
        Line(join(people_words(explanation.estimate), (f"; {group_words(explanation)}", "$text-muted")), 4, 2),
    ]
    if chart := chart_lines(explanation, width, rationale.now):
        lines += [BLANK, *chart, Line(safe(MEANING, "$text-muted"), 2, 2)]
    if results := rationale.results(channel):
        lines += [BLANK, _note("What each result moves the estimate by, in points")]
        lines += [_result(result) for result in results]
    if left := lesser(explanation):
        lines.append(_note(left))
    return lines


def _result(result: Result) -> Line:
    style = "$text-success" if result.evidence.moved >= 0 else "$text-error"
    points = (f"{result.points:>6}", f"bold {style}")
    return Line(join(points, f"  {result.why}", (f", {result.day}", "$text-muted")), 10, 2)


def _note(text: str) -> Line:
    return Line(safe(text, "$text-muted"), 4, 2)
