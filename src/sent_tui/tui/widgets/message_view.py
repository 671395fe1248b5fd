"""A message, whole: its text, its course against its plan, why it was planned so, and every report."""

from __future__ import annotations

from datetime import datetime

from sent_tui.core.course import duration
from sent_tui.core.rationale import Rationale
from sent_tui.core.timeline import Moment, moments
from sent_tui.tui.safe import join, safe
from sent_tui.tui.widgets.course_view import course_lines
from sent_tui.tui.widgets.layout import BLANK, Line
from sent_tui.tui.widgets.timeline import Story, message_lines, status_sign, status_style


def whole_message(story: Story, rationale: Rationale | None, now: datetime, place: int, count: int) -> list[Line]:
    """Return everything about one message, the one at a place among so many, where 0 is the newest."""
    message = story.message
    lines = [
        Line(join(("Message", "bold $primary"), (f"   {count - place:,} of {count:,}", "$text-muted"))),
        *message_lines(story, now),
    ]
    if not message.is_inbound:
        lines += [BLANK, _title("As planned, and as it went"), *course_lines(message, rationale)]
    if message.reasons:
        lines += [BLANK, _title(f"Why, as it was decided on {message.created_at:%Y-%m-%d %H:%M} UTC")]
        lines += [Line(safe(words), 3) for words in message.reasons]
    if not message.is_inbound:
        lines += [BLANK, _title(f"Moment by moment from {message.created_at:%Y-%m-%d} on, UTC")]
        lines += [_moment(moment, message.created_at) for moment in moments(message, story.events)]
    facts = [("Through", message.gateway), ("Id", message.id)]
    facts.insert(0, ("From" if message.is_inbound else "To", message.to))
    lines += [BLANK, *(Line(join((f"{label:<9}", "$text-muted"), value), 9) for label, value in facts)]
    return lines


def _moment(moment: Moment, start: datetime) -> Line:
    """Return a moment: its time, how long after the beginning it was, and what happened."""
    sign = f"{status_sign(moment.status)} " if moment.status else "· "
    return Line(
        join(
            (f"{moment.at:%H:%M:%S}  {duration(moment.at - start):>7}  ", "$text-muted"),
            (f"{moment.channel.label if moment.channel else '':<10}", "bold"),
            (f"{sign}{moment.words}", status_style(moment.status) if moment.status else "$text-muted"),
        ),
        indent=31,
        first=1,
    )


def _title(text: str) -> Line:
    return Line(safe(text, "bold $primary"))
