"""Everything that is stored, in memory, and how a write changes it."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from sent_tui.core.bulk import BulkSend
from sent_tui.core.consent import ConsentEvent
from sent_tui.core.contact import Contact
from sent_tui.core.default_move import DefaultMove
from sent_tui.core.duplicates import KeptApart, MergedNumber
from sent_tui.core.message import DeliveryEvent, Draft, Message
from sent_tui.core.message_search import MessageCounts, MessageQuery, MessageResults, facet_of
from sent_tui.core.pull import PulledPage
from sent_tui.core.search_index import SearchIndex
from sent_tui.core.search_match import IsCancelled, SearchCancelledError
from sent_tui.store.changes import Changes, Lesson, UndoEntry, UndoHead, news
from sent_tui.store.repository import Change

_FEW = 50
"""Up to so many messages are put in their place one by one; more are sorted in together."""
_UNSETTLED = 4_096
"""So many changed contacts are searched one by one before they are settled."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


R = TypeVar("R")
_Moment = tuple[datetime, str]


class Timeline:
    """The order of messages: all of them, those of each contact and bulk send, those under way, those that wait."""

    def __init__(self) -> None:
        self._all: list[_Moment] = []
        self._of: dict[str, list[_Moment]] = {}
        self._open: set[_Moment] = set()
        self._waiting: dict[str | None, dict[str, None]] = {}
        """Ids by bulk send, as they were written; None for those of none."""
        self._sent_in: dict[str, dict[str, None]] = {}

    def change(self, gone: Sequence[Message], new: Sequence[Message]) -> None:
        """Take messages out, and put others in."""
        out: dict[str, set[_Moment]] = {}
        put: dict[str, set[_Moment]] = {}
        for message in gone:
            moment = (message.created_at, message.id)
            out.setdefault(message.contact_id, set()).add(moment)
            self._open.discard(moment)
        stay = {message.id for message in new if message.is_waiting}
        for message in gone:
            if message.is_waiting and message.id not in stay:
                del self._waiting[message.batch][message.id]
        for message in new:
            moment = (message.created_at, message.id)
            put.setdefault(message.contact_id, set()).add(moment)
            if message.is_waiting:
                self._waiting.setdefault(message.batch, {})[message.id] = None
            elif not message.is_final:
                self._open.add(moment)
            if message.batch is not None:
                self._sent_in.setdefault(message.batch, {})[message.id] = None
        for contact_id in out.keys() | put.keys():
            _move(self._of.setdefault(contact_id, []), out.get(contact_id, set()), put.get(contact_id, set()))
        _move(self._all, set().union(*out.values()), set().union(*put.values()))

    def newest(self, contact_id: str | None) -> Iterator[str]:
        """Go through the ids of messages, newest first: of one contact, or all."""
        moments = self._all if contact_id is None else self._of.get(contact_id, [])
        return (message_id for _, message_id in reversed(moments))

    def newest_open(self) -> list[str]:
        """Return the ids of the messages under way, newest first."""
        return [message_id for _, message_id in sorted(self._open, reverse=True)]

    def waiting(self, batch: str | None) -> list[str]:
        """Return the ids of the messages that wait: of one bulk send, or those of none."""
        return list(self._waiting.get(batch, ()))

    def sent_in(self, batch: str) -> list[str]:
        """Return the ids of the messages of a bulk send."""
        return list(self._sent_in.get(batch, ()))

    def correspondents(self) -> list[str]:
        """Return the ids of the contacts that messages name, each once; of those that were deleted as well."""
        return [contact_id for contact_id, moments in self._of.items() if moments]

    def has(self, contact_id: str) -> bool:
        """Return whether there is any message to a contact."""
        return bool(self._of.get(contact_id))


def _move(moments: list[_Moment], gone: set[_Moment], new: set[_Moment]) -> None:
    gone, new = gone - new, new - gone
    if len(gone) + len(new) > _FEW:
        moments[:] = sorted([moment for moment in moments if moment not in gone] + list(new))
        return
    for moment in gone:
        del moments[bisect_left(moments, moment)]
    for moment in new:
        insort(moments, moment)


