"""Reading contacts from a file, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from sent_tui.errors import UsageError
from sent_tui.services.exchange.columns import Column
from sent_tui.services.exchange.delimited import Table
from sent_tui.services.exchange.formats import Format
from sent_tui.services.exchange.json_lines import JsonLines
from sent_tui.services.exchange.records import Row, row_of
from sent_tui.services.exchange.regions import region_named
from sent_tui.services.exchange.source import Source
from sent_tui.services.exchange.vcard import Cards


class Reader:
    """The rows of a file, one after the other; closes the file at its end or by `with`."""

    def __init__(self, source: Source, region: str | None, mapping: Mapping[str, str] | None) -> None:
        self._source = source
        self._region = region
        self._records = _records(source, mapping)
        self._rows = self._read()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Row]:
        """Go through the rows that are left."""
        return self

    def __next__(self) -> Row:
        """Return the next row."""
        return next(self._rows)

    @property
    def format(self) -> Format:
        """The format of the file."""
        return self._source.format

    @property
    def encoding(self) -> str:
        """The character encoding of the file, as Python names it."""
        return self._source.encoding.name

    @property
    def columns(self) -> dict[str, str]:
        """The recognised columns, properties or keys, and what each means; of JSON Lines, those met so far."""
        if isinstance(self._records, Table):
            return self._records.layout.columns
        return dict(self._records.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns, recognised or not."""
        return tuple(self._records.layout.names if isinstance(self._records, Table) else self._records.columns)

    @property
    def delimiter(self) -> str:
        """What separates the cells of a table; empty for other formats."""
        return self._records.delimiter if isinstance(self._records, Table) else ""

    @property
    def has_header(self) -> bool:
        """Whether the file itself names its columns."""
        return not isinstance(self._records, Table) or self._records.has_header

    def check(self) -> None:
        """Raise UsageError when no column of a table has phone numbers."""
        if isinstance(self._records, Table):
            self._records.layout.check()

    def sample(self) -> tuple[Column, ...]:
        """Return every column with some of what stands in it; to be asked before the first row is read."""
        return self._records.sample()

    @property
    def identity(self) -> tuple[int, ...]:
        """What tells this file, as it was opened, from any other."""
        return self._source.identity

    @property
    def total_bytes(self) -> int:
        """The size of the file."""
        return self._source.total

    @property
    def done_bytes(self) -> int:
        """How much of the file was read so far."""
        return self._source.done

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()

    def _read(self) -> Iterator[Row]:
        with self._source:
            for record in self._records:
                yield row_of(record, self._region)


def read_rows(path: Path, *, region: str | None = None, mapping: Mapping[str, str] | None = None) -> Reader:
    """Open a file of contacts: CSV, vCard or JSON Lines, by its content.

    `region` is the country of national numbers in rows that name none; `mapping` says what columns mean, by their
    names, where that is not recognised. Raises UsageError, NotFoundError or SentTuiError.
    """
    reader = open_rows(path, region=region, mapping=mapping)
    try:
        reader.check()
    except UsageError:
        reader.close()
        raise
    return reader


def open_rows(path: Path, *, region: str | None = None, mapping: Mapping[str, str] | None = None) -> Reader:
    """Open a file of contacts as `read_rows` does, also a table in which no column has phone numbers yet."""
    home = region_named(region) if region else None
    if region and home is None:
        raise UsageError("No such country", f"{region} is not known.", "Give a code of two letters, such as US.")
    source = Source(path)
    try:
        return Reader(source, home, mapping)
    except BaseException:
        source.close()
        raise


def _records(source: Source, mapping: Mapping[str, str] | None) -> Table | JsonLines | Cards:
    if source.format is Format.VCARD:
        if mapping:
            raise UsageError("vCards have no columns", "What their properties mean is fixed.", "Leave the mapping out.")
        return Cards(source)
    return JsonLines(source, mapping) if source.format is Format.JSONL else Table(source, mapping)
