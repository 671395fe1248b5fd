"""Messages as they lie in a journal, with the bulk sends that they are of and the events that tell of them."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from sent_tui.core.bulk import BulkSend
from sent_tui.core.message import DeliveryEvent, Message
from sent_tui.core.message_search import MessageCounts, MessageQuery, MessageResults
from sent_tui.core.search_match import IsCancelled, SearchCancelledError
from sent_tui.store.changes import in_time
from sent_tui.store.faceted import Faceted, Span
from sent_tui.store.journal_format import document_in
from sent_tui.store.journal_reader import JournalReader
from sent_tui.store.journal_tables import OPEN, JournalTables, messages_in, messages_of, parsed, ticks, waiting_in
from sent_tui.store.message_documents import bulk_send_from, event_from, message_from
from sent_tui.store.refusals import MessageNotFoundError
from sent_tui.store.state import earliest_first, in_small_letters, latest_first
from sent_tui.store.table_index import TableIndex

_PLAIN = re.compile(rb"[0-9a-z_.:-]+")
"""Stands in JSON as it is."""


class JournalMessages(JournalTables):
    """The messages of a journal. Raises DamagedError for one that was altered."""

    def message(self, message_id: str) -> Message | None:
        """Return a message, None when there is no such message."""
        return self._keyed("messages", "id", message_id, message_from)

    def message_ids(self, start: str) -> list[str]:
        """Return the ids of messages that begin like this, in large or small letters, newest first."""
        opened, wanted = self._opened("messages"), in_small_letters(start)
        if opened is None:
            return []
        reader, table = opened
        # The index knows ids by hashes alone. Most lines are passed over as they lie in the file.
        part = wanted if _PLAIN.fullmatch(wanted) else b""
        places = (place for doc_id in table.newest() if (place := table.location(doc_id)) is not None)
        lines = (line for line in map(reader.line, places) if part in line.lower())
        ids = (str(document_in(line).get("id")) for line in lines)
        return [each for each in ids if in_small_letters(each).startswith(wanted)]

    def messages(
        self, contact_id: str | None, *, only_open: bool, offset: int, limit: int | None
    ) -> tuple[Message, ...]:
        """Return messages, newest first."""
        start = max(0, offset)
        end = None if limit is None else start + max(0, limit)
        if only_open:
            group = OPEN
        elif contact_id is None:
            return tuple(self._newest_messages(start, end))
        else:
            group = messages_of(contact_id)
        found = (message for _, message in self._group("messages", group, message_from))
        matching = [message for message in found if contact_id in {None, message.contact_id}]
        matching.sort(key=lambda message: (message.created_at, message.id), reverse=True)
        return tuple(matching[start:end])

    def _newest_messages(self, start: int, end: int | None) -> Iterator[Message]:
        """Give the messages from one place to another; those before them are passed over, and not read."""
        opened = self._opened("messages")
        if opened is None:
            return
        reader, table = opened
        places = (place for doc_id in table.newest() if (place := table.location(doc_id)) is not None)
        for place in islice(places, start, end):
            yield parsed(reader, place, message_from)

    def select(self, query: MessageQuery, limit: int | None, is_cancelled: IsCancelled) -> MessageResults:
        """Return the messages that a query means, newest first."""
        opened, found = self._opened("messages"), array("Q")
        if opened is None:
            return MessageResults()
        for numbers in _selected(*opened, query):
            if is_cancelled():
                raise SearchCancelledError
            found.extend(numbers)
            if limit is not None and len(found) >= limit:
                break
        return MessageResults(found[:limit], self._numbered_message, lambda name: self.number_of("messages", name))

    def count_messages(self, query: MessageQuery) -> MessageCounts:
        """Return how many messages of each facet meet the other conditions of a query."""
        opened = self._opened("messages")
        if opened is None:
            return MessageCounts({})
        if query.contacts is None and query.batch is None:
            return MessageCounts.by_number(Faceted(opened[1], _span(query)).counts())
        # As the groups have them: none is read for being counted.
        numbers = _in_all_groups(opened[1], query)
        return MessageCounts.by_number(
            Counter(facet for _, _, facet in Faceted(opened[1], _span(query)).of_documents(numbers))
        )

    def _numbered_message(self, doc_id: int | str) -> Message:
        for _, message in self._read("messages", (int(doc_id),), message_from):
            return message
        raise MessageNotFoundError(str(doc_id))

    def scheduled(self, batch: str | None, limit: int | None) -> tuple[Message, ...]:
        """Return messages that wait: of one bulk send as they were written, else those of none, earliest first."""
        table = self._table("messages")
        if table is None:
            return ()
        doc_ids = table.first_in_group(waiting_in(batch), None if batch is None else limit)
        found = (message for _, message in self._read("messages", doc_ids, message_from))
        matching = tuple(message for message in found if message.is_waiting and message.batch == batch)
        return matching if batch is not None else earliest_first(matching)[:limit]

    def waiting(self, batch: str) -> int:
        """Return how many messages of a bulk send wait."""
        table = self._table("messages")
        return 0 if table is None else len(table.in_group(waiting_in(batch)))

    def of_bulk_send(self, batch: str) -> Iterator[Message]:
        """Go through the messages of a bulk send as they were written."""
        found = (message for _, message in self._group("messages", messages_in(batch), message_from))
        return (message for message in found if message.batch == batch)

    def bulk_send(self, batch: str) -> BulkSend | None:
        """Return a bulk send, None when there is no such one."""
        return self._keyed("bulk_sends", "id", batch, bulk_send_from)

    def bulk_sends(self) -> tuple[BulkSend, ...]:
        """Return every bulk send, newest first."""
        return latest_first(bulk for _, bulk in self._read("bulk_sends", self._doc_ids("bulk_sends"), bulk_send_from))

    def has_messages(self, contact_id: str) -> bool:
        """Return whether there is any message to a contact."""
        table = self._table("messages")
        return table is not None and bool(table.in_group(messages_of(contact_id)))

    def correspondents(self) -> list[str]:
        """Return the ids of the contacts that messages name, each once; of those that were deleted as well."""
        # Of each contact one message is read.
        opened = self._opened("messages")
        if opened is None:
            return []
        reader, table = opened
        places = (place for doc_id in table.one_of_each_group() if (place := table.location(doc_id)) is not None)
        return list(dict.fromkeys(str(reader.document_at(place)["contact_id"]) for place in places))

    def events(self, message_id: str) -> tuple[DeliveryEvent, ...]:
        """Return the delivery events of a message in the order of their own time."""
        found = (event for _, event in self._group("events", message_id, event_from))
        return in_time(event for event in found if event.message_id == message_id)

    def has_event(self, event_id: str) -> bool:
        """Return whether a delivery event is known."""
        return self._keyed("events", "id", event_id, event_from) is not None


def _selected(reader: JournalReader, table: TableIndex, query: MessageQuery) -> Iterator[Sequence[int]]:
    wanted = query.wanted_numbers()
    if query.contacts is None and query.batch is None:
        return Faceted(table, _span(query)).newest(wanted)
    return iter(([doc_id for _, doc_id, facet in _in_groups(reader, table, query) if wanted[facet]],))


def _in_groups(reader: JournalReader, table: TableIndex, query: MessageQuery) -> list[tuple[int, int, int]]:
    """Return time, number and facet of the messages of some contacts or a bulk send, newest first."""
    numbers = {doc_id for doc_id in _in_all_groups(table, query) if _is_of(reader, table, doc_id, query)}
    return sorted(Faceted(table, _span(query)).of_documents(numbers), reverse=True)


def _in_all_groups(table: TableIndex, query: MessageQuery) -> set[int]:
    """Return the numbers of the messages that lie in the groups of some contacts and in that of a bulk send."""
    contacts, batch = query.contacts, query.batch
    of_contacts = {doc_id for contact_id in contacts or () for doc_id in table.in_group(messages_of(contact_id))}
    if batch is None:
        return of_contacts
    of_batch = set(table.in_group(messages_in(batch)))
    return of_batch if contacts is None else of_batch & of_contacts


def _is_of(reader: JournalReader, table: TableIndex, doc_id: int, query: MessageQuery) -> bool:
    """Return whether a message is of the bulk send and the contacts that are meant, and not only of their hash."""
    place = table.location(doc_id)
    if place is None:
        return False
    known = reader.parsed(place, dict)
    is_of_contact = query.contacts is None or known.get("contact_id") in query.contacts
    return is_of_contact and query.batch in {None, known.get("batch")}


def _span(query: MessageQuery) -> Span:
    return Span(*(None if at is None else ticks(at) for at in (query.since, query.before)))