class State:
    """All records, and the indexes over them. One thread at a time may change it; any number may read meanwhile."""

    def __init__(self) -> None:
        self.index = SearchIndex()
        self._contacts: dict[str, Contact] = {}
        self._numbers: dict[str, str] = {}
        """Contact ids by E.164."""
        self._linked: dict[str, set[str]] = {}
        """Contact ids by Sent's ids."""
        self._messages: dict[str, Message] = {}
        self._timeline = Timeline()
        self._events: dict[str, tuple[DeliveryEvent, ...]] = {}
        self._event_ids: set[str] = set()
        self._consent: dict[str, tuple[ConsentEvent, ...]] = {}
        self._moves: dict[str, tuple[DefaultMove, ...]] = {}
        self._drafts: dict[str, Draft] = {}
        self._lessons: dict[str, Lesson] = {}
        self._apart: dict[str, KeptApart] = {}
        self._merged: dict[str, MergedNumber] = {}
        self._bulk_sends: dict[str, BulkSend] = {}
        self._pulls: dict[str, PulledPage] = {}
        self._undo: dict[str, UndoEntry] = {}
        """Oldest first."""
        self._lock = threading.Lock()
        """Held for moments only: while an order is changed or read."""

    def contact(self, contact_id: str) -> Contact | None:
        """Return a contact, None when there is no such contact."""
        return self._contacts.get(contact_id)

    def holder(self, e164: str) -> Contact | None:
        """Return the contact of a number."""
        contact_id = self._numbers.get(e164)
        return None if contact_id is None else self._contacts.get(contact_id)

    def linked(self, sent_id: str) -> tuple[Contact, ...]:
        """Return the contacts that belong to one of Sent's, by Sent's id, in the order of their numbers."""
        with self._lock:
            return by_number(self._contacts[contact_id] for contact_id in self._linked.get(sent_id, ()))

    def unrecorded(self, numbers: Iterable[str]) -> set[str]:
        """Return those numbers (E.164) that no contact has or took over, and about which nothing was decided."""
        return set(numbers).difference(self._numbers, self._merged, self._consent)

    def message(self, message_id: str) -> Message | None:
        """Return a message, None when there is no such message."""
        return self._messages.get(message_id)

    def message_ids(self, start: str) -> list[str]:
        """Return the ids of messages that begin like this, in large or small letters, newest first."""
        wanted = in_small_letters(start)
        with self._lock:
            return [each for each in self._timeline.newest(None) if in_small_letters(each).startswith(wanted)]

    def messages(
        self, contact_id: str | None, *, only_open: bool, offset: int, limit: int | None
    ) -> tuple[Message, ...]:
        """Return messages, newest first."""
        start = max(0, offset)
        end = None if limit is None else start + max(0, limit)
        with self._lock:
            if only_open:
                found = (self._messages[message_id] for message_id in self._timeline.newest_open())
                matching = (message for message in found if contact_id in {None, message.contact_id})
            else:
                matching = (self._messages[message_id] for message_id in self._timeline.newest(contact_id))
            return tuple(islice(matching, start, end))

    def select(self, query: MessageQuery, limit: int | None, is_cancelled: IsCancelled) -> MessageResults:
        """Return the messages that a query means, newest first."""
        with self._lock:
            known = [self._messages[message_id] for message_id in self._timeline.newest(None)]
        found: list[str] = []
        for message in known:
            if is_cancelled():
                raise SearchCancelledError
            if limit is not None and len(found) >= limit:
                break
            if query.matches(message):
                found.append(message.id)
        return MessageResults(found, lambda name: self._messages[str(name)])

    def count_messages(self, query: MessageQuery) -> MessageCounts:
        """Return how many messages of each facet meet the other conditions of a query."""
        with self._lock:
            known = list(self._messages.values())
        return MessageCounts(Counter(facet_of(message) for message in known if query.is_within(message)))

    def scheduled(self, batch: str | None, limit: int | None) -> tuple[Message, ...]:
        """Return messages that wait: of one bulk send as they were written, else those of none, earliest first."""
        with self._lock:
            if batch is not None:
                return tuple(self._messages[message_id] for message_id in self._timeline.waiting(batch)[:limit])
            found = [self._messages[message_id] for message_id in self._timeline.waiting(None)]
        return earliest_first(found)[:limit]

    def waiting(self, batch: str) -> int:
        """Return how many messages of a bulk send wait."""
        with self._lock:
            return len(self._timeline.waiting(batch))

    def of_bulk_send(self, batch: str) -> Iterator[Message]:
        """Go through the messages of a bulk send as they were written."""
        with self._lock:
            return iter([self._messages[message_id] for message_id in self._timeline.sent_in(batch)])

    def bulk_send(self, batch: str) -> BulkSend | None:
        """Return a bulk send, None when there is no such one."""
        return self._bulk_sends.get(batch)

    def bulk_sends(self) -> tuple[BulkSend, ...]:
        """Return every bulk send, newest first."""
        with self._lock:
            return latest_first(self._bulk_sends.values())

    def has_messages(self, contact_id: str) -> bool:
        """Return whether there is any message to a contact."""
        return self._timeline.has(contact_id)

    def correspondents(self) -> list[str]:
        """Return the ids of the contacts that messages name, each once; of those that were deleted as well."""
        with self._lock:
            return self._timeline.correspondents()

    def events(self, message_id: str) -> tuple[DeliveryEvent, ...]:
        """Return the delivery events of a message in the order of their own time."""
        return self._events.get(message_id, ())

    def has_event(self, event_id: str) -> bool:
        """Return whether a delivery event is known."""
        return event_id in self._event_ids

    def consent(self, number: str) -> tuple[ConsentEvent, ...]:
        """Return every decision about a number (E.164), oldest first."""
        return self._consent.get(number, ())

    def moves(self, contact_id: str) -> tuple[DefaultMove, ...]:
        """Return every move of a contact's default channel that is on record, oldest first."""
        return self._moves.get(contact_id, ())

    def all_moves(self) -> Iterator[DefaultMove]:
        """Go through the moves of all default channels that are on record, in no certain order."""
        with self._lock:
            return iter([move for each in self._moves.values() for move in each])

    def draft(self, contact_id: str) -> Draft | None:
        """Return what was begun for a contact and not sent."""
        return self._drafts.get(contact_id)

    def drafts(self) -> tuple[Draft, ...]:
        """Return every draft, newest first."""
        with self._lock:
            drafts = list(self._drafts.values())
        return newest_first(drafts)

    def lesson(self, key: str) -> Lesson | None:
        """Return what was learned from a group of contacts."""
        return self._lessons.get(key)

    def apart(self, key: str) -> KeptApart | None:
        """Return what was said of two numbers that are not one person, by the key of the pair."""
        return self._apart.get(key)

    def merged(self, number: str) -> MergedNumber | None:
        """Return whose a number (E.164) is since a merge, None where its contact was not merged with another one."""
        return self._merged.get(number)

    def pulled_pages(self, account: str) -> tuple[PulledPage, ...]:
        """Return the pages of the pull of an account that is under way, in their order."""
        return in_order(page for page in list(self._pulls.values()) if page.account == account)

    def undo_entries(self) -> Iterator[UndoEntry]:
        """Go through the writes that can be taken back, newest first."""
        return reversed(list(self._undo.values()))

    def undo_heads(self) -> list[UndoHead]:
        """Return the heads of the writes that can be taken back, oldest first."""
        return [entry.head for entry in list(self._undo.values())]

    def apply(self, changes: Changes) -> tuple[Change, ...]:
        """Take changes in, and return what a listener has to know of them."""
        contacts = changes.contacts | {fresh.id: fresh.contact for fresh in changes.fresh.values()}
        with self._lock:
            self._apply_contacts(contacts)
            self._apply_messages(changes.messages)
            for message_id, events in changes.events.items():
                self._event_ids.difference_update(event.id for event in self._events.get(message_id, ()))
                self._event_ids.update(event.id for event in events)
                _put(self._events, message_id, events)
            _put_all(self._consent, changes.consent)
            _put_all(self._moves, changes.moves)
            _put_all(self._drafts, changes.drafts)
            _put_all(self._undo, changes.undo)
            _put_all(self._lessons, changes.lessons)
            _put_all(self._apart, changes.apart)
            _put_all(self._merged, changes.merged)
            _put_all(self._bulk_sends, changes.bulk_sends)
            _put_all(self._pulls, changes.pulls)
        self.index.change(
            (contact for contact in contacts.values() if contact is not None),
            (contact_id for contact_id, contact in contacts.items() if contact is None),
        )
        if self.index.unsettled > max(_UNSETTLED, len(self.index) // 2):
            self.index.settle()
        return self._news(changes)

    def _apply_contacts(self, contacts: Mapping[str, Contact | None]) -> None:
        """Change contacts so that who looks for one by a number it keeps finds it at every moment."""
        before = [known for known in map(self._contacts.get, contacts) if known is not None]
        for known in before:
            if known.sent is not None:
                linked = self._linked[known.sent.id]
                linked.discard(known.id)
                if not linked:
                    del self._linked[known.sent.id]
        for contact_id, contact in contacts.items():
            _put(self._contacts, contact_id, contact)
            if contact is not None:
                self._numbers[contact.format_e164] = contact_id
                if contact.sent is not None:
                    self._linked.setdefault(contact.sent.id, set()).add(contact_id)
        for known in before:
            now = contacts[known.id]
            kept = now is not None and now.format_e164 == known.format_e164
            if not kept and self._numbers.get(known.format_e164) == known.id:
                del self._numbers[known.format_e164]

    def _apply_messages(self, messages: Mapping[str, Message | None]) -> None:
        self._timeline.change(
            [self._messages[message_id] for message_id in messages if message_id in self._messages],
            [message for message in messages.values() if message is not None],
        )
        for message_id, message in messages.items():
            _put(self._messages, message_id, message)

    def _news(self, changes: Changes) -> tuple[Change, ...]:
        decided = (self._numbers.get(number) for number in changes.consent)
        return news(
            contacts=changes.contacts.keys()
            | changes.fresh.keys()
            | {contact_id for contact_id in decided if contact_id},
            messages=changes.messages.keys() | changes.events.keys(),
            drafts=changes.drafts,
            bulk_sends=changes.bulk_sends,
        )


def in_small_letters(name: str) -> bytes:
    """Return an id as ids are compared: without regard to large and small letters of ASCII."""
    return name.encode("utf-8", "surrogatepass").lower()


def by_number(contacts: Iterable[Contact]) -> tuple[Contact, ...]:
    """Return contacts in the order of their numbers."""
    return tuple(sorted(contacts, key=lambda contact: contact.format_e164))


def newest_first(drafts: Iterable[Draft]) -> tuple[Draft, ...]:
    """Return drafts, newest first."""
    return tuple(sorted(drafts, key=lambda draft: (draft.updated_at or _LONG_AGO, draft.contact_id), reverse=True))


def earliest_first(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Return messages that wait in the order in which they are to go out."""
    return tuple(sorted(messages, key=lambda message: (message.began_at, message.id)))


def latest_first(bulk_sends: Iterable[BulkSend]) -> tuple[BulkSend, ...]:
    """Return bulk sends, newest first."""
    return tuple(sorted(bulk_sends, key=lambda bulk: (bulk.created_at, bulk.id), reverse=True))


def in_order(pages: Iterable[PulledPage]) -> tuple[PulledPage, ...]:
    """Return pages of a pull in their order."""
    return tuple(sorted(pages, key=lambda page: page.page))


def _put_all(records: dict[str, R], changes: Mapping[str, R | None]) -> None:
    for key, record in changes.items():
        _put(records, key, record)


def _put(records: dict[str, R], key: str, record: R | None) -> None:
    """Keep a record in place of an earlier one; take it out when it is None or, for a group of records, empty."""
    if record:
        records[key] = record
    else:
        records.pop(key, None)
