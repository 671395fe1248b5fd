"""Tables of text: CSV with any of the usual delimiters, read so that one bad record costs one row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from sent_tui.errors import UsageError
from sent_tui.services.exchange.cells import unguarded
from sent_tui.services.exchange.columns import Column, recognise, sampled
from sent_tui.services.exchange.layout import Layout, looks_like_number
from sent_tui.services.exchange.records import Record
from sent_tui.services.exchange.source import MAX_FIELD, MAX_LINE, Line, Source

MAX_RECORD_LINES: Final = 500
"""Lines in one record; a quote that is open for longer was never closed."""
MAX_QUOTED_LINES: Final = 10_000
"""Lines in one record where every cell is quoted: there, an open quote shows at the next cell."""

_DELIMITERS: Final = (",", ";", "\t", "|")
_LINES_LOOKED_AT: Final = 20
_SAYS_DELIMITER: Final = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_OPEN_QUOTE: Final = (
    "A quotation mark is opened on this line and not closed as it should be."
    " Close it, or double each one that is part of the text."
)
_TOO_LARGE: Final = "field larger than"
_LARGE_OR_OPEN: Final = (
    f"A cell that begins on this line is too large: the most is {MAX_FIELD:,} characters."
    " Or its quotation mark is not closed as it should be."
)
_TEXT: Final = re.compile(r"[^\s,;|\"]")
"""What stands on a line that is more than empty cells."""
_FAULTS: Final = (
    (_TOO_LARGE, f"A cell of this line is too large: the most is {MAX_FIELD:,} characters."),
    ("new-line character", "A carriage return stands inside a cell without quotation marks."),
    ("expected after", _OPEN_QUOTE),
    ("unexpected end", _OPEN_QUOTE),
)


class _Cells(NamedTuple):
    """One record of the table: its cells, or why there are none."""

    line: int
    raw: str
    cells: Sequence[str]
    problem: str = ""


class _EndlessError(Exception):
    """A record that goes on for longer than any should."""


class _Feed:
    """Hands lines to the csv module, and remembers which ones the present record is made of."""

    def __init__(self, source: Source, most_lines: int) -> None:
        self._source = source
        self._most_lines = most_lines
        self.taken: list[Line] = []
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) == self._most_lines or self._size > MAX_LINE:
            raise _EndlessError
        line = next(self._source)
        self.taken.append(line)
        self._size += len(line.text)
        return line.text

    def begin(self) -> None:
        """Begin another record."""
        self.taken = []
        self._size = 0


class Table:
    """A table and its records, read once."""

    def __init__(self, source: Source, mapping: Mapping[str, str] | None = None) -> None:
        self._source = source
        _pass_over_blank(source)
        self.delimiter = _delimiter(source)
        """What separates the cells."""
        self.has_header = True
        """Whether the first row names the columns."""
        self._all_quoted = False
        self.layout = self._read_layout(mapping)

    def __iter__(self) -> Iterator[Record]:
        """Go through the records below the header; those without any text are passed over."""
        width = len(self.layout.names)
        values_in = self.layout.values
        for line, raw, cells, problem in self._rows(self.layout):
            if problem:
                yield Record(line, raw, problem=problem)
            elif "".join(cells).strip():
                remark = _left_out(cells[width:]) if len(cells) > width else ""
                yield Record(line, raw, values_in(cells), "", remark)

    def sample(self) -> tuple[Column, ...]:
        """Return the columns with some of their cells, before any record is read."""
        rows = _split([line.text for line in self._source.peek(_LINES_LOOKED_AT)], self.delimiter)
        return tuple(
            Column(name, field, sampled(unguarded(row[place]) for row in rows if place < len(row)))
            for place, (name, field) in enumerate(zip(self.layout.names, self.layout.fields, strict=True))
        )

    def _read_layout(self, mapping: Mapping[str, str] | None) -> Layout:
        sample = _split([line.text for line in self._source.peek(_LINES_LOOKED_AT)], self.delimiter)
        if sample and any(map(looks_like_number, sample[0])):
            self.has_header = False
            return Layout.of_content(sample, mapping)
        header = next((row for row in self._rows() if row.problem or any(map(str.strip, row.cells))), None)
        if header is None:
            raise UsageError("The file is empty", "There is no text in it.")
        if header.problem:
            raise UsageError("The header cannot be read", f"Line {header.line}: {header.problem}")
        self._all_quoted = header.raw.count('"') >= 2 * len(header.cells)
        return Layout.of_header(header.cells, mapping)

    def _rows(self, layout: Layout | None = None) -> Iterator[_Cells]:
        feed = _Feed(self._source, MAX_QUOTED_LINES if self._all_quoted else MAX_RECORD_LINES)
        reader = csv.reader(feed, delimiter=self.delimiter, skipinitialspace=True, strict=True)
        while True:
            feed.begin()
            cells: list[str] = []
            problem = ""
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, _EndlessError) as error:
                problem = _in_words(error, len(feed.taken))
            if layout and len(feed.taken) > 1 and not problem and self._swallowed(feed.taken, layout):
                problem = _OPEN_QUOTE
            yield self._row(feed.taken, cells, problem)

    def _row(self, lines: list[Line], cells: Sequence[str], problem: str) -> _Cells:
        first = lines[0]
        if problem:
            # Only the first line is lost: those after it are records of their own.
            self._source.put_back(lines[1:])
            return _Cells(first.number, first.text, (), first.fault or problem)
        if len(lines) == 1:
            return _Cells(first.number, first.text, cells, first.fault)
        fault = next((line.fault for line in lines if line.fault), "")
        return _Cells(first.number, "".join(line.text for line in lines), cells, fault)

    def _swallowed(self, lines: Sequence[Line], layout: Layout) -> bool:
        """Return whether lines that a quote holds together are rows by themselves: then it was left open.

        Where a program quoted every cell, a quote left open shows at the next one; there, a cell may hold anything.
        """
        if self._all_quoted:
            return False
        inner = [line.text for line in lines[1:-1]]
        last = lines[-1].text.rstrip()
        if last.endswith('"') and last.count('"') == 1:
            inner.append(last[:-1])
        return any(layout.is_row(cells) for text in inner for cells in _split([text], self.delimiter))


def _left_out(cells: Sequence[str]) -> str:
    beyond = sum(bool(cell.strip()) for cell in cells)
    return f"Cells beyond the last column are left out: {beyond}." if beyond else ""


def _in_words(error: Exception, lines: int) -> str:
    """Return why a record of so many lines cannot be read."""
    if lines > 1:
        return _LARGE_OR_OPEN if _TOO_LARGE in str(error) else _OPEN_QUOTE
    return next((words for start, words in _FAULTS if start in str(error)), _OPEN_QUOTE)


def _pass_over_blank(source: Source) -> None:
    """Take the lines before the first one with any text."""
    for line in source:
        if _TEXT.search(line.text):
            source.put_back([line])
            return


def _split(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Return the rows of some lines that have any text, as far as they can be read."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
    return [row for row in rows if any(cell.strip() for cell in row)]


def _delimiter(source: Source) -> str:
    """Return what separates the cells: what the file says itself, or what makes most sense of its first rows."""
    lines = source.peek(_LINES_LOOKED_AT)
    said = _SAYS_DELIMITER.fullmatch(lines[0].text) if lines else None
    if said:
        next(source)
        _pass_over_blank(source)
        return said[1]
    return max(_DELIMITERS, key=lambda delimiter: _sense(_split([line.text for line in lines], delimiter)))


def _sense(rows: Sequence[Sequence[str]]) -> tuple[int, int, int]:
    """Return how much sense rows make: known columns, cells with numbers, and columns if most rows have as many."""
    if not rows:
        return 0, 0, 0
    header = rows[0]
    alike = sum(len(row) == len(header) for row in rows)
    known = sum(recognise(cell) is not None for cell in header)
    numbers = sum(map(looks_like_number, header))
    return known, numbers, len(header) if 2 * alike >= len(rows) else 0
