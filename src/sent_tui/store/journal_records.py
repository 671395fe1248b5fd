"""All records of a journal, and what its changes tell a listener."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter

from sent_tui.core.consent import ConsentEvent
from sent_tui.core.default_move import DefaultMove
from sent_tui.core.duplicates import KeptApart, MergedNumber
from sent_tui.core.message import Draft
from sent_tui.core.pull import PulledPage
from sent_tui.core.search_entry import SearchEntry
from sent_tui.store.changes import Lesson, UndoEntry, UndoHead, by_decision, news
from sent_tui.store.documents import (
    apart_from,
    consent_from,
    lesson_from,
    merged_from,
    move_from,
    page_from,
)
from sent_tui.store.journal_contacts import JournalContacts
from sent_tui.store.journal_format import Location, Record
from sent_tui.store.journal_messages import JournalMessages
from sent_tui.store.journal_reader import JournalReader
from sent_tui.store.journal_tables import SPECS, Readable, parsed
from sent_tui.store.message_documents import draft_from
from sent_tui.store.repository import Change
from sent_tui.store.state import in_order, newest_first
from sent_tui.store.undo_documents import undo_from, undo_head_from

__all__ = ["SPECS", "JournalRecords"]

_NOBODY: Mapping[str, SearchEntry] = {}
_TOLD_BY = {
    "contacts": "id",
    "messages": "id",
    "events": "message_id",
    "drafts": "contact_id",
    "consent": "number",
    "bulk_sends": "id",
}
"""The field by which a listener is told of a change."""


class JournalRecords(JournalContacts, JournalMessages):
    """All records of a journal. Raises DamagedError for a document that was altered."""

    def __init__(self, storage: Readable) -> None:
        super().__init__(storage)
        self._heads: dict[Location, UndoHead] = {}
        """What was read of the writes that can be taken back, by where they stand in one journal."""
        self._heads_of: JournalReader | None = None

    def take(self, records: Iterable[Record], own: Mapping[str, SearchEntry] = _NOBODY) -> tuple[Change, ...]:
        """Take changes in that the storage has taken in, and return what a listener has to know of them.

        `own` is what the search keeps of contacts, by their ids, where it need not be made of their documents.
        """
        told: dict[str, dict[str, None]] = {table: {} for table in _TOLD_BY}
        newest: dict[int, Record] = {}
        """The last change of each contact's document."""
        for record in records:
            table, doc_id, document, _, _, removed = record
            for each in (document,) if removed is None else (document, removed):
                name = each.get(_TOLD_BY.get(table, "")) if each is not None else None
                if isinstance(name, str):
                    told[table][name] = None
            if table == "contacts" and doc_id is not None:
                newest.pop(doc_id, None)
                newest[doc_id] = record
        self._take_contacts(told["contacts"], newest, own)
        holders = {holder.id for holder in map(self.holder, told["consent"]) if holder is not None}
        messages = told["messages"] | told["events"]
        return news(told["contacts"].keys() | holders, messages, told["drafts"], told["bulk_sends"])

    def consent(self, number: str) -> tuple[ConsentEvent, ...]:
        """Return every decision about a number (E.164), oldest first."""
        if not self._table("consent"):
            return ()
        found = (decision for _, decision in self._group("consent", number, consent_from))
        return by_decision(decision for decision in found if decision.number == number)

    def moves(self, contact_id: str) -> tuple[DefaultMove, ...]:
        """Return every move of a contact's default channel that is on record, oldest first."""
        found = sorted(self._group("moves", contact_id, move_from), key=itemgetter(0))
        return tuple(move for _, move in found if move.contact_id == contact_id)

    def all_moves(self) -> Iterator[DefaultMove]:
        """Go through the moves of all default channels that are on record, in no certain order."""
        return (move for _, move in self._read("moves", self._doc_ids("moves"), move_from))

    def draft(self, contact_id: str) -> Draft | None:
        """Return what was begun for a contact and not sent."""
        return self._keyed("drafts", "contact_id", contact_id, draft_from)

    def drafts(self) -> tuple[Draft, ...]:
        """Return every draft, newest first."""
        return newest_first(draft for _, draft in self._read("drafts", self._doc_ids("drafts"), draft_from))

    def lesson(self, key: str) -> Lesson | None:
        """Return what was learned from a group of contacts."""
        return self._keyed("lessons", "key", key, lesson_from)

    def apart(self, key: str) -> KeptApart | None:
        """Return what was said of two numbers that are not one person, by the key of the pair."""
        return self._keyed("apart", "key", key, apart_from)

    def merged(self, number: str) -> MergedNumber | None:
        """Return whose a number (E.164) is since a merge, None where its contact was not merged with another one."""
        return self._keyed("merged", "number", number, merged_from)

    def pulled_pages(self, account: str) -> tuple[PulledPage, ...]:
        """Return the pages of the pull of an account that is under way, in their order."""
        found = (page for _, page in self._group("pulls", account, page_from))
        return in_order(page for page in found if page.account == account)

    def undo_entries(self) -> Iterator[UndoEntry]:
        """Go through the writes that can be taken back, newest first."""
        return (entry for _, entry in self._read("undo", reversed(self._doc_ids("undo")), undo_from))

    def undo_heads(self) -> list[UndoHead]:
        """Return the heads of the writes that can be taken back, oldest first."""
        opened = self._opened("undo")
        if opened is None:
            return []
        reader, table = opened
        places = [place for doc_id in table.doc_ids() if (place := table.location(doc_id)) is not None]
        # All are asked for with each write, and a large one takes a while to read.
        known = self._heads if self._heads_of is reader else {}
        self._heads = {place: known.get(place) or parsed(reader, place, undo_head_from) for place in places}
        self._heads_of = reader
        return list(self._heads.values())
