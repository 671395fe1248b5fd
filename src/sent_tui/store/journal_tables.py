"""The tables of a journal: by what the documents of each are found, and how one is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from sent_tui.core.message_search import UNREADABLE, facet_number
from sent_tui.store.fields import DocumentError
from sent_tui.store.journal_format import Document, Location
from sent_tui.store.journal_reader import JournalReader
from sent_tui.store.message_documents import message_from
from sent_tui.store.table_index import Filed, TableIndex, TableSpec
from sent_tui.store.trouble import damaged

OPEN = "open"
"""The group of the messages under way."""
_WAITING = "waiting"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_UNFILED = Filed()
R = TypeVar("R")


def messages_of(contact_id: str) -> str:
    """Return the group of the messages of a contact."""
    return f"of {contact_id}"


def messages_in(batch: str) -> str:
    """Return the group of the messages of a bulk send."""
    return f"in {batch}"


def waiting_in(batch: str | None) -> str:
    """Return the group of the messages that wait: those of a bulk send, or those of none."""
    return _WAITING if batch is None else f"{_WAITING} in {batch}"


def linked_to(sent_id: str) -> str:
    """Return the group of the contacts that belong to one of Sent's."""
    return f"at Sent {sent_id}"


def ticks(at: datetime) -> int:
    """Return a time as the index has it: in microseconds since 1970."""
    return (at - EPOCH) // _TICK


def _field(name: str) -> Callable[[Document], Filed]:
    def filed(document: Document) -> Filed:
        value = document.get(name)
        return Filed((value,)) if isinstance(value, str) else Filed()

    return filed


def _filed_contact(document: Document) -> Filed:
    """Return the contact of Sent's that a contact belongs to."""
    copy = document.get("sent")
    if not isinstance(copy, dict):
        return _UNFILED
    sent_id = copy.get("id")
    return Filed((linked_to(sent_id),)) if isinstance(sent_id, str) else _UNFILED


def _filed_message(document: Document) -> Filed:
    """Return the contact and the bulk send of a message, whether it is under way or waits, and its facet.

    One that cannot be read is in no group.
    """
    try:
        message = message_from(document)
    except DocumentError:
        return Filed(facet=UNREADABLE)
    groups = [messages_of(message.contact_id)]
    if message.is_waiting:
        groups.append(waiting_in(message.batch))
    elif not message.is_final:
        groups.append(OPEN)
    if message.batch is not None:
        groups.append(messages_in(message.batch))
    return Filed(tuple(groups), facet_number(message))


def _created(document: Document) -> int:
    try:
        return max(0, ticks(datetime.fromisoformat(document["created_at"])))
    except (KeyError, TypeError, ValueError):
        return 0


SPECS: Mapping[str, TableSpec] = {
    "contacts": TableSpec(keys=("id", "format_e164"), filed=_filed_contact),
    "messages": TableSpec(keys=("id",), filed=_filed_message, moment=_created),
    "events": TableSpec(keys=("id",), filed=_field("message_id")),
    "consent": TableSpec(filed=_field("number")),
    "moves": TableSpec(filed=_field("contact_id")),
    "drafts": TableSpec(keys=("contact_id",)),
    "undo": TableSpec(keys=("id",)),
    "lessons": TableSpec(keys=("key",)),
    "apart": TableSpec(keys=("key",)),
    "merged": TableSpec(keys=("number",)),
    "bulk_sends": TableSpec(keys=("id",)),
    "pulls": TableSpec(keys=("key",), filed=_field("account")),
}
"""By what the documents of each table are found."""


class Readable(Protocol):
    """What has a journal to read from: a storage, which may exchange it, or a reader alone."""

    @property
    def reader(self) -> JournalReader | None:
        """The journal as it is read; None while there is none."""
        ...


class JournalTables:
    """The documents of a journal, each read and parsed when it is asked for.

    Raises DamagedError for one that was altered.
    """

    def __init__(self, storage: Readable) -> None:
        self._storage = storage

    def number_of(self, table: str, key: str) -> int | None:
        """Return the number of the document that has a key of its table."""
        opened = self._opened(table)
        found = None if opened is None else _with_key(*opened, SPECS[table].keys[0], key)
        return None if found is None else found[0]

    def _keyed(self, table: str, field: str, key: str, read: Callable[[Mapping[str, Any]], R]) -> R | None:
        opened = self._opened(table)
        found = None if opened is None else _with_key(*opened, field, key)
        return None if opened is None or found is None else parsed(opened[0], found[1], read)

    def _group(self, table: str, group: str, read: Callable[[Mapping[str, Any]], R]) -> Iterator[tuple[int, R]]:
        found = self._table(table)
        return iter(()) if found is None else self._read(table, found.in_group(group), read)

    def _read(
        self, table: str, doc_ids: Iterable[int], read: Callable[[Mapping[str, Any]], R]
    ) -> Iterator[tuple[int, R]]:
        opened = self._opened(table)
        if opened is None:
            return
        reader, found = opened
        for doc_id in doc_ids:
            place = found.location(doc_id)
            if place is not None:
                yield doc_id, parsed(reader, place, read)

    def _doc_ids(self, table: str) -> list[int]:
        found = self._table(table)
        return [] if found is None else list(found.doc_ids())

    def _table(self, name: str) -> TableIndex | None:
        opened = self._opened(name)
        return None if opened is None else opened[1]

    def _opened(self, name: str) -> tuple[JournalReader, TableIndex] | None:
        """Return the journal as it is now with one of its tables.

        The places of a table mean something in its own journal alone, and another thread may go on with another one.
        """
        reader = self._storage.reader
        table = None if reader is None else reader.index.find(name)
        return None if reader is None or table is None else (reader, table)


def _with_key(reader: JournalReader, table: TableIndex, field: str, key: str) -> tuple[int, Location] | None:
    """Return the number and the place of the document that has a key."""
    for doc_id in table.with_key(field, key):
        place = table.location(doc_id)
        if place is not None and reader.parsed(place, dict).get(field) == key:
            return doc_id, place
    return None


def parsed(reader: JournalReader, place: Location, read: Callable[[Mapping[str, Any]], R]) -> R:
    """Return the record of a document that lies at a place of a journal; raises DamagedError."""
    try:
        return reader.parsed(place, read)
    except DocumentError as error:
        raise damaged(reader.path, f"the record at byte {place.offset}: {error}") from error
