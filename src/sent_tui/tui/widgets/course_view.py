"""A message against its plan: what was expected of each step, what happened, and what was learned from it."""

from __future__ import annotations

from sent_tui.core.course import Leg, legs
from sent_tui.core.message import Message
from sent_tui.core.rationale import Rationale, lesson_words
from sent_tui.core.text import display
from sent_tui.tui.safe import join, safe
from sent_tui.tui.widgets.layout import Line
from sent_tui.tui.widgets.timeline import status_sign, status_style


def course_lines(message: Message, rationale: Rationale | None) -> list[Line]:
    """Return each step of a message, planned and done; `rationale` knows what was learned, once it was read."""
    lines = []
    for number, leg in enumerate(legs(message), 1):
        lines.append(_leg(number, leg))
        told = rationale.lesson(message.id, leg.channel) if rationale is not None and leg.attempt is not None else None
        if told is not None:
            lines.append(Line(safe(f"learned: {lesson_words(told)}", "$text-muted"), 5, 3))
    return lines


def _leg(number: int, leg: Leg) -> Line:
    expected = f"planned {leg.expected}; " if leg.expected else ""
    style = "$text-muted" if leg.attempt is None else status_style(leg.attempt.status)
    sign = "" if leg.attempt is None else f"{status_sign(leg.attempt.status)} "
    happened = display(leg.happened, 300)
    return Line(
        join((f"{number}  {leg.channel.label:<9}", "bold"), (expected, "$text-muted"), (f"{sign}{happened}", style)), 5
    )
