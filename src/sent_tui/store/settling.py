"""Making the index file of a journal: from the journal alone, beside whoever reads and writes it.

A journal without an index file is settled in rounds, each about twice the size of the one before, so that memory
stays bounded; each round leaves an index file that holds so far.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sent_tui.store.index_file import write_index
from sent_tui.store.journal_reader import JournalReader
from sent_tui.store.journal_records import SPECS, JournalRecords

_FIRST_ROUND = 100_000
"""Changes."""
_STEP = 2_000
"""So many changes are held in memory as documents."""
_FEW = 2_000
_SHARE = 100
"""With more changes than this share of the contacts, one in so many, the index is worth making anew."""

OnProgress = Callable[[int, int], None]
"""Told how many bytes of the journal are settled, and how long it is."""


def index_path(path: Path) -> Path:
    """Return where the index file of a journal lies."""
    return path.with_name(f"{path.name}.index")


def unsettled_bytes(path: Path) -> int:
    """Return how many bytes of a journal no index file covers; 0 for one that cannot be opened."""
    with suppress(OSError, ValueError):
        reader = JournalReader(path, SPECS, None)
        return reader.file.size() - reader.end
    return 0


def is_worth_it(reader: JournalReader) -> bool:
    """Return whether so much changed since the index file was made that another one saves time."""
    contacts = reader.index.find("contacts")
    return reader.index.changed > max(_FEW, (0 if contacts is None else len(contacts)) // _SHARE)


def settle(path: Path, on_progress: OnProgress | None = None) -> bool:
    """Make the index file of a journal; return False where the journal is damaged, and then leave it.

    Raises OSError, and ValueError for a file that is no journal.
    """
    while True:
        with uncollected():
            reader = JournalReader(path, SPECS, None)
            records = JournalRecords(reader)
            contacts = reader.index.find("contacts")
            limit = max(_FIRST_ROUND, 0 if contacts is None else len(contacts))
            while reader.index.changed < limit and (new := reader.follow(None, _STEP)):
                records.take(new)
            if reader.damages or records.problems:
                return False
            if not reader.index.changed and reader.settled is not None:
                return True
            _write(path, reader, records)
        if on_progress is not None:
            on_progress(reader.end, reader.file.size())


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


def _write(path: Path, reader: JournalReader, records: JournalRecords) -> None:
    orders = {"contacts": records.contacts_in_order()} if reader.index.find("contacts") is not None else {}
    sections: dict[str, bytes | bytearray] = dict(reader.index.sections(orders))
    sections |= {f"search/{name}": data for name, data in records.index.settled().items()}
    live = sum(sum(memoryview(data).cast("I")) for name, data in sections.items() if name.endswith("/length"))
    facts = {
        "generation": reader.header.generation,
        "end": reader.end,
        "crc": reader.crc,
        "last_ids": reader.index.last_ids,
        "live_bytes": live,
    }
    write_index(index_path(path), facts, sections)
