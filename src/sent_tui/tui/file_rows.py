"""Rows of a file as lines of a list: before they are imported, and those that were refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from sent_tui.core.contact import Contact
from sent_tui.services.exchange import ImportReport, Problem, Row
from sent_tui.tui.batch import BatchLine, Standing, judge_line


def preview_lines(rows: Iterable[Row], find: Callable[[str], Contact | None]) -> tuple[BatchLine, ...]:
    """Return what rows of a file would become; `find` looks up the contact of a number in E.164."""
    return tuple(_preview_line(row, find) for row in rows)


def _preview_line(row: Row, find: Callable[[str], Contact | None]) -> BatchLine:
    if row.entry is None:
        return BatchLine(row.raw, Standing.INVALID, note=row.problem, place=row.line)
    line = judge_line(row.entry.number, row.entry.region, find)
    tags = " ".join(f"#{tag}" for tag in row.entry.tags)
    said = [text for text in (row.entry.name, tags, line.note) if text]
    return replace(line, note=" · ".join(said), place=row.line)


def report_lines(report: ImportReport) -> tuple[tuple[Problem, ...], tuple[BatchLine, ...]]:
    """Return the rows of a report that a person may want to look at, in the order of the file, and a line for each."""
    rows = [(problem, Standing.INVALID) for problem in report.refused]
    rows += [(problem, Standing.PARTLY) for problem in report.remarks]
    rows.sort(key=lambda row: row[0].line)
    lines = tuple(BatchLine(_subject(row), standing, note=row.reason, place=row.line) for row, standing in rows)
    return tuple(row for row, _ in rows), lines


def _subject(problem: Problem) -> str:
    """Return what of a row is at fault: its number, or the row as it stands in the file."""
    return problem.entry.number if problem.entry is not None else problem.raw
