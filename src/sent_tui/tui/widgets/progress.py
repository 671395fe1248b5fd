"""How far something is: a bar with its share, and beneath it the rate and the time that is left."""

from __future__ import annotations

from textual.content import Content

from sent_tui.core.span import span_words
from sent_tui.core.text import plural
from sent_tui.services.exchange import Progress
from sent_tui.tui.safe import join
from sent_tui.tui.widgets.layout import Line

_SHARE = 7
"""Cells of the share behind the bar."""


def bar(share: float, width: int) -> Content:
    """Return a bar of a width in cells, its share in words behind it."""
    room = max(1, width - _SHARE)
    full = min(room, round(share * room))
    return join(
        ("━" * full, "$primary"), ("─" * (room - full), "$text-disabled"), f"{int(share * 100):>{_SHARE - 2}} %"
    )


def progress_lines(progress: Progress, width: int, *, of_what: str) -> tuple[Line, ...]:
    """Return a bar, and how many rows are done (named `of_what`), how fast, and how long the rest takes."""
    refused = f" · {progress.refused:,} refused" if progress.refused else ""
    left = progress.left
    time = f" · about {span_words(left)} left" if left is not None and progress.share < 1 else ""
    return (
        Line(bar(progress.share, width)),
        Line(join((plural(progress.rows, of_what), "bold"), refused)),
        Line(join((f"{progress.rate:,.0f} a second{time}", "$text-muted"))),
    )
