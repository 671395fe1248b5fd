"""Contacts, messages and the rest as they lie in a journal: each is read and parsed when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Protocol, TypeVar

from sent_tui.core.channel import Availability
from sent_tui.core.consent import ConsentEvent
from sent_tui.core.contact import Contact
from sent_tui.core.message import DeliveryEvent, Draft, Message
from sent_tui.core.search import ContactRow, SortKey, row_of
from sent_tui.core.search_base import SearchBase
from sent_tui.core.search_entry import SearchEntry, entry_from
from sent_tui.core.search_index import SearchIndex
from sent_tui.core.search_settling import empty_base
from sent_tui.errors import DatabaseError
from sent_tui.store.changes import Lesson, UndoEntry, by_decision, in_time, news
from sent_tui.store.documents import (
    consent_from,
    contact_from,
    draft_from,
    event_from,
    facts_from,
    lesson_from,
    message_from,
    undo_from,
)
from sent_tui.store.fields import DocumentError
from sent_tui.store.index_file import Buffer
from sent_tui.store.journal_format import Document, Location, Record
from sent_tui.store.journal_reader import JournalReader
from sent_tui.store.record_index import TableIndex, TableSpec
from sent_tui.store.repository import Change
from sent_tui.store.state import newest_first
from sent_tui.store.trouble import damaged

_SEARCH = "search/"
"""Stands before the names of the search index's sections in the index file."""
OPEN = "open"
"""The group of the messages under way."""
_NOBODY: Mapping[str, SearchEntry] = {}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
R = TypeVar("R")


def _field(name: str) -> Callable[[Document], tuple[str, ...]]:
    def groups(document: Document) -> tuple[str, ...]:
        value = document.get(name)
        return (value,) if isinstance(value, str) else ()

    return groups


def _message_groups(document: Document) -> tuple[str, ...]:
    """Return the contact of a message, and whether it is under way; one that cannot be read is in no group."""
    try:
        message = message_from(document)
    except DocumentError:
        return ()
    return (f"of {message.contact_id}",) if message.is_final else (f"of {message.contact_id}", OPEN)


