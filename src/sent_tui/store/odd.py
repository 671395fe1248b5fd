"""Records that are whole and yet cannot be what their table holds: found, and put aside when a database is repaired."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from sent_tui.store.documents import (
    apart_from,
    consent_from,
    contact_from,
    lesson_from,
    merged_from,
    move_from,
    page_from,
)
from sent_tui.store.fields import DocumentError
from sent_tui.store.journal_format import Document, json_bytes
from sent_tui.store.message_documents import bulk_send_from, draft_from, event_from, message_from
from sent_tui.store.undo_documents import undo_from

_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], object]]] = {
    "contacts": contact_from,
    "messages": message_from,
    "events": event_from,
    "consent": consent_from,
    "moves": move_from,
    "drafts": draft_from,
    "undo": undo_from,
    "lessons": lesson_from,
    "apart": apart_from,
    "merged": merged_from,
    "bulk_sends": bulk_send_from,
    "pulls": page_from,
}
"""How a document of each table is read. A table of another name is somebody else's: it holds what it holds."""


class OddRecord(NamedTuple):
    """A record that cannot be read."""

    table: str
    doc_id: int
    reason: str
    document: Document

    @property
    def words(self) -> str:
        """Which it is, and why: "record 4 of the table contacts: …"."""
        return f"record {self.doc_id} of the table {self.table}: {self.reason}"


def taken_out(tables: Mapping[str, dict[int, Document]]) -> list[OddRecord]:
    """Take the records that cannot be read out of their tables, and return them."""
    odd = [
        OddRecord(name, doc_id, reason, document)
        for name, documents in tables.items()
        for doc_id, document in sorted(documents.items())
        if (reason := _reason(name, document))
    ]
    for record in odd:
        del tables[record.table][record.doc_id]
    return odd


def lines_of(records: Iterable[OddRecord]) -> Iterator[bytes]:
    """Return records as lines of JSON: the table, the number, why it cannot be read, and the document as it was."""
    for table, doc_id, reason, document in records:
        yield json_bytes({"table": table, "number": doc_id, "reason": reason, "document": document}) + b"\n"


def _reason(table: str, document: Document) -> str:
    read = _READERS.get(table)
    if read is not None:
        try:
            read(document)
        except DocumentError as error:
            return str(error)
    return ""
