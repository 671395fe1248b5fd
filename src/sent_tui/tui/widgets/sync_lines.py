"""What a sync tells: a line of progress with a bar, its counts, and the list of what does not fit."""

from __future__ import annotations

from typing import Final

from textual.content import Content
from textual.reactive import reactive

from sent_tui.core.conflict import Conflict
from sent_tui.core.phone import PhoneNumber, parse
from sent_tui.core.span import span_words
from sent_tui.core.text import plural
from sent_tui.services.sync_report import SyncProgress, SyncReport
from sent_tui.tui.keymap import Label
from sent_tui.tui.safe import BREAK, join
from sent_tui.tui.widgets.layout import BLANK, Line
from sent_tui.tui.widgets.lines import Lines

LISTED: Final = 200
"""Conflicts that are listed at most; the command line lists more."""
BAR: Final = 30
"""Cells."""


class Conflicts(Lines):
    """The conflicts of a sync, in the order of its report, each with an empty row after it."""

    report: reactive[SyncReport | None] = reactive(None)

    def watch_report(self, report: SyncReport | None) -> None:
        """List them."""
        conflicts = report.conflicts[:LISTED] if report is not None else []
        self.set_class(bool(conflicts), "-any")
        self.clear_options()
        self.add_options(map(_conflict, conflicts))
        if conflicts:
            self.highlighted = 0
            self.focus()


def progress_lines(progress: SyncProgress | None, *, is_stopping: bool = False) -> tuple[Line, ...]:
    """Return how far a sync is."""
    if is_stopping:
        return (Line(join("Stopping …")), Line(join(("What was read is kept.", "$text-muted"))))
    if progress is None:
        return (Line(join("Asking Sent whose account it is …")),)
    full = min(BAR, BAR * progress.done // progress.total) if progress.total else 0
    bar = join(("━" * full, "$primary"), ("━" * (BAR - full), "$panel-lighten-2"))
    left = f", about {span_words(progress.left)} left" if progress.left is not None else ""
    rate = f"{progress.rate:,.0f} a second{left}" if progress.rate else ""
    return (
        Line(join((progress.stage.label, "bold"))),
        Line(join(bar, f"  {progress.counts}")),
        Line(join((rate, "$text-muted"))),
        Line(join(("esc stops; what was read is kept, and the next sync goes on", "$text-muted"))),
    )


def report_lines(report: SyncReport, trouble: str, key: Label) -> tuple[Line, ...]:
    """Return what a sync came to, and which keys go on from there."""
    again = key("sync-again")
    lines = [Line(join(("✗ ", "bold $text-error"), trouble), 2)] if trouble else []
    if report.is_cancelled:
        lines.append(Line(join(("Stopped. ", "bold"), f"What was read is kept; {again} goes on.")))
    of = f" of {report.total:,}" if report.total is not None else ""
    counts = f"{report.new:,} new, {report.changed:,} changed, {report.same:,} as before"
    lines.append(Line(join((f"Read {report.read:,}{of} contacts", "bold"), f": {counts}.")))
    told = (
        (report.merged, "merged with others here"),
        (report.opted_out, "opted out at Sent, and now here"),
        (report.opted_in, "opted in again at Sent, and now here"),
        (report.pushed, "told to Sent"),
        (report.unknown_there, "decided about here, and not at Sent"),
    )
    lines += [Line(join(f"{plural(count, 'contact')} {words}")) for count, words in told if count]
    if report.waiting:
        told_by = f"{key('switch-live')} sends live, then {again} tells it"
        words = f"Sent is still to be told of {plural(report.waiting, 'contact')}: {told_by}."
        lines.append(Line(join((words, "$text-warning"))))
    if report.total is not None and not (report.is_complete or trouble or report.is_cancelled):
        words = f"Fewer came than Sent counts. Some may have moved meanwhile; {again} reads again."
        lines.append(Line(join((words, "$text-warning"))))
    return (*lines, BLANK, Line(_heading(report)))


def _heading(report: SyncReport) -> Content:
    count = report.conflict_count
    if not count:
        return join(("Everything fits.", "$text-muted") if report.is_complete else "")
    more = f"; the first {LISTED} are listed" if count > LISTED else ""
    return join((plural(count, "conflict"), "bold"), (more, "$text-muted"))


def _conflict(conflict: Conflict) -> Content:
    number = parse(conflict.number)
    shown = number.international if isinstance(number, PhoneNumber) else conflict.number
    return join((shown, "bold"), "  ", conflict.kind.label, BREAK, (conflict.words, "$text-muted"), BREAK)
