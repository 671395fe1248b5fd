"""Everything that is stored, in memory: what every read is answered from, and how a write changes it."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from sent_tui.core.consent import ConsentEvent
from sent_tui.core.contact import Contact
from sent_tui.core.message import DeliveryEvent, Draft, Message
from sent_tui.core.search_index import SearchIndex
from sent_tui.store.repository import Change, ChangeKind

_FEW = 50
"""Up to so many messages are put in their place one by one; more are sorted in together."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ContactEdit:
    """What one write did to the fields of a contact that stayed."""

    contact_id: str
    before: Mapping[str, Any]
    """The fields that changed, as they were: JSON values by their names in `undo.fields_of`, None for none."""
    left: str | None
    """The `updated_at` that the write left, as in its document."""


@dataclass(frozen=True, slots=True)
class UndoEntry:
    """A write that can be taken back."""

    id: str
    label: str
    added: tuple[str, ...] = ()
    """Ids of contacts."""
    deleted: tuple[tuple[Contact, Draft | None], ...] = ()
    edited: tuple[ContactEdit, ...] = ()
    decisions: Mapping[str, int] = field(default_factory=dict)
    """How many decisions were on record after the write, for each number (E.164) whose consent hangs on it."""


@dataclass(slots=True)
class Changes:
    """What one write changes: the new state of each record, None for one that is gone."""

    contacts: dict[str, Contact | None] = field(default_factory=dict)
    messages: dict[str, Message | None] = field(default_factory=dict)
    events: dict[str, tuple[DeliveryEvent, ...]] = field(default_factory=dict)
    """All events of a message, oldest first."""
    consent: dict[str, tuple[ConsentEvent, ...]] = field(default_factory=dict)
    """All decisions about a number, oldest first."""
    drafts: dict[str, Draft | None] = field(default_factory=dict)
    undo: dict[str, UndoEntry | None] = field(default_factory=dict)
    new_events: list[DeliveryEvent] = field(default_factory=list)
    """Those of `events` that were added, as they came."""
    new_consent: list[ConsentEvent] = field(default_factory=list)
    """Those of `consent` that were added, as they came."""

    def __bool__(self) -> bool:
        """Return whether there is anything in it."""
        return any((self.contacts, self.messages, self.events, self.consent, self.drafts, self.undo))


def in_time(events: Iterable[DeliveryEvent]) -> tuple[DeliveryEvent, ...]:
    """Return delivery events in the order of their own time; those of one moment as they came."""
    return tuple(sorted(events, key=lambda event: event.at))


def by_decision(events: Iterable[ConsentEvent]) -> tuple[ConsentEvent, ...]:
    """Return decisions, oldest first; those of one moment as they came."""
    return tuple(sorted(events, key=lambda event: event.at))


R = TypeVar("R")
_Moment = tuple[datetime, str]


