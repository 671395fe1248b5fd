"""Messages as a timeline: what was said, each attempt, and every report about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from textual.content import Content

from sent_tui.core.course import duration
from sent_tui.core.message import (
    REACHED,
    STATUS_WORDS,
    Attempt,
    DeliveryEvent,
    Message,
    MessageStatus,
)
from sent_tui.core.reasons import reason_words
from sent_tui.core.standing import overdue_words, standing
from sent_tui.core.text import relative_time
from sent_tui.tui.safe import join, safe
from sent_tui.tui.widgets.layout import Line

_STOPPED = {MessageStatus.FAILED, MessageStatus.FILTERED, MessageStatus.BLOCKED, MessageStatus.CANCELLED}


class Story(Struct, frozen=True):
    """A message with the reports about it."""

    message: Message
    events: tuple[DeliveryEvent, ...] = ()


def status_sign(status: str) -> str:
    """Return a sign for a status that can be told without colour."""
    if status in REACHED:
        return "✓"
    if status in _STOPPED:
        return "✗"
    if status == MessageStatus.RECEIVED:
        return "←"
    return "?" if status == MessageStatus.UNKNOWN else "…"


def status_style(status: str) -> str:
    """Return the colour of a status."""
    if status in REACHED:
        return "$text-success"
    if status in _STOPPED:
        return "$text-error"
    return "$text-primary" if status == MessageStatus.RECEIVED else "$text-warning"


def status_words(status: str) -> str:
    """Return a status in words; one that is not known is shown as it came."""
    return STATUS_WORDS.get(status, status)


def message_lines(story: Story, now: datetime) -> list[Line]:
    """Return one message: its state, its text, and each attempt with its reports."""
    message = story.message
    head = join(
        (f"{status_sign(message.status)} {status_words(message.status)}", f"bold {status_style(message.status)}"),
        (f"  {relative_time(message.created_at, now)}", "$text-muted"),
        (f"  on {message.channel.label}" if message.is_inbound and message.channel else "", "$text-muted"),
        (f"  template {message.content.template}" if message.content.template else "", "$text-muted"),
    )
    lines = [Line(head), Line(safe(message.content.text, limit=400), 2, 2)]
    lines += [Line(safe(sentence, "$text-warning"), 2, 2) for sentence in standing(message)]
    if message.reason_code:
        why = f"{reason_words(message.reason_code)} ({message.reason_code})"
        lines.append(Line(join(("└ ", "$text-muted"), (why, "$text-muted")), 6, 2))
    for index, attempt in enumerate(message.attempts):
        lines.append(Line(_attempt_line(attempt, overdue_words(message, index)), 6, 2))
        times = [event for event in story.events if event.attempt == index]
        if times:
            lines.append(Line(safe(_reports(times, attempt), "$text-muted", 400), 6, 6))
    if message.status == MessageStatus.FAILED and message.next_channel is not None:
        lines.append(Line(safe(f"{message.next_channel.label} goes next", "$text-warning"), 2, 2))
    return lines


def _attempt_line(attempt: Attempt, late: str) -> Content:
    style = status_style(attempt.status)
    why = "" if attempt.status in REACHED else reason_words(attempt.reason_code) or attempt.detail
    code = f" ({attempt.reason_code})" if attempt.reason_code else ""
    return join(
        ("└ ", "$text-muted"),
        (f"{attempt.channel.label:<9}", "bold"),
        (f"{status_sign(attempt.status)} {status_words(attempt.status)}", style),
        (f": {why}{code}" if why else "", ""),
        (f", {late}" if late else "", "$text-warning"),
    )


def _reports(events: Iterable[DeliveryEvent], attempt: Attempt) -> str:
    start = attempt.started_at
    return " → ".join(f"{status_words(event.status)} {duration(event.at - start)}" for event in events)
