"""What a file of contacts is, before it is imported: how it is written, its columns, its first rows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec import Struct

from sent_tui.errors import UsageError
from sent_tui.services.exchange.columns import Column
from sent_tui.services.exchange.formats import Format
from sent_tui.services.exchange.reading import open_rows
from sent_tui.services.exchange.records import Row

FIRST: Final = 20
"""Rows that are read."""


class Preview(Struct, frozen=True):
    """How a file is read unless a person says otherwise."""

    path: Path
    format: Format
    encoding: str
    """As Python names it."""
    delimiter: str
    """What separates the cells of a table; empty for other formats."""
    has_header: bool
    """Whether the file itself names its columns."""
    total_bytes: int
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    """The first rows, as they are understood."""
    problem: str = ""
    """Why no row can be imported like this; empty when that is not so."""

    @property
    def is_mapped(self) -> bool:
        """Whether a person may say what the columns mean; the properties of vCards have one meaning each."""
        return self.format is not Format.VCARD


def look_at(path: Path, *, region: str | None = None, mapping: Mapping[str, str] | None = None) -> Preview:
    """Return what a file is; `region` and `mapping` as of `read_rows`, whose errors are raised."""
    with open_rows(path, region=region, mapping=mapping) as reader:
        problem = ""
        try:
            reader.check()
        except UsageError as error:
            problem = f"{error.title}."
        columns = reader.sample()
        return Preview(
            path,
            reader.format,
            reader.encoding,
            reader.delimiter,
            reader.has_header,
            reader.total_bytes,
            columns,
            () if problem else tuple(islice(reader, FIRST)),
            problem,
        )