class Timeline:
    """The order of messages: all of them, those of each contact, and those under way."""

    def __init__(self) -> None:
        self._all: list[_Moment] = []
        self._of: dict[str, list[_Moment]] = {}
        self._open: set[_Moment] = set()

    def change(self, gone: Iterable[Message], new: Iterable[Message]) -> None:
        """Take messages out, and put others in."""
        out: dict[str, set[_Moment]] = {}
        put: dict[str, set[_Moment]] = {}
        for message in gone:
            moment = (message.created_at, message.id)
            out.setdefault(message.contact_id, set()).add(moment)
            self._open.discard(moment)
        for message in new:
            moment = (message.created_at, message.id)
            put.setdefault(message.contact_id, set()).add(moment)
            if not message.is_final:
                self._open.add(moment)
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
        self.contacts: dict[str, Contact] = {}
        self.numbers: dict[str, str] = {}
        """Contact ids by E.164."""
        self.index = SearchIndex()
        self.messages: dict[str, Message] = {}
        self.timeline = Timeline()
        self.events: dict[str, tuple[DeliveryEvent, ...]] = {}
        self.event_ids: set[str] = set()
        self.consent: dict[str, tuple[ConsentEvent, ...]] = {}
        self.drafts: dict[str, Draft] = {}
        self.undo: dict[str, UndoEntry] = {}
        """Oldest first."""
        self._lock = threading.Lock()
        """Held for moments only: while an order is changed or read."""

    def find(self, e164: str) -> Contact | None:
        """Return the contact of a number."""
        contact_id = self.numbers.get(e164)
        return None if contact_id is None else self.contacts.get(contact_id)

    def newest_messages(
        self, contact_id: str | None, *, only_open: bool, offset: int, limit: int | None
    ) -> tuple[Message, ...]:
        """Return messages, newest first."""
        start = max(0, offset)
        end = None if limit is None else start + max(0, limit)
        with self._lock:
            if only_open:
                found = (self.messages[message_id] for message_id in self.timeline.newest_open())
                matching = (message for message in found if contact_id in {None, message.contact_id})
            else:
                matching = (self.messages[message_id] for message_id in self.timeline.newest(contact_id))
            return tuple(message for place, message in _until(matching, end) if place >= start)

    def newest_drafts(self) -> tuple[Draft, ...]:
        """Return every draft, newest first."""
        with self._lock:
            drafts = list(self.drafts.values())
        return tuple(sorted(drafts, key=lambda draft: (draft.updated_at or _LONG_AGO, draft.contact_id), reverse=True))

    def apply(self, changes: Changes) -> tuple[Change, ...]:
        """Take changes in, and return what a listener has to know of them."""
        with self._lock:
            self._apply_contacts(changes.contacts)
            self._apply_messages(changes.messages)
            for message_id, events in changes.events.items():
                self.event_ids.difference_update(event.id for event in self.events.get(message_id, ()))
                self.event_ids.update(event.id for event in events)
                _put(self.events, message_id, events)
            for number, decisions in changes.consent.items():
                _put(self.consent, number, decisions)
            for contact_id, draft in changes.drafts.items():
                _put(self.drafts, contact_id, draft)
            for entry_id, entry in changes.undo.items():
                _put(self.undo, entry_id, entry)
        self.index.change(
            (contact for contact in changes.contacts.values() if contact is not None),
            (contact_id for contact_id, contact in changes.contacts.items() if contact is None),
        )
        return self._news(changes)

    def _apply_contacts(self, contacts: Mapping[str, Contact | None]) -> None:
        """Change contacts so that who looks for one by a number it keeps finds it at every moment."""
        before = [known for known in map(self.contacts.get, contacts) if known is not None]
        for contact_id, contact in contacts.items():
            _put(self.contacts, contact_id, contact)
            if contact is not None:
                self.numbers[contact.format_e164] = contact_id
        for known in before:
            now = contacts[known.id]
            kept = now is not None and now.format_e164 == known.format_e164
            if not kept and self.numbers.get(known.format_e164) == known.id:
                del self.numbers[known.format_e164]

    def _apply_messages(self, messages: Mapping[str, Message | None]) -> None:
        self.timeline.change(
            [self.messages[message_id] for message_id in messages if message_id in self.messages],
            [message for message in messages.values() if message is not None],
        )
        for message_id, message in messages.items():
            _put(self.messages, message_id, message)

    def _news(self, changes: Changes) -> tuple[Change, ...]:
        decided = (self.numbers.get(number) for number in changes.consent)
        changed = {
            ChangeKind.CONTACTS: changes.contacts.keys() | {contact_id for contact_id in decided if contact_id},
            ChangeKind.MESSAGES: changes.messages.keys() | changes.events.keys(),
            ChangeKind.DRAFTS: set(changes.drafts),
        }
        return tuple(Change(kind, frozenset(ids)) for kind, ids in changed.items() if ids)


def _until(messages: Iterable[Message], end: int | None) -> Iterator[tuple[int, Message]]:
    for place, message in enumerate(messages):
        if end is not None and place >= end:
            return
        yield place, message


def _put(records: dict[str, R], key: str, record: R | None) -> None:
    """Keep a record in place of an earlier one; take it out when it is None or, for a group of records, empty."""
    if record:
        records[key] = record
    else:
        records.pop(key, None)
