"""A transaction in memory: changes are laid over the state, and nobody else sees them until they are applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sent_tui.core.consent import ConsentEvent
from sent_tui.core.contact import Contact
from sent_tui.core.message import DeliveryEvent, Draft, Message
from sent_tui.store.as_stored import as_stored
from sent_tui.store.changes import Changes, Lesson, UndoEntry, by_decision, in_time
from sent_tui.store.documents import (
    consent_document,
    consent_from,
    draft_document,
    draft_from,
    event_document,
    event_from,
    lesson_document,
    lesson_from,
    message_document,
    message_from,
    sound,
)
from sent_tui.store.records import Records
from sent_tui.store.repository import ContactNotFoundError, DuplicateContactError, MessageNotFoundError

if TYPE_CHECKING:
    from sent_tui.store.fresh import FreshContact


class StagedTransaction:
    """The newest state and the changes to it, inside one write.

    Each record passes through its document when it is put, so that what is read back, at once or after a restart, is
    the same, and a record that could not be read again is refused here: the put raises ValueError and changes nothing.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._changes = Changes()
        self._numbers: dict[str, str | None] = {}
        """Contact ids by E.164, where this write changed them."""
        self._event_ids: set[str] = set()
        self._looked_up: dict[str, Contact | None] = {}
        """Contacts as they were before, by id and by E.164: nobody else changes them meanwhile."""
        self._is_over = False

    def known(self, contact_id: str) -> Contact | None:
        """Return a contact, or None when there is no such contact."""
        self._check()
        staged, fresh = self._changes.contacts, self._changes.fresh
        if contact_id in fresh:
            return fresh[contact_id].contact
        return staged[contact_id] if contact_id in staged else self._before(contact_id)

    def _before(self, contact_id: str) -> Contact | None:
        looked_up = self._looked_up
        if contact_id not in looked_up:
            looked_up[contact_id] = self._records.contact(contact_id)
        return looked_up[contact_id]

    def _holder_before(self, e164: str) -> Contact | None:
        looked_up = self._looked_up
        if e164 not in looked_up:
            looked_up[e164] = self._records.holder(e164)
        return looked_up[e164]

    def contact(self, contact_id: str) -> Contact:
        """Return a contact; raises ContactNotFoundError."""
        contact = self.known(contact_id)
        if contact is None:
            raise ContactNotFoundError(contact_id)
        return contact

    def find(self, e164: str) -> Contact | None:
        """Return the contact of a number."""
        self._check()
        if e164 in self._numbers:
            contact_id = self._numbers[e164]
        else:
            holder = self._holder_before(e164)
            contact_id = None if holder is None else holder.id
        return None if contact_id is None else self.known(contact_id)

    def put_contact(self, contact: Contact) -> None:
        """Add a contact or take its new state; raises DuplicateContactError for a number of another contact."""
        contact = as_stored(contact)
        holder = self.find(contact.format_e164)
        if holder is not None and holder.id != contact.id:
            raise DuplicateContactError(holder)
        before = self.known(contact.id)
        if before is not None and before.format_e164 != contact.format_e164:
            self._numbers[before.format_e164] = None
        self._numbers[contact.format_e164] = contact.id
        self._changes.fresh.pop(contact.id, None)
        self._changes.contacts[contact.id] = contact

    def add_fresh(self, fresh: FreshContact) -> None:
        """Add a contact whose id is new; raises DuplicateContactError for a number of another contact."""
        holder = self.find(fresh.e164)
        if holder is not None:
            raise DuplicateContactError(holder)
        self._numbers[fresh.e164] = fresh.id
        self._changes.fresh[fresh.id] = fresh

    def delete_contact(self, contact_id: str) -> None:
        """Take a contact and its draft out. Its messages and consent stay; raises ContactNotFoundError."""
        contact = self.contact(contact_id)
        self._numbers[contact.format_e164] = None
        self._changes.fresh.pop(contact_id, None)
        self._changes.contacts[contact_id] = None
        self.discard_draft(contact_id)

    def message(self, message_id: str) -> Message:
        """Return a message; raises MessageNotFoundError."""
        self._check()
        message = self._changes.messages.get(message_id) or self._records.message(message_id)
        if message is None:
            raise MessageNotFoundError(message_id)
        return message

    def has_messages(self, contact_id: str) -> bool:
        """Return whether any message was ever written to a contact."""
        self._check()
        staged = (message.contact_id for message in self._changes.messages.values() if message is not None)
        return contact_id in staged or self._records.has_messages(contact_id)

    def put_message(self, message: Message) -> None:
        """Add a message or take its new state."""
        self._check()
        message = message_from(sound(message_document(message)))
        self._changes.messages[message.id] = message

    def add_event(self, event: DeliveryEvent) -> bool:
        """Append a delivery event; return False, and change nothing, when its id is known already."""
        self._check()
        event = event_from(sound(event_document(event)))
        if event.id in self._event_ids or self._records.has_event(event.id):
            return False
        self._event_ids.add(event.id)
        events = self._changes.events.get(event.message_id) or self._records.events(event.message_id)
        self._changes.events[event.message_id] = in_time((*events, event))
        self._changes.new_events.append(event)
        return True

    def add_consent(self, event: ConsentEvent) -> None:
        """Append a decision about messages to a number."""
        event = consent_from(sound(consent_document(event)))
        self._changes.consent[event.number] = by_decision((*self.consent_history(event.number), event))
        self._changes.new_consent.append(event)

    def consent_history(self, number: str) -> tuple[ConsentEvent, ...]:
        """Return every decision about a number (E.164), oldest first."""
        self._check()
        return self._changes.consent.get(number) or self._records.consent(number)

    def draft(self, contact_id: str) -> Draft | None:
        """Return what was begun for a contact and not sent."""
        self._check()
        staged = self._changes.drafts
        return staged[contact_id] if contact_id in staged else self._records.draft(contact_id)

    def save_draft(self, draft: Draft) -> None:
        """Keep a draft, in place of an earlier one for the contact; an empty one is thrown away."""
        draft = draft_from(sound(draft_document(draft)))
        if draft.is_empty:
            self.discard_draft(draft.contact_id)
        else:
            self._check()
            self._changes.drafts[draft.contact_id] = draft

    def discard_draft(self, contact_id: str) -> None:
        """Throw the draft for a contact away, if there is one."""
        if self.draft(contact_id) is not None:
            self._changes.drafts[contact_id] = None

    def lesson(self, key: str) -> Mapping[str, Any] | None:
        """Return what was learned from a group of contacts."""
        self._check()
        found = self._changes.lessons.get(key) or self._records.lesson(key)
        return None if found is None else found.learned

    def put_lesson(self, key: str, learned: Mapping[str, Any]) -> None:
        """Keep what was learned from a group of contacts, in place of an earlier state; JSON values only."""
        self._check()
        self._changes.lessons[key] = lesson_from(sound(lesson_document(Lesson(key, learned))))

    def undo_entries(self) -> Iterator[UndoEntry]:
        """Go through the writes that can be taken back, newest first."""
        self._check()
        return self._records.undo_entries()

    def forget(self, entry: UndoEntry) -> None:
        """Strike a write off those that can be taken back."""
        self._check()
        self._changes.undo[entry.id] = None

    def end(self) -> Changes:
        """Close the transaction and return what it really changes."""
        self._check()
        self._is_over = True
        known, changes = self._records, self._changes
        return replace(
            changes,
            contacts={key: new for key, new in changes.contacts.items() if new != self._before(key)},
            messages={key: new for key, new in changes.messages.items() if new != known.message(key)},
            drafts={key: new for key, new in changes.drafts.items() if new != known.draft(key)},
            lessons={key: new for key, new in changes.lessons.items() if new != known.lesson(key)},
        )

    def abandon(self) -> None:
        """Close the transaction, whatever it holds."""
        self._is_over = True

    def _check(self) -> None:
        if self._is_over:
            raise RuntimeError("this transaction is over; open another one")
