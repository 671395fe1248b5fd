"""One import: rows taken in batches, counted, and reported."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from sent_tui.errors import SentTuiError
from sent_tui.services.exchange.meaning import Understood
from sent_tui.services.exchange.outcomes import Target, Verdict
from sent_tui.services.exchange.report import MAX_PROBLEMS, ImportReport, Problem, Progress
from sent_tui.services.exchange.supply import Supply

OnProgress = Callable[[Progress], None]
"""Told now and then how far it is."""
IsCancelled = Callable[[], bool]
"""Asked now and then whether to stop."""


def never() -> bool:
    """Say that nothing is cancelled."""
    return False


class Import:
    """Takes rows to a target."""

    def __init__(self, supply: Supply, target: Target) -> None:
        self._supply = supply
        self._target = target
        self._counts = dict.fromkeys(Verdict, 0)
        self._opted_out = 0
        self._began = time.monotonic()
        self._refused: list[Problem] = []
        self._remarks: list[Problem] = []

    def run(self, on_progress: OnProgress | None, is_cancelled: IsCancelled) -> ImportReport:
        """Take all batches, and return what came of them."""
        cancelled = is_cancelled()
        last_line = 0
        try:
            for part in () if cancelled else _in_time(self._supply):
                self._take(part)
                self._target.rest()
                last_line = part.lines[-1]
                if on_progress is not None:
                    on_progress(self._progress())
                cancelled = is_cancelled()
                if cancelled:
                    break
        except SentTuiError as error:
            if last_line:
                error.hint = f"{error.hint} The lines up to {last_line} are done. {_AGAIN}".strip()
            raise
        return self._report(cancelled=cancelled)

    def _take(self, batch: Understood) -> None:
        outlines = [outline for outline in batch.outlines if outline is not None]
        if outlines:
            by_verdict, opted_out = self._target.take(outlines)
            for verdict, count in by_verdict.items():
                self._counts[verdict] += count
            self._opted_out += opted_out
        for place, (raw, refusal, remark, entry) in batch.notes.items():
            if refusal is not None:
                self._counts[Verdict.REFUSED] += 1
                self._keep(self._refused, Problem(batch.lines[place], raw, *refusal, entry=entry))
            else:
                self._keep(self._remarks, Problem(batch.lines[place], raw, remark))

    def _keep(self, kept: list[Problem], problem: Problem) -> None:
        if len(kept) < MAX_PROBLEMS:
            kept.append(problem)

    def _progress(self) -> Progress:
        rows = sum(self._counts.values())
        refused = self._counts[Verdict.REFUSED]
        seconds = time.monotonic() - self._began
        return Progress(rows, self._supply.done_bytes, self._supply.total_bytes, refused, seconds)

    def _report(self, *, cancelled: bool) -> ImportReport:
        return ImportReport(
            added=self._counts[Verdict.ADDED],
            merged=self._counts[Verdict.MERGED],
            unchanged=self._counts[Verdict.UNCHANGED],
            refused=tuple(self._refused),
            remarks=tuple(self._remarks),
            opted_out=self._opted_out,
            refused_count=self._counts[Verdict.REFUSED],
            cancelled=cancelled,
        )


_FIRST = 50
_SECONDS = 0.5
_AGAIN = "Import the file again to go on: contacts that are there already stay as they are."


def _in_time(batches: Iterable[Understood]) -> Iterator[Understood]:
    """Cut batches into parts that take half a second or so, however long a lookup takes: between them it can end."""
    size = _FIRST
    for batch in batches:
        end = 0
        while end < len(batch):
            start, end = end, min(end + size, len(batch))
            part = batch if end - start == len(batch) else batch.part(start, end)
            began = time.monotonic()
            yield part
            seconds = max(time.monotonic() - began, 0.001)
            size = max(1, int(_SECONDS * len(part) / seconds))
