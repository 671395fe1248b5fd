"""The course of a message: each step as it was planned, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from msgspec import Struct

from sent_tui.core.channel import Channel
from sent_tui.core.message import REACHED, STATUS_WORDS, Attempt, Message, MessageStatus, PlannedStep
from sent_tui.core.reasons import reason_words
from sent_tui.core.span import span_words
from sent_tui.core.standing import overdue_words
from sent_tui.core.text import percent

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Leg(Struct, frozen=True):
    """One step of a message: what was expected of it, and what happened."""

    channel: Channel
    planned: PlannedStep | None
    """None for an attempt whose plan was not kept."""
    attempt: Attempt | None
    """None for a step that was not taken, or not yet."""
    happened: str
    """In words: "delivered in 3 s"."""

    @property
    def expected(self) -> str:
        """How likely it was to arrive, in words: "92%"; empty when nothing was written down."""
        return "" if self.planned is None or self.planned.estimate is None else percent(self.planned.estimate)


def legs(message: Message) -> Iterator[Leg]:
    """Return the steps of a message in their order: those that were taken, then those that were not."""
    for index in range(max(len(message.steps), len(message.attempts))):
        step = message.steps[index] if index < len(message.steps) else None
        attempt = message.attempts[index] if index < len(message.attempts) else None
        if attempt is not None:
            yield Leg(attempt.channel, step, attempt, _happened(message, index))
        elif step is not None:
            yield Leg(step.channel, step, None, _not_taken(message, index))


def duration(span: timedelta) -> str:
    """Return a span of time in its largest unit: "1.4 s", "15 min", "3 h", "2 d"."""
    span = max(span, timedelta())
    seconds = span.total_seconds()
    if round(seconds, 1) < 60:
        return f"{seconds:.0f} s" if seconds == int(seconds) else f"{seconds:.1f} s"
    # What would be rounded to a whole one of the next unit is told in that.
    for unit, name, limit in ((_MINUTE, "min", 60), (_HOUR, "h", 24)):
        if (count := round(span / unit)) < limit:
            return f"{count} {name}"
    return f"{span / _DAY:.0f} d"


def _happened(message: Message, index: int) -> str:
    attempt, step = message.attempts[index], message.step(index)
    words = STATUS_WORDS.get(attempt.status, attempt.status)
    took = "" if attempt.ended_at is None else duration(attempt.ended_at - attempt.started_at)
    if attempt.status in REACHED:
        arrived = f"delivered in {took}" if took else words
        read = ", and read" if attempt.status == MessageStatus.READ and took else ""
        late = "; it was overdue by then" if attempt.overdue_at is not None else ""
        return f"{arrived}{read}{late}"
    if attempt.is_final:
        why = reason_words(attempt.reason_code) or attempt.detail.rstrip(".")
        return f"{words} after {took}{': ' if why else ''}{why}" if took else f"{words}{': ' if why else ''}{why}"
    if late := overdue_words(message, index):
        return f"{words}; {late}"
    if attempt.status == MessageStatus.UNKNOWN:
        return f"{words}; it is asked after, and not sent again"
    if step is None or step.fallback_after is None or attempt.overdue_at is not None:
        return words
    return f"{words}; to be {STATUS_WORDS[step.until]} within {span_words(step.fallback_after)}"


def _not_taken(message: Message, index: int) -> str:
    if message.status in REACHED and not message.awaits_read:
        return "not needed"
    if message.is_final:
        return "not tried"
    if message.status == MessageStatus.FAILED and index == len(message.attempts):
        return "goes next"
    return "if that fails" if index else "not yet"
