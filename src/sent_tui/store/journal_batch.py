"""The changes of one batch that is not written yet, and the lines that they become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from zlib import crc32

from sent_tui.store.journal_format import (
    Document,
    Location,
    Record,
    Written,
    drop_line,
    put_line,
    remove_line,
    table_line,
)


class StagedBatch:
    """The changes of one batch that is not written yet, in their order."""

    def __init__(self) -> None:
        self.dropped: set[str] = set()
        self.tables: dict[str, dict[int, Document | Written | None]] = {}
        self.last_ids: dict[str, int] = {}
        """The highest number in each table."""

    def put(self, table: str, documents: Mapping[int, Document | Written | None]) -> None:
        """Put documents, or take them out where None."""
        if documents:
            self.tables.setdefault(table, {}).update(documents)
            self.last_ids[table] = max(self.last_ids.get(table, 0), *documents)

    def records(self, offset: int) -> tuple[list[Record], list[bytes]]:
        """Return the changes as they will stand from `offset` on, and the line of each."""
        records, lines = list[Record](), list[bytes]()
        for line, table, doc_id, document, is_drop in self._changes():
            place = Location(offset, len(line) - 1, crc32(line[:-1]))
            records.append(Record(table, doc_id, document, place, is_drop))
            lines.append(line)
            offset += len(line)
        return records, lines

    def _changes(self) -> Iterator[tuple[bytes, str, int | None, Document | None, bool]]:
        """Go through the line of each change, and what it says."""
        for table in self.dropped:
            yield drop_line(table), table, None, None, True
        for table, documents in self.tables.items():
            if not documents:
                yield table_line(table), table, None, None, False
            for doc_id, document in documents.items():
                if document is None:
                    yield remove_line(table, doc_id), table, doc_id, None, False
                else:
                    found_by = document.found_by if isinstance(document, Written) else document
                    yield put_line(table, doc_id, document), table, doc_id, found_by, False
