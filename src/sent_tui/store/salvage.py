"""What can still be read of a damaged journal."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from sent_tui.store.files import open_plain
from sent_tui.store.journal_format import (
    HEADER_LIMIT,
    Batch,
    Damage,
    Document,
    Record,
    batches,
    read_header,
    record_from,
)
from sent_tui.store.table_index import TableSpec

_CHANGE = b'{"t":'


class Salvaged(Struct):
    """The documents that could be read."""

    tables: dict[str, dict[int, Document]] = field(default_factory=dict)
    doubtful: int = 0
    """How many stood in damaged batches."""


def salvaged(path: Path, specs: Mapping[str, TableSpec]) -> Salvaged:
    """Read a journal as far as that is possible.

    Batches that are whole count as they are. Of a damaged one, every line counts that is a change and takes nothing
    out, for nothing proves that it was meant. Two documents never share a key: the later one stays. Raises OSError, and
    ValueError for something that is no plain file.
    """
    data = _read(path)
    start, crc = _start(data)
    found = Salvaged()
    for batch in batches(data[start:], start, crc):
        if isinstance(batch, Batch):
            for record in _records(batch.data, batch.start):
                _apply(found, record)
        else:
            _rescue(found, data, batch)
    for name, spec in specs.items():
        for key in spec.keys:
            _part(found.tables.get(name, {}), key)
    return found


def _read(path: Path) -> bytes:
    descriptor = open_plain(path, os.O_RDONLY)
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def _start(data: bytes) -> tuple[int, int]:
    """Return where the batches begin, and the CRC of the header; an altered header is passed over."""
    try:
        header = read_header(data[:HEADER_LIMIT])
    except ValueError:
        first = data.find(b"\n", 0, HEADER_LIMIT)
        return (first + 1 if data.startswith(b"{") and not data.startswith(_CHANGE) else 0), 0
    return header.length, header.crc


def _records(data: bytes, start: int) -> Iterator[Record]:
    for line in data.split(b"\n"):
        try:
            if line.startswith(_CHANGE):
                yield record_from(line, start)
        except ValueError:
            continue


def _rescue(found: Salvaged, data: bytes, damage: Damage) -> None:
    for record in _records(data[damage.start : damage.end], damage.start):
        if record.document is not None:
            _apply(found, record)
            found.doubtful += 1


def _apply(found: Salvaged, record: Record) -> None:
    documents = found.tables.setdefault(record.table, {})
    if record.is_drop:
        del found.tables[record.table]
    elif record.doc_id is not None and record.document is None:
        documents.pop(record.doc_id, None)
    elif record.doc_id is not None and record.document is not None:
        documents[record.doc_id] = record.document


def _part(documents: dict[int, Document], key: str) -> None:
    holders: dict[str, int] = {}
    for doc_id in sorted(documents):
        value = documents[doc_id].get(key)
        if isinstance(value, str):
            if value in holders:
                del documents[holders[value]]
            holders[value] = doc_id