def _created(document: Document) -> int:
    try:
        return max(0, (datetime.fromisoformat(document["created_at"]) - _EPOCH) // timedelta(microseconds=1))
    except (KeyError, TypeError, ValueError):
        return 0


SPECS: Mapping[str, TableSpec] = {
    "contacts": TableSpec(keys=("id", "format_e164")),
    "messages": TableSpec(keys=("id",), groups=_message_groups, moment=_created),
    "events": TableSpec(keys=("id",), groups=_field("message_id")),
    "consent": TableSpec(groups=_field("number")),
    "drafts": TableSpec(keys=("contact_id",)),
    "undo": TableSpec(keys=("id",)),
    "lessons": TableSpec(keys=("key",)),
}
"""By what the documents of each table are found."""

_Handle = tuple[JournalReader, int, Location]
"""A journal, and in it the number and the place of a contact's document."""


class Readable(Protocol):
    """What has a journal to read from: a storage, which may exchange it, or a reader alone."""

    @property
    def reader(self) -> JournalReader | None:
        """The journal as it is read; None while there is none."""
        ...


class JournalRecords:
    """All records of a journal. Raises DamagedError for a document that was altered."""

    def __init__(self, storage: Readable) -> None:
        self._storage = storage
        self.index = SearchIndex(load=_load)
        self._problems: dict[int, str] = {}
        """Why a contact's document cannot be what it should be."""
        self.rebase()

    @property
    def problems(self) -> list[str]:
        """Records that cannot be what they should be, and why."""
        return [f"record {doc_id} of the table contacts: {reason}" for doc_id, reason in self._problems.items()]

    def rebase(self) -> None:
        """Make the search index anew from the index file and what changed since."""
        self._problems.clear()
        reader, table = self._storage.reader, self._table("contacts")
        if reader is None or table is None:
            self.index.clear()
            return
        changed = [(doc_id, place) for doc_id, place in table.later.places.items() if place is not None]
        entries = (self._entry(doc_id, reader.document_at(place), place, reader) for doc_id, place in changed)
        later = dict.fromkeys(self._gone_from_base(table)) | dict(filter(None, entries))
        self.index.rebase(_base(reader, table), later)

    def orders(self) -> Mapping[str, Sequence[int]]:
        """Return the numbers of the contacts in the order of their names."""
        view, table = self.index.view, self._table("contacts")
        if table is None:
            return {}
        docs, later, size = table.base.docs, view.later.handles, view.base.size
        return {"contacts": [docs[at] if at < size else later[at - size][1] for at in view.order(SortKey.NAME)]}

    def sections(self) -> Mapping[str, Buffer]:
        """Return the search index as it goes into an index file."""
        return {f"{_SEARCH}{name}": data for name, data in self.index.settled().items()}

    def _gone_from_base(self, table: TableIndex) -> Iterator[str]:
        """Go through the ids of contacts of the base that have another state, or none."""
        reader = self._storage.reader
        for doc_id in table.later.places:
            row = table.base.row(doc_id)
            if row is not None and reader is not None:
                yield str(reader.document_at(table.base.location(row)).get("id"))

    def _entry(
        self, doc_id: int, document: Document, place: Location, reader: JournalReader
    ) -> tuple[str, tuple[SearchEntry, _Handle]] | None:
        try:
            return str(document["id"]), (entry_from(facts_from(document)), (reader, doc_id, place))
        except (DocumentError, KeyError) as error:
            self._problems[doc_id] = str(error)
            return None

    def take(self, records: Iterable[Record], own: Mapping[str, SearchEntry] = _NOBODY) -> tuple[Change, ...]:
        """Take changes in that the storage has taken in, and return what a listener has to know of them.

        `own` is what the search keeps of contacts, by their ids, where it need not be made of their documents.
        """
        told: dict[str, set[str]] = {table: set() for table in _TOLD_BY}
        newest: dict[int, Record] = {}
        """The last change of each contact's document."""
        for record in records:
            table, doc_id, document, _, _, removed = record
            for each in (document,) if removed is None else (document, removed):
                name = each.get(_TOLD_BY.get(table, "")) if each is not None else None
                if isinstance(name, str):
                    told[table].add(name)
            if table == "contacts" and doc_id is not None:
                newest.pop(doc_id, None)
                newest[doc_id] = record
        for doc_id in self._problems.keys() & newest.keys():
            del self._problems[doc_id]
        self.index.take(dict.fromkeys(told["contacts"]) | self._entries(newest.values(), own))
        holders = {holder.id for holder in map(self.holder, told["consent"]) if holder is not None}
        return news(told["contacts"] | holders, told["messages"] | told["events"], told["drafts"])

    def _entries(
        self, records: Iterable[Record], own: Mapping[str, SearchEntry]
    ) -> dict[str, tuple[SearchEntry, _Handle]]:
        """Return what the search keeps of the contacts that were put, by their ids."""
        reader = self._storage.reader
        made: dict[str, tuple[SearchEntry, _Handle]] = {}
        for record in records:
            if reader is None or record.doc_id is None or record.document is None:
                continue
            contact_id = record.document.get("id", "")
            known = own.get(contact_id)
            if known is not None:
                made[contact_id] = known, (reader, record.doc_id, record.location)
            else:
                entry = self._entry(record.doc_id, record.document, record.location, reader)
                made |= [entry] if entry else []
        return made

    # Reading

    def contact(self, contact_id: str) -> Contact | None:
        """Return a contact, None when there is no such contact."""
        return self._keyed("contacts", "id", contact_id, contact_from)

    def holder(self, e164: str) -> Contact | None:
        """Return the contact of a number."""
        return self._keyed("contacts", "format_e164", e164, contact_from)

    def message(self, message_id: str) -> Message | None:
        """Return a message, None when there is no such message."""
        return self._keyed("messages", "id", message_id, message_from)

    def messages(
        self, contact_id: str | None, *, only_open: bool, offset: int, limit: int | None
    ) -> tuple[Message, ...]:
        """Return messages, newest first."""
        start = max(0, offset)
        end = None if limit is None else start + max(0, limit)
        if not only_open and contact_id is None:
            return tuple(islice(self._newest_messages(), start, end))
        group = OPEN if only_open else f"of {contact_id}"
        found = (message for _, message in self._group("messages", group, message_from))
        matching = [message for message in found if contact_id in {None, message.contact_id}]
        matching.sort(key=lambda message: (message.created_at, message.id), reverse=True)
        return tuple(matching[start:end])

    def _newest_messages(self) -> Iterator[Message]:
        table, reader = self._table("messages"), self._storage.reader
        for doc_id in table.newest() if table is not None else ():
            place = table.location(doc_id) if table is not None else None
            if place is not None and reader is not None:
                yield _parsed(reader, place, message_from)

    def has_messages(self, contact_id: str) -> bool:
        """Return whether there is any message to a contact."""
        table = self._table("messages")
        return table is not None and bool(table.in_group(f"of {contact_id}"))

    def events(self, message_id: str) -> tuple[DeliveryEvent, ...]:
        """Return the delivery events of a message in the order of their own time."""
        found = (event for _, event in self._group("events", message_id, event_from))
        return in_time(event for event in found if event.message_id == message_id)

    def has_event(self, event_id: str) -> bool:
        """Return whether a delivery event is known."""
        return self._keyed("events", "id", event_id, event_from) is not None

    def consent(self, number: str) -> tuple[ConsentEvent, ...]:
        """Return every decision about a number (E.164), oldest first."""
        if not self._table("consent"):
            return ()
        found = (decision for _, decision in self._group("consent", number, consent_from))
        return by_decision(decision for decision in found if decision.number == number)

    def draft(self, contact_id: str) -> Draft | None:
        """Return what was begun for a contact and not sent."""
        return self._keyed("drafts", "contact_id", contact_id, draft_from)

    def drafts(self) -> tuple[Draft, ...]:
        """Return every draft, newest first."""
        return newest_first(draft for _, draft in self._read("drafts", self._doc_ids("drafts"), draft_from))

    def lesson(self, key: str) -> Lesson | None:
        """Return what was learned from a group of contacts."""
        return self._keyed("lessons", "key", key, lesson_from)

    def undo_entries(self) -> Iterator[UndoEntry]:
        """Go through the writes that can be taken back, newest first."""
        return (entry for _, entry in self._read("undo", reversed(self._doc_ids("undo")), undo_from))

    def undo_surplus(self, limit: int) -> list[str]:
        """Return the ids of the oldest writes that can be taken back, so many that `limit` are left."""
        ids, reader = self._doc_ids("undo"), self._storage.reader
        oldest = ids[: max(0, len(ids) - limit)]
        documents = [reader.document("undo", doc_id) for doc_id in oldest] if reader is not None else []
        return [str(document["id"]) for document in documents if document is not None]

    def number_of(self, table: str, key: str) -> int | None:
        """Return the number of the document that has a key of its table."""
        field = SPECS[table].keys[0]
        return next((doc_id for doc_id, _ in self._with_key(table, field, key)), None)

    def _keyed(self, table: str, field: str, key: str, read: Callable[[Mapping[str, Any]], R]) -> R | None:
        reader, found = self._storage.reader, self._with_key(table, field, key)
        return _parsed(reader, found[0][1], read) if found and reader is not None else None

    def _with_key(self, table: str, field: str, key: str) -> list[tuple[int, Location]]:
        """Return the documents that have a key, with their places: one or none."""
        index, reader = self._table(table), self._storage.reader
        if index is None or reader is None:
            return []
        doc_ids = index.with_key(field, key)
        places = [(doc_id, place) for doc_id in doc_ids if (place := index.location(doc_id)) is not None]
        return [(doc_id, place) for doc_id, place in places if reader.parsed(place, dict).get(field) == key]

    def _group(self, table: str, group: str, read: Callable[[Mapping[str, Any]], R]) -> Iterator[tuple[int, R]]:
        found = self._table(table)
        return iter(()) if found is None else self._read(table, found.in_group(group), read)

    def _read(
        self, table: str, doc_ids: Iterable[int], read: Callable[[Mapping[str, Any]], R]
    ) -> Iterator[tuple[int, R]]:
        found, reader = self._table(table), self._storage.reader
        for doc_id in doc_ids:
            place = found.location(doc_id) if found is not None else None
            if place is not None and reader is not None:
                yield doc_id, _parsed(reader, place, read)

    def _doc_ids(self, table: str) -> list[int]:
        found = self._table(table)
        return [] if found is None else list(found.doc_ids())

    def _table(self, name: str) -> TableIndex | None:
        reader = self._storage.reader
        return None if reader is None else reader.index.find(name)


_TOLD_BY = {"contacts": "id", "messages": "id", "events": "message_id", "drafts": "contact_id", "consent": "number"}
"""The field by which a listener is told of a change."""


def _parsed(reader: JournalReader, place: Location, read: Callable[[Mapping[str, Any]], R]) -> R:
    try:
        return reader.parsed(place, read)
    except DocumentError as error:
        raise damaged(reader.path, f"the record at byte {place.offset}: {error}") from error


def _load(handle: _Handle) -> ContactRow:
    reader, doc_id, place = handle
    try:
        return row_of(_parsed(reader, place, contact_from))
    except DatabaseError:
        return _unreadable(doc_id)


def _unreadable(doc_id: int) -> ContactRow:
    """Return the row of a contact that was altered, or that the disk keeps back: the others are shown all the same."""
    unknown = Availability.UNKNOWN
    return ContactRow(
        id=f"record {doc_id}",
        name=f"record {doc_id} cannot be read",
        e164="",
        international="",
        region="",
        whatsapp=unknown,
        sms=unknown,
        default=None,
        pinned=False,
        opted_out=False,
        attempts=0,
        delivered=0,
        last_at=None,
        last_status="",
        tags=(),
        created_at=_EPOCH,
    )


def _base(reader: JournalReader, table: TableIndex) -> SearchBase:
    """Return the contacts of the index file as the search sees them; its rows are those of the table's base."""
    rows = table.base
    found = reader.settled.sections.items() if reader.settled else ()
    sections = {name.removeprefix(_SEARCH): data for name, data in found if name.startswith(_SEARCH)}
    if not (sections and len(rows.docs)):
        return empty_base()
    return SearchBase.of(
        sections,
        lambda row: _load((reader, rows.docs[row], rows.location(row))),
        lambda contact_id: next(rows.rows_with(rows.keys["id"], contact_id), None),
    )
