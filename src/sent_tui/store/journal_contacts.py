"""Contacts as they lie in a journal, and the search index over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sent_tui.core.channel import Availability
from sent_tui.core.contact import Contact
from sent_tui.core.search import ContactRow, SortKey, row_of
from sent_tui.core.search_base import SearchBase
from sent_tui.core.search_entry import SearchEntry, entry_from
from sent_tui.core.search_index import SearchIndex
from sent_tui.core.search_settling import empty_base
from sent_tui.errors import DatabaseError
from sent_tui.store.documents import contact_from, facts_from
from sent_tui.store.fields import DocumentError
from sent_tui.store.index_file import Buffer
from sent_tui.store.journal_format import Document, Location, Record
from sent_tui.store.journal_reader import JournalReader
from sent_tui.store.journal_tables import EPOCH, JournalTables, Readable, linked_to, parsed
from sent_tui.store.state import by_number
from sent_tui.store.table_index import TableIndex

_SEARCH = "search/"
"""Stands before the names of the search index's sections in the index file."""
_Handle = tuple[JournalReader, int, Location]
"""A journal, and in it the number and the place of a contact's document."""


class JournalContacts(JournalTables):
    """The contacts of a journal. Raises DamagedError for one that was altered."""

    def __init__(self, storage: Readable) -> None:
        super().__init__(storage)
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
        opened = self._opened("contacts")
        if opened is None:
            self.index.clear()
        else:
            self.index.rebase(_base(*opened), self._changed(*opened))

    def _changed(self, reader: JournalReader, table: TableIndex) -> Mapping[str, tuple[SearchEntry, _Handle] | None]:
        """Return what the search keeps of the contacts that changed since the base was made, None for one that went."""
        base, later = table.base, dict[str, tuple[SearchEntry, _Handle] | None]()
        for doc_id, place in table.later.places.items():
            entry = None if place is None else self._entry(doc_id, reader.document_at(place), place, reader)
            if entry is not None:
                later[entry[0]] = entry[1]
            row = base.row(doc_id)
            if row is not None and (entry is None or row not in base.rows_with(base.keys["id"], entry[0])):
                # Another document may have the id.
                later.setdefault(str(reader.document_at(base.location(row)).get("id")), None)
        return later

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

    def _entry(
        self, doc_id: int, document: Document, place: Location, reader: JournalReader
    ) -> tuple[str, tuple[SearchEntry, _Handle]] | None:
        try:
            return str(document["id"]), (entry_from(facts_from(document)), (reader, doc_id, place))
        except (DocumentError, KeyError) as error:
            self._problems[doc_id] = str(error)
            return None

    def _take_contacts(self, ids: Iterable[str], newest: Mapping[int, Record], own: Mapping[str, SearchEntry]) -> None:
        """Take contacts in that changed: their ids, and the last change of each document by its number."""
        for doc_id in self._problems.keys() & newest.keys():
            del self._problems[doc_id]
        self.index.take(dict.fromkeys(ids) | self._entries(newest.values(), own))

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

    def contact(self, contact_id: str) -> Contact | None:
        """Return a contact, None when there is no such contact."""
        return self._keyed("contacts", "id", contact_id, contact_from)

    def holder(self, e164: str) -> Contact | None:
        """Return the contact of a number."""
        return self._keyed("contacts", "format_e164", e164, contact_from)

    def linked(self, sent_id: str) -> tuple[Contact, ...]:
        """Return the contacts that belong to one of Sent's, by Sent's id, in the order of their numbers."""
        # Groups are told apart by hashes.
        found = (contact for _, contact in self._group("contacts", linked_to(sent_id), contact_from))
        return by_number(contact for contact in found if contact.sent is not None and contact.sent.id == sent_id)

    def unrecorded(self, numbers: Iterable[str]) -> set[str]:
        """Return those numbers (E.164) that no contact has or took over, and about which nothing was decided.

        Perhaps not all.
        """
        contacts, merged, decisions = map(self._table, ("contacts", "merged", "consent"))
        free = set(numbers)
        if contacts is not None:
            free = contacts.without_key("format_e164", free)
        if merged is not None:
            free = merged.without_key("number", free)
        return {number for number in free if not decisions.in_group(number)} if decisions else free


def _load(handle: _Handle) -> ContactRow:
    reader, doc_id, place = handle
    try:
        return row_of(parsed(reader, place, contact_from))
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
        created_at=EPOCH,
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
