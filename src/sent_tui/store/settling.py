"""Making the index file of a journal: from the journal alone, beside whoever reads and writes it.

A journal without an index file is settled in rounds, each about twice the size of the one before, so that memory
stays bounded; each round leaves an index file that holds so far.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sent_tui.store.copy_at_work import CopyAtWork
from sent_tui.store.index_file import Buffer, index_path, write_index
from sent_tui.store.journal_format import Record
from sent_tui.store.journal_reader import JournalReader
from sent_tui.store.table_index import TableSpec

_FIRST_ROUND = 100_000
"""Changes."""
_STEP = 2_000
"""So many changes are held in memory as documents."""
_FEW = 500
_SHARE = 100
"""With changes to this share of the documents, one in so many, the index is worth making anew."""

_WORTH_A_COPY = 20_000
"""From so many changes on, a second processor is put to work."""

OnProgress = Callable[[int, int], None]
"""Told how many bytes of the journal are settled, and how long it is."""


class Companion(Protocol):
    """What goes into the index file beside the places of the documents. It is told of every change."""

    @property
    def problems(self) -> Sequence[str]:
        """Why there can be no index file; empty when there can."""
        ...

    def take(self, records: Iterable[Record]) -> object:
        """Take changes in that the reader has taken in."""
        ...

    def orders(self) -> Mapping[str, Sequence[int]]:
        """Return the numbers of all documents of the tables that have an order of their own."""
        ...

    def sections(self) -> Mapping[str, Buffer]:
        """Return what it adds to the index file."""
        ...


class Alone:
    """Nothing beside the places of the documents."""

    problems = ()

    def __init__(self, reader: JournalReader) -> None:
        """Take a reader, as companions do."""

    def take(self, records: Iterable[Record]) -> None:
        """Need no change."""

    def orders(self) -> Mapping[str, Sequence[int]]:
        """Return no order."""
        return {}

    def sections(self) -> Mapping[str, Buffer]:
        """Add nothing."""
        return {}


def documents_in(reader: JournalReader) -> int:
    """Return how many documents there are in all tables."""
    return sum(len(table) for table in reader.index.tables.values())


def is_worth_it(reader: JournalReader, after: int = 0) -> bool:
    """Return whether so much changed since the index file was made that another one saves time: at least `after`."""
    return reader.index.changed >= max(_FEW, after, documents_in(reader) // _SHARE)


def settle(
    path: Path,
    specs: Mapping[str, TableSpec],
    companion: Callable[[JournalReader], Companion] = Alone,
    on_progress: OnProgress | None = None,
) -> bool:
    """Make the index file of a journal; return False where the journal is damaged, and then leave it.

    Raises OSError, and ValueError for a file that is no journal.
    """
    written = -1
    while True:
        with uncollected():
            reader = JournalReader(path, specs, None)
            if reader.end <= written and reader.settled is None:
                return False  # what was written cannot be read
            if drop_altered(reader):
                continue
            beside = companion(reader)
            limit = max(_FIRST_ROUND, documents_in(reader))
            while reader.index.changed < limit and (new := reader.news(None, _STEP)):
                beside.take(new)
            if reader.damages or beside.problems:
                return False
            if not reader.index.changed and reader.settled is not None:
                return True
            write_settled(path, reader, beside)
            written = reader.end
        if on_progress is not None:
            on_progress(reader.end, reader.file.size())


def drop_altered(reader: JournalReader) -> bool:
    """Remove the index file on which a reader stands if it was altered, and return whether it was.

    Every byte is looked at, so that what is made of an index file is never worse than the journal. Raises OSError.
    """
    if reader.settled is None or reader.settled.is_whole():
        return False
    index_path(reader.path).unlink(missing_ok=True)
    return True


@contextmanager
def uncollected() -> Iterator[None]:
    """Make many lasting objects without the garbage collector looking at all of them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def write_settled(path: Path, reader: JournalReader, beside: Companion) -> None:
    """Write the index file from what a reader and its companion know; raises OSError."""
    orders = beside.orders()
    added = CopyAtWork(beside.sections).result if reader.index.changed >= _WORTH_A_COPY else beside.sections
    sections: dict[str, Buffer] = {**reader.index.sections(orders), **added()}
    live = sum(sum(memoryview(data).cast("I")) for name, data in sections.items() if name.endswith("/length"))
    facts = {
        "generation": reader.header.generation,
        "end": reader.end,
        "crc": reader.crc,
        "keys": {name: list(table.spec.keys) for name, table in reader.index.tables.items()},
        "last_ids": reader.index.last_ids,
        "live_bytes": live,
    }
    write_index(index_path(path), facts, sections)
